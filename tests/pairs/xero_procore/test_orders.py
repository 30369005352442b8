"""Approved orders become commitments, line by line and to the cent, or are held with everything that is missing."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.documents import Tracked, Vendor
from integrations.pairs.flow import Place
from integrations.pairs.xero_procore import orders
from integrations.pairs.xero_procore.answers import Answer
from integrations.pairs.xero_procore.documents import Order, OrderStatus, TaxMode
from integrations.pairs.xero_procore.terms import Basis
from integrations.project_documents import Commitment
from mappings import keys
from mappings.project_tables import BudgetCode, CostCodeRow, KnownProject, ProjectRow
from tests.pairs.xero_procore.books import (
    CLINIC,
    CODES,
    CONCRETE,
    IN_CLINIC,
    IN_WHARF,
    JOB,
    LABOUR,
    LINE,
    PROJECTS,
    REGION,
    STEEL,
    TERMS,
    WHARF,
    budget_line,
    line,
    order,
    tables,
)

D = Decimal


def translated(given_order: Order, **more: Any) -> Answer[Commitment]:
    return orders.translate(given_order, more.pop("tables", tables()), replace(TERMS, **more))


def committed(given_order: Order, **more: Any) -> Commitment:
    answer = translated(given_order, **more)
    assert (answer.gaps, answer.holds) == ((), ())
    return written(answer)


def written(answer: Answer[Commitment]) -> Commitment:
    assert answer.result is not None
    return answer.result


def reasons(answer: Answer[Any]) -> list[str]:
    assert answer.result is None
    return [hold.reason for hold in answer.holds] + [gap.key.table for gap in answer.gaps]


@pytest.mark.parametrize("status", OrderStatus)
def test_a82_none_but_authorised_and_billed_orders_go_on(status: OrderStatus) -> None:
    verdict = orders.place(order(status=status), TERMS)
    assert (verdict.place is Place.WAITING) == (status in (OrderStatus.AUTHORISED, OrderStatus.BILLED))


@pytest.mark.parametrize(
    ("given_order", "place", "reason"),
    [
        (order(date=date(2025, 12, 31)), Place.BEFORE_START, ""),
        (order(line("100.00"), line("-100.00")), Place.HELD, "zero-total"),
        (order(line("-5.00")), Place.HELD, "credit"),
        (order(status=OrderStatus.DELETED), Place.WITHDRAWN, ""),
    ],
)
def test_what_an_order_says_of_itself_decides_where_it_belongs(given_order: Order, place: Place, reason: str) -> None:
    verdict = orders.place(given_order, TERMS)
    assert (verdict.place, verdict.reason) == (place, reason)


def test_a37_a_deleted_order_that_was_billed_against_is_held() -> None:
    verdict = orders.place(order(status=OrderStatus.DELETED), TERMS, orders.Around(has_requisitions=True))
    assert (verdict.place, verdict.reason) == (Place.HELD, "withdrawn-after-posting")


def test_a82_an_order_becomes_a_commitment_with_its_lines_in_order() -> None:
    lines = (
        line("1000.00", quantity=D("12.5"), price=D("80.00"), line_id="l1"),
        line("0.00", "", line_id="l2", description="Deliver to gate 3"),
        line("250.50", "320", line_id="l3", description="Rebar"),
        line("-50.00", line_id="l4", description="Discount"),
    )
    commitment = committed(order(*lines, delivery_date=date(2026, 2, 20)))
    assert [(each.origin, each.code, each.amount) for each in commitment.lines] == [
        ("xero:pol:l1", CONCRETE, D("1000.00")), ("xero:pol:l3", STEEL, D("250.50")),
        ("xero:pol:l4", CONCRETE, D("-50.00")),
    ]  # fmt: skip
    assert commitment.lines[0].description == "Ready-mix 30 MPa (12.5 at 80.00)"
    assert commitment.description == "Deliver to gate 3"
    assert (commitment.project, commitment.origin, commitment.vendor) == (CLINIC, "xero:po:o-1", "5181441")
    assert (commitment.number, commitment.title) == ("PO-0042", "PO-0042 Mau Mixers")
    assert (commitment.total, commitment.currency) == (D("1200.50"), "NZD")
    assert (commitment.date, commitment.delivery_date) == (date(2026, 2, 3), date(2026, 2, 20))


@pytest.mark.promise(17)
def test_a82_the_project_is_told_by_the_table_else_by_its_number() -> None:
    assert committed(order(line("10.00", tracking=IN_CLINIC))).project == CLINIC
    assert committed(order(line("10.00", tracking=(Tracked(JOB, "1240"),)))).project == WHARF
    assert committed(order(line("10.00", tracking=(Tracked(JOB, " 001240 "),)))).project == WHARF
    assert committed(order(line("10.00", tracking=(Tracked(JOB, "opt-clinic"),)))).project == CLINIC


def test_a82_the_table_comes_before_the_number() -> None:
    rows = {"opt-wharf": ProjectRow(keys.PROJECT, 2, 1, target=CLINIC, name="Harbour Clinic")}
    assert committed(order(line("10.00", tracking=IN_WHARF)), tables=tables(projects=rows)).project == CLINIC


def test_a82_a_number_in_another_category_is_no_project() -> None:
    assert reasons(translated(order(line("10.00", tracking=(Tracked(REGION, "1240"),))))) == ["no-project"]


def test_a82_a_number_that_two_projects_bear_is_not_guessed() -> None:
    known = {each: KnownProject(each, "1240", "Twin", True) for each in ("1", "2")}
    answer = translated(order(line("10.00", tracking=IN_WHARF)), tables=tables(known=known))
    assert [gap.key for gap in answer.gaps] == [keys.project_key("opt-wharf")]
    assert "2 active projects have that number" in answer.gaps[0].label


def test_a82_an_order_without_a_project_or_of_two_is_held() -> None:
    assert reasons(translated(order(line("10.00", tracking=())))) == ["no-project"]
    assert reasons(translated(order(line("10.00"), line("5.00", tracking=())))) == ["no-project"]
    two = translated(order(line("10.00"), line("5.00", tracking=IN_WHARF)))
    assert reasons(two) == ["no-project"]
    assert "1234 Harbour Clinic and 01240 North Wharf" in two.holds[0].message
    assert reasons(translated(order(line("10.00", tracking=(Tracked(JOB, "Somewhere"),))))) == ["project"]


def test_a82_an_archived_project_is_a_gap_of_its_row() -> None:
    gone = ProjectRow(keys.PROJECT, 1, 1, target=CLINIC, name="Harbour Clinic", active=False)
    assert reasons(translated(order(), tables=tables(projects={"opt-clinic": gone}))) == ["project"]


@pytest.mark.promise(17)
@pytest.mark.promise(18)
def test_a87_account_and_item_decide_the_code_and_a_gap_names_both() -> None:
    assert committed(order(line("10.00", item_code="LAB-1"))).lines[0].code == LABOUR
    assert committed(order(line("10.00", item_code="CONC-30"))).lines[0].code == CONCRETE
    answer = translated(order(line("10.00", "399", item_code="CONC-30")))
    assert [gap.key for gap in answer.gaps] == [keys.cost_code_key("399", "CONC-30", CLINIC)]
    assert answer.gaps[0].label == (
        "Account 399 with item CONC-30 on “Ready-mix 30 MPa” in 1234 Harbour Clinic has neither a cost code nor a mark"
    )


@pytest.mark.promise(19)
def test_one_account_in_two_projects_leads_to_two_ids() -> None:
    assert [committed(order(line("1.00", tracking=each))).lines[0].code for each in (IN_CLINIC, IN_WHARF)] == [
        CONCRETE, "2001",
    ]  # fmt: skip


@pytest.mark.promise(19)
def test_a_tracking_option_names_the_budget_line_before_the_account_does() -> None:
    rows = {("opt-slab", ""): budget_line("05-100.M")}
    slab = (*IN_CLINIC, Tracked(LINE, "Slab"))
    by_option = committed(order(line("10.00", tracking=slab)), tables=tables(budget_lines=rows))
    assert by_option.lines[0].code == STEEL
    assert committed(order(line("10.00", tracking=slab))).lines[0].code == CONCRETE
    needed = translated(order(line("10.00", tracking=slab)), budget_category=LINE)
    assert [gap.key for gap in needed.gaps] == [keys.budget_line_key("opt-slab", CLINIC)]


def test_two_budget_lines_on_one_line_are_held() -> None:
    rows = {("opt-slab", ""): budget_line("05-100.M"), ("opt-north", ""): budget_line("03-300.L")}
    both = (*IN_CLINIC, Tracked(LINE, "Slab"), Tracked(REGION, "North"))
    answer = translated(order(line("10.00", tracking=both)), tables=tables(budget_lines=rows))
    assert reasons(answer) == ["cannot-represent"]


@pytest.mark.parametrize("active", [None, False])
def test_a_code_that_the_project_lacks_or_retired_is_told_as_such(active: bool | None) -> None:
    codes = {key: BudgetCode(pk, key[1], key[1], True) for key, pk in CODES.items() if key[1] != "03-300.M"}
    if active is False:
        codes[CLINIC, "03-300.M"] = BudgetCode(CONCRETE, "03-300.M", "Concrete", False)
    answer = translated(order(), tables=tables(codes=codes))
    assert [gap.key for gap in answer.gaps] == [keys.budget_code_key(CLINIC, "03-300.M")]


def test_a87_what_is_no_project_cost_is_kept_out_with_its_amount_and_needs_no_project() -> None:
    answer = translated(order(line("1000.00"), line("35.00", "820", tracking=())))
    assert written(answer).total == D("1000.00")
    assert answer.kept_out == D("35.00")
    assert [note.kind for note in answer.notes] == ["kept-out"]
    assert "35.00 NZD net is not project cost and kept out (account 820)" in answer.notes[0].message


def test_a87_an_order_of_which_nothing_is_project_cost_is_excluded_with_its_amount() -> None:
    given_order = order(line("35.00", "820", tracking=()))
    verdict = orders.nothing_left(translated(given_order), given_order)
    assert verdict is not None
    assert (verdict.place, "35.00 NZD" in verdict.why) == (Place.EXCLUDED, True)
    assert orders.nothing_left(translated(order()), order()) is None
    assert orders.nothing_left(translated(order(line("1.00", "399"))), order()) is None


def test_a87_retention_is_held() -> None:
    assert reasons(translated(order(line("100.00"), line("-10.00", "850")))) == ["retention"]


def test_a91_an_order_in_another_currency_than_its_project_is_held() -> None:
    assert reasons(translated(order(currency="AUD"))) == ["currency-differs"]
    silent = {**PROJECTS, CLINIC: replace(PROJECTS[CLINIC], currency="")}
    assert committed(order(currency="AUD"), projects=silent).currency == "AUD"


def test_a83_net_is_without_tax_and_an_inclusive_line_less_its_own_tax() -> None:
    taxed = line("115.00", tax_amount=D("15.00"), tax_code="INPUT2")
    assert committed(order(taxed, mode=TaxMode.INCLUSIVE)).total == D("100.00")
    assert committed(order(line("100.00", tax_amount=D("15.00"), tax_code="INPUT2"))).total == D("100.00")


def test_a83_tax_that_nobody_claims_is_cost_where_the_project_counts_it() -> None:
    basis = {CLINIC: Basis.NET_AND_COST_TAX}
    lines = (
        line("100.00", tax_amount=D("7.00"), tax_code="PST", line_id="l1"),
        line("100.00", tax_amount=D("5.00"), tax_code="GST", line_id="l2"),
    )
    known = {"cost_taxes": frozenset({"PST"}), "claimed_taxes": frozenset({"GST"})}
    commitment = committed(order(*lines), bases=basis, **known)
    assert [each.amount for each in commitment.lines] == [D("107.00"), D("100.00")]
    assert reasons(translated(order(*lines), bases=basis, cost_taxes=frozenset({"PST"}))) == ["tax-not-mapped"]
    assert committed(order(*lines)).total == D("200.00")


def test_a27_lines_that_do_not_add_up_are_never_made_to_fit() -> None:
    answer = translated(order(net=D("999.99"), total=D("999.99")))
    assert reasons(answer) == ["invalid-source"]
    assert "1,000.00" in answer.holds[0].message
    assert "999.99" in answer.holds[0].message


def test_e9_everything_that_is_missing_is_named_at_once() -> None:
    lines = (line("10.00", "398"), line("5.00", "399"), line("1.00", "850"))
    answer = translated(order(*lines, vendor=Vendor("c-9", "Nobody"), currency="AUD"))
    assert sorted(reasons(answer)) == ["cost-code", "cost-code", "currency-differs", "retention", "vendor"]


def test_a83_an_order_that_changes_after_its_first_requisition_is_held() -> None:
    posted = committed(order())
    billed = orders.Around(posted, has_requisitions=True)
    same = orders.translate(order(), tables(), TERMS, billed)
    assert same.result == posted
    changed = orders.translate(order(line("1100.00")), tables(), TERMS, billed)
    assert reasons(changed) == ["changed-after-posting"]
    assert "from 1,000.00 to 1,100.00" in changed.holds[0].message
    free = orders.Around(posted)
    assert written(orders.translate(order(line("1100.00")), tables(), TERMS, free)).total == D("1100.00")


def test_an_order_that_moves_to_another_project_is_held_though_nothing_was_billed() -> None:
    moved = orders.translate(
        order(line("1000.00", tracking=IN_WHARF)), tables(), TERMS, orders.Around(committed(order()))
    )
    assert reasons(moved) == ["changed-after-posting"]
    assert "is for 01240 North Wharf now, and its commitment stands in 1234 Harbour Clinic" in moved.holds[0].message


def test_a87_an_order_that_is_no_longer_project_cost_is_held_while_its_commitment_stands() -> None:
    given_order = order(line("35.00", "820"))
    verdict = orders.nothing_left(translated(given_order), given_order, orders.Around(committed(order())))
    assert verdict is not None
    assert (verdict.place, verdict.reason) == (Place.HELD, "changed-after-posting")


def test_a39_another_code_by_a_changed_table_is_no_change_of_the_order() -> None:
    billed = orders.Around(committed(order()), has_requisitions=True)
    moved = {("310", "", ""): CostCodeRow(keys.COST_CODE, 1, 2, code="05-100.M")}
    assert orders.translate(order(), tables(cost_codes=moved), TERMS, billed).holds == ()


amounts = st.decimals("-500", "5000", places=2)


@given(
    st.lists(
        st.tuples(amounts, st.sampled_from(["310", "320", "820"]), st.decimals("0", "50", places=2)),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from(TaxMode),
    st.sampled_from(Basis),
)
def test_a83_the_commitment_and_what_is_kept_out_are_the_order(
    given_lines: list[tuple[Decimal, str, Decimal]], mode: TaxMode, basis: Basis
) -> None:
    lines = [
        line(f"{amount}", account, line_id=f"l{at}", tax_code="PST",
             tax_amount=D(0) if mode is TaxMode.NO_TAX else tax)
        for at, (amount, account, tax) in enumerate(given_lines)
    ]  # fmt: skip
    given_order = order(*lines, mode=mode)
    answer = translated(given_order, bases={CLINIC: basis}, cost_taxes=frozenset({"PST"}))
    if answer.holds:
        assert reasons(answer) in (["credit"], ["zero-total"])
        return
    if all(account == "820" for _, account, _ in given_lines):
        assert answer.result is None
        assert answer.kept_out == given_order.net
        return
    commitment = written(answer)
    tax = sum((each.tax_amount for each in lines if each.account != "820"), D(0))
    cost_tax = tax if basis is Basis.NET_AND_COST_TAX else D(0)
    assert commitment.total == sum((each.amount for each in commitment.lines), D(0))
    assert commitment.total + answer.kept_out == given_order.net + cost_tax
