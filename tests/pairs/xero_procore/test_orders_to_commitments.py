"""The contractor's orders, from the books into their projects, over real HTTP."""

import pytest

from integrations.models import Gap, Posting, Record, Standing, Work
from integrations.sandbox.contractor.order_cases import ORDERS
from mappings.models import CostCodeRow
from tests.pairs.xero_procore.ledger import exact, standing
from tests.pairs.xero_procore.northline import Northline

pytestmark = pytest.mark.sqlite  # the whole contractor runs on PostgreSQL in test_company.py


@pytest.fixture
def done(northline: Northline) -> Northline:
    northline.run()
    return northline


def test_orders_become_approved_contracts_to_the_cent(done: Northline) -> None:
    """What the sandbox holds afterwards is added up by itself, line by line."""
    records = Record.objects.filter(flow="purchase-orders", work=Work.DONE)
    assert records.count() > 40
    stands = standing(done.sandbox).commitments
    for record in records.select_related("document"):
        [held] = stands[record.document.source_id]
        order = done.sandbox.xero.purchase_order(record.number, tenant=done.tenant)
        inclusive = order["LineAmountTypes"] == "Inclusive"
        wanted = {
            line["LineItemID"]: exact(line["LineAmount"]) - (exact(line["TaxAmount"]) if inclusive else 0)
            for line in order["LineItems"]
            if line.get("AccountCode") not in ("429", "453", None)
        }
        assert {line: amount for line, (_, amount) in held["lines"].items()} == wanted
        assert (held["number"], held["status"]) == (record.number, "Approved")
    assert len(stands) == records.count()
    assert done.written() == []


def test_every_awkward_order_is_where_its_case_says(done: Northline) -> None:
    places = {"not-yet-approved": Work.NOT_APPROVED, "excluded-by-rule": Work.EXCLUDED_RULE}
    beside_vendors_and_budgets = {"missing-vendor", "over-budget"}
    for number, case in ORDERS.items():
        record = done.record(number)
        if record.hold_reason not in beside_vendors_and_budgets and case.reason not in beside_vendors_and_budgets:
            assert (case.id, record.work) == (case.id, places.get(case.place, case.place))


def test_a_row_that_is_added_lets_its_order_go_on(done: Northline) -> None:
    gap = Gap.objects.get(key__contains="398", closed_at=None, record__flow="purchase-orders")
    CostCodeRow.objects.create(scope=done.integration.scope, source_code="398", code="02-300.S")
    gap.record.refresh_from_db()
    assert gap.record.work == Work.WAITING
    done.run()
    gap.record.refresh_from_db()
    assert (gap.record.work, gap.record.hold_reason) == (Work.DONE, "")
    assert Posting.objects.get(record=gap.record, kind="commitment").standing == Standing.LEDGER


def test_a_second_run_writes_nothing(done: Northline) -> None:
    before = len(done.sandbox.log("procore"))
    done.later(minutes=16)
    done.run()
    since = done.sandbox.log("procore")[before:]
    assert [each for each in since if each["method"] not in ("GET",) and "oauth" not in each["path"]] == []
