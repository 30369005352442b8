"""A doubt is looked up live (E2): by number, by everything changed since, and only our exact link is ours."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.documents import BillStatus
from integrations.errors import FilterIgnoredError, UnreadableAnswerError
from integrations.systems.protocols import Sought
from integrations.systems.xero.client import XeroClient
from integrations.systems.xero.payloads import fit_number
from tests.systems.answers import Asked, FakeDoor, Given
from tests.systems.xero.bills import CONTACT, page, stored


def client(*given: Given) -> tuple[XeroClient, FakeDoor]:
    door = FakeDoor(list(given))
    return XeroClient(door, "tenant", "https://go.xero.com"), door


def sought(number: int, text: str | None = None) -> Sought:
    return Sought(text or f"PF{number}", CONTACT, f"https://portal.example/r/{number}")


def test_numbers_are_joined_by_commas_in_one_call() -> None:
    xero, door = client(page([stored(1), stored(2)]))
    found = xero.find([sought(1), sought(2), sought(3)])
    assert door.asked[0].params["InvoiceNumbers"] == "PF1,PF2,PF3"
    assert door.asked[0].params["unitdp"] == "4"
    assert [len(found[f"https://portal.example/r/{number}"]) for number in (1, 2, 3)] == [1, 1, 0]


def test_the_same_number_without_our_link_is_not_ours_e2_e6() -> None:
    others = [stored(1, Url="https://other.example/r/1"), stored(1, Url=None), stored(1, Url=["x"])]
    xero, _ = client(page(others))
    assert xero.find([sought(1)]) == {"https://portal.example/r/1": []}


def test_removed_ones_are_found_too() -> None:
    xero, _ = client(page([stored(1, Status="DELETED"), stored(2, Status="VOIDED")]))
    found = xero.find([sought(1), sought(2)])
    assert {bill.status for bills in found.values() for bill in bills} == {BillStatus.REMOVED}


def test_two_bills_with_our_link_are_both_told() -> None:
    twin = stored(1, InvoiceID="ffffffff-e141-4150-aab7-000000000001")
    xero, _ = client(page([stored(1), twin, stored(1)]))
    assert len(xero.find([sought(1)])["https://portal.example/r/1"]) == 2


def test_a_number_with_a_comma_or_a_quotation_mark_has_a_query_of_its_own() -> None:
    xero, door = client(page([]))
    xero.find([sought(1, 'PF "1", part'), sought(2)])
    wheres = [call.params["where"] for call in door.asked]
    assert wheres == [
        f'Type=="ACCPAY" AND InvoiceNumber=="PF ""1"", part" AND Contact.ContactID==guid("{CONTACT}")',
        'Type=="ACCPAY"',
    ]
    assert "InvoiceNumbers" not in door.asked[0].params


def test_a_number_is_looked_for_as_it_was_sent() -> None:
    long = "INV-" + "7" * 300
    xero, door = client(page([]))
    xero.find([sought(1, long)])
    assert door.asked[0].params["InvoiceNumbers"] == fit_number(long)


def test_many_numbers_are_asked_for_in_calls_of_forty() -> None:
    xero, door = client(page([]))
    xero.find([sought(number) for number in range(100)])
    assert [len(call.params["InvoiceNumbers"].split(",")) for call in door.asked] == [40, 40, 20]


def test_a_bill_whose_number_was_typed_over_is_found_among_the_changes() -> None:
    meant = datetime(2026, 10, 1, 0, 3, 0, tzinfo=UTC)
    typed_over = stored(1, InvoiceNumber="SUPPLIER-77")
    xero, door = client(page([]), page([typed_over, stored(9)]))
    found = xero.find([sought(1)], since=meant)
    assert [bill.number for bill in found["https://portal.example/r/1"]] == ["SUPPLIER-77"]
    assert door.asked[1].headers["If-Modified-Since"] < (meant - timedelta(minutes=10)).isoformat()


def test_one_that_was_removed_before_does_not_end_the_search_for_the_one_that_stands() -> None:
    removed, typed_over = stored(1, Status="DELETED"), stored(1, InvoiceNumber="SUPPLIER-77", InvoiceID="f" * 36)
    xero, _ = client(page([removed]), page([removed, typed_over]))
    found = xero.find([sought(1)], since=datetime(2026, 10, 1, tzinfo=UTC))
    assert [bill.number for bill in found["https://portal.example/r/1"]] == ["PF1", "SUPPLIER-77"]


def test_changes_are_not_read_when_the_numbers_found_all() -> None:
    xero, door = client(page([stored(1)]))
    xero.find([sought(1)], since=datetime(2026, 10, 1, tzinfo=UTC))
    assert len(door.asked) == 1


def test_a_look_up_reads_every_page() -> None:
    def paged(asked: Asked) -> bytes:
        number = int(asked.params["page"])
        return page([stored(number)], number, 3)

    xero, door = client(paged)
    found = xero.find([sought(1), sought(2), sought(3)])
    assert all(found.values())
    assert len(door.asked) == 3


def test_a_look_up_without_end_stops() -> None:
    xero, _ = client(lambda asked: page([stored(1)], int(asked.params["page"]), 10_000))
    with pytest.raises(UnreadableAnswerError):
        xero.find([sought(1)])


def ids(*numbers: int) -> list[str]:
    return [str(stored(number)["InvoiceID"]) for number in numbers]


def test_bills_are_read_again_by_their_ids_forty_at_a_time() -> None:
    def answer(asked: Asked) -> bytes:
        wanted = asked.params["IDs"].split(",")
        return page([stored(int(each[-12:])) for each in wanted if int(each[-12:]) != 7])

    xero, door = client(answer)
    bills = xero.bills(ids(*range(50)))
    assert len(bills) == 49
    assert [len(call.params["IDs"].split(",")) for call in door.asked] == [40, 10]


def test_an_ignored_list_of_ids_is_noticed() -> None:
    xero, _ = client(page([stored(1), stored(99)]))
    with pytest.raises(FilterIgnoredError):
        xero.bills(ids(1))


def test_nothing_is_asked_for_nothing() -> None:
    xero, door = client(page([]))
    assert (xero.bills([]), xero.find([])) == ([], {})
    assert door.asked == []


def test_a_bill_has_its_page() -> None:
    xero, _ = client()
    address: Any = xero.web_link("ed25")
    assert address == "https://go.xero.com/AccountsPayable/View.aspx?InvoiceID=ed25"
