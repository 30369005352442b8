"""The trail leaves as CSV or JSON Lines, and harms no spreadsheet."""

import csv
import gc
import io
import json
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

import pytest
import time_machine

from audit import export
from audit.export import export_lines, neutral
from audit.models import Entry, EntryDetails
from audit.trail import Event, Subject, log, log_many

pytestmark = pytest.mark.django_db


def rows(first: date | None = None, last: date | None = None) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(export_lines("csv", first, last)))))


def test_csv_has_one_row_for_each_entry_with_its_sentence() -> None:
    entry = log("user.signed_in", Subject("user", 7, "anna", "PF1041"), details={"address": "192.0.2.1", "ä": "ö"})
    (row,) = rows()
    assert row == {
        "id": str(entry.pk),
        "at": str(entry.at),
        "who": "Counterfoil",
        "sentence": "signed in",
        "action": "user.signed_in",
        "kind": "user",
        "subject_id": "7",
        "subject": "anna",
        "document": "PF1041",
        "details": '{"address":"192.0.2.1","\\u00e4":"\\u00f6"}',
        "details_digest": entry.details_digest,
    }


def test_json_lines_hold_the_details_as_they_are() -> None:
    log("bill.posted", Subject("record", 7, "Order\u2028PF1041", "PF1041"), details={"before": {"total": None}, "n": 2})
    log("bill.posted", Subject("record", 8, "Order PF1042"))
    first, second = map(json.loads, export_lines("jsonl"))
    assert (first["document"], first["details"]) == ("PF1041", {"before": {"total": None}, "n": 2})
    assert second["details"] == {}
    assert datetime.fromisoformat(first["at"]).tzinfo is not None


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1+1", "-", "+1=2", "=1,5"],  # noqa: RUF001
)
def test_a_formula_is_only_text(cell: str) -> None:
    assert neutral(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["-12.50", "+49", "-1,250.00", "PF-1041", "a=b", "", "Łódź", "1+1"])
def test_numbers_and_plain_text_stay_as_they_are(cell: str) -> None:
    assert neutral(cell) == cell


def test_every_text_of_a_csv_row_is_neutralised() -> None:
    log("=x.y", Subject("=kind", "=1", "=HYPERLINK(1)", "=PF1"))
    (row,) = rows()
    assert all(row[name].startswith("'=") for name in ("action", "kind", "subject_id", "subject", "document"))


def test_days_are_whole_days_of_the_current_time_zone() -> None:
    for moment in ("2026-03-01T04:59", "2026-03-01T05:00", "2026-03-02T04:59", "2026-03-02T05:00"):
        with time_machine.travel(datetime.fromisoformat(moment).replace(tzinfo=UTC), tick=False):
            log("record.held", Subject("record", moment, "Order"))
    from django.utils import timezone

    with timezone.override("America/Toronto"):
        assert [row["subject_id"] for row in rows(date(2026, 3, 1), date(2026, 3, 1))] == [
            "2026-03-01T05:00",
            "2026-03-02T04:59",
        ]
        assert len(rows(first=date(2026, 3, 1))) == 3
        assert len(rows(last=date(2026, 3, 1))) == 3


def test_a_long_trail_is_read_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "AT_A_TIME", 3)
    log_many(Event("record.held", Subject("record", n, "Order")) for n in range(9))
    assert [row["subject_id"] for row in rows()] == [str(n) for n in range(9)]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_the_rest_of_a_long_trail_is_read_only_once_its_beginning_is_taken(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any, form: str
) -> None:
    """However long it is, one page of it is in memory."""
    monkeypatch.setattr(export, "AT_A_TIME", 3)
    log_many(Event("record.held", Subject("record", n, "Order")) for n in range(9))
    lines = export.export_lines(form)
    beginning = 3 + (form == "csv")  # which has a head
    with django_assert_num_queries(1):
        assert len(list(islice(lines, beginning))) == beginning
    with django_assert_num_queries(3):
        list(lines)


def test_an_export_leaves_nothing_behind_that_only_the_collector_finds() -> None:
    """Millions of entries would fill the memory before Python looks for them."""
    log_many(Event("record.held", Subject("record", n, "Order"), details={"reason": "x"}) for n in range(9))
    gc.collect()
    gc.disable()
    try:
        before = entries_in_memory()
        kept = sum(1 for _ in export_lines("csv"))
        left = entries_in_memory() - before
    finally:
        gc.enable()
    assert kept == 1 + Entry.objects.count()
    assert not left


def entries_in_memory() -> set[int]:
    """By their addresses; other tests of the run may have left some of their own."""
    return {id(each) for each in gc.get_objects() if isinstance(each, Entry | EntryDetails)}
