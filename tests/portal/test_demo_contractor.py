"""The demo's contractor: both systems connected through the portal's own pages, and its tables."""

import pytest

from integrations.models import Health, Posting, Record, Standing, Work
from integrations.sandbox.contractor import books, mapping
from mappings.models import BudgetLineRow, CostCodeRow, ProjectRow, ReferenceEntry
from portal.demonstration import contractor, people
from portal.demonstration.surroundings import Control
from tests.pairs.xero_procore.demonstrated import contractor as running

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_contractor_is_connected_and_its_tables_are_filled_in() -> None:
    with running(documents=False) as sandbox:
        source, target, scope = contractor.connect(people.make(), Control(sandbox.control_url))
        assert (source.company_name, target.company_name) == (books.NAME, "Northline Builders")
        assert {source.health, target.health} == {Health.CONNECTED}
        named = {str(row.target.code) for row in ProjectRow.objects.filter(scope=scope)}
        assert named == set(mapping.PROJECTS.values())
        rows = CostCodeRow.objects.filter(scope=scope)
        assert rows.count() == len(mapping.COST_CODES) + len(mapping.MARKS)
        for row in (*rows, *BudgetLineRow.objects.filter(scope=scope)):
            row.full_clean()


@pytest.mark.promise(21)
@pytest.mark.sqlite
def test_its_first_days_leave_orders_over_budget_bills_to_link_and_payments_to_look_at() -> None:
    with running() as sandbox:
        control = Control(sandbox.control_url)
        contractor.set_up(people.make(), control)
        assert contractor.play(control) == []
        held = Record.objects.filter(work=Work.HELD)
        assert held.filter(flow="purchase-orders", hold_reason="over-budget").count() >= 3
        assert held.filter(flow="bills", hold_reason="needs-link").count() >= 3
        stands = Posting.objects.exclude(standing=Standing.NOTHING)
        for kind, least in (("commitment", 40), ("requisition", 10), ("contract-payment", 15)):
            assert stands.filter(kind=kind).count() >= least


@pytest.mark.promise(51)
def test_the_lists_of_both_sides_are_read_for_matching_and_nothing_is_written() -> None:
    with running(documents=False) as sandbox:
        source, target, _ = contractor.connect(people.make(), Control(sandbox.control_url))
        for connection, kinds in (
            (source, {"account", "tracking_category", "tracking_option"}),
            (target, {"project", "contact", "cost_code", "cost_type", "budget_code", "budget_line", "billing_period"}),
        ):
            assert connection.books is not None
            assert kinds <= set(ReferenceEntry.objects.filter(books=connection.books).values_list("kind", flat=True))
        for slug, api in (("xero", "/api.xro/"), ("procore", "/rest/")):
            assert {asked["method"] for asked in sandbox.log(slug) if asked["path"].startswith(api)} == {"GET"}
