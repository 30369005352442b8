"""Rate limits per company: an hour and ten seconds at once, told by headers only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .problems import Problem

# Window -> (seconds, knob with its size).
WINDOWS = {"hour": (3600, "hourly_limit"), "spike": (10, "spike_limit")}


class Limits:
    """Counts by window and company. `now` is in seconds of the sandbox's clock."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str], tuple[int, int]] = {}

    def admit(self, company: str, now: int, knobs: Mapping[str, Any]) -> dict[str, str]:
        """Count one call and return the headers of its answer; raises a 429 and counts nothing."""
        full = [kind for kind in WINDOWS if self._left(kind, company, now, knobs) <= 0]
        if full:
            raise self._refusal(full[0], company, now, knobs)
        for kind, (seconds, _) in WINDOWS.items():
            self._counts[kind, company] = (now // seconds, self._used(kind, company, now) + 1)
        return self._headers(self._nearer(company, now, knobs), company, now, knobs)

    def use_up(self, kind: str, company: str, now: int, knobs: Mapping[str, Any], left: int = 0) -> None:
        """Leave only `left` calls of the current window."""
        seconds, knob = WINDOWS[kind]
        self._counts[kind, company] = (now // seconds, int(knobs[knob]) - left)

    def _used(self, kind: str, company: str, now: int) -> int:
        window, used = self._counts.get((kind, company), (0, 0))
        return used if window == now // WINDOWS[kind][0] else 0

    def _left(self, kind: str, company: str, now: int, knobs: Mapping[str, Any]) -> int:
        return max(int(knobs[WINDOWS[kind][1]]) - self._used(kind, company, now), 0)

    def _nearer(self, company: str, now: int, knobs: Mapping[str, Any]) -> str:
        """The headers describe whichever window is nearer to its end (mostly the ten seconds)."""

        def share_left(kind: str) -> float:
            return self._left(kind, company, now, knobs) / int(knobs[WINDOWS[kind][1]])

        return min(("spike", "hour"), key=share_left)

    def _headers(self, kind: str, company: str, now: int, knobs: Mapping[str, Any]) -> dict[str, str]:
        seconds, knob = WINDOWS[kind]
        return {
            "X-Rate-Limit-Limit": str(knobs[knob]),
            "X-Rate-Limit-Remaining": str(self._left(kind, company, now, knobs)),
            "X-Rate-Limit-Reset": str((now // seconds + 1) * seconds),
        }

    def _refusal(self, kind: str, company: str, now: int, knobs: Mapping[str, Any]) -> Problem:
        """The text speaks of an hour even for the ten seconds."""
        headers = self._headers(kind, company, now, knobs)
        if knobs["retry_after"]:
            headers["Retry-After"] = str(int(headers["X-Rate-Limit-Reset"]) - now)
        return Problem(429, "You have surpassed the max number of requests for an hour.", headers)
