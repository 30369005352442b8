"""A day with a run every five minutes, in four shifts: how long an approval takes to become a draft."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
import time_machine
from django.utils import timezone

from integrations.models import Integration, Posting, Record, Run
from integrations.sandbox.xero.dates import moment_of, ms_in
from tests.pairs import minutes
from tests.pairs.billing import GOODS, SERVICE
from tests.pairs.minutes import CADENCE, Worker, p95
from tests.world import World

ORDERS, INVOICES = 65, 10
SHIFT = timedelta(hours=6)


def approve(world: World, number: str) -> None:
    """In procurement, now: an order leaves its requisition, or an invoice is signed."""
    if number.startswith("INV"):
        world.invoice(number, items=SERVICE)
    else:
        world.order(number, lines=[GOODS], modified=timezone.now())


def approvals(start: datetime, draw: Random) -> dict[str, datetime]:
    numbers = [f"PF{5001 + at}" for at in range(ORDERS)] + [f"INV-{1001 + at}" for at in range(INVOICES)]
    return {number: start + SHIFT * draw.random() for number in numbers}


@pytest.mark.promise(33)
@pytest.mark.sqlite
@pytest.mark.parametrize("shift", range(4))
def test_with_a_run_every_five_minutes_95_of_100_approvals_are_drafts_within_six(
    world: World, worker: Worker, monkeypatch: pytest.MonkeyPatch, shift: int
) -> None:
    start = timezone.now().astimezone(UTC) + shift * SHIFT
    with time_machine.travel(start, tick=False) as clock:
        minutes.let_calls_take_time(clock, monkeypatch)
        world.run()
        Integration.objects.update(enabled=True, schedule="every", every_minutes=CADENCE, next_run_at=None)
        approved = approvals(timezone.now(), Random(shift))
        minutes.pass_by(SHIFT, clock, worker, approved, lambda number: approve(world, number))
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
