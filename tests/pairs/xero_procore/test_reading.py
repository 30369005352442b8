"""From what people do in Xero to the documents that this pair judges, over real HTTP."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from integrations.errors import InvalidSourceError
from integrations.pairs.xero_procore import reading
from integrations.pairs.xero_procore.documents import Bill, BillStatus, Order, OrderStatus, Payment, PaymentKind
from integrations.sandbox import Sandbox
from integrations.supplier_documents import CreditKind, SupplierCredit
from tests.systems.xero.test_supplier_feeds import SUPPLIER, Books, line, rows

D = Decimal


@pytest.fixture
def books() -> Iterator[Books]:
    with Sandbox(systems=["xero"], limits=False) as sandbox:
        yield Books(sandbox)


def credits_of(books: Books) -> dict[str, SupplierCredit]:
    return {credit.source_id: credit for kind in CreditKind for credit in books.credits(kind)}


def read(books: Books, bill_id: str) -> Bill:
    return reading.bill(books.shown(bill_id), payments=books.payments(), credits=credits_of(books))


def orders(books: Books) -> dict[str, Order]:
    return {each.number: reading.order(each) for each in rows(books.open().supplier_orders_changed_since(None))}


def test_a82_an_order_says_what_xero_says_of_it(books: Books) -> None:
    books.order("PO-1", line(DiscountRate=10), day="2026-10-01")
    books.order("PO-2", status="DRAFT")
    found = orders(books)
    order = found["PO-1"]
    assert (order.status, order.vendor.name, order.date) == (OrderStatus.AUTHORISED, SUPPLIER, date(2026, 10, 1))
    assert (order.lines[0].amount, order.lines[0].tax_amount, order.net) == (D("90"), D("13.5"), D("90"))
    assert found["PO-2"].status == OrderStatus.DRAFT


@pytest.mark.parametrize("mode", ["Exclusive", "Inclusive", "NoTax"])
def test_a83_lines_add_up_to_the_net_of_their_bill_whatever_the_books_show(books: Books, mode: str) -> None:
    bill = read(books, books.approved("INV-7", LineAmountTypes=mode))
    assert sum(each.amount for each in bill.lines) == bill.net
    assert bill.net + bill.tax == bill.total


def test_a85_payments_are_those_of_the_bill_and_one_taken_back_is_told(books: Books) -> None:
    owed = books.approved("INV-7")
    first = books.sandbox.xero.pay_bill(owed, "57.50", day="2026-10-05")["PaymentID"]
    second = books.sandbox.xero.pay_bill(owed, "57.50", day="2026-10-09")["PaymentID"]
    other = books.approved("INV-8")
    books.sandbox.xero.remove_payment(books.sandbox.xero.pay_bill(other, 1)["PaymentID"])
    assert read(books, owed).status == BillStatus.PAID
    books.sandbox.xero.remove_payment(second)
    bill = read(books, owed)
    assert bill.standing_payments == (Payment(first, date(2026, 10, 5), D("57.5")),)
    assert {each.payment_id: each.deleted for each in bill.payments} == {first: False, second: True}


@pytest.mark.parametrize(
    ("add", "key", "kind"),
    [
        ("add_prepayment", "PrepaymentID", PaymentKind.PREPAYMENT),
        ("add_overpayment", "OverpaymentID", PaymentKind.OVERPAYMENT),
    ],
)
def test_a89_what_was_paid_ahead_counts_on_the_day_it_was_applied(
    books: Books, add: str, key: str, kind: PaymentKind
) -> None:
    owed = books.approved("INV-7")
    held: Any = getattr(books.sandbox.xero, add)(SUPPLIER, 200, day="2026-09-20")
    books.sandbox.xero.apply_credit(held[key], owed, 15, day="2026-10-02")
    books.sandbox.xero.apply_credit(held[key], owed, day="2026-10-09")
    bill = read(books, owed)
    assert bill.credits == ()
    assert [(each.date, each.amount, each.kind) for each in bill.standing_payments] == [
        (date(2026, 10, 2), D("15"), kind),
        (date(2026, 10, 9), D("100"), kind),
    ]
    assert len({each.payment_id for each in bill.payments}) == 2


def test_a89_a_credit_note_is_no_payment(books: Books) -> None:
    owed = books.approved("INV-7")
    books.sandbox.xero.credit_bill(owed, 115, day="2026-10-09")
    bill = read(books, owed)
    assert (bill.status, bill.payments) == (BillStatus.PAID, ())
    (note,) = bill.credits
    assert (note.number, note.date, note.amount) == ("CN-0001", date(2026, 10, 9), D("115"))


def test_a_credit_that_was_not_read_is_asked_for(books: Books) -> None:
    owed = books.approved("INV-7")
    books.sandbox.xero.credit_bill(owed, 5)
    shown = books.shown(owed)
    assert [part.kind for part in reading.unread(shown, {})] == [CreditKind.NOTE]
    assert reading.unread(shown, credits_of(books)) == []
    with pytest.raises(InvalidSourceError, match="credit note on this bill has not been read"):
        reading.bill(shown)
