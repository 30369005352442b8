"""Procurify's lists are walked to their end, and no further, whatever their paging says."""

from datetime import date
from typing import Any

import pytest

from integrations.documents import Unreadable
from integrations.errors import FilterIgnoredError, GoneError, RequestTooLargeError, UnreadableAnswerError
from integrations.source_documents import Summary
from integrations.systems.paging import Page
from integrations.systems.procurify import parse
from integrations.systems.procurify.client import ProcurifyClient
from tests.systems.answers import Asked, FakeDoor, Given
from tests.systems.procurify.orders import page, row

Pages = list[Page[Summary]]


def client(*given: Given) -> tuple[ProcurifyClient, FakeDoor]:
    door = FakeDoor(list(given))
    return ProcurifyClient(door, "acme"), door


def walk(*given: Given, **asked: Any) -> tuple[Pages, list[Asked]]:
    procurify, door = client(*given)
    return list(procurify.changed_since("purchase-orders", asked.pop("since", None), **asked)), door.asked


def ids(pages: Pages) -> list[str]:
    return [row.source_id for page in pages for row in page.rows]


def test_pages_are_counted_and_the_next_address_is_never_followed() -> None:
    pages, asked = walk(page([row(1)], 1, 2, 2), page([row(2)], 2, 2, 2))
    assert ids(pages) == ["1", "2"]
    assert [page.last for page in pages] == [False, True]
    assert [call.path for call in asked] == ["/api/v2/purchase_orders/purchased/all/"] * 2
    assert [dict(call.params) for call in asked] == [
        {"page": "1", "page_size": "100"},
        {"page": "2", "page_size": "100"},
    ]


def test_rows_and_their_json_come_in_the_same_order() -> None:
    (only,), _ = walk(page([row(3), row(1), row(2)], 1, 1))
    assert [raw["procurify_PO"] for raw in only.raws] == [3, 1, 2]
    assert ids([only]) == ["3", "1", "2"]


def test_the_filter_overlaps_a_day_and_the_window_has_both_ends() -> None:
    _, asked = walk(page([], 1, 1), since=date(2026, 5, 2), modified_to=date(2026, 5, 31))
    assert asked[0].params["modified_date_0"] == "2026-05-01"
    assert asked[0].params["modified_date_1"] == "2026-05-31"


def test_paging_beside_the_metadata_is_read_as_well() -> None:
    envelope = parse.loads(page([row(1)], 1, 1))
    body = parse.dumps({**envelope["metadata"], "data": envelope["data"]}).encode()
    pages, _ = walk(body)
    assert ids(pages) == ["1"]


def test_a_row_that_comes_twice_is_given_once() -> None:
    pages, _ = walk(page([row(1), row(2), row(2)], 1, 2, 3), page([row(2), row(3)], 2, 2, 3))
    assert ids(pages) == ["1", "2", "3"]
    assert [len(page.raws) for page in pages] == [2, 1]


def test_a_row_that_changed_while_pages_were_read_comes_again() -> None:
    later = row(1, last_modified="2026-05-09T10:00:00Z", version=3)
    pages, _ = walk(page([row(1)], 1, 2, 2), page([row(2), later], 2, 2, 2))
    assert ids(pages) == ["1", "2", "1"]


def test_rows_that_slipped_between_two_pages_are_read_again() -> None:
    """A row left the first page while it was read, so the second began one too late."""
    first, second = page([row(1), row(2)], 1, 2, 4), page([row(4)], 2, 2, 4)
    again = page([row(2), row(3)], 1, 2, 4)
    pages, asked = walk(first, second, again, page([row(4)], 2, 2, 4))
    assert sorted(ids(pages)) == ["1", "2", "3", "4"]
    assert len(asked) == 4
    assert pages[-1].missing == 0


def test_what_the_list_counts_and_never_shows_is_told_a101() -> None:
    first, second = page([row(1)], 1, 2, 5), page([row(2)], 2, 2, 5)
    pages, asked = walk(first, second, first, second)
    assert pages[-1].last
    assert pages[-1].missing == 3
    assert len(asked) == 4


def test_the_newest_change_is_the_cursor() -> None:
    pages, _ = walk(page([row(1, last_modified="2026-05-09T10:00:00-07:00"), row(2)], 1, 1))
    assert str(pages[-1].newest) == "2026-05-09 17:00:00+00:00"


def test_an_empty_list_is_one_last_page() -> None:
    pages, _ = walk(page([], 1, 1))
    assert [(page.rows, page.last) for page in pages] == [([], True)]


def test_a_page_past_the_end_ends_the_list() -> None:
    pages, _ = walk(page([row(1)], 1, 2, 1), GoneError("Invalid page."))
    assert ids(pages) == ["1"]
    assert pages[-1].last


