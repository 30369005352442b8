"""The contractor's bills and payments, from the books into their projects, over real HTTP."""

import pytest

from integrations.models import Record, Work
from integrations.sandbox.contractor import books
from tests.pairs.xero_procore.ledger import standing
from tests.pairs.xero_procore.northline import Northline

pytestmark = pytest.mark.sqlite  # the whole contractor runs on PostgreSQL in test_company.py


def bill_of(northline: Northline, number: str) -> Record:
    return northline.record(number, "bills")


def test_bills_stand_once_each_on_their_orders_with_what_was_paid_of_them(northline: Northline) -> None:
    northline.run()
    done = Record.objects.filter(flow="bills", work=Work.DONE).select_related("document")
    stands = standing(northline.sandbox)
    assert {record.document.source_id for record in done} == set(stands.requisitions)
    assert all(len(rows) == 1 for rows in (*stands.requisitions.values(), *stands.payments.values()))
    assert northline.written() == []


def test_a_bill_with_a_credit_note_is_held_with_its_amount(northline: Northline) -> None:
    """The bill shows that it was credited; when and by how much stands on the credit alone (A89)."""
    northline.only("NB-1014", "MM-2250 / NB-1014").run()
    record = bill_of(northline, "MM-2250 / NB-1014")
    assert (record.work, record.hold_reason) == (Work.HELD, "credit-note")
    assert "CN-0001" in record.explanation
    assert len(northline.asked("/CreditNotes")) == 1


def test_a_reversed_payment_makes_its_bill_be_read_again(northline: Northline) -> None:
    northline.only("NB-1071", "7391 / NB-1071", "7404 / NB-1071").run()
    before = standing(northline.sandbox).payments
    rows = northline.sandbox.xero.collections()[f"{books.TENANT}/payments"].values()
    payment = next(row["PaymentID"] for row in rows if row["PaymentID"] in before)
    northline.sandbox.xero.remove_payment(payment, tenant=books.TENANT)
    northline.later(minutes=16)
    northline.run()
    after = standing(northline.sandbox).payments
    assert set(before) - set(after) == {payment}
