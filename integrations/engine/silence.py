"""Integrations from which nothing good has been heard for longer than their schedule allows."""

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import OuterRef, Subquery

from integrations import events
from integrations.models import Integration, Run, ScheduleKind

GRACE = timedelta(minutes=10)


def look(now: datetime) -> None:
    """Tell of each one that is silent; who listens tells people once."""
    for integration, since in silent(now):
        events.tell(events.integration_silent, integration=integration, since=since)


def silent(now: datetime) -> list[tuple[Integration, datetime | None]]:
    """Those that run by a schedule and whose last good run is two cadences old, each with its moment.

    Where a connection is waiting for a person, that has been told by itself.
    """
    runs = Run.objects.filter(integration=OuterRef("pk"))
    good = runs.filter(failure="").exclude(finished_at=None).order_by("-started_at").values("finished_at")[:1]
    first = runs.order_by("started_at").values("started_at")[:1]
    rows = Integration.objects.filter(enabled=True).exclude(schedule=ScheduleKind.MANUAL).exclude(next_run_at=None)
    heard_of: Any = rows.annotate(last_good=Subquery(good), first_run=Subquery(first))
    found: list[tuple[Integration, datetime | None]] = []
    for integration in heard_of.select_related("source", "target").order_by("name"):
        if not (integration.source.usable and integration.target.usable):
            continue
        heard: datetime | None = integration.last_good
        since = heard or integration.first_run or integration.next_run_at
        if since and now > _patience_ends(integration, since):
            found.append((integration, heard))
    return found


def _patience_ends(integration: Integration, since: datetime) -> datetime:
    """When two runs were due after that moment and had time to come; ten minutes at the least."""
    if integration.schedule == ScheduleKind.EVERY:
        return since + max(GRACE, timedelta(minutes=2 * integration.every_minutes))
    try:
        first = integration.next_due(since)
        second = integration.next_due(first) if first else None
    except ValidationError:
        second = None
    return (second or since + timedelta(days=2)) + GRACE
