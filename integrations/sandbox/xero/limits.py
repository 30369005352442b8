"""Rate limits: fixed windows per organisation and per app, and requests at one time."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

from .problems import OverLimit

TIERS = {"starter": 1_000, "core": 5_000}
APP = "app"
# Kind -> (length in seconds, knob with its size, remaining-header, value of X-Rate-Limit-Problem).
WINDOWS = {
    "minute": (60, "minute_limit", "X-MinLimit-Remaining", "minute"),
    "day": (86_400, "day_limit", "X-DayLimit-Remaining", "day"),
    "app": (60, "app_minute_limit", "X-AppMinLimit-Remaining", "appminute"),
}


def size_of(kind: str, knobs: Mapping[str, Any]) -> int:
    """Calls a window allows; `day_limit` 0 means that the tier decides."""
    return int(knobs[WINDOWS[kind][1]]) or TIERS[str(knobs["tier"])]


class Limits:
    """Counts by kind of window and whom it counts. All times in milliseconds of the sandbox's clock."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], tuple[int, int]] = {}

    def admit(self, tenant: str, now: int, in_flight: int, knobs: Mapping[str, Any]) -> None:
        """Count one call, or raise OverLimit and count nothing."""
        if in_flight > int(knobs["concurrent_limit"]):
            after = int(knobs["concurrent_retry_after"])
            raise OverLimit("concurrent", after or None)
        for kind in WINDOWS:
            if self.remaining(kind, tenant, now, knobs) <= 0:
                raise OverLimit(WINDOWS[kind][3], self._seconds_left(kind, tenant, now))
        for kind in WINDOWS:
            number, used = self._used(kind, tenant, now)
            self._counts[kind, _whom(kind, tenant)] = (number, used + 1)

    def remaining(self, kind: str, tenant: str, now: int, knobs: Mapping[str, Any]) -> int:
        return max(size_of(kind, knobs) - self._used(kind, tenant, now)[1], 0)

    def headers(self, tenant: str, now: int, knobs: Mapping[str, Any]) -> dict[str, str]:
        return {header: str(self.remaining(kind, tenant, now, knobs)) for kind, (_, _, header, _) in WINDOWS.items()}

    def use_up(self, kind: str, tenant: str, now: int, knobs: Mapping[str, Any], left: int = 0) -> None:
        """Leave only `left` calls of the current window."""
        number, _ = self._used(kind, tenant, now)
        self._counts[kind, _whom(kind, tenant)] = (number, size_of(kind, knobs) - left)

    def _used(self, kind: str, tenant: str, now: int) -> tuple[int, int]:
        number = (now + _offset(kind, tenant)) // (WINDOWS[kind][0] * 1000)
        held, used = self._counts.get((kind, _whom(kind, tenant)), (number, 0))
        return number, used if held == number else 0

    def _seconds_left(self, kind: str, tenant: str, now: int) -> int:
        length = WINDOWS[kind][0] * 1000
        return -(-(length - (now + _offset(kind, tenant)) % length) // 1000)


def _whom(kind: str, tenant: str) -> str:
    return APP if kind == "app" else tenant


def _offset(kind: str, tenant: str) -> int:
    """Windows begin at a moment of each organisation's own."""
    return 0 if kind == "app" else zlib.crc32(f"{kind} {tenant}".encode()) % (WINDOWS[kind][0] * 1000)
