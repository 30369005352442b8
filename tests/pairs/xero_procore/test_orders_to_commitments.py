"""The contractor's orders, from the books into their projects, over real HTTP."""

import pytest

from integrations.models import Gap, Posting, Record, Standing, Work
from integrations.sandbox.contractor.order_cases import ORDER_NUMBERS
from mappings.models import CostCodeRow
from tests.pairs.xero_procore.ledger import exact, standing
from tests.pairs.xero_procore.northline import Northline

pytestmark = pytest.mark.sqlite  # the whole contractor runs on PostgreSQL in test_company.py


def test_orders_become_approved_contracts_to_the_cent(northline: Northline) -> None:
    """What the sandbox holds afterwards is added up by itself, line by line."""
    northline.run()
    records = Record.objects.filter(flow="purchase-orders", work=Work.DONE)
    assert records.count() > 40
    stands = standing(northline.sandbox).commitments
    for record in records.select_related("document"):
        [held] = stands[record.document.source_id]
        order = northline.sandbox.xero.purchase_order(record.number, tenant=northline.tenant)
        inclusive = order["LineAmountTypes"] == "Inclusive"
        wanted = {
            line["LineItemID"]: exact(line["LineAmount"]) - (exact(line["TaxAmount"]) if inclusive else 0)
            for line in order["LineItems"]
            if line.get("AccountCode") not in ("429", "453", None)
        }
        assert {line: amount for line, (_, amount) in held["lines"].items()} == wanted
        assert (held["number"], held["status"]) == (record.number, "Approved")
    assert len(stands) == records.count()
    assert northline.written() == []


def test_a_row_that_is_added_lets_its_order_go_on(northline: Northline) -> None:
    northline.only(ORDER_NUMBERS["order-account-without-code"]).run()
    gap = Gap.objects.get(key__contains="398", closed_at=None, record__flow="purchase-orders")
    CostCodeRow.objects.create(scope=northline.integration.scope, source_code="398", code="02-300.S")
    gap.record.refresh_from_db()
    assert gap.record.work == Work.WAITING
    northline.run()
    gap.record.refresh_from_db()
    assert (gap.record.work, gap.record.hold_reason) == (Work.DONE, "")
    assert Posting.objects.get(record=gap.record, kind="commitment").standing == Standing.LEDGER
