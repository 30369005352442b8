"""Whether this worker was asked to end: by SIGTERM, or by its supervisor, which then gives up its epoch."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from integrations.engine import heartbeats

LOOKED_EVERY = 2.0


@contextmanager
def heeding() -> Iterator[Callable[[], bool]]:
    """Inside, SIGTERM asks instead of killing: the slice ends before its next call, with everything saved."""
    asked = threading.Event()

    def ask(_signal: int, _frame: FrameType | None) -> None:
        asked.set()

    in_main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGTERM, ask) if in_main else None
    try:
        yield _Asked(asked)
    finally:
        if in_main:
            signal.signal(signal.SIGTERM, before)


class _Asked:
    """The supervisor's row is read every other second, not at every call."""

    def __init__(self, by_signal: threading.Event) -> None:
        self._by_signal, self._looked_at, self._gone = by_signal, time.monotonic(), False

    def __call__(self) -> bool:
        if self._by_signal.is_set():
            return True
        if not self._gone and time.monotonic() - self._looked_at >= LOOKED_EVERY:
            self._looked_at, self._gone = time.monotonic(), not heartbeats.epoch_is_current()
        return self._gone
