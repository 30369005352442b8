"""What people choose on a bill's page takes it into its project, from the page to the stand-in."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from integrations.engine.projects import bill_decisions
from integrations.models import Record, Work
from integrations.money import figure
from integrations.sandbox.contractor import awkward_bills
from integrations.sandbox.contractor.bill_cases import CASES, ORDERED_BY
from mappings.models import ReferenceEntry
from tests.pairs.xero_procore.ledger import standing
from tests.pairs.xero_procore.northline import Northline

pytestmark = pytest.mark.sqlite  # nothing here asks the database anything of its own

# Orders of the supplier of the bill that names none.
OF_CONCRETE = [ORDERED_BY[case.id] for case in CASES if case.order is awkward_bills.concrete]


def act(record: Record, slug: str, choice: str = "") -> str:
    """What the page said after a person chose; the session of somebody who may do everything."""
    client = Client()
    client.force_login(User.objects.get_or_create(username="ann", is_superuser=True, is_staff=True)[0])
    address = reverse("admin:integrations_record_act", args=[record.pk, slug])
    answer = client.post(address, {"confirmed": "yes", "reason": "As the site says.", "choice": choice}, follow=True)
    return " ".join(str(each) for each in answer.context["messages"])


def test_a86_a_bill_without_an_order_is_entered_against_the_one_that_a_person_chose(northline: Northline) -> None:
    northline.only("MM-2300", *OF_CONCRETE).run()
    bill = northline.record("MM-2300", "bills")
    assert (bill.work, bill.hold_reason) == (Work.HELD, "needs-link")
    library = ReferenceEntry.objects.get(kind="project", code="1203").key
    offered = [each.order for each in bill_decisions.orders(bill)]
    chosen = next(each for each in offered if each.project == library and each.unbilled >= bill.amount)
    likeliest = max(offered, key=lambda order: order.unbilled)
    assert f"{likeliest.number} ({figure(likeliest.unbilled)} USD unbilled)" in bill.explanation
    assert " more. Choose the order" in bill.explanation
    assert all(each.unbilled for each in offered), "what is billed in full is not offered"
    assert "goes on with that" in act(bill, "link-order", chosen.source_id)
    northline.run()
    bill.refresh_from_db()
    assert bill.work == Work.DONE, bill.explanation
    assert len(standing(northline.sandbox).requisitions[bill.document.source_id]) == 1
    assert {each.order for each in bill.billings.all()} == {chosen.source_id}


def test_a96_a_bill_that_is_no_project_cost_stays_out_and_can_be_included_again(northline: Northline) -> None:
    northline.only("MM-2300").run()
    bill = northline.record("MM-2300", "bills")
    assert "left out" in act(bill, "not-project-cost")
    northline.run()
    bill.refresh_from_db()
    assert bill.work == Work.EXCLUDED_PERSON
    assert bill.document.source_id not in standing(northline.sandbox).requisitions
    act(bill, "include")
    northline.run()
    bill.refresh_from_db()
    assert (bill.work, bill.hold_reason) == (Work.HELD, "needs-link")


def test_what_was_removed_in_the_project_is_made_again_only_when_a_person_approves_it(northline: Northline) -> None:
    northline.only("NB-1071", "7391 / NB-1071", "7404 / NB-1071").run()
    bill = northline.record("7391 / NB-1071", "bills")
    [requisition] = standing(northline.sandbox).requisitions[bill.document.source_id]
    people = northline.sandbox.procore
    later = northline.record("7404 / NB-1071", "bills")
    [newer] = standing(northline.sandbox).requisitions[later.document.source_id]
    assert newer["id"] > requisition["id"]
    people.remove(f"{people.company().id}/requisitions", requisition["id"])
    act(bill, "replay")
    northline.run()
    bill.refresh_from_db()
    assert (bill.work, bill.hold_reason) == (Work.HELD, "removed-in-target")
    act(bill, "approve")
    northline.run()
    bill.refresh_from_db()
    assert bill.work == Work.DONE, bill.explanation
    assert len(standing(northline.sandbox).requisitions[bill.document.source_id]) == 1
