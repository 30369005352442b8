"""The tick, once a minute: what is due is woken, what died is woken again. It calls nobody over the network."""

import logging
from collections.abc import Callable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django_q.tasks import async_task

from integrations import counting, events, installation
from integrations.engine import heartbeats, housekeeping, running, silence, stopping
from integrations.engine.health import may_be_called
from integrations.engine.projects import looking
from integrations.errors import CounterfoilError
from integrations.models import Integration, Run, ScheduleKind
from integrations.webhooks import acting
from integrations.webhooks import silence as webhook_silence

logger = logging.getLogger("counterfoil.engine")


def tick() -> None:
    """Every part by itself: a setting that cannot be read in one must not stop the others."""
    heartbeats.beat(heartbeats.TICK)
    now = timezone.now()
    parts: tuple[Callable[[datetime], object], ...] = (
        _look_at_ourselves,
        _wake_due,
        _wake_left,
        _wake_again,
        silence.look,
        housekeeping.queue_due,
        looking.queue_due,
        counting.look,
        acting.look,
        webhook_silence.look,
        _tell_listeners,
    )
    for part in parts:
        try:
            part(now)
        except (CounterfoilError, ValidationError):
            logger.exception("the tick could not do a part of its work")


def queue_slice(integration_id: int, asked_by: int | None = None) -> None:
    """Wake a worker for this integration; in a transaction, once it is committed where the database is the broker."""
    async_task("integrations.tasks.run_slice", *([integration_id, asked_by] if asked_by else [integration_id]))


def go_on(integration_id: int, asked_by: int | None = None) -> None:
    """One slice, and what comes after it: the next one at once, or a later moment than the schedule's next.

    `asked_by` is whoever pressed the button; the run that begins with it says so.
    """
    with stopping.heeding() as asked_to_stop:
        result = running.run_slice(integration_id, asked_by=asked_by, stopping=asked_to_stop)
    if result.more:
        queue_slice(integration_id)
    if result.not_before is not None:
        _plan(integration_id, result.not_before)


def _plan(integration_id: int, moment: datetime) -> None:
    """Wake it for the work that it left: by moving its schedule's next run forward, or beside it where it has none."""
    mine = Integration.objects.filter(pk=integration_id)
    if not mine.filter(enabled=True).exclude(schedule=ScheduleKind.MANUAL).exists():
        mine.filter(Q(left_until=None) | Q(left_until__gt=moment)).update(left_until=moment)
        return
    mine.filter(Q(next_run_at=None) | Q(next_run_at__gt=moment)).update(next_run_at=moment)


def _look_at_ourselves(now: datetime) -> None:
    """A restored or copied database is told of within a minute, not only when there is something to post (E5)."""
    installation.in_doubt()


def _wake_due(now: datetime) -> None:
    due = Integration.objects.filter(Q(next_run_at=None) | Q(next_run_at__lte=now), enabled=True)
    for integration in due.select_related("source", "target"):
        try:
            _wake(integration, now)
        except ValidationError:
            logger.exception("integration %s: its schedule cannot be read", integration.pk)


def _wake(integration: Integration, now: datetime) -> None:
    """Whoever moves `next_run_at` on has it; a connection that may not be called leaves it due."""
    planned = integration.next_run_at
    if planned is None and integration.schedule == ScheduleKind.MANUAL:
        return
    if planned is not None and not (may_be_called(integration.source, now) and may_be_called(integration.target, now)):
        return
    following = integration.next_due(now)
    with transaction.atomic():
        mine = Integration.objects.filter(pk=integration.pk, next_run_at=planned).update(next_run_at=following)
        if mine and planned is not None:
            queue_slice(integration.pk)


def _wake_left(now: datetime) -> None:
    """Retries and doubts of an integration that runs by hand only: nothing else would wake it for them."""
    left = Integration.objects.filter(left_until__lte=now).select_related("source", "target")
    for integration in left:
        if may_be_called(integration.source, now) and may_be_called(integration.target, now):
            with transaction.atomic():
                mine = Integration.objects.filter(pk=integration.pk, left_until=integration.left_until)
                if mine.update(left_until=None):
                    queue_slice(integration.pk)


def _tell_listeners(now: datetime) -> None:
    events.tell(events.ticked, now=now)


def _wake_again(now: datetime) -> None:
    """Runs that nobody works on: their worker died, or the task for their next slice was lost."""
    free = Q(integration__lease_until=None) | Q(integration__lease_until__lte=now)
    open_runs = Run.objects.filter(free, finished_at=None).select_related("integration__source", "integration__target")
    for run in open_runs:
        if may_be_called(run.integration.source, now) and may_be_called(run.integration.target, now):
            queue_slice(run.integration_id)
