"""Credit notes, prepayments and overpayments in the Xero stand-in: three ways to a paid bill with nothing paid."""

from collections.abc import Iterator

import pytest

from integrations.sandbox.xero.problems import Refused
from tests.sandbox.xero_office import Json, XeroOffice, xero_office

SUPPLIER = "Delta Steel Ltd"


@pytest.fixture
def office() -> Iterator[XeroOffice]:
    with xero_office() as office:
        yield office


@pytest.fixture
def owed(office: XeroOffice) -> Json:
    """An approved bill of 115.00."""
    return office.new_bill(Status="AUTHORISED")


def standing(office: XeroOffice, bill: Json) -> tuple[str, float, float, float]:
    row = office.rows(f"Invoices/{bill['InvoiceID']}")[0]
    return row["Status"], row["AmountPaid"], row["AmountCredited"], row["AmountDue"]


def credit(office: XeroOffice, kind: str, amount: float) -> Json:
    made: Json = getattr(office.xero, f"add_{kind}")(SUPPLIER, amount, day="2026-10-02")
    return made


@pytest.mark.parametrize(
    ("kind", "path", "key"),
    [
        ("credit_note", "CreditNotes", "CreditNoteID"),
        ("prepayment", "Prepayments", "PrepaymentID"),
        ("overpayment", "Overpayments", "OverpaymentID"),
    ],
)
def test_a_credit_settles_a_bill_in_part_and_then_whole(
    office: XeroOffice, owed: Json, kind: str, path: str, key: str
) -> None:
    held = credit(office, kind, 200)
    office.xero.apply_credit(held[key], owed["InvoiceID"], 15, day="2026-10-09")
    assert standing(office, owed) == ("AUTHORISED", 0.0, 15.0, 100.0)
    office.xero.apply_credit(held[key], owed["InvoiceID"])
    assert standing(office, owed) == ("PAID", 0.0, 115.0, 0.0)
    row = office.rows(f"{path}/{held[key]}")[0]
    assert (row["RemainingCredit"], row["Status"]) == (85.0, "AUTHORISED")
    first = row["Allocations"][0]
    assert (first["Amount"], first["Date"]) == (15.0, "/Date(1791504000000+0000)/")
    assert first["Invoice"]["InvoiceID"] == owed["InvoiceID"]
    shown = office.rows(f"Invoices/{owed['InvoiceID']}")[0][path][0]
    assert (shown[key], shown["AppliedAmount"], shown["DateString"]) == (held[key], 15.0, "2026-10-02T00:00:00")


def test_applying_stamps_bill_and_credit_and_taking_back_does_too(office: XeroOffice, owed: Json) -> None:
    held = credit(office, "prepayment", 115)
    for act in (office.xero.apply_credit, office.xero.take_credit_back):
        before = office.rows(f"Invoices/{owed['InvoiceID']}")[0]["UpdatedDateUTC"]
        office.sandbox.clock.forward(seconds=5)
        act(held["PrepaymentID"], owed["InvoiceID"])
        assert office.rows(f"Invoices/{owed['InvoiceID']}")[0]["UpdatedDateUTC"] > before
    assert standing(office, owed) == ("AUTHORISED", 0.0, 0.0, 115.0)
    assert office.rows("Prepayments", page=1)[0]["Allocations"] == []


def test_a_payment_and_a_credit_add_up(office: XeroOffice, owed: Json) -> None:
    office.xero.pay_bill(owed["InvoiceID"], 100)
    office.xero.credit_bill(owed["InvoiceID"], 15)
    assert standing(office, owed) == ("PAID", 100.0, 15.0, 0.0)


@pytest.mark.parametrize(
    ("amount", "message"),
    [(50.01, "remaining credit"), (0, "greater than zero")],
)
def test_no_more_is_applied_than_there_is(office: XeroOffice, owed: Json, amount: float, message: str) -> None:
    held = credit(office, "credit_note", 50)
    with pytest.raises(Refused, match=message):
        office.xero.apply_credit(held["CreditNoteID"], owed["InvoiceID"], amount)
    assert standing(office, owed) == ("AUTHORISED", 0.0, 0.0, 115.0)


def test_another_suppliers_credit_and_a_draft_are_refused(office: XeroOffice, owed: Json) -> None:
    held = credit(office, "credit_note", 50)
    other = office.xero.add_bill("Kite Ltd", amount=50, status="AUTHORISED")
    with pytest.raises(Refused, match="same contact"):
        office.xero.apply_credit(held["CreditNoteID"], other["InvoiceID"], 5)
    with pytest.raises(Refused, match="Authorised documents"):
        office.xero.apply_credit(held["CreditNoteID"], office.new_bill()["InvoiceID"], 5)


def test_a_refund_is_a_payment_without_a_bill(office: XeroOffice) -> None:
    held = credit(office, "credit_note", 50)
    office.xero.refund_credit(held["CreditNoteID"], 50)
    payment = office.rows("Payments", page=1)[0]
    assert (payment["PaymentType"], payment["CreditNote"]["CreditNoteID"]) == ("APCREDITPAYMENT", held["CreditNoteID"])
    assert "Invoice" not in payment
    assert office.rows(f"CreditNotes/{held['CreditNoteID']}")[0]["Status"] == "PAID"


def test_credits_are_listed_since_a_moment_and_by_where(office: XeroOffice) -> None:
    credit(office, "credit_note", 50)
    credit(office, "overpayment", 20)
    assert office.rows("CreditNotes", {"If-Modified-Since": "2099-01-01T00:00:00"}, page=1) == []
    assert len(office.rows("CreditNotes", where='Type=="ACCPAYCREDIT"', page=1)) == 1
    assert len(office.rows("Overpayments", where='Status=="AUTHORISED"', page=1)) == 1
    assert office.get("Overpayments", where="Nonsense").status_code == 400
