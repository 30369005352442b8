"""Xero's webhooks dropped, doubled and shuffled: the projects end as they do with none lost (promise 34)."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from integrations import tasks
from integrations.models import Integration, ProjectSettings, Record, ScheduleKind, WebhookEvent
from integrations.sandbox.contractor import books, events
from integrations.sandbox.contractor.bill_cases import ORDERED_BY
from integrations.sandbox.xero.webhooks import SIGNING_KEY
from integrations.webhooks import acting, addresses
from tests.pairs.xero_procore.compared import differences
from tests.pairs.xero_procore.ledger import Setting, shelf
from tests.pairs.xero_procore.northline import Northline
from tests.pairs.xero_procore.reckoning import reckon
from tests.pairs.xero_procore.test_company import makes_vendors
from tests.portal.conftest import person

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite]

DROPPED, DOUBLED = 0.3, 0.3
Deliveries = list[dict[str, Any]]
Mangle = Callable[[Deliveries], Deliveries]


@pytest.fixture
def told(northline: Northline, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> Northline:
    """Xero sends to the portal, which runs when it is woken."""
    monkeypatch.setattr(acting, "_nudged_at", float("-inf"))
    source = northline.integration.source
    ivan: User = person("ivan", "Integration administrator")
    addresses.set_secret(source, SIGNING_KEY, ivan)
    path = addresses.url_of(source).partition("/webhooks/")[2]
    met = northline.sandbox.xero.set_webhook(f"{live_server.url}/webhooks/{path}")
    assert all(each["good"] for each in met)
    ProjectSettings.objects.filter(integration=northline.integration).update(trigger="paid")
    makes_vendors(northline)
    Integration.objects.update(enabled=True, schedule=ScheduleKind.EVERY, every_minutes=60)
    northline.run()
    return northline


def mangled(draw: Random) -> Mangle:
    def change(waiting: Deliveries) -> Deliveries:
        kept = [each for each in waiting if draw.random() > DROPPED]
        kept += [dict(each) for each in kept if draw.random() < DOUBLED]
        draw.shuffle(kept)
        return kept

    return change


def deliver(northline: Northline, mangle: Mangle) -> None:
    """What is left of Xero's deliveries arrives; the integration runs when it was woken."""
    sender = northline.sandbox.xero.webhooks
    sender.waiting = mangle(sender.waiting)
    northline.sandbox.xero.deliver_webhooks()
    tasks.take_in_webhooks()
    woken = Integration.objects.filter(pk=northline.integration.pk, next_run_at__lte=timezone.now())
    if woken.exists():
        northline.run()


def days_of_changes(northline: Northline, mangle: Mangle, draw: Random) -> None:
    """Payments come in and go, orders and bills are changed: what happens at the contractor's, one after the other."""
    xero = northline.sandbox.xero
    for name in events.EVENTS:
        northline.sandbox.play(f"contractor/{name}")
        owed = [bill for bill in xero.bills(books.TENANT) if bill["Status"] == "AUTHORISED" and bill["AmountDue"] > 1]
        for bill in draw.sample(owed, 2):
            part = f"{bill['AmountDue'] / 2:.2f}"
            xero.pay_bill(bill["InvoiceID"], part, tenant=books.TENANT)
            xero.edit_bill(bill["InvoiceID"], tenant=books.TENANT, DueDate="2031-01-15")
        deliver(northline, mangle)


@pytest.mark.promise(34)
@pytest.mark.promise(31)
@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_becomes_of_the_webhooks_the_end_is_the_same(told: Northline, seed: int) -> None:
    draw = Random(seed)
    changed = told.sandbox.xero.purchase_order(ORDERED_BY["bill-order-changes"], tenant=books.TENANT)
    days_of_changes(told, mangled(draw), Random(seed))
    assert WebhookEvent.objects.exists()
    told.later(hours=25)
    Record.objects.filter(not_before__isnull=False).update(not_before=timezone.now())
    assert not told.run().failure
    as_billed = {changed["PurchaseOrderID"]: changed}
    setting = Setting(told.integration.start_date, as_billed=as_billed)
    assert differences(told.sandbox, reckon(told.sandbox, setting)) == []
    assert len(shelf(told.sandbox, books.TENANT, "payments")) > 50
    assert told.written() == []
