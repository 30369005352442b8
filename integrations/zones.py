"""The time zones that this machine knows."""

from functools import cache
from zoneinfo import available_timezones


@cache
def zones() -> frozenset[str]:
    """Read once: a walk through hundreds of files, at every page with a choice of zones."""
    return frozenset(available_timezones())
