"""A machine that is slow, or stands still for some seconds, is no fault of what is tested."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from integrations.errors import RetryLaterError

# How long a test waits, in seconds, for what takes no time on an idle machine.
PATIENCE = 60.0
Given = TypeVar("Given")


def until(condition: Callable[[], object]) -> None:
    """Wait for a thread or a process, as briefly as it takes."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"it did not happen within {PATIENCE:g} seconds"
        time.sleep(0.005)


def that_left(ask: Callable[[], Given]) -> Given:
    """A call with a short deadline, made again where this machine kept it back until the deadline had passed."""
    for _ in range(100):
        try:
            return ask()
        except RetryLaterError as late:
            if "could not be asked" not in str(late):
                raise
    raise AssertionError("no call ever left within its deadline")


@contextmanager
def nobody_listening() -> Iterator[int]:
    """A port of this machine that refuses every connection and that no other program is given meanwhile."""
    with socket.socket() as kept:
        kept.bind(("127.0.0.1", 0))
        port: int = kept.getsockname()[1]
        yield port
