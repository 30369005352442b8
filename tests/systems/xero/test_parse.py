"""Xero's answers become documents: amounts exact, dates the UTC date, statuses by what they mean."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from integrations.documents import BillStatus, StoredBill, StoredLine, Tracked
from integrations.errors import InvalidSourceError
from integrations.systems.xero import parse, shapes
from tests.systems.xero.bills import CONTACT, recorded, stored


def test_a_stored_bill() -> None:
    bill = parse.stored_bill(stored())
    assert bill == StoredBill(
        target_id="ed255415-e141-4150-aab7-000000000001",
        version="1790812999121",
        number="PF1",
        contact=CONTACT,
        contact_name="Delta Steel Ltd",
        status=BillStatus.DRAFT,
        status_word="DRAFT",
        date=date(2026, 10, 1),
        due_date=date(2026, 10, 31),
        currency="NZD",
        net=Decimal("30.37"),
        tax=Decimal("4.56"),
        total=Decimal("34.93"),
        paid=Decimal(0),
        link="https://portal.example/r/1",
        modified_at=datetime(2026, 10, 1, 0, 3, 19, 121000, tzinfo=UTC),
        lines=(
            StoredLine(
                "5f7a612b-fdcc-4d33-90fa-a9f6bc6db32f",
                "Steel bar 12mm",
                Decimal("30.37"),
                "310",
                "INPUT2",
                Decimal("4.56"),
                (Tracked("351953c4", "North"),),
            ),
        ),
    )


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("DRAFT", BillStatus.DRAFT),
        ("SUBMITTED", BillStatus.DRAFT),
        ("AUTHORISED", BillStatus.IN_LEDGER),
        ("PAID", BillStatus.IN_LEDGER),
        ("VOIDED", BillStatus.REMOVED),
        ("DELETED", BillStatus.REMOVED),
    ],
)
def test_a_draft_is_not_in_the_ledger_a1(word: str, status: BillStatus) -> None:
    assert parse.stored_bill(stored(Status=word)).status is status


def test_a_bill_reads_the_same_from_a_list_and_from_the_answer_to_its_write() -> None:
    """Lists leave the id of a tracking option out."""
    from_list = stored()
    from_write = stored()
    from_write["LineItems"][0]["Tracking"][0]["TrackingOptionID"] = "ce205173"
    assert parse.stored_bill(from_list) == parse.stored_bill(from_write)


def test_every_recorded_document_is_read() -> None:
    bills = [parse.stored_bill(raw) for raw in recorded()]
    assert len(bills) == 79
    assert {bill.status for bill in bills} == {BillStatus.DRAFT, BillStatus.IN_LEDGER, BillStatus.REMOVED}
    assert all(bill.total == bill.net + bill.tax for bill in bills)
    dated = [(str(bill.date), raw["DateString"][:10]) for bill, raw in zip(bills, recorded(), strict=True)]
    assert all(ours == theirs for ours, theirs in dated)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("/Date(1563753600000+0000)/", date(2019, 7, 22)),
        ("/Date(1563753600000)/", date(2019, 7, 22)),
        ("/Date(1563753600000+1300)/", date(2019, 7, 22)),
        ("2019-07-22T00:00:00", date(2019, 7, 22)),
        ("2019-07-22", date(2019, 7, 22)),
    ],
)
def test_a_date_is_the_utc_date_and_never_a_local_one_a61(written: str, day: date) -> None:
    assert parse.stored_bill(stored(Date=written)).date == day


@pytest.mark.parametrize("value", [None, 5, "", "/Date()/", "/Date(99999999999999999)/", "/Date(-1)/", "soon"])
def test_a_moment_that_is_none_is_refused(value: Any) -> None:
    with pytest.raises(PydanticCustomError):
        shapes.moment(value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("InvoiceID", None),
        ("Status", "PAID BY CASH"),
        ("Total", "NaN"),
        ("Total", Decimal("Infinity")),
        ("SubTotal", 10**13),
        ("Contact", None),
        ("Contact", {}),
        ("Date", "/Date(-99999999999999)/"),
        ("UpdatedDateUTC", "yesterday"),
        ("LineItems", "none"),
        ("LineItems", [{"LineAmount": "much"}]),
        ("LineItems", [{"Description": "x" * 10_000_000}]),
        ("CurrencyCode", 5),
    ],
)
def test_a_bad_bill_names_its_field(field: str, value: Any) -> None:
    with pytest.raises(InvalidSourceError) as raised:
        parse.stored_bill(stored(**{field: value}))
    assert raised.value.field.startswith(field)
    assert len(str(raised.value)) < 200


def test_a_contact() -> None:
    entry = parse.contact(
        {
            "ContactID": CONTACT,
            "ContactStatus": "ARCHIVED",
            "Name": "Delta Steel Ltd",
            "EmailAddress": "ap@delta.example",
            "ContactNumber": "PCF-118",
            "TaxNumber": "123",
            "DefaultCurrency": "GBP",
            "Addresses": [
                {"AddressType": "POBOX", "Country": "IE"},
                {"AddressType": "STREET", "Country": "UK"},
            ],
            "UpdatedDateUTC": "/Date(1788220800000+0000)/",
        }
    )
    assert (entry.kind, entry.key, entry.code, entry.active) == ("contact", CONTACT, "PCF-118", False)
    assert entry.attributes["country"] == "UK"
    assert entry.attributes["email"] == "ap@delta.example"
    assert entry.attributes["status"] == "ARCHIVED"


VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.decimals() | st.lists(st.none())


@settings(max_examples=300, deadline=None)
@given(field=st.sampled_from(sorted(stored())), value=VALUES)
def test_any_value_in_a_bill_is_read_or_refused_and_never_breaks(field: str, value: Any) -> None:
    assert outcome(stored(**{field: value})) in ("read", field)


def outcome(raw: Any) -> str:
    try:
        parse.stored_bill(raw)
    except InvalidSourceError as refused:
        return refused.field.partition("[")[0].partition(".")[0]
    return "read"
