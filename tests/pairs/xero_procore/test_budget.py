"""The budget: to the cent, never taken twice, and an approval covers what it was shown (A88)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.pairs.xero_procore import budget
from integrations.pairs.xero_procore.budget import OwnOrder, Reserved, Surroundings
from integrations.pairs.xero_procore.terms import BudgetBy
from integrations.project_documents import BudgetLine, Commitment, CommitmentLine, CommitmentStatus
from tests.pairs.xero_procore.books import CLINIC, TERMS

D = Decimal
APPROVED, DRAFT = CommitmentStatus.APPROVED, CommitmentStatus.DRAFT


def commitment(origin: str = "me", **amounts: str) -> Commitment:
    lines = tuple(CommitmentLine(f"{origin}:{code}", code, "x", D(amount)) for code, amount in amounts.items())
    total = sum((each.amount for each in lines), D(0))
    return Commitment(CLINIC, origin, "PO-1", "PO-1", "v", "NZD", date(2026, 2, 3), None, lines, total)


def budget_of(revised: str, **more: Any) -> BudgetLine:
    return BudgetLine("m", "75414", "NZD", revised=D(revised), **{name: D(value) for name, value in more.items()})


def checked(needs: str, line: BudgetLine | None, strict: bool = False, **around: Any) -> budget.Figure:
    terms = replace(TERMS, strict_budget=strict)
    lines = {} if line is None else {"m": line}
    [figure] = budget.check(commitment(m=needs), Surroundings(lines, **around), terms).figures
    return figure


@pytest.mark.parametrize(("needs", "excess"), [("7199.99", "0"), ("7200.00", "0"), ("7200.01", "0.01")])
def test_a88_needing_exactly_what_is_left_is_allowed(needs: str, excess: str) -> None:
    figure = checked(needs, budget_of("20000.00", committed="12500.00", direct="300.00"))
    assert (figure.available, figure.needed, figure.excess) == (D("7200.00"), D(needs), D(excess))


def test_a88_strict_takes_pending_costs_off() -> None:
    line = budget_of("1000.00", committed="100.00", pending_costs="250.00")
    assert checked("1.00", line).available == D("900.00")
    assert checked("1.00", line, strict=True).available == D("650.00")


@pytest.mark.parametrize("line", [None, BudgetLine("m", "", "NZD")])
def test_a88_a_code_without_a_budget_has_nothing_left(line: BudgetLine | None) -> None:
    figure = checked("0.01", line)
    assert (figure.available, figure.excess) == (D(0), D("0.01"))


@pytest.mark.parametrize("status", CommitmentStatus)
@pytest.mark.parametrize("strict", [True, False])
def test_a88_an_order_of_ours_is_taken_off_once_by_the_budget_or_by_us(status: CommitmentStatus, strict: bool) -> None:
    """The columns of the standard view that each status hits (Procore reference, budget, August 2026)."""
    column = {
        "approved": "committed", "partially received": "committed", "processing": "pending_costs",
        "submitted": "pending_costs", "received": "pending_costs",
    }.get(status.value, "")  # fmt: skip
    line = budget_of("1000.00", **({column: "400.00"} if column else {}))
    figure = checked("1.00", line, strict, orders=[OwnOrder("other", status, {"m": D("400.00")})])
    assert figure.available == (D("1000.00") if status is CommitmentStatus.CLOSED else D("600.00"))


@pytest.mark.parametrize("status", CommitmentStatus)
@pytest.mark.parametrize("strict", [True, False])
def test_a88_what_the_order_itself_holds_there_is_given_back(status: CommitmentStatus, strict: bool) -> None:
    column = {
        "approved": "committed", "partially received": "committed", "processing": "pending_costs",
        "submitted": "pending_costs", "received": "pending_costs",
    }.get(status.value, "")  # fmt: skip
    line = budget_of("1000.00", **({column: "400.00"} if column else {}))
    mine = [OwnOrder("me", status, {"m": D("400.00")})]
    figure = checked("1000.00", line, strict, orders=mine, reserved=[Reserved("me", "m", D("400.00"))])
    assert (figure.available, figure.excess) == (D("1000.00"), D(0))


def test_a88_a_reservation_counts_until_its_order_is_counted_and_a_growing_order_only_for_what_it_grows() -> None:
    line = budget_of("1000.00", committed="400.00")
    other = OwnOrder("other", APPROVED, {"m": D("400.00")})
    assert checked("1.00", line, reserved=[Reserved("other", "m", D("100.00"))]).available == D("500.00")
    grown = [Reserved("other", "m", D("450.00"))]
    assert checked("1.00", line, orders=[other], reserved=grown).available == D("550.00")
    same = [Reserved("other", "m", D("400.00"))]
    assert checked("1.00", line, orders=[other], reserved=same).available == D("600.00")


def test_a88_in_total_one_code_may_be_over_while_the_project_is_not() -> None:
    lines = {
        "m": budget_of("100.00"), "l": replace(budget_of("900.00"), code="l"),
        budget.WHOLE_PROJECT: replace(budget_of("1000.00"), code=""),
    }  # fmt: skip
    around = Surroundings(lines, orders=[OwnOrder("other", DRAFT, {"l": D("300.00")})])
    both = commitment(m="400.00", l="300.00")
    per_code = budget.check(both, around, TERMS)
    assert [(each.code, each.excess) for each in per_code.over] == [("m", D("300.00"))]
    in_all = budget.check(both, around, replace(TERMS, budget_by=BudgetBy.PROJECT))
    assert in_all.figures == (budget.Figure("", D("700.00"), D("700.00")),)
    assert in_all.fits


def test_a88_the_hold_names_code_left_needed_and_excess() -> None:
    around = Surroundings({"m": budget_of("100.00")}, names={"m": "03-300.M"})
    held = budget.hold(budget.check(commitment(m="130.00"), around, TERMS), around)
    assert held is not None
    assert held.reason == "over-budget"
    assert "Budget code 03-300.M has 100.00 NZD left, the order needs 130.00: 30.00 too much" in held.message
    assert budget.hold(budget.check(commitment(m="100.00"), around, TERMS), around) is None


@pytest.mark.parametrize(
    ("then", "now", "lapses"), [("100.00", "100.00", False), ("100.00", "100.01", False), ("100.00", "99.99", True)]
)
def test_a88_an_approval_lapses_when_the_excess_has_grown_since_it_was_shown(then: str, now: str, lapses: bool) -> None:
    before, after = (
        budget.check(commitment(m="130.00"), Surroundings({"m": budget_of(left)}), TERMS) for left in (then, now)
    )
    assert budget.lapses(before, after) is lapses


def test_a88_an_excess_on_another_code_was_never_approved() -> None:
    needs = commitment(m="10.00", l="10.00")
    shown = budget.check(needs, Surroundings({"l": replace(budget_of("10.00"), code="l")}), TERMS)
    now = budget.check(needs, Surroundings({"m": budget_of("10.00")}), TERMS)
    assert [each.code for each in shown.over] == ["m"]
    assert budget.lapses(shown, now)


money = st.decimals("0.01", "400", places=2)


@given(
    st.decimals("0", "1000", places=2),
    st.lists(st.tuples(st.sampled_from("abc"), money, st.sampled_from(CommitmentStatus)), max_size=12),
    st.booleans(),
)
def test_a88_however_orders_come_and_change_what_is_posted_never_exceeds_the_budget(
    revised: Decimal, steps: list[tuple[str, Decimal, CommitmentStatus]], strict: bool
) -> None:
    """Orders of one run, each checked against a budget that was read before any of them; some are amended."""
    terms = replace(TERMS, strict_budget=strict)
    held: dict[str, tuple[Decimal, CommitmentStatus]] = {}
    for origin, amount, status in steps:
        committed = _in(held, "approved", "partially received")
        pending = _in(held, "processing", "submitted", "received")
        line = replace(budget_of("0"), revised=revised, committed=committed, pending_costs=pending)
        standing = [OwnOrder(each, there, {"m": much}) for each, (much, there) in held.items()]
        around = Surroundings({"m": line}, standing)
        if budget.check(commitment(origin, m=f"{amount}"), around, terms).fits:
            held[origin] = amount, status
        assert sum((much for much, there in held.values() if there is not CommitmentStatus.CLOSED), D(0)) <= revised


def _in(held: dict[str, tuple[Decimal, CommitmentStatus]], *statuses: str) -> Decimal:
    return sum((much for much, there in held.values() if there.value in statuses), D(0))


def test_a88_what_an_order_takes_stands_in_place_of_what_it_had_reserved() -> None:
    """After a worker that died all of them have their reservations still, and each takes its own once more."""
    had = [Reserved(each, "c", D("300.00")) for each in ("po-1", "po-2")]
    after = budget.taking(had, "po-1", {"c": D("250.00"), "d": D("10.00")})
    assert {(each.origin, each.code): each.amount for each in after} == {
        ("po-1", "c"): D("300.00"), ("po-1", "d"): D("10.00"), ("po-2", "c"): D("300.00"),
    }  # fmt: skip
    assert len(after) == 3
