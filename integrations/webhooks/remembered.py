"""What two hundred requests a second would ask the database alike, remembered for seconds by each process."""

import time
from collections.abc import Callable
from typing import Generic, TypeVar

from django.conf import settings

T = TypeVar("T")


class Remembered(Generic[T]):
    """What `read` said of a key lately; nothing is remembered of what it does not know, as strangers ask for it."""

    def __init__(self, read: Callable[[str], T | None]) -> None:
        self._read = read
        self._kept: dict[str, tuple[float, T]] = {}

    def __call__(self, key: str) -> T | None:
        now = time.monotonic()
        until, found = self._kept.get(key, (0.0, None))
        if found is not None and until > now:
            return found
        fresh = self._read(key)
        if fresh is not None:
            self._kept[key] = (now + settings.WEBHOOKS_REMEMBER_SECONDS, fresh)
        return fresh
