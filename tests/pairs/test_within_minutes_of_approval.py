"""A day with a run every five minutes, in four shifts: how long an approval takes to become a draft."""

from datetime import UTC, datetime, timedelta
from importlib import import_module
from random import Random
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from integrations import tasks
from integrations.engine import housekeeping, ticking
from integrations.engine.slice import Slice
from integrations.models import Integration, Posting, Record, Run
from integrations.sandbox.xero.dates import moment_of, ms_in
from tests.pairs.billing import GOODS, SERVICE
from tests.world import World

ORDERS, INVOICES = 65, 10
SHIFT = timedelta(hours=6)
CADENCE = 5
# What the pace of 60 calls a minute lets through.
CALL = timedelta(seconds=1)
# The clock of django-q2 asks for the tick once a minute and is never early.
TICK = timedelta(seconds=60.4)


class Worker:
    """Takes what was queued, one task after another, in the order it came."""

    def __init__(self) -> None:
        self.queue: list[tuple[str, tuple[Any, ...]]] = []

    def put(self, name: str, *given: Any) -> None:
        self.queue.append((name, given))

    def work(self) -> None:
        while self.queue:
            name, given = self.queue.pop(0)
            module, _, function = name.rpartition(".")
            getattr(import_module(module), function)(*given)


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Worker:
    hired = Worker()
    for module in (ticking, housekeeping):
        monkeypatch.setattr(module, "async_task", hired.put)
    return hired


def approve(world: World, number: str) -> None:
    """In procurement, now: an order leaves its requisition, or an invoice is signed."""
    if number.startswith("INV"):
        world.invoice(number, items=SERVICE)
    else:
        world.order(number, lines=[GOODS], modified=timezone.now())


def approvals(start: datetime, draw: Random) -> list[tuple[datetime, str]]:
    numbers = [f"PF{5001 + at}" for at in range(ORDERS)] + [f"INV-{1001 + at}" for at in range(INVOICES)]
    return sorted((start + SHIFT * draw.random(), number) for number in numbers)


def p95(waits: list[timedelta]) -> timedelta:
    return sorted(waits)[-(-len(waits) * 95 // 100) - 1]


@pytest.mark.promise(33)
@pytest.mark.sqlite
@pytest.mark.parametrize("shift", range(4))
def test_with_a_run_every_five_minutes_95_of_100_approvals_are_drafts_within_six(
    world: World, worker: Worker, monkeypatch: pytest.MonkeyPatch, shift: int
) -> None:
    start = timezone.now().astimezone(UTC) + shift * SHIFT
    with time_machine.travel(start, tick=False) as clock:
        calls = Slice.beat

        def slow(slice_: Slice) -> None:
            clock.shift(CALL)
            calls(slice_)

        monkeypatch.setattr(Slice, "beat", slow)
        world.run()
        Integration.objects.update(enabled=True, schedule="every", every_minutes=CADENCE, next_run_at=None)
        waiting = approvals(timezone.now(), Random(shift))
        approved = {number: moment for moment, number in waiting}
        end = timezone.now() + SHIFT + timedelta(minutes=2 * CADENCE)
        while (tick_at := timezone.now()) < end:
            tasks.tick()
            worker.work()
            following = max(tick_at + TICK, timezone.now())
            while waiting and waiting[0][0] <= following:
                moment, number = waiting.pop(0)
                clock.move_to(max(moment, timezone.now()))
                approve(world, number)
            clock.move_to(following)
    drafted = {bill["InvoiceNumber"]: moment_of(ms_in(bill["UpdatedDateUTC"])) for bill in world.bills}
    assert {bill["Status"] for bill in world.bills} == {"DRAFT"}
    assert drafted.keys() == approved.keys()
    waits = [drafted[number] - moment for number, moment in approved.items()]
    assert timedelta(0) < min(waits)
    assert p95(waits) <= timedelta(minutes=6)
    assert max(waits) <= timedelta(minutes=CADENCE + 2)
    posted = Posting.objects.values_list("number", "posted_at")
    assert p95([moment - approved[number] for number, moment in posted if moment]) <= timedelta(minutes=6)
    assert Record.objects.filter(work="done").count() == len(approved)
    assert Run.objects.count() >= SHIFT // timedelta(minutes=CADENCE)
    assert not Run.objects.exclude(failure="").exists()
