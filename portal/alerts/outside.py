"""A chat's name may lead elsewhere when it is called than when it was checked: where it leads is asked as it connects.

The library opens its own connections and takes none of ours. Python tells of each before the first byte leaves.
"""

import ipaddress
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.request import getproxies


class LeadsInsideError(OSError):
    """What any connection that fails raises, so that the library takes it for that."""


@dataclass(slots=True)
class Watch:
    """What one message meets on its way."""

    refused: bool = False


_here = threading.local()


@contextmanager
def only_outside() -> Iterator[Watch]:
    """In here this thread connects to public addresses only; to the operator's own proxy, which then decides."""
    watch = Watch()
    if "https" not in getproxies():
        _listen()
        _here.watch = watch
    try:
        yield watch
    finally:
        _here.watch = None


@cache
def _listen() -> None:
    """Once for the process, and only in those that tell a chat: such a hook is never taken out again."""
    sys.addaudithook(_on_event)


def _on_event(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "socket.connect":
        return
    watch: Watch | None = getattr(_here, "watch", None)
    address = arguments[1]
    if watch is not None and isinstance(address, tuple) and not _is_public(str(address[0])):
        watch.refused = True
        raise LeadsInsideError("leads into a private network")


def _is_public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return False  # a name would be looked up once more
