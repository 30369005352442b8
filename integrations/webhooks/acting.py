"""What events lead to: an integration that runs by itself is woken to read. The rows wait for it; a task is a nudge."""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django_q.tasks import async_task

from integrations.engine import heartbeats
from integrations.engine.vendor_sync.reading import FEEDS
from integrations.models import (
    Connection,
    IndexCursor,
    Integration,
    Posting,
    Record,
    ScheduleKind,
    SourceDocument,
    VendorPolicy,
    WebhookEvent,
    WebhookOutcome,
)
from integrations.pairs import pair
from integrations.pairs.flow import Keeps

# Each woken run costs a few calls, so what comes in bursts is read together.
WOKEN_EVERY = timedelta(minutes=2)
NUDGED_EVERY = timedelta(seconds=5)
AT_ONCE = 500
OF_BILLS = frozenset({"INVOICE", "CREDITNOTE", "PREPAYMENT", "OVERPAYMENT"})
_nudged_at = float("-inf")


def nudge() -> None:
    """Queue the task, once in five seconds among all processes; the tick does what a lost task leaves."""
    global _nudged_at
    if time.monotonic() - _nudged_at < NUDGED_EVERY.total_seconds():
        return
    _nudged_at = time.monotonic()
    if heartbeats.claim_turn("webhooks", NUDGED_EVERY):
        async_task("integrations.tasks.take_in_webhooks")


def look(now: datetime) -> None:
    """Look at every event that waits, company by company."""
    waiting = WebhookEvent.objects.filter(outcome=WebhookOutcome.WAITING)
    for connection in Connection.objects.filter(pk__in=waiting.values("connection")):
        while events := list(waiting.filter(connection=connection).defer("body").order_by("pk")[:AT_ONCE]):
            _look_at(connection, events, now)


def _look_at(connection: Connection, events: Sequence[WebhookEvent], now: datetime) -> None:
    """All of one company's at once; what they are about is read together, whatever their number."""
    used_by = Integration.objects.filter(Q(source=connection) | Q(target=connection)).select_related("source", "target")
    found: dict[int, WebhookOutcome] = {event.pk: WebhookOutcome.OTHERS for event in events}
    for integration in used_by:
        outcomes = _concerning(integration, connection, events)
        found |= {pk: outcome for pk, outcome in outcomes.items() if found[pk] != WebhookOutcome.WOKE}
        if WebhookOutcome.WOKE in outcomes.values():
            wake(integration, now)
    for outcome in set(found.values()):
        rows = [pk for pk, each in found.items() if each == outcome]
        WebhookEvent.objects.filter(pk__in=rows).update(outcome=outcome)


def _concerning(
    integration: Integration, connection: Connection, events: Sequence[WebhookEvent]
) -> dict[int, WebhookOutcome]:
    """Those about documents of this integration: news, or what it has read or written itself since."""
    if pair(integration.pair).keeps is Keeps.PROJECTS:
        return _concerning_projects(integration, connection, events)
    if integration.source_id == connection.pk:
        return {event.pk: WebhookOutcome.WOKE for event in events}
    seen = _bills_seen(connection, [event.resource for event in events])
    if integration.vendors == VendorPolicy.BOTH:
        seen |= _contacts_seen(connection, [event.resource for event in events])
    return {
        event.pk: WebhookOutcome.KNOWN if _is_old(event, seen[event.resource]) else WebhookOutcome.WOKE
        for event in events
        if event.resource in seen
    }


def _concerning_projects(
    integration: Integration, connection: Connection, events: Sequence[WebhookEvent]
) -> dict[int, WebhookOutcome]:
    """Of the books what tells of bills and what settles them; an id that nobody knows may be a new bill. Of the
    projects anything, while an order waits for a budget to have room."""
    if integration.source_id != connection.pk:
        waits = Record.objects.filter(integration=integration, hold_reason="over-budget").exists()
        return {event.pk: WebhookOutcome.WOKE for event in events} if waits else {}
    telling = [event for event in events if event.category.upper() in OF_BILLS]
    read = SourceDocument.objects.filter(connection=connection, source_id__in=[event.resource for event in telling])
    seen = dict(read.values_list("source_id", "modified_at"))
    return {
        event.pk: WebhookOutcome.KNOWN if _is_old(event, seen.get(event.resource)) else WebhookOutcome.WOKE
        for event in telling
    }


def _is_old(event: WebhookEvent, seen: datetime | None) -> bool:
    return event.happened_at is not None and seen is not None and event.happened_at <= seen


def _bills_seen(connection: Connection, ids: Sequence[str]) -> dict[str, datetime | None]:
    """Our own among them, each with the moment of our last read of the list, or of our write if that is later."""
    cursor = IndexCursor.objects.filter(connection=connection).first()
    read = cursor.read_until if cursor else None
    written = Posting.objects.filter(connection=connection, target_id__in=ids).values_list("target_id", "posted_at")
    return {target_id: max(filter(None, (read, posted)), default=None) for target_id, posted in written}


def _contacts_seen(connection: Connection, ids: Sequence[str]) -> dict[str, datetime | None]:
    known = SourceDocument.objects.filter(connection=connection, feed=FEEDS.target_feed, source_id__in=ids)
    return dict.fromkeys(known.values_list("source_id", flat=True), connection.contacts_read_until)


def wake(integration: Integration, now: datetime) -> None:
    """Move its next run forward, to two minutes after the last one at the earliest; not where a person starts it."""
    soonest = max(now, integration.last_run_at + WOKEN_EVERY) if integration.last_run_at else now
    mine = Integration.objects.filter(pk=integration.pk, enabled=True).exclude(schedule=ScheduleKind.MANUAL)
    with transaction.atomic():
        mine.filter(next_run_at__gt=soonest).update(next_run_at=soonest)
