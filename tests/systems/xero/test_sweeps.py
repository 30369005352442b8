"""Xero's lists are swept by change time: nothing is missed while rows move, and no sweep is endless."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.documents import StoredBill, Unreadable
from integrations.errors import FilterIgnoredError, UnreadableAnswerError
from integrations.systems.paging import Page
from integrations.systems.xero.client import XeroClient
from tests.systems.answers import Asked, FakeDoor, Given
from tests.systems.xero.bills import page, stored

START = datetime(2026, 10, 1, 4, 0, 0, tzinfo=UTC)


def client(*given: Given) -> tuple[XeroClient, FakeDoor]:
    door = FakeDoor(list(given))
    return XeroClient(door, "tenant", "https://go.xero.com"), door


def walk(*given: Given, since: datetime | None = None) -> tuple[list[Page[StoredBill]], list[Asked]]:
    xero, door = client(*given)
    return list(xero.bills_changed_since(since)), door.asked


def numbers(pages: list[Page[StoredBill]]) -> list[str]:
    return [row.number for page in pages for row in page.rows]


def changed(number: int, seconds: float, **more: Any) -> dict[str, Any]:
    """Bill `number`, changed so many seconds after the start."""
    moment = START + timedelta(seconds=seconds)
    return stored(number, UpdatedDateUTC=f"/Date({round(moment.timestamp() * 1000)}+0000)/", **more)


class Ledger:
    """An organisation that answers as Xero does: by change time, in pages of two."""

    def __init__(self, *rows: dict[str, Any]) -> None:
        self.rows = list(rows)
        self.between: list[Any] = []

    def __call__(self, asked: Asked) -> bytes:
        since = asked.headers.get("If-Modified-Since", "0001-01-01T00:00:00")
        known = sorted(self.rows, key=lambda row: _ms(row))
        found = [row for row in known if datetime.fromtimestamp(_ms(row) / 1000, UTC).isoformat() >= since]
        number, pages = int(asked.params["page"]), -(-len(found) // 2)
        answer = page(found[(number - 1) * 2 : number * 2], number, pages)
        if self.between:
            self.between.pop(0)()
        return answer

    def touch(self, number: int, seconds: float) -> None:
        self.rows = [row for row in self.rows if row["InvoiceNumber"] != f"PF{number}"] + [changed(number, seconds)]


def _ms(row: dict[str, Any]) -> int:
    return int(row["UpdatedDateUTC"][6:19])


def test_the_question_is_exact() -> None:
    _, asked = walk(page([]), since=START)
    assert asked[0].path == "/api.xro/2.0/Invoices"
    assert dict(asked[0].params) == {
        "where": 'Type=="ACCPAY"',
        "unitdp": "4",
        "order": "UpdatedDateUTC ASC",
        "page": "1",
        "pageSize": "1000",
    }
    assert asked[0].headers["If-Modified-Since"] == "2026-10-01T03:58:30+00:00"


def test_a_first_sweep_asks_for_everything() -> None:
    _, asked = walk(page([]))
    assert asked[0].headers == {}


def test_contacts_are_read_with_the_archived_ones() -> None:
    xero, door = client(page([], plural="Contacts"))
    list(xero.contacts_changed_since(None))
    assert door.asked[0].path == "/api.xro/2.0/Contacts"
    assert door.asked[0].params["includeArchived"] == "true"


def test_a_sweep_comes_to_its_end_with_every_row_once() -> None:
    ledger = Ledger(*(changed(number, number * 10) for number in range(1, 8)))
    pages, asked = walk(ledger)
    assert numbers(pages) == [f"PF{number}" for number in range(1, 8)]
    assert pages[-1].last
    assert pages[-1].newest == START + timedelta(seconds=70)
    assert len(asked) < 10


def test_a_row_that_moves_during_the_sweep_takes_none_along() -> None:
    """By page numbers PF3 would be skipped: PF1 moves to the end while page 1 is read."""
    ledger = Ledger(*(changed(number, number * 10) for number in range(1, 7)))
    ledger.between = [lambda: ledger.touch(1, 100)]
    pages, _ = walk(ledger)
    assert sorted(set(numbers(pages))) == [f"PF{number}" for number in range(1, 7)]
    assert numbers(pages).count("PF1") == 2


def test_many_rows_of_the_same_second_are_all_read() -> None:
    ledger = Ledger(*(changed(number, number / 100) for number in range(1, 12)))
    pages, _ = walk(ledger)
    assert sorted(numbers(pages), key=lambda number: int(number[2:])) == [f"PF{n}" for n in range(1, 12)]


def test_rows_on_both_sides_of_a_second_are_read_once() -> None:
    """The page after the second's end begins a second earlier, with rows of more than one page before it."""
    ledger = Ledger(*(changed(number, 0.5 + number / 10) for number in range(1, 12)))
    pages, _ = walk(ledger)
    assert numbers(pages) == [f"PF{n}" for n in range(1, 12)]


def test_an_answer_without_paging_ends_when_it_is_not_full() -> None:
    pages, _ = walk(b'{"Invoices": []}')
    assert [page.last for page in pages] == [True]


def test_a_sweep_without_end_stops() -> None:
    with pytest.raises(FilterIgnoredError, match="again and again"):
        walk(lambda asked: page([stored(1)], int(asked.params["page"]), 99))


def test_an_ignored_if_modified_since_is_noticed() -> None:
    with pytest.raises(FilterIgnoredError):
        walk(page([changed(1, -7200)]), since=START)


def test_an_ignored_where_is_noticed() -> None:
    with pytest.raises(FilterIgnoredError):
        walk(page([stored(1), stored(2, Type="ACCREC")]))


def test_a_bad_row_is_told_and_the_others_go_on() -> None:
    (only,), _ = walk(page([stored(1), stored(2, Total="much"), stored(3)]))
    bad = only.rows[1]
    assert isinstance(bad, Unreadable)
    assert (bad.source_id, bad.number, bad.field) == ("ed255415-e141-4150-aab7-000000000002", "PF2", "Total")
    assert len(only.rows) == len(only.raws) == 3


def test_ten_megabytes_of_text_are_told_and_not_kept() -> None:
    (only,), _ = walk(page([stored(1, Reference="x" * 10_000_000), stored(2)]))
    assert isinstance(only.rows[0], Unreadable)
    assert only.rows[0].field == "Reference"
    assert only.raws[0] == {}
    assert isinstance(only.rows[1], StoredBill)


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"Invoices": {}}', b'{"Invoices": [], "pagination": 5}', b"<xml/>"])
def test_what_is_no_list_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableAnswerError):
        walk(body)
