"""The integration's approval rule on orders and bills of projects: exactly what was shown, by a second person."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import User

from integrations.engine import record_decisions
from integrations.engine.projects import bill_decisions
from integrations.models import Billing, Decision, Integration, Posting, Record, Work
from mappings import changes
from mappings.models import CostCodeRow, ReferenceEntry
from tests.pairs.xero_procore.ledger import standing
from tests.pairs.xero_procore.northline import Northline

pytestmark = pytest.mark.sqlite  # nothing here asks the database anything of its own
LIMIT = Decimal(2000)
# Of 3,700.13 on account 360 alone, within its budget.
ORDER = "NB-1062"


def somebody(name: str) -> User:
    return User.objects.get_or_create(username=name, is_superuser=True, is_staff=True)[0]


def approve(record: Record, name: str = "ann") -> str:
    [(_, said)] = record_decisions.approve([record], somebody(name), "As quoted.")
    record.refresh_from_db()
    return said


def limited(northline: Northline, above: Decimal = LIMIT) -> None:
    Integration.objects.update(approval_rule="above", approval_above=above)
    northline.integration.refresh_from_db()


def mapped(row: CostCodeRow, code: str, by: str) -> None:
    row.code = code
    with changes.acting(somebody(by)):
        row.save()


def where(record: Record) -> tuple[str, str]:
    record.refresh_from_db()
    return record.work, record.hold_reason


def test_a92_orders_above_the_limit_wait_and_are_written_once_approved(northline: Northline) -> None:
    limited(northline)
    northline.run()
    written = Record.objects.filter(flow="purchase-orders", work=Work.DONE)
    assert written.exists()
    assert all(each.amount <= LIMIT for each in written)
    waits = Record.objects.filter(flow="purchase-orders", hold_reason="awaiting-approval", work=Work.APPROVAL)
    assert waits.count() > 5
    assert not {each.document.source_id for each in waits} & standing(northline.sandbox).commitments.keys()
    order = northline.record(ORDER)
    assert order.explanation.startswith(
        "3,700.13 USD needs an approval before it is posted: it is above the limit of 2,000.00 USD"
    )
    assert approve(order) == "approved."
    northline.run()
    assert where(order) == (Work.DONE, ""), order.explanation
    assert len(standing(northline.sandbox).commitments[order.document.source_id]) == 1


def test_a95_nobody_approves_what_they_mapped_and_a_changed_row_voids_what_another_approved(
    northline: Northline,
) -> None:
    limited(northline)
    row = CostCodeRow.objects.get(scope=northline.integration.scope, source_code="360")
    mapped(row, "03-300.M", "eve")
    northline.run()
    order = northline.record(ORDER)
    assert "A second person must decide" in approve(order, "eve")
    assert approve(order) == "approved."
    decision = Decision.objects.get(kind="awaiting-approval")
    mapped(row, "16-100.S", "eve")
    northline.run()
    decision.refresh_from_db()
    assert where(order) == (Work.APPROVAL, "awaiting-approval")
    assert (decision.lapsed_because, Posting.objects.filter(record=order).exists()) == (
        "What it was about has changed.", False,
    )  # fmt: skip


def test_a92_bills_above_the_limit_wait_for_who_did_not_choose_their_order(northline: Northline) -> None:
    northline.run()
    limited(northline, Decimal(100))
    Record.objects.filter(flow="bills", work=Work.DONE).update(work=Work.WAITING)
    northline.run()
    assert not Record.objects.filter(flow="bills", work=Work.APPROVAL).exists(), "what stands asks for nothing"
    bill = northline.record("MM-2300", "bills")
    library = ReferenceEntry.objects.get(kind="project", code="1203").key
    offered = (each.order for each in bill_decisions.orders(bill))
    chosen = next(each for each in offered if each.project == library and each.unbilled >= bill.amount)
    bill_decisions.link_order([bill], somebody("eve"), "Phone call.", chosen.source_id)
    record_decisions.approve([bill], somebody("ann"), "Yes.")
    northline.run()
    assert where(bill) == (Work.APPROVAL, "awaiting-approval"), bill.explanation
    assert "A second person must decide" in approve(bill, "eve")
    assert approve(bill, "bob") == "approved."
    northline.run()
    assert where(bill) == (Work.DONE, ""), bill.explanation
    assert len(standing(northline.sandbox).requisitions[bill.document.source_id]) == 1


def test_a42_an_order_whose_commitment_was_removed_is_written_anew_or_left_out(northline: Northline) -> None:
    northline.run()
    billed = set(Billing.objects.values_list("order", flat=True))
    done = Record.objects.filter(flow="purchase-orders", work=Work.DONE).exclude(document__source_id__in=billed)
    order, other = done.order_by("pk")[:2]
    people = northline.sandbox.procore
    for each in (order, other):
        [made] = standing(northline.sandbox).commitments[each.document.source_id]
        people.edit_order(made["id"], status="Draft")
        people.delete_order(made["id"])
        Posting.objects.filter(record=each).update(standing="removed")
        Record.objects.filter(pk=each.pk).update(work=Work.WAITING)
    northline.run()
    assert where(order) == where(other) == (Work.HELD, "removed-in-target")
    assert approve(order) == "approved."
    [(_, said)] = record_decisions.exclude([other], somebody("ann"), "The site cancelled it.")
    assert said == "excluded."
    northline.run()
    assert (where(order), where(other)) == ((Work.DONE, ""), (Work.EXCLUDED_PERSON, ""))
    orders = people.collections()[f"{people.company().id}/purchase_orders"].values()
    numbers = [each["number"] for each in orders if not each["deleted_at"]]
    assert (numbers.count(order.number), numbers.count(other.number)) == (1, 0)
