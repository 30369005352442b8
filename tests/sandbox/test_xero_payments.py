"""Payments and credits in the Xero stand-in: they alone move what is due."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.sandbox.xero_office import Json, XeroOffice, complaints, xero_office


@pytest.fixture
def office() -> Iterator[XeroOffice]:
    with xero_office() as office:
        yield office


@pytest.fixture
def owed(office: XeroOffice) -> Json:
    """An approved bill of 115.00."""
    return office.new_bill(Status="AUTHORISED")


def pay(office: XeroOffice, bill: Json, amount: float, **fields: Any) -> requests.Response:
    payment = {
        "Invoice": {"InvoiceID": bill["InvoiceID"]},
        "Account": {"Code": "090"},
        "Date": "2026-10-05",
        "Amount": amount,
        **fields,
    }
    return office.call("PUT", "Payments", json={"Payments": [payment]})


def standing(office: XeroOffice, bill: Json) -> tuple[str, float, float]:
    row = office.rows("Invoices", IDs=bill["InvoiceID"], page=1)[0]
    return row["Status"], row["AmountPaid"], row["AmountDue"]


def test_part_payments_add_up_until_the_bill_is_paid(office: XeroOffice, owed: Json) -> None:
    assert pay(office, owed, 57.5).status_code == 200
    assert standing(office, owed) == ("AUTHORISED", 57.5, 57.5)
    pay(office, owed, 57.5, Date="2026-10-09")
    assert standing(office, owed) == ("PAID", 115.0, 0.0)
    row = office.rows(f"Invoices/{owed['InvoiceID']}")[0]
    assert row["FullyPaidOnDate"] == "/Date(1791504000000+0000)/"
    assert [each["Amount"] for each in row["Payments"]] == [57.5, 57.5]


def test_a_payment_stamps_its_bill(office: XeroOffice, owed: Json) -> None:
    pay(office, owed, 1)
    after = office.rows(f"Invoices/{owed['InvoiceID']}")[0]
    assert after["UpdatedDateUTC"] > owed["UpdatedDateUTC"]


def test_a_removed_payment_stays_as_deleted_and_the_bill_is_due_again(office: XeroOffice, owed: Json) -> None:
    payment = pay(office, owed, 115).json()["Payments"][0]
    assert payment["PaymentType"] == "ACCPAYPAYMENT"
    path = f"Payments/{payment['PaymentID']}"
    assert office.call("POST", path, json={"Status": "DELETED"}).status_code == 200
    assert standing(office, owed) == ("AUTHORISED", 0.0, 115.0)
    assert office.rows(path)[0]["Status"] == "DELETED"
    assert "FullyPaidOnDate" not in office.rows(f"Invoices/{owed['InvoiceID']}")[0]
    again = office.call("POST", path, json={"Status": "DELETED"})
    assert complaints(again) == ["Payment has already been deleted"]
    assert office.call("POST", path, json={"Amount": 1}).status_code == 400


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"Amount": 115.01}, "Payment amount exceeds the amount outstanding"),
        ({"Amount": 0}, "must be greater than zero"),
        ({"Account": {"Code": "999"}}, "Account could not be found"),
        ({"Account": {"Code": "429"}}, "Account type is not valid"),
        ({"Invoice": {"InvoiceID": "11111111-2222-4333-8444-555555555555"}}, "Invoice could not be found"),
        ({"Date": "2026-08-31"}, "period lock date"),
    ],
)
def test_a_wrong_payment_is_refused(office: XeroOffice, owed: Json, fields: Json, message: str) -> None:
    office.xero.set_lock_date("2026-08-31")
    answer = pay(office, owed, **{"amount": 1, **fields})
    assert answer.status_code == 400
    assert any(message in each for each in complaints(answer))
    assert standing(office, owed) == ("AUTHORISED", 0.0, 115.0)


def test_only_approved_bills_are_paid(office: XeroOffice) -> None:
    assert "Authorised documents" in complaints(pay(office, office.new_bill(), 1))[0]


def test_a_credit_can_pay_a_bill_with_nothing_paid(office: XeroOffice, owed: Json) -> None:
    office.xero.credit_bill(owed["InvoiceID"], 115)
    assert standing(office, owed) == ("PAID", 0.0, 0.0)
    row = office.rows(f"Invoices/{owed['InvoiceID']}")[0]
    assert (row["AmountCredited"], row["CreditNotes"][0]["AppliedAmount"]) == (115.0, 115.0)
    assert office.rows("CreditNotes", page=1)[0]["Type"] == "ACCPAYCREDIT"


def test_payments_are_found_by_their_bill(office: XeroOffice, owed: Json) -> None:
    pay(office, owed, 1)
    pay(office, office.new_bill(Status="AUTHORISED"), 2)
    where = f'Invoice.InvoiceID==guid("{owed["InvoiceID"]}")'
    assert [row["Amount"] for row in office.rows("Payments", where=where, page=1)] == [1.0]


def test_a_bill_with_a_payment_cannot_be_voided_until_it_is_removed(office: XeroOffice, owed: Json) -> None:
    payment = office.xero.pay_bill(owed["InvoiceID"], 15)
    assert office.change(owed["InvoiceID"], Status="VOIDED").status_code == 400
    office.xero.remove_payment(payment["PaymentID"])
    assert office.change(owed["InvoiceID"], Status="VOIDED").status_code == 200
    assert standing(office, owed) == ("VOIDED", 0.0, 0.0)
