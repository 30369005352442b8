"""Between the plan of a write and its intent a person takes something out: nothing is written of it (A96, E4)."""

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from integrations.documents import StoredBill
from integrations.engine import approvals, clients, leases, posting, record_decisions, settling
from integrations.engine.plans import Plan
from integrations.engine.rehearsal import Rehearser
from integrations.engine.slice import Slice
from integrations.engine.translation import Translator
from integrations.models import Integration, Posting, Record, Run, Standing, Work
from tests.pairs.billing import thousand, totals
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def working(world: World) -> Slice:
    """In the place of a run: with its lease."""
    token = leases.claim(Integration, world.integration.pk, 60)
    assert token is not None
    run = Run.objects.create(integration=world.integration, started_at=timezone.now())
    return Slice(world.integration, run, token)


def planned(world: World, record: Record) -> Plan:
    translator = Rehearser.load(world.integration, record.flow).translator
    assert isinstance(translator, Translator)
    plan, _ = translator.examine(record, approvals.load([record])[record.pk])
    assert plan is not None
    return plan


def excluded(record: Record, by: User) -> None:
    ((_, said),) = record_decisions.exclude([record], by, "Paid by card.")
    assert said == "excluded."


def test_a96_a_bill_does_not_take_over_the_draft_of_an_order_that_was_just_excluded(
    world: World, admin_user: User
) -> None:
    thousand(world)
    world.run()
    Integration.objects.update(trial=True)
    world.invoice("INV-7", orders=["PF1"])
    world.run()
    Integration.objects.update(trial=False)
    plan = planned(world, world.record("INV-7"))
    assert plan.takes_over is not None
    Record.objects.filter(number="PF1").update(work=Work.HELD, hold_reason="missing-mapping")
    excluded(world.record("PF1"), admin_user)
    with clients.target_client(world.integration.target) as target:
        posting.write(working(world), [plan], target)
    assert world.record("PF1").work == Work.EXCLUDED_PERSON
    assert world.record("INV-7").work == Work.WAITING
    assert totals(world) == {"PF1": 1000.0}


def test_e5_what_was_excluded_while_it_was_looked_up_is_not_adopted(world: World, admin_user: User) -> None:
    """It is looked up again should they include it."""
    thousand(world)
    world.run()
    mine = Posting.objects.get(record__number="PF1")
    stored = stands(world, mine.target_id)
    Posting.objects.update(target_id="", standing=Standing.NOTHING, sent_fingerprint="", stored_fingerprint="")
    Record.objects.update(work=Work.WAITING, look_up_first=True)
    plan = planned(world, world.record("PF1"))
    excluded(world.record("PF1"), admin_user)
    settling.adopt(working(world), [(plan, stored)])
    record = world.record("PF1")
    assert (record.work, record.look_up_first) == (Work.EXCLUDED_PERSON, True)
    assert "bill.found" not in world.trail("PF1")


def test_e5_what_still_waits_is_adopted_and_not_looked_up_again(world: World) -> None:
    thousand(world)
    world.run()
    Posting.objects.update(target_id="", standing=Standing.NOTHING, sent_fingerprint="", stored_fingerprint="")
    Record.objects.update(work=Work.WAITING, look_up_first=True)
    world.run()
    record = world.record("PF1")
    assert (record.work, record.look_up_first) == (Work.DONE, False)
    assert totals(world) == {"PF1": 1000.0}
    assert "bill.found" in world.trail("PF1")


def stands(world: World, target_id: str) -> StoredBill:
    with clients.target_client(world.integration.target) as target:
        (bill,) = target.bills([target_id])
    return bill
