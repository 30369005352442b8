"""The independent reckoning itself: against what the contractor's tables of cases say, and hand-worked figures."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from integrations.sandbox import Sandbox
from integrations.sandbox.company.calendar import Calendar
from integrations.sandbox.contractor import bill_cases, books, events, order_cases, seed
from integrations.sandbox.contractor.awkward_orders import line
from integrations.sandbox.contractor.bill_cases import ORDERED_BY, PLAIN_ORDERS
from integrations.sandbox.contractor.order_cases import ORDER_NUMBERS
from tests.pairs.xero_procore.compared import differences
from tests.pairs.xero_procore.ledger import Setting, shelf
from tests.pairs.xero_procore.reckoning import Due, Reckoning, reckon

D = Decimal
Json = dict[str, Any]
MIXERS, LIBRARY, BOATS, CLINIC = "Mau Mixers", books.LIBRARY, books.BOATS, books.CLINIC


class Northline:
    """The contractor's two systems, and what must become of a document by its number or its case."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.today = sandbox.xero.organisation(books.TENANT).today()

    def setting(self, **more: Any) -> Setting:
        return Setting(Calendar(self.today).start, **more)

    def reckon(self, **more: Any) -> Reckoning:
        return reckon(self.sandbox, self.setting(**more))

    def numbers(self) -> dict[str, str]:
        found = shelf(self.sandbox, books.TENANT, "purchase_orders")
        return {order["PurchaseOrderNumber"]: order["PurchaseOrderID"] for order in found}

    def order(self, *lines: Json, number: str = "T-1", contact: str = MIXERS, **more: Any) -> str:
        made = self.sandbox.xero.add_purchase_order(contact, lines, number=number, tenant=books.TENANT, **more)
        return str(made["PurchaseOrderID"])

    def bill(self, *lines: Json, number: str = "T-1", contact: str = MIXERS, **more: Any) -> str:
        given = {"status": "AUTHORISED", **more}
        return str(self.sandbox.xero.add_bill(contact, lines, number=number, tenant=books.TENANT, **given)["InvoiceID"])

    def pay(self, bill: str, amount: str | None = None, day: date | None = None) -> str:
        return str(self.sandbox.xero.pay_bill(bill, amount, day=day, tenant=books.TENANT)["PaymentID"])


@pytest.fixture
def empty() -> Iterator[Northline]:
    """The contractor with its projects, suppliers and accounts, and no documents in Xero."""
    with Sandbox(systems=["xero", "procore"], limits=False) as sandbox:
        seed.seed_procore(sandbox.procore, sandbox.clock.now().date())
        seed.seed_masters(sandbox.xero)
        yield Northline(sandbox)


@pytest.fixture
def full() -> Iterator[Northline]:
    with Sandbox(systems=["xero", "procore"], limits=False) as sandbox:
        seed.seed_procore(sandbox.procore, sandbox.clock.now().date())
        seed.seed_xero(sandbox.xero, sandbox.clock.now().date())
        yield Northline(sandbox)


def bill_numbered(northline: Northline, number: str) -> str:
    return str(events.bill_of(northline.sandbox, number)["InvoiceID"])


def place_of(due: Due, reason: str) -> tuple[str, bool]:
    return due.place, reason in due.reasons if reason else not due.reasons


def test_e38_every_awkward_case_ends_where_its_table_says(full: Northline) -> None:
    first, numbers = full.reckon(), full.numbers()
    for case in order_cases.CASES:
        due = first.orders[numbers[ORDER_NUMBERS[case.id]]]
        assert place_of(due, case.reason) == (case.place, True), case.id
    for bill in bill_cases.CASES:
        if bill.order is not None:
            number = ORDERED_BY[bill.id]
            assert first.orders[numbers[number]].place == bill.order_place, bill.id
            assert place_of(first.bills[bill_numbered(full, number)], bill.reason) == (bill.place, True), bill.id
    assert all(first.orders[numbers[number]].place == "done" for number in PLAIN_ORDERS)
    changed = ORDERED_BY["bill-order-changes"]
    as_billed = {numbers[changed]: full.sandbox.xero.purchase_order(changed, tenant=books.TENANT)}
    full.sandbox.play("contractor/all")
    later = full.reckon(as_billed=as_billed)
    for case in order_cases.CASES:
        due = later.orders[numbers[ORDER_NUMBERS[case.id]]]
        assert place_of(due, case.later_reason or case.reason * (not case.later_place)) == (
            case.later_place or case.place, True,
        ), case.id  # fmt: skip
    for bill in bill_cases.CASES:
        if bill.later_place:
            assert later.bills[bill_numbered(full, ORDERED_BY[bill.id])].place == bill.later_place, bill.id


