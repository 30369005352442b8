"""Two people, or two integrations of one company, at the same document at the same moment (E4, E11).

On SQLite one writer waits for the other anyway; here PostgreSQL's row locks have to do it.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from integrations.documents import StoredBill
from integrations.engine import clients, decisions, drift_decisions, index, linking, placing, record_decisions
from integrations.engine.decision_kinds import DRIFT_ACCEPT
from integrations.engine.release import Result
from integrations.engine.slice import Slice
from integrations.models import Decision, Flag, Integration, Posting, Record, Run, TargetBill, Work
from tests.mappings.test_races import one_behind_the_other, one_inside_the_other, threads
from tests.pairs.test_drift import drifted
from tests.world import START, World

pytestmark = [pytest.mark.postgres]
__all__ = ["threads"]


def stored_bill(world: World, number: str) -> StoredBill:
    with clients.target_client(world.integration.target) as target:
        (bill,) = target.bills([Posting.objects.get(record=world.record(number)).target_id])
    return bill


def a_slice(world: World) -> Slice:
    return Slice(world.integration, Run(integration=world.integration, started_at=timezone.now()), token="")


def noted(world: World, bill: StoredBill) -> None:
    with transaction.atomic():
        index.note(a_slice(world), [bill])


def test_e4_two_integrations_that_meet_a_new_bill_of_their_company_both_go_on(
    world: World, threads: ThreadPoolExecutor
) -> None:
    world.order("PO-1")
    world.run()
    bill = stored_bill(world, "PO-1")
    TargetBill.objects.all().delete()
    later = replace(bill, version="later", number="PO-1 again")
    assert one_inside_the_other(threads, lambda: noted(world, bill), lambda: noted(world, later)) is None
    assert TargetBill.objects.get().number == "PO-1 again"


def test_a42_two_people_who_link_two_records_to_one_document_share_it_not(
    world: World, admin_user: User, threads: ThreadPoolExecutor
) -> None:
    world.order("PO-0")
    world.run()
    bill = stored_bill(world, "PO-0")
    Integration.objects.update(trial=True)
    for number in ("PO-1", "PO-2"):
        world.order(number)
    world.run()
    Posting.objects.all().update(target_id="", standing="nothing")
    records = Record.objects.filter(number__in=["PO-1", "PO-2"])
    records.update(work=Work.HELD, hold_reason="possible-duplicate")
    first, second = records.order_by("pk")
    said: list[Result] = []

    def link(record: Record) -> None:
        said.append(linking.link([record], admin_user, "It is this one.", bill.target_id))

    assert one_inside_the_other(threads, lambda: link(first), lambda: link(second)) is None
    assert [words for ((_, words),) in said] == [
        f"is linked to {bill.number}; nothing was created.",
        "cannot be linked: that document is gone, or another record has it.",
    ]
    assert Posting.objects.filter(target_id=bill.target_id).count() == 1


def test_e11_two_who_decide_at_once_from_two_pages_take_turns(
    world: World, admin_user: User, threads: ThreadPoolExecutor
) -> None:
    """One from the record's page, which has the record locked, one from the question's."""
    Integration.objects.update(trial=True, approval_rule="always")
    world.order("PO-1")
    world.run()
    record = world.record("PO-1")
    ((_, said),) = record_decisions.exclude([record], admin_user, "Paid by card.")
    assert said.startswith("waits for a second person")
    question = Decision.objects.pending().get()
    susan, sven = (User.objects.create_superuser(name) for name in ("susan", "sven"))

    both = one_behind_the_other(
        threads,
        lambda: Record.objects.select_for_update().get(pk=record.pk),
        lambda: decisions.decide(question, susan, True, "It was."),
        lambda: decisions.decide(question, sven, True, "It was."),
    )
    assert both == ("approved.", "was already decided, or lapsed.")
    assert world.record("PO-1").work == Work.EXCLUDED_PERSON


def test_a42_what_a_run_sees_while_somebody_accepts_leaves_what_they_accepted_closed(
    world: World, threads: ThreadPoolExecutor
) -> None:
    """The bill was edited once more: that is a flag of its own."""
    flag = drifted(world)
    anna = User.objects.create_superuser("anna")
    bill = stored_bill(world, "PF1")
    again = replace(bill, version="later", total=bill.total + 1, net=bill.net + 1)
    accepts = lambda: drift_decisions.decide(DRIFT_ACCEPT, flag, anna, "Price rise agreed")  # noqa: E731
    assert one_inside_the_other(threads, accepts, lambda: noted(world, again)) is None
    rows = Flag.objects.filter(kind="edited-in-target").order_by("pk")
    assert [row.closed_at is None for row in rows] == [False, True]


def test_a42_two_who_decide_about_drift_from_two_pages_take_turns(world: World, threads: ThreadPoolExecutor) -> None:
    """One answers a question about it, one asks from the flag's page: the record comes first, for both."""
    flag = drifted(world)
    Integration.objects.update(approval_rule="always")
    susan, sven = (User.objects.create_superuser(name) for name in ("susan", "sven"))
    assert drift_decisions.decide(DRIFT_ACCEPT, flag, susan, "Price rise") == "waits for a second person."
    question = Decision.objects.pending().get()

    def locks() -> None:
        decisions.queue_up([flag.record_id])
        Decision.objects.select_for_update().get(pk=question.pk)

    both = one_behind_the_other(
        threads,
        locks,
        lambda: decisions.decide(question, sven, True, "Agreed."),
        lambda: drift_decisions.decide(DRIFT_ACCEPT, flag, sven, "Price rise"),
    )
    assert both == ("approved.", "was already settled.")


def test_a98_what_a_run_is_posting_is_not_placed_anew(world: World, threads: ThreadPoolExecutor) -> None:
    """A start date moves while a run is at an order that was before it."""
    earlier, modified = START - timedelta(days=5), START + timedelta(days=3)
    world.order("PO-1", date=earlier, approved=earlier, modified=modified)
    world.run()
    record = world.record("PO-1")
    assert record.work == Work.BEFORE_START
    Integration.objects.update(start_date=START - timedelta(days=30))
    integration = Integration.objects.get()

    def moves_the_start() -> None:
        with transaction.atomic():
            placing.after_settings(integration, ["start_date"], None)

    posting = lambda: Record.objects.filter(pk=record.pk).update(work=Work.POSTING)  # noqa: E731
    assert one_inside_the_other(threads, posting, moves_the_start) is None
    assert world.record("PO-1").work == Work.POSTING
