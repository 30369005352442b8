"""What counts as an attempt to reach the target: a call that was begun, not a slice that ended before it."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from integrations.engine.intents import MOST_ATTEMPTS
from integrations.engine.running import run_slice
from integrations.models import Outcome, PaceWindow, Record, Request, Work
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def intends_something() -> bool:
    return Request.objects.filter(outcome=Outcome.INTENDED).exists()


def test_slices_that_end_between_intent_and_call_are_no_attempts(world: World) -> None:
    world.order("PF1")
    for _ in range(MOST_ATTEMPTS + 1):
        run_slice(world.integration.pk, stopping=intends_something)
    assert Request.objects.filter(outcome=Outcome.DROPPED).count() == MOST_ATTEMPTS + 1
    record = Record.objects.get()
    assert (record.work, record.attempts) == (Work.WAITING, 0)
    world.run()
    assert [bill["InvoiceNumber"] for bill in world.bills] == ["PF1"]


def test_calls_that_our_own_pace_kept_back_are_no_attempts(world: World, settings: Any) -> None:
    """Other workers use it up between our intent and our call."""
    settings.PACE = {**settings.PACE, "xero": {"minute": 599, "day": 0, "concurrent": 0}}

    def used_up() -> bool:
        if intends_something():
            PaceWindow.objects.update(closed_until=timezone.now() + timedelta(minutes=5))
        return False

    world.order("PF1")
    for _ in range(MOST_ATTEMPTS + 1):
        run_slice(world.integration.pk, stopping=used_up)
        PaceWindow.objects.all().delete()
        Record.objects.update(not_before=None)
    assert Request.objects.filter(outcome=Outcome.DROPPED).count() == MOST_ATTEMPTS + 1
    assert (Record.objects.get().work, Record.objects.get().attempts) == (Work.WAITING, 0)
    world.run()
    assert [bill["InvoiceNumber"] for bill in world.bills] == ["PF1"]


def test_five_calls_that_xero_turns_away_hold_the_bill(world: World) -> None:
    world.order("PF1")
    world.sandbox.faults.add("xero", "status", method="PUT", path="Invoices", status=429, times=MOST_ATTEMPTS)
    with time_machine.travel(timezone.now(), tick=True) as clock:
        for _ in range(MOST_ATTEMPTS):
            assert Record.objects.exclude(work=Work.HELD).count() == Record.objects.count()
            world.run()
            clock.shift(timedelta(hours=2))
        record = Record.objects.get()
        assert record.work == Work.HELD
        assert record.explanation.startswith("5 attempts did not reach Xero.")
