"""What the books tell by themselves: the list of bills is read sooner, by one call, and only then."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from integrations.models import Integration, Record, ScheduleKind, SourceDocument, WebhookEvent, WebhookOutcome
from integrations.sandbox.contractor.order_cases import ORDER_NUMBERS
from integrations.webhooks import acting
from tests.pairs.xero_procore.northline import Northline

pytestmark = pytest.mark.sqlite  # nothing here asks the database anything of its own


def told(northline: Northline, category: str, resource: str, moment: datetime | None = None) -> WebhookEvent:
    event = WebhookEvent.objects.create(
        connection=northline.integration.source,
        fingerprint=f"{category}{resource}",
        category=category,
        resource=resource,
        kind="UPDATE",
        happened_at=moment or timezone.now(),
        received_at=timezone.now(),
        body="{}",
    )
    acting.look(timezone.now())
    event.refresh_from_db()
    return event


def test_events_of_bills_are_read_by_one_call_however_many_came(northline: Northline) -> None:
    northline.only("MM-2300").run()
    hourly = {"enabled": True, "schedule": ScheduleKind.EVERY, "every_minutes": 60}
    later = timezone.now() + timedelta(hours=1)
    Integration.objects.update(**hourly, next_run_at=later, last_run_at=timezone.now() - timedelta(minutes=10))
    before = {part: len(northline.asked(part)) for part in ("/PurchaseOrders", "/Payments", "/Invoices")}
    for number in range(3):
        assert told(northline, "INVOICE", f"new-{number}").outcome == WebhookOutcome.WOKE
    woken = Integration.objects.get().next_run_at
    assert woken is not None
    assert woken < later
    northline.run()
    after = {part: len(northline.asked(part)) for part in before}
    assert {part: after[part] - before[part] for part in before} == {
        "/PurchaseOrders": 0,
        "/Payments": 0,
        "/Invoices": 1,
    }


def test_what_was_read_since_and_what_is_no_bill_wakes_nobody(northline: Northline) -> None:
    northline.only("MM-2300").run()
    bill = SourceDocument.objects.filter(feed="supplier-bills").order_by("pk")[0]
    assert bill.modified_at is not None
    assert told(northline, "INVOICE", bill.source_id, bill.modified_at).outcome == WebhookOutcome.KNOWN
    assert told(northline, "CONTACT", "somebody").outcome == WebhookOutcome.OTHERS


def test_a_change_in_the_projects_is_read_sooner_while_an_order_waits_for_its_budget(northline: Northline) -> None:
    northline.only(ORDER_NUMBERS["order-over-budget"]).run()
    assert Record.objects.filter(hold_reason="over-budget").exists()
    event = WebhookEvent.objects.create(
        connection=northline.integration.target,
        fingerprint="1",
        category="Purchase Order Contracts",
        resource="1",
        kind="update",
        received_at=timezone.now(),
        body="{}",
    )
    acting.look(timezone.now())
    event.refresh_from_db()
    assert event.outcome == WebhookOutcome.WOKE
    Record.objects.filter(hold_reason="over-budget").update(hold_reason="")
    WebhookEvent.objects.update(outcome="")
    acting.look(timezone.now())
    event.refresh_from_db()
    assert event.outcome == WebhookOutcome.OTHERS