def test_what_does_not_stand_yet_is_missed(full: Northline) -> None:
    due = full.reckon()
    wanted = sum(each.place == "done" for each in (*due.orders.values(), *due.bills.values()))
    assert len(differences(full.sandbox, due)) == wanted > 60


def test_a84_two_payments_of_half_are_half_of_the_net_each(empty: Northline) -> None:
    """Bill 1,000.00 + 101.00 tax, 550.50 twice: 500.00 twice; the gross figures would show 110.1 %."""
    taxed = line("Ready-mix", "1000.00", project=LIBRARY, TaxType=books.SALES_TAX)
    empty.order(taxed)
    bill = empty.bill(taxed)
    first, second = empty.pay(bill, "550.50", empty.today), empty.pay(bill, "550.50", empty.today)
    due = empty.reckon().bills[bill]
    assert due.total == D("1000.00")
    assert {key: amount for key, (amount, _) in due.payments.items()} == {first: D("500.00"), second: D("500.00")}


def test_a84_thirds_come_to_the_whole(empty: Northline) -> None:
    taxed = line("Ready-mix", "1000.00", project=LIBRARY, TaxType=books.SALES_TAX)
    empty.order(taxed)
    bill = empty.bill(taxed)
    calendar = Calendar(empty.today)
    paid = [empty.pay(bill, "367.00", calendar.day(ago)) for ago in (9, 6, 3)]
    due = empty.reckon().bills[bill]
    assert [due.payments[key][0] for key in paid] == [D("333.33"), D("333.34"), D("333.33")]


def test_a82_billed_counts_as_approved_and_two_projects_are_held(empty: Northline) -> None:
    billed = empty.order(line("Kerb", "10.00", project=LIBRARY), number="T-1", status="BILLED")
    draft = empty.order(line("Kerb", "10.00", project=LIBRARY), number="T-2", status="DRAFT")
    both = empty.order(line("A", "1.00", project=LIBRARY), line("B", "1.00", project=CLINIC), number="T-3")
    due = empty.reckon().orders
    assert (due[billed].place, due[draft].place) == ("done", "not-yet-approved")
    assert due[both].reasons == {"no-project"}


def test_a83_prices_with_tax_become_net(empty: Northline) -> None:
    order = empty.order(line("Cable", "1101.00", account="360", project=LIBRARY, TaxType=books.SALES_TAX),
                        amount_types="Inclusive")  # fmt: skip
    assert empty.reckon().orders[order].total == D("1000.00")


def test_a85_nothing_before_it_is_paid_unless_the_setting_says_so(empty: Northline) -> None:
    empty.order(line("Kerb", "10.00", project=LIBRARY))
    bill = empty.bill(line("Kerb", "10.00", project=LIBRARY))
    assert empty.reckon().bills[bill].place == "waiting"
    assert empty.reckon(when_paid=False).bills[bill].total == D("10.00")


