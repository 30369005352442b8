"""What Procurify's lists of documents have in common: where each is, how it is asked, read and named.

This is the module that reads stored and fresh JSON for the engine.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from integrations.documents import Unreadable
from integrations.errors import InvalidSourceError, ProgrammingError
from integrations.file_documents import SourceFile
from integrations.source_documents import Detailed, Summary
from integrations.systems.exact_json import dumps, loads
from integrations.systems.paging import Raw
from integrations.systems.procurify import bills, parse
from integrations.systems.procurify import files as bill_files
from integrations.systems.procurify.incremental import Listing
from integrations.systems.procurify.parse import order, order_summary

__all__ = ["FEEDS", "document", "dumps", "files", "loads", "order", "order_summary", "summary"]

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Feed:
    """One list with its detail. `asked` names the filters by change for two days, both included."""

    path: str
    detail: str
    key: str
    asked: Callable[[date | None, date | None], Mapping[str, str]]
    overlap: timedelta
    summary: Callable[[Raw], Summary]
    document: Callable[[Raw], Detailed]
    name_of: Callable[[Any], str]
    identities: tuple[str, str]
    unreadable: Callable[[Any, InvalidSourceError], Unreadable] | None = None


def _by_day(since: date | None, until: date | None) -> dict[str, str]:
    asked = {"modified_date_0": since, "modified_date_1": until}
    return {name: day.isoformat() for name, day in asked.items() if day}


def _by_moment(since: date | None, until: date | None) -> dict[str, str]:
    """Instants in UTC, written with a Z; the end of a day is the beginning of the next (2026-10)."""
    asked = {"last_modified_datetime_0": since, "last_modified_datetime_1": until + DAY if until else None}
    return {name: f"{day.isoformat()}T00:00:00Z" for name, day in asked.items() if day}


FEEDS: Mapping[str, Feed] = {
    "purchase-orders": Feed(
        "/api/v2/purchase_orders/purchased/all/",
        "/api/v2/purchase_orders/{id}/",
        "procurify_PO",
        _by_day,
        # Filters take days in an unstated time zone (2026-10).
        DAY,
        parse.order_summary,
        parse.order,
        parse.name_of,
        ("procurify_PO", "uuid"),
    ),
    "bills": Feed(
        "/api/v3/ap/bills/",
        "/api/v2/ap/bills/{id}/",
        "uuid",
        _by_moment,
        timedelta(0),
        bills.bill_summary,
        bills.bill,
        bills.name_of,
        ("uuid", "id"),
        bills.unreadable,
    ),
}


def summary(feed: str, raw: Raw) -> Summary:
    """A row of that feed's list."""
    return FEEDS[feed].summary(raw)


def document(feed: str, raw: Raw) -> Detailed:
    """A document of that feed with its lines."""
    return FEEDS[feed].document(raw)


def files(feed: str, raw: Raw) -> tuple[SourceFile, ...]:
    """The suppliers' files of a document; only bills have any."""
    return bill_files.files(raw) if feed == "bills" else ()


def listing(feed: str, modified_from: date | None, modified_to: date | None) -> Listing[Summary]:
    """The list of what changed between these days; the overlap is taken off here."""
    if feed not in FEEDS:
        raise ProgrammingError(f"Procurify has no feed {feed}.")
    found = FEEDS[feed]
    since = modified_from - found.overlap if modified_from else None
    return Listing(
        found.path,
        found.asked(since, modified_to),
        found.summary,
        found.key,
        lambda row: row.modified_at,
        _between(since, modified_to),
        found.unreadable,
    )


def _between(first: date | None, last: date | None) -> Callable[[Summary], bool]:
    """A day of grace on both sides, since the days of the filter are in a time zone that is not told."""

    def obeys(row: Summary) -> bool:
        day = row.modified_at.date()
        return (first is None or day >= first - DAY) and (last is None or day <= last + DAY)

    return obeys


def is_asked_for(feed: str, asked: str, raw: Raw) -> bool:
    """Whether an answer is the document that was asked for, whatever form its id was written in."""
    return asked.replace("-", "") in {str(raw.get(name, "")).replace("-", "") for name in FEEDS[feed].identities}
