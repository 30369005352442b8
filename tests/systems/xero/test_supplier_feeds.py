"""Xero as a source: orders, bills, payments and credits of suppliers, read over HTTP with the scopes of a source."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from integrations.documents import BillStatus, Tracked, Unreadable
from integrations.errors import FilterIgnoredError, NeedsPermissionError
from integrations.sandbox import Sandbox
from integrations.supplier_documents import (
    Applied,
    CreditedPart,
    CreditKind,
    SupplierBill,
    SupplierCredit,
    SupplierOrder,
    SupplierOrderStatus,
    SupplierPayment,
)
from integrations.systems.facts import AuthorizationCode
from integrations.systems.paging import Page
from integrations.systems.protocols import SupplierBooks
from integrations.systems.xero import incremental, parse
from integrations.systems.xero.client import XeroClient
from integrations.systems.xero.system import XERO
from tests.contract.xero import Bench

Json = dict[str, Any]
SUPPLIER = "Delta Steel Ltd"
D = Decimal


class Books(Bench):
    """The bench, read as a source, with a few words for what people do there."""

    def fetch_token(self) -> str:
        assert isinstance(XERO.auth, AuthorizationCode)
        token: str = self.sandbox.xero.issue_tokens(scopes=XERO.auth.scopes["source"])["access_token"]
        return token

    def order(self, number: str, *lines: Json, **more: Any) -> Json:
        return self.sandbox.xero.add_purchase_order(SUPPLIER, list(lines) or [line()], number=number, **more)

    def approved(self, number: str, **more: Any) -> str:
        """An approved bill of 115.00; its id."""
        made = self.sandbox.xero.add_bill(SUPPLIER, [line()], number=number, status="AUTHORISED", **more)
        return str(made["InvoiceID"])

    def shown(self, bill_id: str) -> SupplierBill:
        (found,) = self.open().supplier_bills([bill_id])
        return found

    def payments(self) -> list[SupplierPayment]:
        return rows(self.open().supplier_payments_changed_since(None))

    def credits(self, kind: CreditKind) -> list[SupplierCredit]:
        return rows(self.open().supplier_credits_changed_since(kind, None))

    def asked(self, path: str) -> list[Json]:
        return [entry for entry in self.requests() if entry["path"].endswith(path)]


def line(**more: Any) -> Json:
    base = {"Description": "Steel bar", "Quantity": 1, "UnitAmount": 100, "AccountCode": "310", "TaxType": "INPUT2"}
    return {**base, **more}


def rows(pages: Iterator[Page[Any]]) -> list[Any]:
    found = [row for page in pages for row in page.rows]
    assert not any(isinstance(row, Unreadable) for row in found)
    return found


@pytest.fixture
def books() -> Iterator[Books]:
    with Sandbox(systems=["xero"], limits=False) as sandbox:
        yield Books(sandbox)


# Orders


def test_an_order_is_read_with_net_lines_and_its_tracking_by_name(books: Books) -> None:
    category = books.sandbox.xero.add_tracking_category("Job", ["1234 Clinic"])
    tracked = {"Tracking": [{"Name": "Job", "Option": "1234 Clinic"}]}
    discounted = line(Quantity=3, UnitAmount=10.1234, DiscountRate=10, ItemCode=None, **tracked)
    books.order("PO-1", discounted, day="2026-10-01", DeliveryDate="/Date(1793404800000+0000)/", Reference="Roof")
    (order,) = rows(books.open().supplier_orders_changed_since(None))
    assert isinstance(order, SupplierOrder)
    assert (order.number, order.contact_name, order.status) == ("PO-1", SUPPLIER, SupplierOrderStatus.APPROVED)
    assert (order.date, order.delivery) == (date(2026, 10, 1), date(2026, 10, 31))
    assert (order.net, order.tax, order.total) == (D("27.33"), D("4.1"), D("31.43"))
    (only,) = order.lines
    assert (only.price, only.net, only.tax, only.account) == (D("10.1234"), D("27.33"), D("4.1"), "310")
    assert only.tracking == (Tracked(category["TrackingCategoryID"], "1234 Clinic"),)


def test_a82_an_order_is_followed_from_draft_to_billed_and_to_deleted(books: Books) -> None:
    held = books.order("PO-1", status="DRAFT")
    other = books.order("PO-2")
    seen = []
    for status in ("SUBMITTED", "AUTHORISED", "BILLED"):
        books.sandbox.xero.edit_purchase_order(held["PurchaseOrderID"], Status=status)
        seen += [row.status for row in rows(books.open().supplier_orders_changed_since(None)) if row.number == "PO-1"]
    wanted = SupplierOrderStatus
    assert seen == [wanted.DRAFT, wanted.APPROVED, wanted.BILLED]
    books.sandbox.xero.edit_purchase_order(other["PurchaseOrderID"], Status="DELETED")
    assert {row.status for row in rows(books.open().supplier_orders_changed_since(None))} == {
        wanted.BILLED,
        wanted.REMOVED,
    }


def test_a_bill_remembers_of_its_orders_nothing_but_their_numbers(books: Books) -> None:
    books.order("PO-1")
    books.order("PO-2")
    (made,) = books.sandbox.xero.bill_purchase_orders(["PO-1", "PO-2"])
    bill = books.shown(made["InvoiceID"])
    assert (bill.number, bill.status, bill.net) == ("PO-1, PO-2", BillStatus.DRAFT, D("200"))


# Bills and what settles them


def test_a84_part_payments_are_followed_and_a_reversed_one_is_gone_from_the_bill(books: Books) -> None:
    owed = books.approved("INV-7")
    first = books.sandbox.xero.pay_bill(owed, "57.50", day="2026-10-05")
    second = books.sandbox.xero.pay_bill(owed, "57.50", day="2026-10-09")
    bill = books.shown(owed)
    assert (bill.status_word, bill.paid, bill.due, bill.settled_on) == ("PAID", D("115"), D("0"), date(2026, 10, 9))
    assert [(part.date, part.amount) for part in bill.payments] == [
        (date(2026, 10, 5), D("57.5")),
        (date(2026, 10, 9), D("57.5")),
    ]
    books.sandbox.xero.remove_payment(second["PaymentID"])
    bill = books.shown(owed)
    assert (bill.status_word, bill.paid, bill.due, bill.settled_on) == ("AUTHORISED", D("57.5"), D("57.5"), None)
    assert [part.payment for part in bill.payments] == [first["PaymentID"]]
    known = {row.source_id: row for row in books.payments()}
    assert (known[second["PaymentID"]].removed, known[first["PaymentID"]].removed) == (True, False)
    assert known[first["PaymentID"]].bill == owed


@pytest.mark.parametrize(
    ("kind", "add", "key"),
    [
        (CreditKind.NOTE, "add_credit_note", "CreditNoteID"),
        (CreditKind.PREPAYMENT, "add_prepayment", "PrepaymentID"),
        (CreditKind.OVERPAYMENT, "add_overpayment", "OverpaymentID"),
    ],
)
def test_a89_a_bill_settled_by_credit_shows_which_and_the_credit_shows_the_day(
    books: Books, kind: CreditKind, add: str, key: str
) -> None:
    owed = books.approved("INV-7")
    held = getattr(books.sandbox.xero, add)(SUPPLIER, 200, day="2026-09-20")
    books.sandbox.xero.apply_credit(held[key], owed, day="2026-10-09")
    bill = books.shown(owed)
    assert (bill.status_word, bill.paid, bill.credited, bill.due) == ("PAID", D("0"), D("115"), D("0"))
    assert bill.credits == (CreditedPart(kind, held[key], D("115")),)
    (credit,) = books.credits(kind)
    assert (credit.source_id, credit.total, credit.remaining) == (held[key], D("200"), D("85"))
    (applied,) = credit.applied
    assert applied == Applied(applied.key, owed, date(2026, 10, 9), D("115"))
    bare = [{**each, "AllocationID": None} for each in raw_of(books, kind)["Allocations"] * 2]
    keys = {part.key for part in parse.supplier_credit(kind)({**raw_of(books, kind), "Allocations": bare}).applied}
    assert len(keys) == 2
    assert credit.date == date(2026, 9, 20)
    for other in set(CreditKind) - {kind}:
        assert books.credits(other) == []


def test_a_refund_names_no_bill_and_payments_of_sales_are_left_out(books: Books) -> None:
    note = books.sandbox.xero.add_credit_note(SUPPLIER, 50)
    books.sandbox.xero.refund_credit(note["CreditNoteID"], 50)
    sold = line(AccountCode="200", TaxType="OUTPUT2")
    sale = books.sandbox.xero.add_bill(SUPPLIER, [sold], Type="ACCREC", status="AUTHORISED")
    books.sandbox.xero.pay_bill(sale["InvoiceID"], 1)
    (refund,) = books.payments()
    assert (refund.bill, refund.amount) == ("", D("50"))


def test_a51_amounts_that_include_their_tax_are_read_without_it(books: Books) -> None:
    owed = books.approved("INV-7", LineAmountTypes="Inclusive")
    bill = books.shown(owed)
    assert (bill.lines[0].net, bill.lines[0].tax) == (D("86.96"), D("13.04"))
    assert sum(each.net for each in bill.lines) == bill.net


def test_a61_a_date_is_the_day_that_was_written_wherever_the_company_is(books: Books) -> None:
    owed = books.approved("INV-7", day="2026-10-01", due="2026-10-31")
    bill = books.shown(owed)
    assert (bill.date, bill.due_date) == (date(2026, 10, 1), date(2026, 10, 31))


def raw_of(books: Books, kind: CreditKind) -> Json:
    """The one credit of a kind as it came."""
    (page,) = books.open().supplier_credits_changed_since(kind, None)
    return page.raws[0]


# How they are read


def test_many_bills_are_read_by_their_ids_forty_to_a_call_and_sales_left_out(books: Books) -> None:
    wanted = sorted(books.fill(81))
    sale = books.sandbox.xero.add_bill(SUPPLIER, [line()], Type="ACCREC")["InvoiceID"]
    found = books.open().supplier_bills([*wanted, *wanted, sale])
    assert sorted(bill.source_id for bill in found) == wanted
    assert len(books.asked("/Invoices")) == 3
    books.sandbox.log("xero")
    assert len(books.open().supplier_bills(wanted[:40])) == 40
    assert len(books.asked("/Invoices")) == 4


def test_bills_that_were_not_asked_for_are_noticed(books: Books) -> None:
    (made,) = books.fill(1)
    row = books.sandbox.xero.bill(made)
    body = {"Invoices": [row], "pagination": {"page": 1, "pageSize": 1000, "pageCount": 1, "itemCount": 1}}
    books.sandbox.faults.add("xero", "status", path="/Invoices", status=200, body=body)
    with pytest.raises(FilterIgnoredError):
        books.open().supplier_bills(["11111111-2222-4333-8444-555555555555"])


Reader = Callable[[XeroClient, datetime | None], Iterator[Page[Any]]]
FEEDS: list[tuple[str, Reader]] = [
    ("PurchaseOrders", XeroClient.supplier_orders_changed_since),
    ("Invoices", XeroClient.supplier_bills_changed_since),
    ("Payments", XeroClient.supplier_payments_changed_since),
    ("CreditNotes", lambda client, moment: client.supplier_credits_changed_since(CreditKind.NOTE, moment)),
    ("Prepayments", lambda client, moment: client.supplier_credits_changed_since(CreditKind.PREPAYMENT, moment)),
    ("Overpayments", lambda client, moment: client.supplier_credits_changed_since(CreditKind.OVERPAYMENT, moment)),
]


def some_of_each(books: Books, number: int) -> None:
    xero = books.sandbox.xero
    books.order(f"PO-{number}")
    xero.pay_bill(books.approved(f"INV-{number}"), 1)
    xero.add_credit_note(SUPPLIER, 5)
    xero.add_prepayment(SUPPLIER, 5)
    xero.add_overpayment(SUPPLIER, 5)


@pytest.mark.parametrize(("path", "read"), FEEDS)
def test_each_list_is_read_whole_and_then_only_what_changed(
    books: Books, path: str, read: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incremental, "XERO", replace(XERO, page_size=3))
    for number in range(6):
        some_of_each(books, number)
    books.sandbox.clock.forward(minutes=10)
    some_of_each(books, 7)
    client = books.open()
    pages = list(read(client, None))
    known = {row.source_id for page in pages for row in page.rows if not isinstance(row, Unreadable)}
    newest = pages[-1].newest
    assert len(known) == 7
    assert newest is not None
    books.sandbox.clock.forward(minutes=10)
    some_of_each(books, 8)
    before = len(books.asked(f"/{path}"))
    fresh = {row.source_id for row in rows(read(client, newest))}
    assert (len(fresh), len(fresh - known)) == (2, 1)
    since = books.asked(f"/{path}")[before]["headers"]["if-modified-since"]
    assert since == (newest - XERO.overlap).isoformat(timespec="seconds")
    assert XERO.overlap >= timedelta(seconds=60)


def test_what_is_stored_reads_as_it_was_read(books: Books) -> None:
    """The JSON of a row is kept exactly, so that it can be judged again without a call."""
    some_of_each(books, 1)
    client: SupplierBooks = books.open()
    feeds: list[tuple[Iterator[Page[Any]], Callable[[Json], Any]]] = [
        (client.supplier_orders_changed_since(None), parse.supplier_order),
        (client.supplier_bills_changed_since(None), parse.supplier_bill),
        (client.supplier_payments_changed_since(None), parse.supplier_payment),
        *((client.supplier_credits_changed_since(kind, None), parse.supplier_credit(kind)) for kind in CreditKind),
    ]
    for feed, again in feeds:
        for page in feed:
            assert [again(parse.loads(parse.dumps(raw))) for raw in page.raws] == page.rows
            assert page.rows


@pytest.mark.parametrize(("path", "read"), FEEDS)
def test_the_daily_sweep_asks_for_what_a_day_brought(books: Books, path: str, read: Reader) -> None:
    some_of_each(books, 1)
    books.sandbox.clock.forward(hours=24)
    some_of_each(books, 2)
    swept = rows(read(books.open(), books.sandbox.clock.now() - XERO.daily_sweep))
    assert len(swept) == 2


@pytest.mark.parametrize(("path", "read"), FEEDS)
def test_a_row_that_cannot_be_read_is_named_and_the_others_go_on(books: Books, path: str, read: Reader) -> None:
    some_of_each(books, 1)
    some_of_each(books, 2)
    name = {"PurchaseOrders": "purchase_orders", "CreditNotes": "credit_notes"}.get(path, path.lower())
    key, record = next(iter(books.sandbox.xero.collections()[f"{books.tenant}/{name}"].items()))
    books.sandbox.xero.put(f"{books.tenant}/{name}", {**record, "Status": "SOMETHING"})
    found = [row for page in read(books.open(), None) for row in page.rows]
    (unread,) = [row for row in found if isinstance(row, Unreadable)]
    assert (unread.source_id, unread.field) == (key, "Status")
    assert len(found) == 2


def test_without_the_scope_of_payments_the_connection_needs_permission(books: Books) -> None:
    books.wires.token = books.sandbox.xero.issue_tokens(scopes="accounting.invoices.read")["access_token"]
    with pytest.raises(NeedsPermissionError):
        books.payments()


def test_instants_are_aware_and_versions_change_with_every_edit(books: Books) -> None:
    owed = books.approved("INV-7")
    before = books.shown(owed)
    assert before.modified_at.tzinfo is UTC
    books.sandbox.xero.edit_bill(owed, DueDate="2026-12-24")
    assert books.shown(owed).version != before.version
