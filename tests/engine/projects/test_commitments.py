"""An order's way to its commitment, and what becomes of it when the order changes (A82, A83)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User

from integrations.engine import decisions
from integrations.engine.projects import abreast, anew, written
from integrations.engine.projects.commitments import Walk
from integrations.engine.projects.plans import OrderPlan, content_of, withdrawn
from integrations.models import (
    PaceWindow,
    Posting,
    Record,
    RequestLine,
    Reservation,
    SourceDocument,
    Standing,
    Work,
)
from integrations.pairs.flow import Note
from integrations.pairs.xero_procore.terms import DeletedOrders, ProjectTerms
from integrations.project_documents import Commitment, CommitmentStatus
from tests.engine.projects.site import Json, Site, settle_time, trail

pytestmark = pytest.mark.sqlite

TERMS = ProjectTerms(start_date=date(2026, 1, 1), project_category="cat-job")
SYNC, LINES = "purchase_order_contracts/sync$", "line_items/sync$"


def walk(site: Site, record: Record, wanted: Commitment | None, terms: ProjectTerms = TERMS, **more: Any) -> Record:
    """One visit of a slice at this order."""
    record.refresh_from_db()
    if wanted is None:
        plan = withdrawn(record, "The order was deleted in Xero.")
    else:
        plan = OrderPlan(record, wanted, content_of(wanted), **more)
    with site.slice() as slice_, site.books() as books:
        abreast.carry_out(slice_, books, [plan], terms)
    record.refresh_from_db()
    return record


def again(record: Record) -> None:
    """It changed at its source, and waits."""
    Record.objects.filter(pk=record.pk).update(work=Work.WAITING)


def only(site: Site) -> Json:
    (order,) = site.orders()
    return order


def amounts(site: Site) -> list[str]:
    return [f"{Decimal(line['amount']):.2f}" for line in only(site)["line_items"]]


@pytest.mark.promise(7)
def test_an_order_stands_approved_with_its_lines(site: Site) -> None:
    record = site.order("PO-1")
    wanted = site.commitment(record, "1000.00", "0.10", "250.55")
    walk(site, record, wanted, notes=(Note("kept-out", "12.00 USD is kept out."),))
    assert record.work == Work.DONE
    order = only(site)
    assert (order["number"], order["status"], Decimal(order["grand_total"])) == ("PO-1", "Approved", wanted.total)
    assert amounts(site) == ["1000.00", "0.10", "250.55"]
    posting = Posting.objects.get()
    assert (posting.standing, posting.target_total, posting.source_total) == ("ledger", wanted.total, wanted.total)
    assert trail(record)[-2:] == ["commitment.stands", "record.flagged"]
    assert written.last(record) == wanted
    assert written.around(record).posted == wanted
    assert [each.rpartition("/")[2] for each in site.writes()] == ["sync", "sync", "sync"]


def test_a_second_visit_writes_and_reads_nothing(site: Site) -> None:
    record = site.order("PO-1")
    wanted = site.commitment(record, "1000.00")
    walk(site, record, wanted)
    asked = len(site.sandbox.log("procore"))
    again(record)
    walk(site, record, wanted)
    assert record.work == Work.DONE
    assert len(site.sandbox.log("procore")) == asked


def test_by_setting_it_stays_a_draft(site: Site) -> None:
    record = site.order("PO-1")
    walk(site, record, site.commitment(record, "10.00"), replace(TERMS, commitment_status=CommitmentStatus.DRAFT))
    assert only(site)["status"] == "Draft"
    assert Posting.objects.get().standing == "draft"


def test_a_vendor_of_the_company_is_put_on_the_projects_list_once(site: Site) -> None:
    steel = str(site.people.add_vendor("Cascade Steel")["id"])
    for number in ("PO-1", "PO-2"):
        record = site.order(number)
        walk(site, record, site.commitment(record, "10.00", vendor=steel))
        assert record.work == Work.DONE
    assert len([each for each in site.writes() if "actions/add" in each]) == 1


def test_a_changed_order_is_a_draft_again_then_changed_then_approved(site: Site) -> None:
    record = site.order("PO-1")
    before = site.commitment(record, "10.00", "20.00", "30.00")
    walk(site, record, before)
    again(record)
    after = replace(site.commitment(record, "10.00", "25.00"), delivery_date=date(2026, 3, 1))
    walk(site, record, after)
    assert record.work == Work.DONE
    assert amounts(site) == ["10.00", "25.00"]
    assert only(site)["status"] == "Approved"
    assert only(site)["delivery_date"] == "2026-03-01"
    assert written.last(record) == after


def test_a_changed_order_that_was_billed_is_held_a83(site: Site) -> None:
    record = site.order("PO-1")
    before = site.commitment(record, "1000.00")
    walk(site, record, before)
    billed(site, "400.00")
    again(record)
    walk(site, record, site.commitment(record, "1200.00"))
    assert (record.work, record.hold_reason) == (Work.HELD, "changed-after-posting")
    assert "changed from 1,000.00 to 1,200.00 USD, and 400.00 of its commitment is billed" in record.explanation
    assert amounts(site) == ["1000.00"]


def test_another_code_by_a_changed_table_is_no_change_of_a_billed_order_a39(site: Site) -> None:
    record = site.order("PO-1")
    before = site.commitment(record, "1000.00")
    walk(site, record, before)
    billed(site, "400.00")
    again(record)
    (line,) = before.lines
    walk(site, record, replace(before, lines=(replace(line, code=site.steel),)))
    assert record.work == Work.DONE
    assert only(site)["line_items"][0]["wbs_code"]["id"] == int(site.concrete)
    assert written.last(record) == before


def billed(site: Site, amount: str) -> None:
    if not site.people.collections().get(f"{site.people.company().id}/billing_periods"):
        site.people.add_billing_period(int(site.project), "2026-02-01", "2026-02-28")
    order = only(site)
    site.people.add_invoice(order["id"], {order["line_items"][0]["id"]: amount})


def test_what_people_changed_there_is_not_written_over(site: Site) -> None:
    record = site.order("PO-1")
    walk(site, record, site.commitment(record, "1000.00"))
    site.people.edit_order(only(site)["id"], status="Draft")
    site.people.edit_order(only(site)["id"], number="PO-1 (theirs)")
    again(record)
    walk(site, record, site.commitment(record, "1200.00"))
    assert (record.work, record.hold_reason) == (Work.HELD, "changed-after-posting")
    assert "no longer as we wrote it" in record.explanation
    assert "total: 1,200.00 USD at the source now, 1,000.00 in Procore." in record.explanation


def test_a_commitment_that_people_removed_is_not_made_again(site: Site) -> None:
    record = site.order("PO-1")
    walk(site, record, site.commitment(record, "1000.00"))
    made = only(site)["id"]
    site.people.edit_order(made, status="Draft")
    site.people.delete_order(made)
    again(record)
    walk(site, record, site.commitment(record, "1200.00"))
    assert (record.work, record.hold_reason) == (Work.HELD, "removed-in-target")
    assert site.orders() == []


def people_remove(site: Site) -> None:
    made = only(site)["id"]
    site.people.edit_order(made, status="Draft")
    site.people.delete_order(made)


def decided(record: Record, wanted: Commitment) -> None:
    ann = User.objects.get_or_create(username="ann")[0]
    about = (anew.KIND, "record", record.pk, content_of(wanted))
    decisions.record(*about, ann, "It was a mistake.", integration=record.integration)


def test_a_commitment_that_people_removed_is_made_again_once_for_each_decision(site: Site) -> None:
    """Under a mark of its own: that of the removed one is taken for good."""
    record = site.order("PO-1")
    wanted = site.commitment(record, "1000.00", "10.00")
    walk(site, record, wanted)
    for nth in (2, 3):
        people_remove(site)
        Posting.objects.update(standing=Standing.REMOVED)
        again(record)
        walk(site, record, wanted)
        assert (record.work, record.hold_reason) == (Work.HELD, "removed-in-target"), "one decision is for one removal"
        decided(record, wanted)
        again(record)
        walk(site, record, wanted)
        assert record.work == Work.DONE, record.explanation
        order = only(site)
        assert (order["origin_id"], order["status"], amounts(site)) == (
            f"xero:po:po-1:{nth}", "Approved", ["1000.00", "10.00"],
        )  # fmt: skip
        assert {line["origin_id"] for line in order["line_items"]} == {f"xero:pol:PO-1-{at}:{nth}" for at in (1, 2)}
    assert trail(record).count("commitment.anew") == 2
    assert site.people.budget(int(site.project), "03-300.M")["committed_costs"] == "1010.00"
    assert sum(row.amount for row in Reservation.objects.all()) == Decimal("1010.00")


def test_a92_a_decision_about_another_order_than_this_makes_nothing_again(site: Site) -> None:
    record = site.order("PO-1")
    walk(site, record, site.commitment(record, "1000.00"))
    people_remove(site)
    Posting.objects.update(standing=Standing.REMOVED)
    decided(record, site.commitment(record, "1000.00"))
    again(record)
    walk(site, record, site.commitment(record, "1200.00"))
    assert (record.work, record.hold_reason, site.orders()) == (Work.HELD, "removed-in-target", [])


@pytest.mark.parametrize("path", [SYNC, LINES])
def test_e2_a_lost_answer_while_it_is_made_again_leaves_one(site: Site, path: str) -> None:
    record = site.order("PO-1")
    wanted = site.commitment(record, "1000.00")
    walk(site, record, wanted)
    people_remove(site)
    Posting.objects.update(standing=Standing.REMOVED)
    decided(record, wanted)
    again(record)
    site.fails("lose_answer", path)
    walk(site, record, wanted)
    assert record.work == Work.DOUBT
    settle_time()
    walk(site, record, wanted)
    assert (record.work, amounts(site)) == (Work.DONE, ["1000.00"]), record.explanation


@pytest.mark.parametrize("how", list(DeletedOrders))
def test_the_commitment_of_a_deleted_order_is_closed_or_removed_by_setting(site: Site, how: DeletedOrders) -> None:
    record = site.order("PO-1")
    terms = replace(TERMS, deleted_orders=how)
    walk(site, record, site.commitment(record, "1000.00"))
    again(record)
    walk(site, record, None, terms)
    assert record.work == Work.WITHDRAWN
    assert [order["status"] for order in site.orders()] == (["Closed"] if how is DeletedOrders.CLOSE else [])
    posting = Posting.objects.get()
    assert (posting.standing, posting.removed_by_us) == ("nothing", True)
    assert site.people.budget(int(site.project), "03-300.M")["committed_costs"] == "0.00"


def test_a_deleted_order_that_was_billed_is_held(site: Site) -> None:
    record = site.order("PO-1")
    walk(site, record, site.commitment(record, "1000.00"))
    billed(site, "400.00")
    again(record)
    walk(site, record, None)
    assert (record.work, record.hold_reason) == (Work.HELD, "withdrawn-after-posting")
    assert "400.00 of its commitment in Procore is billed" in record.explanation
    assert only(site)["status"] == "Approved"


def test_a_deleted_order_that_never_stood_is_withdrawn_without_a_call(site: Site) -> None:
    record = site.order("PO-1")
    walk(site, record, None)
    assert record.work == Work.WITHDRAWN
    assert site.sandbox.log("procore") == []


def test_an_order_that_moves_to_another_project_is_held(site: Site) -> None:
    record = site.order("PO-1")
    walk(site, record, site.commitment(record, "1000.00"))
    other = str(site.people.add_project("Depot", "1300")["id"])
    again(record)
    walk(site, record, site.commitment(record, "1000.00", project=other))
    assert record.hold_reason == "changed-after-posting"
    assert "for another project now" in record.explanation


def test_what_is_not_as_sent_when_read_back_is_never_approved(site: Site) -> None:
    """Somebody adds a line of their own to the draft while we write ours."""
    record = site.order("PO-1")
    site.fails("status", LINES, status=429)
    with pytest.raises(Exception, match="limit"):
        walk(site, record, site.commitment(record, "10.00"))
    made = only(site)["id"]
    site.people._add_line(made, {"code": "03-300.M", "amount": "5.00", "description": "Theirs"})
    PaceWindow.objects.all().delete()
    Record.objects.update(not_before=None)
    walk(site, record, site.commitment(record, "10.00"))
    assert (record.work, record.hold_reason) == (Work.HELD, "rejected-by-target")
    assert "stands at 15.00 in Procore, and it was sent with 10.00 USD" in record.explanation
    assert only(site)["status"] == "Draft"


def test_a_source_that_changed_meanwhile_waits_for_its_next_translation(site: Site) -> None:
    record = site.order("PO-1")
    SourceDocument.objects.update(detail_fingerprint="newer")
    walk(site, record, site.commitment(record, "10.00"))
    assert record.work == Work.WAITING


FAULTS: dict[str, Json] = {
    "lost": {"effect": "lose_answer"},
    "late": {"effect": "status_after_commit", "status": 502},
    "not done": {"effect": "status", "status": 502},
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
@pytest.mark.parametrize(("path", "skip"), [("actions/add", 0), (SYNC, 0), (LINES, 0), (SYNC, 1)])
def test_every_step_without_an_answer_ends_as_one_commitment_e2(site: Site, path: str, skip: int, fault: Json) -> None:
    record = site.order("PO-1")
    vendor = str(site.people.add_vendor("Cascade Steel")["id"])
    wanted = site.commitment(record, "10.00", "20.00", vendor=vendor)
    site.fails(path=path, method="", skip=skip, **fault)
    walk(site, record, wanted)
    assert record.work == Work.DOUBT
    writes = len(site.writes())
    walk(site, record, wanted)
    assert len(site.writes()) == writes, "nothing is written in doubt"
    settle_time()
    walk(site, record, wanted)
    assert record.work == Work.DONE, record.explanation
    assert amounts(site) == ["10.00", "20.00"]
    assert only(site)["status"] == "Approved"


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
@pytest.mark.parametrize("nth", range(5))
def test_every_step_of_a_change_without_an_answer_ends_as_the_new_order_e2(site: Site, nth: int, fault: Json) -> None:
    """Reopened, header, lines, a line removed, approved: five writes, each of them lost."""
    record = site.order("PO-1")
    walk(site, record, site.commitment(record, "10.00", "20.00", "30.00"))
    again(record)
    after = replace(site.commitment(record, "10.00", "25.00"), title="PO-1 changed")
    steps_of_a_change(site, nth, fault)
    walk(site, record, after)
    assert record.work == Work.DOUBT
    settle_time()
    walk(site, record, after)
    assert record.work == Work.DONE, record.explanation
    assert amounts(site) == ["10.00", "25.00"]
    assert (only(site)["status"], only(site)["title"]) == ("Approved", "PO-1 changed")


def steps_of_a_change(site: Site, nth: int, fault: Json) -> None:
    path, skip = [(SYNC, 0), (SYNC, 1), (LINES, 0), ("line_items/[0-9]+$", 0), (SYNC, 2)][nth]
    site.fails(path=path, method="", skip=skip, **fault)


@pytest.mark.parametrize("how", list(DeletedOrders))
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_every_step_of_a_withdrawal_without_an_answer_ends_withdrawn_e2(
    site: Site, how: DeletedOrders, fault: Json
) -> None:
    record = site.order("PO-1")
    terms = replace(TERMS, deleted_orders=how)
    walk(site, record, site.commitment(record, "10.00"))
    again(record)
    path = SYNC if how is DeletedOrders.CLOSE else "contracts/[0-9]+$"
    site.fails(path=path, method="", **fault)
    walk(site, record, None, terms)
    if record.work == Work.DOUBT:
        settle_time()
        walk(site, record, None, terms)
    assert record.work == Work.WITHDRAWN
    assert [order["status"] for order in site.orders()] == (["Closed"] if how is DeletedOrders.CLOSE else [])


def test_an_order_of_a_restored_database_is_found_by_its_mark_e5(site: Site) -> None:
    record = site.order("PO-1")
    wanted = site.commitment(record, "10.00")
    walk(site, record, wanted)
    RequestLine.objects.all().delete()
    Posting.objects.all().delete()
    Record.objects.update(work=Work.WAITING, look_up_first=True)
    writes = len(site.writes())
    walk(site, record, wanted)
    assert record.work == Work.DONE
    assert len(site.writes()) == writes
    assert Posting.objects.get().target_id == str(only(site)["id"])


def test_a_bug_on_the_way_holds_the_order_and_denies_nothing_that_stands(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = site.order("PO-1")

    def stumble(_walk: Walk) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as struck:
        struck.setattr(Walk, "end", stumble)
        walk(site, record, site.commitment(record, "10.00"))
    assert (record.work, record.hold_reason) == (Work.HELD, "internal-error")
    assert record.explanation == "Something went wrong inside Counterfoil. What was written of it before still stands."
    assert only(site)["number"] == "PO-1"
