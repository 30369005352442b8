"""The budget as it stands now: per code, of codes without a line, and of the whole project."""

from decimal import Decimal

import pytest

from integrations.errors import GoneError, HoldRecordError
from integrations.project_documents import BudgetLine, CommitmentStatus
from tests.contract.procore import CONCRETE
from tests.systems.procore.office import STEEL, Office


def test_a_codes_figures_are_procores_own(office: Office) -> None:
    office.people.change_budget(int(office.project), CONCRETE, approved="500.25", pending="100.00")
    office.order("PO-1", "1000.10")
    office.order("PO-2", "30.00", status=CommitmentStatus.SUBMITTED)
    office.order("PO-3", "9000.00", status=None)
    line = office.books().budget(office.project, [office.concrete])[office.concrete]
    assert line == BudgetLine(
        office.concrete, line.line_id, "USD", original=Decimal("20000"), approved_changes=Decimal("500.25"),
        revised=Decimal("20500.25"), pending_changes=Decimal("100"), committed=Decimal("1000.10"),
        pending_costs=Decimal("30"),
    )  # fmt: skip


def test_a_code_without_a_budget_line_comes_with_nothing_to_spend(office: Office) -> None:
    found = office.books().budget(office.project, [office.concrete, office.steel])
    assert found[office.concrete].revised == 20000
    assert found[office.steel] == BudgetLine(office.steel, "", "")
    assert office.books().budget(office.project, []) == {}


def test_codes_cost_a_call_each_and_the_list_one_more(office: Office) -> None:
    office.people.set_budget(int(office.project), STEEL, "100.00")
    office.bench.wires.access_token()
    before = len(office.paths())
    office.books().budget(office.project, [office.concrete, office.steel])
    assert len(office.paths()) - before == 3


def test_a_whole_project_is_the_sum_of_its_lines(office: Office) -> None:
    office.people.set_budget(int(office.project), STEEL, "100.00")
    office.order("PO-1", "1000.00")
    total = office.books().project_budget(office.project)
    assert [total.code, total.revised, total.committed, total.currency] == ["", 20100, 1000, "USD"]


def test_costs_on_a_code_without_a_line_hold_the_projects_total(office: Office) -> None:
    """Older projects make no line of zero by themselves."""
    office.people.turn(zero_budget_lines=False)
    lines = [{"code": STEEL, "amount": "70.00"}]
    office.people.add_order(int(office.project), int(office.vendor), lines, status="Approved")
    with pytest.raises(HoldRecordError, match=r"05-120\.M"):
        office.books().project_budget(office.project)


def test_renamed_columns_change_nothing(office: Office) -> None:
    office.people.rename_columns(int(office.project), {"Committed Costs": "Obligo", "Revised Budget": "Plan"})
    office.order("PO-1", "1000.00")
    assert office.books().budget(office.project, [office.concrete])[office.concrete].committed == 1000


def test_a_project_tells_its_currency_and_one_that_is_not_permitted_is_gone(office: Office) -> None:
    office.people.set_currency(int(office.project), "NZD", multicurrency=True)
    found = office.books().project(office.project)
    assert (found.number, found.currency, found.several_currencies) == ("1234", "NZD", True)
    office.people.permit_project(int(office.project), permitted=False)
    with pytest.raises(GoneError, match="permitted projects"):
        office.books().project(office.project)
    assert [each.name for each in office.books().projects()] == ["Depot"]


def test_periods_are_told_with_the_one_that_is_open(office: Office) -> None:
    office.people.close_billing_period(int(office.project))
    office.people.add_billing_period(int(office.project), "2026-03-01", "2026-03-31")
    periods = office.books().billing_periods(office.project)
    assert [(str(each.starts), each.is_open) for each in periods] == [("2026-02-01", False), ("2026-03-01", True)]
