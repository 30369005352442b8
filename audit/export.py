"""The trail as CSV for people and as JSON Lines for programs, a line at a time."""

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from audit.actions import sentence
from audit.canonical import canonical
from audit.models import Entry

AT_A_TIME = 2_000
ACTION = "audit.exported"
SENTENCES = {ACTION: "exported the audit trail as {format}, {span}"}
COLUMNS = (
    "id", "at", "who", "sentence", "action", "kind", "subject_id", "subject", "document", "details",
    "details_digest",
)  # fmt: skip

_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*")
# What spreadsheets take for the beginning of a formula, also as wide characters of East Asian fonts.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001


def export_lines(form: str, first: date | None = None, last: date | None = None) -> Iterator[str]:
    """Lines of the format "csv" or "jsonl" for the entries of these days, both included.

    Days are those of the current time zone, times are written in UTC. Memory stays constant.
    """
    return FORMATS[form](_entries(first, last))


def within(entries: QuerySet[Entry], first: date | None, last: date | None) -> QuerySet[Entry]:
    """Only the entries of these whole days of the current time zone, both included."""
    if first:
        entries = entries.filter(at__gte=_midnight(first))
    if last:
        entries = entries.filter(at__lt=_midnight(last + timedelta(days=1)))
    return entries


def span(first: date | None, last: date | None) -> str:
    """The days in words, for the entry that every export leaves."""
    if first and last:
        return f"from {first} to {last}"
    return f"from {first}" if first else f"until {last}" if last else "all of it"


def neutral(cell: str) -> str:
    """The cell so that no spreadsheet runs it: an apostrophe before a formula, numbers as they are."""
    if cell.lstrip(" ").startswith(_FORMULA) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def _entries(first: date | None, last: date | None) -> Iterator[Mapping[str, Any]]:
    entries = within(Entry.objects.select_related("details_row").order_by("id"), first, last)
    after = 0
    while page := list(entries.filter(id__gt=after)[:AT_A_TIME]):
        yield from map(_columns, page)
        after = page[-1].pk


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _columns(entry: Entry) -> Mapping[str, Any]:
    values = (
        entry.pk, entry.at, entry.actor_label, sentence(entry), entry.action, entry.subject_kind,
        entry.subject_id, entry.subject_label, entry.document, dict(entry.details), entry.details_digest,
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


def _csv(entries: Iterator[Mapping[str, Any]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(COLUMNS)
    for entry in entries:
        cells = [canonical(cell) if isinstance(cell, dict) else str(cell) for cell in entry.values()]
        yield writer.writerow(map(neutral, cells))


def _jsonl(entries: Iterator[Mapping[str, Any]]) -> Iterator[str]:
    for entry in entries:
        yield f"{canonical(entry)}\n"


class _Echo:
    """A file for csv.writer that hands each line back."""

    def write(self, line: str) -> str:
        return line


FORMATS: Mapping[str, Callable[[Iterator[Mapping[str, Any]]], Iterator[str]]] = {"csv": _csv, "jsonl": _jsonl}
