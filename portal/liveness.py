"""Whether the workers live, as the whole portal sees it: by the heartbeats in the database (E28)."""

from datetime import datetime, timedelta

from django.db import models
from django.utils import timezone

# The tick comes once a minute, so three in a row are missing before anything is done.
KILLED_AFTER = timedelta(seconds=180)
TOLD_AFTER = timedelta(minutes=4)

# The supervisor's own row tells which workers it started, not that they live.
SUPERVISOR = "supervisor"


def last_sign_of_life() -> datetime | None:
    """Now while a run's lease is fresh, else the latest heartbeat of any worker; aware UTC or None."""
    from integrations.models import Heartbeat, Integration

    now = timezone.now()
    leases = Integration.objects.filter(lease_until__gt=now).values_list("lease_until")
    beats = Heartbeat.objects.exclude(name__startswith=SUPERVISOR).values_list("at")
    seen = [moment for (moment,) in beats.union(leases, all=True)]  # one question; both are a few rows
    return min(now, max(seen)) if seen else None


def workers_stopped() -> bool:
    """True when no worker has shown a sign of life for four minutes, or ever."""
    return has_stopped(last_sign_of_life())


def has_stopped(seen: datetime | None) -> bool:
    return seen is None or timezone.now() - seen > TOLD_AFTER


def overdue() -> list[str]:
    """Names of the integrations that are two cadences past their next run, or had no good one for as long."""
    from integrations.engine import silence
    from integrations.models import Integration

    now = timezone.now()
    late = Integration.objects.filter(enabled=True, next_run_at__lt=now - timedelta(minutes=10))
    unheard = [integration.name for integration, _ in silence.silent(now)]
    waiting = [
        integration.name
        for integration in late.only("name", "next_run_at", "schedule", "every_minutes")
        if integration.next_run_at and now - integration.next_run_at > _patience(integration)
    ]
    return sorted({*waiting, *unheard})


def _patience(integration: models.Model) -> timedelta:
    """Two cadences; a daily or cron schedule says itself when it was due, so ten minutes will do."""
    every = getattr(integration, "every_minutes", 0) if getattr(integration, "schedule", "") == "every" else 0
    return max(timedelta(minutes=10), timedelta(minutes=2 * every))
