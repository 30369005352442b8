"""The stand-ins' common time: the real one, moved by tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """Aware UTC time with an offset. Moving it moves token lifetimes, rate windows and time stamps alike."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def set(self, moment: datetime) -> None:
        """Make it `moment` now; a moment without a zone is refused with ValueError."""
        if moment.tzinfo is None:
            raise ValueError("the clock takes moments with a time zone only")
        self.offset = moment - datetime.now(UTC)

    def forward(self, **spans: float) -> None:
        """Move on by `timedelta(**spans)`, e.g. `forward(minutes=6)`."""
        self.offset += timedelta(**spans)

    def reset(self) -> None:
        self.offset = timedelta()
