"""Times and days as Procore writes them, and days as it reads them."""

from __future__ import annotations

from datetime import UTC, date, datetime

from ..clock import Clock


def stamp(clock: Clock) -> str:
    return f"{clock.now():%Y-%m-%dT%H:%M:%SZ}"


def day_or_none(written: object) -> str | None:
    """`YYYY-MM-DD`, or None for anything else: a badly formatted date is silently stored as null."""
    if not isinstance(written, str) or len(written) != 10:
        return None
    try:
        return date.fromisoformat(written).isoformat()
    except ValueError:
        return None


def moment_of(written: str) -> datetime:
    """A moment in a filter, without fractions; a bare day is 00:00 UTC. Raises ValueError."""
    found = datetime.fromisoformat(written.strip().strip('"'))
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).replace(microsecond=0)
