"""Dates and instants the way Xero writes them: `/Date(ms+0000)/`, always UTC."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")
_ISO = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?")
_SINCE = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.\d+)?(?:Z|\+00:?00)?")


def ms_of(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)


def moment_of(ms: int) -> datetime:
    return EPOCH + timedelta(milliseconds=ms)


def ms_text(ms: int) -> str:
    return f"/Date({ms}+0000)/"


def ms_in(text: str) -> int:
    """The milliseconds inside a `/Date(..)/` that this stand-in wrote."""
    return int(text[6 : text.index("+", 7)])


def day_text(day: date) -> str:
    """A business date: midnight UTC of the calendar date, whatever the organisation's zone."""
    return ms_text((day - EPOCH.date()).days * 86_400_000)


def day_string(day: date) -> str:
    """The same date in the `DateString` fields."""
    return f"{day.isoformat()}T00:00:00"


def day_in(text: str) -> date:
    return moment_of(ms_in(text)).date()


def read_day(value: object) -> date:
    """A date out of a request: `YYYY-MM-DD`, an ISO date and time (the date as written) or `/Date(ms)/`.

    Raises ValueError for anything else.
    """
    text = value if isinstance(value, str) else ""
    try:
        if found := _MS.fullmatch(text):
            return moment_of(int(found[1])).date()
        if found := _ISO.fullmatch(text):
            return date.fromisoformat(found[1])
    except OverflowError as far:
        raise ValueError(f"{value!r} is not a date") from far
    raise ValueError(f"{value!r} is not a date")


def read_since(header: str) -> int | None:
    """Milliseconds of an If-Modified-Since header, whole seconds only.

    None for any other format, RFC 1123 included: Xero then answers as if the header were not there.
    """
    found = _SINCE.fullmatch(header.strip())
    if found is None:
        return None
    try:
        return ms_of(datetime.fromisoformat(found[1]).replace(tzinfo=UTC))
    except ValueError:
        return None


def seven_decimals(ms: int) -> str:
    """UTC with seven decimals and no zone suffix, as `/connections` writes it."""
    return moment_of(ms).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0"
