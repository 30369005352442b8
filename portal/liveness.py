"""Whether the workers live, as the whole portal sees it: by the heartbeats in the database (E28)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import F, QuerySet
from django.utils import timezone

# The tick comes once a minute, so three in a row are missing before anything is done.
KILLED_AFTER = timedelta(seconds=180)
TOLD_AFTER = timedelta(minutes=4)

# The supervisor's own row tells which workers it started, not that they live.
SUPERVISOR = "supervisor"


def last_sign_of_life() -> datetime | None:
    """Now while a run's lease is fresh, else the latest heartbeat of any worker; aware UTC or None."""
    beats, leases = signs()
    return latest(moment for (moment,) in beats.union(leases, all=True))


def signs() -> tuple[QuerySet[Any, Any], QuerySet[Any, Any]]:
    """Heartbeats and fresh leases, each with its `moment`: a few rows, for one question."""
    from integrations.models import Heartbeat, Integration

    beats = Heartbeat.objects.exclude(name__startswith=SUPERVISOR).annotate(moment=F("at"))
    leases = Integration.objects.filter(lease_until__gt=timezone.now()).annotate(moment=F("lease_until"))
    return beats.values_list("moment"), leases.values_list("moment")


def latest(moments: Iterable[datetime]) -> datetime | None:
    """The last of what `signs` found, a lease being as good as now."""
    seen = list(moments)
    return min(timezone.now(), max(seen)) if seen else None


def workers_stopped() -> bool:
    """True when no worker has shown a sign of life for four minutes, or ever."""
    return has_stopped(last_sign_of_life())


def has_stopped(seen: datetime | None) -> bool:
    return seen is None or timezone.now() - seen > TOLD_AFTER


def overdue() -> list[str]:
    """Names of the integrations that are two cadences past their next run, or had no good one for as long."""
    from integrations.engine import silence

    now = timezone.now()
    awaited = silence.awaited()
    unheard = [integration.name for integration, _ in silence.silent_among(awaited, now)]
    waiting = [
        integration.name
        for integration in awaited
        if integration.next_run_at and now - integration.next_run_at > _patience(integration)
    ]
    return sorted({*waiting, *unheard})


def _patience(integration: models.Model) -> timedelta:
    """Two cadences; a daily or cron schedule says itself when it was due, so ten minutes will do."""
    every = getattr(integration, "every_minutes", 0) if getattr(integration, "schedule", "") == "every" else 0
    return max(timedelta(minutes=10), timedelta(minutes=2 * every))
