"""What is done now and then besides running integrations."""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone
from django_q.models import Task
from django_q.tasks import async_task

from audit import retention, seals
from audit.trail import Subject, log
from audit.verification import verify
from integrations import events
from integrations.engine import clients, exchange_log, forgetting, heartbeats, tokens
from integrations.engine.health import next_probe, note_health, note_success
from integrations.errors import CounterfoilError
from integrations.models import Connection, Health, WebhookEvent

TURNS = {
    "seal_audit": timedelta(hours=1),
    "verify_audit": timedelta(days=1),
    "erase_details": timedelta(days=1),
    "forget_documents": timedelta(days=1),
    "prune": timedelta(days=1),
    "refresh_tokens": timedelta(days=1),
}
TASKS_KEPT = timedelta(days=14)
# As long as Xero itself keeps those that it could not deliver.
WEBHOOKS_KEPT = timedelta(days=31)
# About six seconds on two cores; `audit_verify` checks all.
VERIFIED_AT_ONCE = 250_000
logger = logging.getLogger("counterfoil.engine")


def queue_due(now: datetime) -> None:
    """Queue each task whose turn has come, once among all workers."""
    for task, every in TURNS.items():
        if heartbeats.claim_turn(task, every):
            async_task(f"integrations.tasks.{task}")
    _queue_probes(now)


def probe(connection_id: int) -> None:
    """One cheap call. A success mends the connection's health; a failure is kept there."""
    connection = Connection.objects.get(pk=connection_id)
    try:
        with clients.client(connection, urgent=True, probing=True) as client:
            client.probe()
        note_success(connection)
    except CounterfoilError as error:
        note_health(connection, error)
        still = Connection.objects.filter(pk=connection_id, health=Health.SUSPENDED).exclude(health_until=None)
        still.update(health_until=next_probe(connection, timezone.now()))


def refresh_tokens() -> None:
    tokens.renew_idle()


def seal_audit() -> None:
    seals.seal()


def verify_audit() -> None:
    """The newest entries against their seals; whoever listens is told, above all when something was altered."""
    found = verify(newest=VERIFIED_AT_ONCE)
    if not found.ok:
        logger.error("The audit trail is not what was sealed: %s", "; ".join(each.words for each in found.failures[:5]))
    with transaction.atomic():
        details = {"outcome": " ".join(found.sentences())}
        log("audit.verified", Subject("audit", "trail", "the audit trail"), details=details)
        events.tell(events.trail_verified, verification=found)


def erase_details() -> None:
    """What is no evidence and older than the installation keeps it: sign-ins."""
    if settings.AUDIT_DETAILS_DAYS:
        retention.erase_details(timezone.now() - timedelta(days=settings.AUDIT_DETAILS_DAYS))


def forget_documents() -> None:
    """The text of documents that were settled longer ago than the installation keeps it."""
    if settings.DOCUMENTS_DAYS:
        forgetting.forget(timezone.now() - timedelta(days=settings.DOCUMENTS_DAYS))


def prune() -> None:
    """Notes of calls, events of webhooks, sessions that have ended, and django-q2's own rows of failed tasks."""
    exchange_log.prune()
    WebhookEvent.objects.filter(received_at__lt=timezone.now() - WEBHOOKS_KEPT).delete()
    call_command("clearsessions")
    Task.objects.filter(stopped__lt=timezone.now() - TASKS_KEPT).delete()


def _queue_probes(now: datetime) -> None:
    """A suspended connection is asked once in six hours and rarer, and one that a person suspended not at all."""
    suspended = Connection.objects.filter(health=Health.SUSPENDED, health_until__lte=now)
    for connection in suspended:
        with transaction.atomic():
            same = suspended.filter(pk=connection.pk, health_until=connection.health_until)
            if same.update(health_until=next_probe(connection, now)):
                async_task("integrations.tasks.probe", connection.pk)
