"""A bill finds its order, fills its lines to the cent and lands in one period; what does not fit is held."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.documents import Vendor
from integrations.money import ZERO
from integrations.pairs.flow import Place
from integrations.pairs.xero_procore import bills, filling, linking, periods
from integrations.pairs.xero_procore.answers import Answer
from integrations.pairs.xero_procore.costs import Cost
from integrations.pairs.xero_procore.documents import AppliedCredit, Bill, BillStatus, Payment, TaxMode
from integrations.pairs.xero_procore.linking import LinkableOrder, OpenLine
from integrations.pairs.xero_procore.terms import Trigger, Unlinked
from integrations.project_documents import BillingPeriod, CommitmentStatus, DirectCost, Requisition
from tests.pairs.xero_procore.books import (
    CLINIC,
    CONCRETE,
    IN_WHARF,
    LABOUR,
    MIXERS,
    STEEL,
    TERMS,
    bill,
    line,
    tables,
)

D = Decimal
FEBRUARY = BillingPeriod("10966", CLINIC, date(2026, 2, 1), date(2026, 2, 28), date(2026, 2, 25), True)
LINES = (
    OpenLine("s1", CONCRETE, D("1000.00")), OpenLine("s2", STEEL, D("250.00")), OpenLine("s3", CONCRETE, D("500.00")),
)  # fmt: skip


def ordered(*lines: OpenLine, **more: Any) -> LinkableOrder:
    values: dict[str, Any] = {
        "source_id": "o-1", "number": "PO-0042", "contact": "c-1", "project": CLINIC, "currency": "NZD",
        "commitment": "64382", "status": CommitmentStatus.APPROVED, "lines": lines or LINES, **more,
    }  # fmt: skip
    return LinkableOrder(**values)


def around(*orders: LinkableOrder, **more: Any) -> bills.Around:
    known: dict[str, Any] = {"periods": {CLINIC: [FEBRUARY]}, **more}
    return bills.Around(orders=orders or (ordered(),), **known)


def translated(given_bill: Bill, beside: bills.Around | None = None, **more: Any) -> Answer[Requisition | DirectCost]:
    known = more.pop("tables", tables())
    return bills.translate(given_bill, known, replace(TERMS, **more), around() if beside is None else beside)


def requisition(given_bill: Bill, beside: bills.Around | None = None, **more: Any) -> Requisition:
    answer = translated(given_bill, beside, **more)
    assert (answer.gaps, answer.holds, answer.waits) == ((), (), "")
    assert isinstance(answer.result, Requisition)
    return answer.result


def reasons(answer: Answer[Any]) -> list[str]:
    assert answer.result is None
    return [hold.reason for hold in answer.holds] + [gap.key.table for gap in answer.gaps]


@pytest.mark.parametrize("status", BillStatus)
def test_a86_none_but_authorised_and_paid_bills_go_on(status: BillStatus) -> None:
    place = bills.place(bill(status=status), TERMS).place
    assert (place is Place.WAITING) == (status in (BillStatus.AUTHORISED, BillStatus.PAID))
    assert (place is Place.WITHDRAWN) == (status in (BillStatus.VOIDED, BillStatus.DELETED))


def test_what_a_bill_says_of_itself_decides_where_it_belongs() -> None:
    assert bills.place(bill(date=date(2025, 12, 1)), TERMS).place is Place.BEFORE_START
    assert bills.place(bill(line("-5.00")), TERMS).reason == "credit"
    assert bills.place(bill(line("5.00"), line("-5.00")), TERMS).reason == "zero-total"


@pytest.mark.parametrize(
    ("number", "found"),
    [
        ("PO-0042", ["PO-0042"]),
        ("po-0042", ["PO-0042"]),
        ("INV 778 (PO-0042)", ["PO-0042"]),
        ("PO-0042, PO-0043", ["PO-0042", "PO-0043"]),
        ("PO-0042/PO-0043", ["PO-0042", "PO-0043"]),
        ("PO-00421", []),
        ("XPO-0042", []),
        ("PO-0042-B", []),
        ("PO 7", ["PO 7"]),
        ("PO 77", []),
        ("7", []),
        ("", []),
    ],
)
def test_a86_an_order_is_named_by_its_whole_number_among_the_words_of_the_bills(number: str, found: list[str]) -> None:
    orders = [ordered(number=each, source_id=each) for each in ("PO-0042", "PO-0043", "PO 7", "")]
    assert [each.number for each in linking.named(bill(number=number), orders)] == found


def test_a86_an_order_of_another_supplier_is_never_meant() -> None:
    other = bill(vendor=Vendor("c-2", "Other Mixers"))
    assert linking.named(other, [ordered()]) == []
    chosen = translated(other, around(chosen_order="o-1"))
    assert reasons(chosen) == ["needs-link"]


def test_a86_none_or_several_orders_hold_with_those_that_could_be_meant() -> None:
    two = around(ordered(), ordered(source_id="o-2", number="PO-0043", lines=(OpenLine("t1", STEEL, D("80.00")),)))
    none = translated(bill(number="INV-778"), two)
    assert reasons(none) == ["needs-link"]
    assert "PO-0042 (1,750.00 NZD unbilled), PO-0043 (80.00 NZD unbilled)" in none.holds[0].message
    several = translated(bill(number="PO-0042 PO-0043"), two)
    assert reasons(several) == ["needs-link"]
    assert "names several orders: PO-0042" in several.holds[0].message
    chosen = requisition(bill(number="INV-778"), replace(two, chosen_order="o-1"))
    assert chosen.commitment == "64382"


def test_a86_a_bill_becomes_the_requisition_of_its_order() -> None:
    lines = (line("400.00"), line("35.00", "820"), line("0.00", "", description="Thank you"))
    found = requisition(bill(*lines, number="INV 778 PO-0042"))
    assert [(item.line, item.amount) for item in found.items] == [("s1", D("400.00"))]
    assert (found.project, found.commitment, found.period) == (CLINIC, "64382", "10966")
    assert (found.reference, found.number, found.total) == ("xero:inv:b-1", "INV 778 PO-0042", D("400.00"))
    assert (found.date, found.starts, found.ends) == (date(2026, 2, 18), FEBRUARY.starts, FEBRUARY.ends)


def test_a86_lines_of_a_code_are_filled_in_order_up_to_what_is_unbilled() -> None:
    partly = ordered(OpenLine("s1", CONCRETE, D("1000.00"), D("900.00")), LINES[1], LINES[2])
    found = requisition(bill(line("300.00"), line("250.00", "320")), around(partly))
    assert [(item.line, item.amount) for item in found.items] == [
        ("s1", D("100.00")), ("s2", D("250.00")), ("s3", D("200.00")),
    ]  # fmt: skip


def test_a86_a_code_that_the_commitment_lacks_is_held_until_a_person_chooses_the_line() -> None:
    labour = line("90.00", item_code="LAB-1", line_id="b1")
    answer = translated(bill(line("10.00", line_id="b0"), labour))
    assert reasons(answer) == ["needs-link"]
    assert "bills 90.00 NZD of order PO-0042, and no line of it has that code" in answer.holds[0].message
    found = requisition(bill(line("10.00", line_id="b0"), labour), around(chosen_lines={"b1": "s3"}))
    assert {item.line: item.amount for item in found.items} == {"s1": D("10.00"), "s3": D("90.00")}


@pytest.mark.parametrize(
    ("amount", "tolerance", "fits"),
    [
        ("1500.00", {}, True),
        ("1500.01", {}, False),
        ("1515.00", {"tolerance_percent": D(1)}, True),
        ("1515.01", {"tolerance_percent": D(1)}, False),
        ("1515.00", {"tolerance_percent": D(1), "tolerance_amount": D("10.00")}, False),
        ("1510.00", {"tolerance_percent": D(1), "tolerance_amount": D("10.00")}, True),
    ],
)
def test_a86_a_rest_beyond_the_tolerance_is_held_with_its_figures(
    amount: str, tolerance: dict[str, Any], fits: bool
) -> None:
    answer = translated(bill(line(amount)), **tolerance)
    if fits:
        assert isinstance(answer.result, Requisition)
        assert sum(item.amount for item in answer.result.items) == answer.result.total == D(amount)
    else:
        assert reasons(answer) == ["needs-link"]
        assert f"bills {D(amount):,} NZD of order PO-0042, of which 1,500.00 is unbilled" in answer.holds[0].message


def test_a86_the_tolerance_is_for_all_bills_together() -> None:
    beyond = ordered(OpenLine("s1", CONCRETE, D("1000.00"), D("1008.00")))
    terms = {"tolerance_amount": D("10.00")}
    assert requisition(bill(line("2.00")), around(beyond), **terms).total == D("2.00")
    assert reasons(translated(bill(line("2.01")), around(beyond), **terms)) == ["needs-link"]


def test_a86_a_discount_takes_up_the_orders_discount_else_lessens_the_other_lines() -> None:
    with_discount = ordered(OpenLine("s1", CONCRETE, D("1000.00")), OpenLine("s2", CONCRETE, D("-100.00")))
    found = requisition(bill(line("1000.00"), line("-100.00")), around(with_discount))
    assert {item.line: item.amount for item in found.items} == {"s1": D("1000.00"), "s2": D("-100.00")}
    lessened = requisition(bill(line("400.00"), line("-50.00")))
    assert {item.line: item.amount for item in lessened.items} == {"s1": D("350.00")}
    more_back = translated(bill(line("-50.00"), line("100.00", "320")))
    assert reasons(more_back) == ["credit"]


amount = st.decimals("-300", "900", places=2)


@given(
    st.lists(st.tuples(st.sampled_from([CONCRETE, STEEL]), amount, st.integers(0, 100)), min_size=1, max_size=6),
    st.lists(st.tuples(st.sampled_from([CONCRETE, STEEL]), amount), min_size=1, max_size=6),
    st.none() | st.decimals("0", "50", places=2),
)
def test_a86_items_always_add_up_to_the_bill_and_never_pass_what_is_unbilled(
    order_lines: list[tuple[str, Decimal, int]], bill_lines: list[tuple[str, Decimal]], tolerance: Decimal | None
) -> None:
    lines = [
        OpenLine(f"s{at}", code, each, (each * share / 100).quantize(D("0.01")))
        for at, (code, each, share) in enumerate(order_lines)
    ]
    costs = [Cost(line(f"{each}", line_id=f"b{at}"), code, each) for at, (code, each) in enumerate(bill_lines)]
    order = ordered(*lines)
    filled = filling.fill(costs, order, replace(TERMS, tolerance_amount=tolerance), {})
    if filled.holds:
        return
    assert sum((item.amount for item in filled.items(order)), ZERO) == sum((cost.amount for cost in costs), ZERO)
    for each in lines:
        taken = filled.taken.get(each.line_id, ZERO)
        assert taken * each.amount >= 0
        assert abs(taken) <= abs(each.unbilled) + (tolerance or ZERO)


def test_a87_withheld_tax_and_retention_are_held() -> None:
    assert reasons(translated(bill(withheld=D("20.00")))) == ["retention"]
    assert reasons(translated(bill(line("100.00"), line("-5.00", "850")))) == ["retention"]


def test_a87_a_bill_of_which_nothing_is_project_cost_is_excluded_though_it_names_no_order() -> None:
    overhead = bill(line("35.00", "820", tracking=()), number="POWER-1")
    verdict = bills.nothing_left(translated(overhead), overhead)
    assert verdict is not None
    assert (verdict.place, "35.00 NZD" in verdict.why) == (Place.EXCLUDED, True)
    assert bills.nothing_left(translated(bill()), bill()) is None
    assert bills.nothing_left(translated(bill(number="INV-1")), bill(number="INV-1")) is None


def test_a89_a_credit_note_on_a_linked_bill_holds_it() -> None:
    credit = AppliedCredit("cn-1", "CN-9", date(2026, 3, 1), D("400.00"))
    answer = translated(bill(status=BillStatus.PAID, credits=(credit,)))
    assert reasons(answer) == ["credit-note"]
    assert "CN-9 of 400.00 NZD" in answer.holds[0].message


@pytest.mark.parametrize(
    ("day", "outcome"),
    [("2026-02-01", "in"), ("2026-02-28", "in"), ("2026-01-31", "late"), ("2026-03-01", "waits")],
)
def test_a90_later_bills_wait_for_the_next_period_and_earlier_ones_go_into_the_open_one(day: str, outcome: str) -> None:
    answer = translated(bill(date=date.fromisoformat(day)))
    assert [note.kind for note in answer.notes] == (["late-in-period"] if outcome == "late" else [])
    if outcome == "waits":
        assert (answer.result, answer.holds) == (None, ())
        assert "ends on 28 February 2026. It goes into the next one" in answer.waits
    else:
        assert isinstance(answer.result, Requisition)
        assert (answer.result.date.isoformat(), answer.result.period) == (day, "10966")


def test_a90_without_an_open_period_it_is_held_and_none_is_made() -> None:
    closed = replace(FEBRUARY, is_open=False)
    assert reasons(translated(bill(), around(periods={CLINIC: [closed]}))) == ["no-open-period"]
    assert reasons(translated(bill(), around(periods={}))) == ["no-open-period"]


@given(st.dates(date(2026, 1, 1), date(2026, 4, 30)), st.integers(0, 2))
def test_a90_exactly_one_of_period_wait_and_hold(day: date, open_at: int) -> None:
    months = [(1, 31), (2, 28), (3, 31)]
    there = [
        BillingPeriod(f"{month}", CLINIC, date(2026, month, 1), date(2026, month, last), None, at == open_at)
        for at, (month, last) in enumerate(months)
    ]
    chosen = periods.choose(day, there, "Clinic")
    assert [chosen.period is not None, bool(chosen.waits), chosen.hold is not None].count(True) == 1
    if chosen.period:
        assert chosen.period.is_open
        assert day <= chosen.period.ends
        assert bool(chosen.late) == (day < chosen.period.starts)


def test_a85_with_paid_the_first_payment_brings_the_whole_bill() -> None:
    unpaid = translated(bill(), trigger=Trigger.PAID)
    assert (unpaid.result, unpaid.holds) == (None, ())
    assert "first payment" in unpaid.waits
    taken_back = bill(payments=(Payment("p1", date(2026, 3, 1), D("1.00"), deleted=True),))
    assert translated(taken_back, trigger=Trigger.PAID).waits
    paid = bill(payments=(Payment("p1", date(2026, 3, 1), D("1.00")),))
    assert requisition(paid, trigger=Trigger.PAID).total == D("400.00")
    assert requisition(bill()).total == D("400.00")


def test_a_bill_waits_for_its_order_and_is_held_by_a_commitment_nobody_approved() -> None:
    waits = translated(bill(), around(ordered(commitment="", status=None, lines=())))
    assert (waits.result, waits.holds) == (None, ())
    assert waits.waits == "Its order PO-0042 does not stand in the project yet."
    draft = translated(bill(), around(ordered(status=CommitmentStatus.DRAFT)))
    assert reasons(draft) == ["commitment-not-approved"]
    unknown = translated(bill(), around(ordered(status=None)))
    assert "in a status we do not know" in unknown.holds[0].message
    assert reasons(translated(bill(), around(ordered(own_schedule=True)))) == ["cannot-represent"]


def test_a91_a_bill_is_a_requisition_or_a_direct_cost_never_both() -> None:
    unlinked = bill(number="INV-778", status=BillStatus.PAID, payments=(Payment("p1", date(2026, 3, 9), D("400.00")),))
    answer = translated(unlinked, unlinked=Unlinked.DIRECT_COST)
    assert [note.kind for note in answer.notes] == ["direct-cost"]
    cost = answer.result
    assert isinstance(cost, DirectCost)
    assert (cost.project, cost.reference, cost.vendor, cost.total) == (CLINIC, "xero:inv:b-1", "5181441", D("400.00"))
    assert [(each.code, each.amount) for each in cost.lines] == [(CONCRETE, D("400.00"))]
    assert cost.payment_date == date(2026, 3, 9)
    standing = around(chosen_order="o-1", stands_as=bills.StandsAs.DIRECT_COST)
    assert reasons(translated(unlinked, standing, unlinked=Unlinked.DIRECT_COST)) == ["already-direct-cost"]
    other = around(stands_as=bills.StandsAs.REQUISITION)
    assert reasons(translated(unlinked, other, unlinked=Unlinked.DIRECT_COST)) == ["needs-link"]
    waits = translated(bill(number="INV-778"), unlinked=Unlinked.DIRECT_COST, trigger=Trigger.PAID)
    assert (waits.result, bool(waits.waits)) == (None, True)


def test_a91_a_bill_of_several_orders_is_no_direct_cost() -> None:
    two = around(ordered(), ordered(source_id="o-2", number="PO-0043"))
    answer = translated(bill(number="PO-0042 PO-0043"), two, unlinked=Unlinked.DIRECT_COST)
    assert reasons(answer) == ["needs-link"]


def test_a91_currency_and_project_must_be_those_of_the_order() -> None:
    assert "currency-differs" in reasons(translated(bill(currency="AUD")))
    assert reasons(translated(bill(), around(ordered(currency="AUD")))) == ["invalid-source"]
    assert reasons(translated(bill(line("10.00", tracking=IN_WHARF)))) == ["no-project"]
    assert requisition(bill(line("10.00", tracking=()))).project == CLINIC


def test_a83_the_requisition_is_on_the_basis_of_its_commitment() -> None:
    taxed = line("460.00", tax_amount=D("60.00"), tax_code="INPUT2")
    assert requisition(bill(taxed, mode=TaxMode.INCLUSIVE)).total == D("400.00")


def test_e9_missing_codes_are_told_before_the_line_is_asked_for() -> None:
    assert reasons(translated(bill(line("10.00", "399"), line("5.00", item_code="LAB-1")))) == ["cost-code"]
    assert LABOUR not in {each.code for each in LINES}
    assert MIXERS.source_id == ordered().contact
