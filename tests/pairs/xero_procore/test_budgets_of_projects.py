"""Orders of the contractor that are over budget: held, approved by a supervisor, let go when there is room (A88)."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission, User

from integrations.engine import record_decisions
from integrations.models import BudgetCheck, Record, Work
from integrations.sandbox.contractor.order_cases import ORDERS
from tests.pairs.xero_procore.northline import Northline

OVER = [number for number, case in ORDERS.items() if case.reason == "over-budget"]


@pytest.fixture
def susan(db: None) -> User:
    user = User.objects.create_user("susan", is_staff=True)
    for name in ("approve_record", "approve_over_budget"):
        user.user_permissions.add(Permission.objects.get(codename=name))
    return User.objects.get(pk=user.pk)


def over_budget(northline: Northline) -> list[Record]:
    held = Record.objects.filter(integration=northline.integration, hold_reason="over-budget", work=Work.HELD)
    return list(held.select_related("integration__target").order_by("pk"))


def committed(northline: Northline, record: Record) -> list[Decimal]:
    rows = northline.sandbox.procore.collections()
    company = northline.sandbox.procore.company().id
    orders = rows[f"{company}/purchase_orders"].values()
    found = [northline.sandbox.procore.order(each["id"]) for each in orders if each["number"] == record.number]
    return [Decimal(each["grand_total"]) for each in found if each["status"] == "Approved"]


@pytest.mark.promise(21)
def test_what_is_over_budget_is_not_written_until_a_supervisor_approves_it(northline: Northline, susan: User) -> None:
    northline.only(*OVER).run()
    record, *_ = over_budget(northline)
    assert committed(northline, record) == []
    ((_, said),) = record_decisions.approve([record], susan, "The client pays for it.")
    assert said == "approved."
    northline.run()
    record.refresh_from_db()
    assert record.work == Work.DONE
    assert len(committed(northline, record)) == 1


@pytest.mark.promise(21)
def test_a_raised_budget_lets_an_order_go_on_by_itself(northline: Northline) -> None:
    northline.only(*OVER).run()
    record, *others = over_budget(northline)
    check = BudgetCheck.objects.get(record=record)
    elsewhere = {each.pk for each in others if each.budget_check.project != check.project}
    for figure in check.figures:
        northline.sandbox.procore.change_budget(int(check.project), figure["name"], modification="1000000")
    northline.run()
    record.refresh_from_db()
    assert record.work == Work.DONE
    assert elsewhere <= {each.pk for each in over_budget(northline)}


def test_an_order_costs_the_write_of_its_lines_and_its_share_of_what_its_project_takes(northline: Northline) -> None:
    """Headers and statuses of a project go together; a reading per budget code, and lists once per project (E32)."""
    northline.run()
    orders = Record.objects.filter(flow="purchase-orders", work=Work.DONE)
    done, places = orders.count(), orders.values("postings__project").distinct().count()
    asked = [f"{each['method']} {each['path']}" for each in northline.sandbox.log("procore")]
    assert len([each for each in asked if each.endswith("contracts/sync")]) == 2 * places
    assert len([each for each in asked if each.endswith("line_items/sync")]) == done
    projects = northline.sandbox.procore.collections()[f"{northline.sandbox.procore.company().id}/projects"]
    lists = [each for each in asked if each.startswith("GET /rest/v2.0") and each.endswith("/budget_line_items")]
    # Once among the lists of names, once where orders are checked, and again for each code that has no line.
    assert len(lists) <= 2 * len(projects) + 2
