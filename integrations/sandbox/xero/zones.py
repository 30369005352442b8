"""Xero's names of time zones: Windows names in capitals without blanks."""

from __future__ import annotations

from zoneinfo import ZoneInfo

ZONES = {
    "NEWZEALANDSTANDARDTIME": "Pacific/Auckland",
    "AUSEASTERNSTANDARDTIME": "Australia/Sydney",
    "GMTSTANDARDTIME": "Europe/London",
    "EASTERNSTANDARDTIME": "America/New_York",
    "CENTRALSTANDARDTIME": "America/Chicago",
    "MOUNTAINSTANDARDTIME": "America/Denver",
    "PACIFICSTANDARDTIME": "America/Los_Angeles",
    "SOUTHAFRICASTANDARDTIME": "Africa/Johannesburg",
    "SINGAPORESTANDARDTIME": "Asia/Singapore",
    "UTC": "UTC",
}


def zone_of(name: str) -> ZoneInfo:
    """The zone of an organisation; UTC for a name that is not in the table."""
    return ZoneInfo(ZONES.get(name, "UTC"))
