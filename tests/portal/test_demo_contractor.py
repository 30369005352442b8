"""The demo's contractor: both systems connected through the portal's own pages, and its tables."""

import pytest

from integrations.models import Health
from integrations.sandbox.contractor import books, mapping
from mappings.models import BudgetLineRow, CostCodeRow, ProjectRow
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