def test_a86_a_bill_fills_the_lines_of_its_code_in_order(empty: Northline) -> None:
    """700.00 and 500.00 ordered, 900.00 billed: 700.00 and 200.00; then 300.00: the second line's rest; 0.01 more."""
    boards = [line(text, amount, account="350", project=LIBRARY) for text, amount in (("A", "700.00"), ("B", "500.00"))]
    empty.order(*boards)
    calendar = Calendar(empty.today)
    bills = []
    for amount, ago in (("900.00", 20), ("300.00", 15), ("0.01", 10)):
        bill = empty.bill(line("C", amount, account="350", project=LIBRARY), number=f"{ago} T-1", day=calendar.day(ago))
        empty.pay(bill)
        bills.append(bill)
    due = empty.reckon().bills
    assert [[amount for _, amount in due[bill].lines.values()] for bill in bills] == [
        [D("700.00"), D("200.00")], [D("300.00")], [],
    ]  # fmt: skip
    assert due[bills[2]].reasons == {"needs-link"}
    assert empty.reckon(tolerance=D("0.01")).bills[bills[2]].total == D("0.01")


def test_a87_what_is_no_project_cost_lessens_its_payments(empty: Northline) -> None:
    """1,600.00 for the project and 84.00 for the office: one payment of 1,684.00 is 1,600.00 in the project."""
    wiring = line("Wiring", "1600.00", account="360", project=LIBRARY)
    empty.order(wiring)
    bill = empty.bill(wiring, line("Parking", "84.00", account="429", project=""))
    paid = empty.pay(bill)
    due = empty.reckon().bills[bill]
    assert due.payments == {paid: (D("1600.00"), empty.today)}


@pytest.mark.parametrize(("amount", "place"), [("1799.99", "done"), ("1800.00", "done"), ("1800.01", "held")])
def test_a88_what_is_left_may_be_taken_and_no_cent_more(empty: Northline, amount: str, place: str) -> None:
    order = empty.order(line("Concrete", amount, project=BOATS))
    due = empty.reckon().orders[order]
    assert (due.place, due.reasons) == (place, {"over-budget"} if place == "held" else frozenset())
    assert empty.reckon(approved=frozenset({"T-1"})).orders[order].place == "done"


def test_a89_credit_is_no_payment_and_a_prepayment_is_one(empty: Northline) -> None:
    due, calendar = {}, Calendar(empty.today)
    for number in ("T-1", "T-2"):
        empty.order(line("Kerb", "100.00", project=LIBRARY), number=number)
        due[number] = empty.bill(line("Kerb", "100.00", project=LIBRARY), number=number, day=calendar.day(9))
    empty.sandbox.xero.credit_bill(due["T-1"], "100.00", tenant=books.TENANT)
    ahead = empty.sandbox.xero.add_prepayment(MIXERS, "100.00", day=calendar.day(20), tenant=books.TENANT)
    empty.sandbox.xero.apply_credit(ahead["ID"], due["T-2"], "100.00", day=calendar.day(4), tenant=books.TENANT)
    found = empty.reckon().bills
    assert found[due["T-1"]].reasons == {"credit-note"}
    assert list(found[due["T-2"]].payments.values()) == [(D("100.00"), calendar.day(4))]


def test_a90_a_bill_waits_for_its_period_and_is_held_without_one(empty: Northline) -> None:
    calendar = Calendar(empty.today)
    for number, project, account in (("T-1", LIBRARY, "350"), ("T-2", books.ROWS, "330")):
        empty.order(line("Boards", "100.00", account=account, project=project), number=number)
    early = empty.bill(line("B", "20.00", account="350", project=LIBRARY), number="a T-1", day=calendar.day(123))
    ahead = empty.bill(line("B", "20.00", account="350", project=LIBRARY), number="b T-1", day=calendar.day(-62))
    closed = empty.bill(line("B", "20.00", account="330", project=books.ROWS), number="T-2")
    for bill in (early, ahead, closed):
        empty.pay(bill)
    due = empty.reckon().bills
    assert (due[early].place, due[early].day) == ("done", calendar.day(123))
    assert due[ahead].place == "waiting"
    assert due[closed].reasons == {"no-open-period"}


def test_a91_another_currency_is_held(empty: Northline) -> None:
    order = empty.order(line("Panels", "10.00", project=LIBRARY), contact="Nordlicht Fassaden GmbH", currency="EUR")
    assert empty.reckon().orders[order].reasons == {"currency-differs"}
