"""What people change in a project of what we wrote there is noticed within a day, in few calls (E34, A42)."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from integrations.engine import decisions, drift_decisions
from integrations.engine.decision_kinds import DRIFT_ACCEPT, DRIFT_RESTORE
from integrations.engine.projects import watching
from integrations.models import Decision, Flag, Integration, Posting, Record, Sweep, Work
from integrations.pairs.xero_procore.terms import Unlinked
from tests.engine.projects.billing import Billed
from tests.engine.projects.site import Json
from tests.engine.projects.test_commitments import walk
from tests.mappings.test_races import one_behind_the_other, threads

__all__ = ["threads"]

pytestmark = pytest.mark.sqlite

ORDER, BILL = "PO-1", "PO-1"


@pytest.fixture
def order(billed: Billed) -> Record:
    """Written by us a day ago: two lines of concrete, with a paid bill of 400.00."""
    site = billed.site
    record = site.order(ORDER)
    walk(site, record, site.commitment(record, "600.00", "400.00"))
    Record.objects.filter(pk=record.pk).update(vendor_key="c-1", amount="1000", currency="USD")
    bill = billed.bill(BILL)
    billed.pays(bill, "150.00", "250.00")
    billed.run()
    assert billed.work(bill) == "done", bill.explanation
    Posting.objects.update(posted_at=timezone.now() - timedelta(days=2))
    record.refresh_from_db()
    return record


def looks(billed: Billed) -> list[str]:
    """A day later; the calls that it took."""
    site = billed.site
    Sweep.objects.update(started_at=timezone.now() - timedelta(days=2))
    before = len(site.sandbox.log("procore"))
    with site.slice() as slice_, site.books() as books:
        watching.watch(slice_, books)
    asked = site.sandbox.log("procore")[before:]
    return [each["path"].rpartition("/")[2] for each in asked if "oauth" not in each["path"]]


def flags() -> list[tuple[str, str]]:
    found = Flag.objects.filter(closed_at=None, kind="edited-in-target").order_by("pk")
    return [(flag.record.flow, flag.explanation) for flag in found]


def there(billed: Billed, shelf: str) -> list[Json]:
    people = billed.site.people
    return list(people.collections()[f"{people.company().id}/{shelf}"].values())


def change(billed: Billed, shelf: str, at: int = 0, **changes: object) -> None:
    people, row = billed.site.people, there(billed, shelf)[at]
    people.put(f"{people.company().id}/{shelf}", {**row, **changes})


def test_what_nobody_changed_takes_two_calls_a_day_and_says_nothing(billed: Billed, order: Record) -> None:
    assert looks(billed) == ["purchase_order_contracts", "requisitions"]
    assert flags() == []
    with billed.site.slice() as slice_, billed.site.books() as books:
        before = len(billed.site.sandbox.log("procore"))
        watching.watch(slice_, books)
        assert len(billed.site.sandbox.log("procore")) == before, "once a day"
    sweep = Sweep.objects.get()
    assert (sweep.calls, sweep.seen, sweep.missing) == (2, 4, 0)


EDITS: dict[str, tuple[str, int, Json, str, str]] = {
    "a line": ("line_items", 0, {"amount": "650.00"}, "purchase-orders", "total was 1,000.00, is 1,050.00"),
    "closed": ("purchase_orders", 0, {"status": "Closed"}, "purchase-orders", "status was Approved, is Closed"),
    "an item": (
        "requisition_items", 0, {"work_completed_this_period": "380.00"}, "bills", "total was 400.00, is 380.00",
    ),
    "a payment": (
        "contract_payments", 1, {"amount": "200.00"}, "bills", "payment of 3 March 2026 was 250.00, is 200.00",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("shelf", "at", "changes", "flow", "said"), EDITS.values(), ids=EDITS.keys())
def test_an_edit_is_flagged_with_what_changed_and_gone_when_it_is_put_back(
    billed: Billed, order: Record, shelf: str, at: int, changes: Json, flow: str, said: str
) -> None:
    row = there(billed, shelf)[at]
    change(billed, shelf, at, **changes)
    looks(billed)
    assert [kind for kind, _ in flags()] == [flow], flags()
    assert said in flags()[0][1]
    looks(billed)
    assert len(flags()) == 1
    billed.site.people.put(f"{billed.site.people.company().id}/{shelf}", row)
    looks(billed)
    assert flags() == []


def test_the_vendor_and_the_codes_are_told_by_name(billed: Billed, order: Record) -> None:
    other = billed.site.people.add_vendor("Alder Plumbing", projects=[int(billed.site.project)])["id"]
    change(billed, "purchase_orders", vendor_id=other)
    change(billed, "line_items", _code=int(billed.site.steel))
    order.integration.watch_accounts = True
    order.integration.save()
    looks(billed)
    [(_, said)] = flags()
    assert "vendor was" in said
    assert "lines was" in said


def test_what_people_entered_on_our_commitment_is_flagged_on_the_order(billed: Billed, order: Record) -> None:
    people, (requisition,) = billed.site.people, there(billed, "requisitions")
    payment = there(billed, "contract_payments")[0]
    people.put(
        f"{people.company().id}/contract_payments", {**payment, "id": 99, "origin_data": None, "amount": "75.00"}
    )
    assert looks(billed)[-1] == "contract_payments"
    assert flags() == [
        ("purchase-orders", "Edited in the target: payments entered there was none, is 1, 75.00 in all.")
    ]
    assert requisition["origin_data"].startswith("xero:inv:")


def test_a_payment_that_was_removed_is_flagged_and_not_written_again(billed: Billed, order: Record) -> None:
    people = billed.site.people
    payment = there(billed, "contract_payments")[0]
    people.remove(f"{people.company().id}/contract_payments", str(payment["id"]))
    looks(billed)
    assert flags() == [("bills", "Edited in the target: payment of 2 March 2026 was 150.00, is removed.")]
    billed.run()
    assert len(there(billed, "contract_payments")) == 1


def test_a_commitment_that_was_removed_holds_its_order(billed: Billed) -> None:
    site = billed.site
    record = site.order(ORDER)
    wanted = site.commitment(record, "600.00")
    walk(site, record, wanted)
    Posting.objects.update(posted_at=timezone.now() - timedelta(days=2))
    site.people.edit_order(site.orders()[0]["id"], status="Draft")
    site.people.delete_order(site.orders()[0]["id"])
    looks(billed)
    record.refresh_from_db()
    assert (record.work, Posting.objects.get(kind="commitment").standing) == (Work.WAITING, "removed")
    walk(site, record, wanted)
    assert (record.work, record.hold_reason) == (Work.HELD, "removed-in-target")
    assert Sweep.objects.get().missing == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_look_at_projects_and_who_decides_meanwhile_take_turns(
    billed: Billed, order: Record, threads: ThreadPoolExecutor
) -> None:
    """Their edit is accepted at the moment in which the order is found removed: the record comes first, for both."""
    change(billed, "line_items", amount="650.00")
    looks(billed)
    flag = Flag.objects.get(closed_at=None)
    Integration.objects.update(approval_rule="always")
    susan, sven = (User.objects.create_superuser(name) for name in ("susan", "sven"))
    assert drift_decisions.decide(DRIFT_ACCEPT, flag, susan, "ours") == "waits for a second person."
    question = Decision.objects.pending().get()
    for shelf in ("contract_payments", "requisition_items", "requisitions", "line_items", "purchase_orders"):
        for row in there(billed, shelf):
            billed.site.people.remove(f"{billed.site.people.company().id}/{shelf}", str(row["id"]))

    answered, noticed = one_behind_the_other(
        threads,
        lambda: decisions.queue_up([order.pk]),
        lambda: decisions.decide(question, sven, True, "Agreed."),
        lambda: looks(billed),
    )
    assert answered == "approved."
    assert noticed
    order.refresh_from_db()
    assert (order.work, flags()) == (Work.WAITING, [])


def test_a_requisition_that_was_removed_holds_its_bill(billed: Billed, order: Record) -> None:
    people = billed.site.people
    for shelf in ("contract_payments", "requisition_items", "requisitions"):
        for row in there(billed, shelf):
            people.remove(f"{people.company().id}/{shelf}", str(row["id"]))
    looks(billed)
    billed.run()
    bill = Record.objects.get(flow="bills")
    assert (bill.work, bill.hold_reason) == (Work.HELD, "removed-in-target")
    assert there(billed, "requisitions") == []


def test_what_is_accepted_is_not_flagged_again_and_what_is_billed_is_not_restored(
    billed: Billed, order: Record
) -> None:
    change(billed, "line_items", amount="650.00")
    looks(billed)
    flag = Flag.objects.get(closed_at=None)
    susan = User.objects.create_superuser("susan")
    assert "it is billed or paid" in drift_decisions.decide(DRIFT_RESTORE, flag, susan, "no")
    assert drift_decisions.decide(DRIFT_ACCEPT, flag, susan, "a change order of ours") == "accepted."
    looks(billed)
    assert flags() == []
    change(billed, "line_items", amount="700.00")
    looks(billed)
    assert len(flags()) == 1


def test_a_direct_cost_is_watched_and_one_that_was_removed_holds_its_bill(billed: Billed) -> None:
    billed.terms = replace(billed.terms, unlinked=Unlinked.DIRECT_COST)
    record = billed.bill("INV-7")
    billed.run()
    Posting.objects.update(posted_at=timezone.now() - timedelta(days=2))
    assert looks(billed) == ["direct_costs"]
    other = billed.site.people.add_vendor("Alder Plumbing")["id"]
    change(billed, "direct_costs", vendor_id=other, status="pending")
    change(billed, "direct_cost_lines", amount="410.00")
    looks(billed)
    [(flow, said)] = flags()
    assert (flow, "total was 400.00, is 410.00" in said, "vendor was" in said) == ("bills", True, True)
    billed.site.people.remove(
        f"{billed.site.people.company().id}/direct_costs", str(there(billed, "direct_costs")[0]["id"])
    )
    looks(billed)
    billed.run()
    assert (billed.work(record), there(billed, "direct_costs")) == ("removed-in-target", [])


def test_a_project_that_is_closed_to_us_keeps_no_other_waiting(billed: Billed, order: Record) -> None:
    billed.site.people.permit_project(int(billed.site.project), permitted=False)
    looks(billed)
    assert flags() == []
    assert Sweep.objects.get().finished_at is not None