def test_a_list_that_is_not_there_at_all_is_no_empty_list() -> None:
    with pytest.raises(GoneError):
        walk(GoneError("Not found."))


def test_a_next_without_end_stops_the_feed() -> None:
    """Every page has a new row and says that there is one page more."""

    def endless(asked: Asked) -> bytes:
        number = int(asked.params["page"])
        return page([row(number)], number, number + 1)

    with pytest.raises(FilterIgnoredError, match="beyond the pages it first counted"):
        walk(endless)


def test_the_same_page_again_and_again_stops_the_feed() -> None:
    with pytest.raises(FilterIgnoredError, match="same page"):
        walk(lambda asked: page([row(1)], int(asked.params["page"]), 99))


def test_a_page_number_that_does_not_move_stops_the_feed() -> None:
    with pytest.raises(FilterIgnoredError, match="same page"):
        walk(lambda asked: page([row(int(asked.params["page"]))], 1, 99))


@pytest.mark.parametrize("modified", ["2026-04-01T10:00:00Z", "2026-07-01T10:00:00Z"])
def test_an_ignored_filter_stops_the_feed(modified: str) -> None:
    body = page([row(1), row(2, last_modified=modified)], 1, 1)
    with pytest.raises(FilterIgnoredError, match="filter is ignored"):
        walk(body, since=date(2026, 5, 2), modified_to=date(2026, 5, 31))


def test_a_row_of_the_day_before_is_within_the_grace_of_time_zones() -> None:
    pages, _ = walk(page([row(1, last_modified="2026-04-30T10:00:00Z")], 1, 1), since=date(2026, 5, 2))
    assert ids(pages) == ["1"]


def test_a_slow_list_is_asked_for_in_smaller_pages_from_where_it_was() -> None:
    rows = [row(number) for number in range(1, 151)]

    def paged(asked: Asked) -> bytes:
        size, number = int(asked.params["page_size"]), int(asked.params["page"])
        if size == 100 and number == 2:
            raise RequestTooLargeError("too slow")
        pages = -(-len(rows) // size)
        return page(rows[(number - 1) * size : number * size], number, pages, len(rows))

    pages, asked = walk(paged)
    assert ids(pages) == [str(number) for number in range(1, 151)]
    assert [(call.params["page_size"], call.params["page"]) for call in asked] == [
        ("100", "1"),
        ("100", "2"),
        ("50", "3"),
    ]


def test_a_list_too_slow_for_ten_rows_gives_up() -> None:
    procurify, door = client(RequestTooLargeError("too slow"))
    with pytest.raises(RequestTooLargeError):
        list(procurify.changed_since("purchase-orders", None))
    assert [call.params["page_size"] for call in door.asked] == ["100", "50", "25", "10"]


def test_a_pass_goes_on_with_the_page_after_the_last_one() -> None:
    pages, asked = walk(page([row(7)], 3, 3, 250), first_page=3)
    assert [call.params["page"] for call in asked] == ["3"]
    assert (pages[0].number, pages[0].last, pages[0].missing) == (3, True, 0)


def test_a_bad_row_is_told_with_its_field_and_the_others_go_on() -> None:
    rows = [row(1), row(2, total="much"), row(3), "no order", row(4) | {"number": None}]
    (only,), _ = walk(page(rows, 1, 1))
    bad = [entry for entry in only.rows if isinstance(entry, Unreadable)]
    assert [(entry.source_id, entry.field, entry.number) for entry in bad] == [
        ("2", "total", "PF2"),
        ("", "", ""),
        ("4", "number", ""),
    ]
    assert len(only.rows) == len(only.raws) == 5
    assert only.raws[3] == {}


def test_ten_megabytes_of_text_in_a_row_are_told_and_not_kept() -> None:
    (only,), _ = walk(page([row(1, comment="x" * 10_000_000), row(2)], 1, 1))
    huge, fine = only.rows
    assert isinstance(huge, Unreadable)
    assert (huge.source_id, huge.field) == ("1", "comment")
    assert only.raws[0] == {}
    assert not isinstance(fine, Unreadable)


@pytest.mark.parametrize(
    "body",
    [
        b"<html>Sign in</html>",
        b"[]",
        b"{}",
        b'{"data": [], "metadata": {}}',
        b'{"data": {}, "metadata": {"pagination": {"num_pages": 1, "current_page": 1}}}',
        b'{"data": [], "metadata": {"pagination": {"num_pages": "1", "current_page": 1}}}',
    ],
)
def test_what_is_no_list_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableAnswerError):
        walk(body)
