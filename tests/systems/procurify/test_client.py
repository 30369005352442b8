"""Procurify's endpoints: an order by its id, vendors, reference lists, and what a 403 really means."""

import pytest

from integrations.errors import (
    GoneError,
    InvalidSourceError,
    NeedsPermissionError,
    ProgrammingError,
    SuspendedError,
    UnreadableAnswerError,
)
from integrations.systems.procurify import parse
from integrations.systems.procurify.client import ProcurifyClient
from tests.systems.answers import FakeDoor, Given
from tests.systems.procurify.orders import detail, page, sample

ME = b'{"metadata":{},"data":{"id":1,"email":"api@acme.example","systemaccess_cache":{"flattened":["superuser"]}}}'


def client(*given: Given) -> tuple[ProcurifyClient, FakeDoor]:
    door = FakeDoor(list(given))
    return ProcurifyClient(door, "acme"), door


def single(raw: object) -> bytes:
    return parse.dumps({"metadata": {}, "data": raw}).encode()


def test_an_order_comes_with_the_json_it_was_read_from() -> None:
    procurify, door = client(single(detail()))
    order, raw = procurify.order("1041")
    assert order == parse.order(raw)
    assert raw == detail()
    assert door.asked[0].path == "/api/v2/purchase_orders/1041/"


def test_an_order_can_be_asked_for_by_its_uuid() -> None:
    procurify, _ = client(single(detail()))
    assert procurify.raw_order("6bfcf061-0fd2-11ee-a1e5-06ca8f09037c")["procurify_PO"] == 1041


@pytest.mark.parametrize("source_id", ["", "../users/me", "1041/?x=1", "PF1041", "1" * 40])
def test_an_id_cannot_lead_to_another_address(source_id: str) -> None:
    procurify, door = client(single(detail()))
    with pytest.raises(ProgrammingError):
        procurify.order(source_id)
    assert door.asked == []


def test_another_order_than_the_one_asked_for_is_not_taken() -> None:
    procurify, _ = client(single(detail()))
    with pytest.raises(UnreadableAnswerError):
        procurify.order("1042")


def test_ten_megabytes_of_text_in_an_order_name_their_field() -> None:
    raw = detail()
    raw["order_items"][1]["lineComment"] = "x" * 10_000_000
    procurify, _ = client(single(raw))
    with pytest.raises(InvalidSourceError) as raised:
        procurify.order("1041")
    assert raised.value.field == "order_items[1].lineComment"


def test_an_order_that_is_gone_is_gone_and_not_withdrawn_a37() -> None:
    procurify, _ = client(GoneError("not shown"))
    with pytest.raises(GoneError):
        procurify.order("1041")


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"data": null}', b'{"data": [1]}'])
def test_an_answer_without_a_record_is_unreadable(body: bytes) -> None:
    procurify, _ = client(body)
    with pytest.raises(UnreadableAnswerError):
        procurify.order("1041")


def test_a_403_on_one_list_is_a_narrow_role() -> None:
    procurify, door = client(NeedsPermissionError("may not see"), ME)
    with pytest.raises(NeedsPermissionError):
        list(procurify.changed_since("purchase-orders", None))
    assert [call.path for call in door.asked][-1] == "/api/v3/users/me/"


def test_a_403_on_everything_is_a_suspension() -> None:
    procurify, _ = client(NeedsPermissionError("may not see"), SuspendedError("suspended"))
    with pytest.raises(SuspendedError):
        procurify.order("1041")


def test_vendors_have_their_currency_by_name_at_the_price_of_one_call() -> None:
    currencies = parse.dumps(sample("currencies_list")).encode()
    procurify, door = client(currencies, page(sample("vendors_list")["data"], 1, 1))
    for _ in range(2):
        (only,) = procurify.vendors()
        assert [vendor.currency for vendor in only.rows if hasattr(vendor, "currency")] == ["", "USD"]
    assert [call.path for call in door.asked].count("/api/v2/currencies/") == 1


def test_reference_lists_come_whole_and_by_kind() -> None:
    given = [
        parse.dumps(sample("currencies_list")).encode(),
        page([{"id": 2, "name": "Plant North"}], 1, 1),
        parse.dumps(sample("departments_list")).encode(),
        parse.dumps(sample("account_codes_list")).encode(),
    ]
    procurify, _ = client(*given)
    lists = dict(procurify.reference_lists())
    assert list(lists) == ["currency", "location", "department", "account_code"]
    assert [len(entries) for entries in lists.values()] == [2, 1, 1, 3]


def test_a_vendor_is_an_entry_of_the_list_of_vendors() -> None:
    procurify, _ = client(parse.dumps(sample("currencies_list")).encode(), page(sample("vendors_list")["data"], 1, 1))
    (only,) = procurify.vendors()
    entry = procurify.vendor_entry(only.rows[1])  # type: ignore[arg-type]
    assert entry.attributes["email"] == "ar@northgate.example,orders@northgate.example"


def test_the_company_has_its_base_currency() -> None:
    procurify, _ = client(ME, parse.dumps(sample("currencies_list")).encode())
    company = procurify.company()
    assert (company.key, company.base_currency, company.identity) == ("acme", "USD", "api@acme.example")
