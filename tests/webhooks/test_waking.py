"""What events lead to: an integration reads sooner when a document of its own changed, and only then."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from audit.models import Entry
from integrations import tasks
from integrations.models import (
    Connection,
    Flag,
    Heartbeat,
    IndexCursor,
    Integration,
    ScheduleKind,
    VendorPolicy,
    WebhookAddress,
    WebhookEvent,
)
from integrations.sandbox.xero.webhooks import SIGNING_KEY
from integrations.webhooks import acting, addresses, silence
from portal.alerts.models import Alert
from tests.webhooks.test_inbox import body_of, event, post
from tests.world import VENDOR, World


def scheduled(world: World, **more: Any) -> datetime:
    """Runs every hour, next in an hour; the moment of that."""
    later = timezone.now() + timedelta(hours=1)
    values = {"enabled": True, "schedule": ScheduleKind.EVERY, "every_minutes": 60, "next_run_at": later, **more}
    Integration.objects.filter(pk=world.integration.pk).update(**values)
    return later


def next_run(world: World) -> datetime:
    found = Integration.objects.get(pk=world.integration.pk).next_run_at
    assert found is not None
    return found


def deliver(world: World) -> set[str]:
    """What Xero sends now, and what the task makes of each event."""
    WebhookEvent.objects.all().delete()
    world.sandbox.xero.deliver_webhooks()
    tasks.take_in_webhooks()
    return set(WebhookEvent.objects.values_list("outcome", flat=True))


def posted(world: World) -> str:
    """A draft of ours that stands; its id."""
    world.order("PF1")
    world.run()
    return str(world.bill("PF1")["InvoiceID"])


def test_a_bill_of_ours_that_somebody_edits_is_read_and_flagged_sooner(told: World) -> None:
    bill = posted(told)
    deliver(told)
    later = scheduled(told, last_run_at=timezone.now() - timedelta(hours=1))
    lines = [{"Description": "Less", "Quantity": 1, "UnitAmount": 7, "AccountCode": "400"}]
    told.sandbox.xero.edit_bill(bill, tenant=told.tenant, LineItems=lines)
    assert deliver(told) == {"woke"}
    assert next_run(told) < later - timedelta(minutes=50)
    told.run()
    assert Flag.objects.filter(record=told.record("PF1"), closed_at=None).exists()


def test_our_own_write_wakes_nobody(told: World) -> None:
    posted(told)
    later = scheduled(told)
    assert deliver(told) == {"known"}
    assert next_run(told) == later


def test_bills_and_sales_of_others_wake_nobody(told: World) -> None:
    later = scheduled(told)
    told.sandbox.xero.add_bill(VENDOR, amount=10, tenant=told.tenant)
    told.sandbox.xero.add_bill(VENDOR, amount=10, Type="ACCREC", tenant=told.tenant)
    assert deliver(told) == {"others"}
    assert next_run(told) == later


def test_a_vendor_that_is_kept_in_step_is_read_sooner(told: World) -> None:
    later = scheduled(told, vendors=VendorPolicy.BOTH)
    told.run()
    told.sandbox.xero.edit_contact(VENDOR, tenant=told.tenant, EmailAddress="new@northgate.example")
    assert deliver(told) == {"woke"}
    assert next_run(told) < later


def test_a_burst_wakes_it_once_and_not_within_two_minutes_of_its_last_run(told: World) -> None:
    bill = posted(told)
    scheduled(told)
    for amount in (5, 6, 7):
        lines = [{"Description": "Less", "Quantity": 1, "UnitAmount": amount, "AccountCode": "400"}]
        told.sandbox.xero.edit_bill(bill, tenant=told.tenant, LineItems=lines)
    deliver(told)
    ran = Integration.objects.get(pk=told.integration.pk).last_run_at
    assert ran is not None
    assert next_run(told) == ran + acting.WOKEN_EVERY


@pytest.mark.parametrize("values", [{"enabled": False}, {"schedule": ScheduleKind.MANUAL}])
def test_what_people_start_themselves_is_not_started_by_xero(told: World, values: dict[str, Any]) -> None:
    bill = posted(told)
    later = scheduled(told, **values)
    told.sandbox.xero.edit_bill(bill, tenant=told.tenant, InvoiceNumber="INV 7")
    deliver(told)
    assert next_run(told) == later


def test_a_lost_task_is_made_up_for_by_the_tick(books: Connection) -> None:
    post(books, body_of(event(books.tenant_id)))
    OrmQ.objects.all().delete()
    tasks.tick()
    assert WebhookEvent.objects.get().outcome == "others"


# Silence

AGO = timedelta(days=5)


def silent(books: Connection, changed: timedelta) -> None:
    """The last webhook came five days ago; reading met a change so long ago. The tick looks."""
    now = timezone.now()
    WebhookAddress.objects.update(confirmed_at=now - AGO)
    IndexCursor.objects.update_or_create(connection=books, defaults={"read_until": now - changed})
    silence.look(now)


def test_silence_although_things_change_is_an_alert_until_something_comes(books: Connection) -> None:
    silent(books, timedelta(days=1))
    alert = Alert.objects.get(kind="webhooks-silent")
    assert "no longer tells us of changes" in alert.title
    post(books, body_of(event(books.tenant_id)))
    Heartbeat.objects.all().delete()  # an hour later
    silence.look(timezone.now())
    alert.refresh_from_db()
    assert alert.closed_at is not None


@pytest.mark.parametrize("changed", [timedelta(days=6), timedelta(minutes=1)])
def test_a_company_where_nothing_changed_is_not_silent(books: Connection, changed: timedelta) -> None:
    silent(books, changed)
    assert not Alert.objects.exists()


# The page


def test_the_page_gives_the_address_and_takes_the_key_without_showing_it(world: World, ivan: Any) -> None:
    books = world.integration.target
    page = reverse("admin:integrations_connection_change", args=[books.pk])
    desk = Client()
    desk.force_login(ivan)
    assert addresses.url_of(books) in desk.get(page).content.decode()
    short = desk.post(page, {"label": books.label, "webhook_secret": "short"})
    assert "too short" in short.content.decode()
    answer = desk.post(page, {"label": books.label, "webhook_secret": SIGNING_KEY}, follow=True)
    assert SIGNING_KEY not in answer.content.decode()
    assert WebhookAddress.objects.get().secret == SIGNING_KEY
    assert Entry.objects.filter(action="connection.webhook_secret").count() == 1
    post(books, body_of(event(books.tenant_id)))
    shown = desk.get(page).content.decode()
    assert "Events in 31 days" in shown
    assert SIGNING_KEY not in shown
    desk.post(page, {"label": books.label, "webhook_secret": ""})
    assert WebhookAddress.objects.get().secret == SIGNING_KEY
