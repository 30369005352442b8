"""Three hours with a run every five minutes: how long an approved order takes to stand in its project, by polling."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from integrations.models import Integration, Posting, ProjectSettings, Record, Run, Work
from integrations.sandbox import Sandbox
from tests.pairs import minutes
from tests.pairs.minutes import CADENCE, Worker, p95
from tests.pairs.xero_procore import northline as companies
from tests.pairs.xero_procore.northline import Northline

SPAN = timedelta(hours=3)
ORDERS = 30
# Of an account with a code in a project with room for all of them.
LIKE = "NB-1062"
KEPT = ("Description", "AccountCode", "TaxType", "Tracking", "ItemCode")


def approve(northline: Northline, number: str, like: dict[str, Any]) -> None:
    """In the books, now."""
    line = {name: like["LineItems"][0][name] for name in KEPT if like["LineItems"][0].get(name)}
    northline.sandbox.xero.add_purchase_order(
        like["Contact"]["Name"], [{**line, "Quantity": 1, "UnitAmount": "1.00"}], number=number,
        tenant=northline.tenant, LineAmountTypes="NoTax",
    )  # fmt: skip


def approvals(start: datetime) -> dict[str, datetime]:
    draw = Random(7)
    return {f"MM-{9001 + at}": start + SPAN * draw.random() for at in range(ORDERS)}


@pytest.mark.promise(33)
@pytest.mark.sqlite
def test_with_a_run_every_five_minutes_95_of_100_orders_stand_within_six(
    transactional_db: None, stand_ins: Sandbox, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    with time_machine.travel(timezone.now().astimezone(UTC), tick=False) as clock:
        northline = companies.build(stand_ins)
        like = northline.sandbox.xero.purchase_order(LIKE, tenant=northline.tenant)
        northline.only().run()
        minutes.let_calls_take_time(clock, monkeypatch)
        ProjectSettings.objects.update(orders_every=CADENCE, bills_every=CADENCE, payments_every=CADENCE)
        Integration.objects.update(enabled=True, schedule="every", every_minutes=CADENCE, next_run_at=None)
        approved = approvals(timezone.now())
        minutes.pass_by(SPAN, clock, worker, approved, lambda number: approve(northline, number, like))
    records = Record.objects.filter(number__in=approved)
    assert {record.work for record in records} == {Work.DONE}, [each.explanation for each in records]
    posted = Posting.objects.filter(kind="commitment", record__in=records).values_list("record__number", "posted_at")
    waits = [moment - approved[number] for number, moment in posted if moment]
    assert len(waits) == ORDERS
    assert timedelta(0) < min(waits)
    assert p95(waits) <= timedelta(minutes=6)
    assert max(waits) <= timedelta(minutes=CADENCE + 2)
    assert Run.objects.count() >= SPAN // timedelta(minutes=CADENCE)
    assert not Run.objects.exclude(failure="").exists()
