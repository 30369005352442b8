"""Integrations from which nothing good has been heard for longer than their schedule allows."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import OuterRef, Subquery

from integrations import events
from integrations.models import Integration, Run, ScheduleKind

GRACE = timedelta(minutes=10)
Unheard = tuple[Integration, datetime | None]


def look(now: datetime) -> None:
    """Tell of each one that is silent; who listens tells people once."""
    for integration, since in silent(now):
        events.tell(events.integration_silent, integration=integration, since=since)


def silent(now: datetime) -> list[Unheard]:
    """Those that run by a schedule and whose last good run is two cadences old, each with its moment.

    Where a connection is waiting for a person, that has been told by itself.
    """
    return silent_among(awaited(), now)


def awaited() -> list[Any]:
    """Every integration with a next run, and when it was last heard of, in one question."""
    runs = Run.objects.filter(integration=OuterRef("pk"))
    good = runs.filter(failure="").exclude(finished_at=None).order_by("-started_at").values("finished_at")[:1]
    first = runs.order_by("started_at").values("started_at")[:1]
    rows: Any = Integration.objects.filter(enabled=True).exclude(next_run_at=None)
    heard_of = rows.annotate(last_good=Subquery(good), first_run=Subquery(first))
    return list(heard_of.select_related("source", "target").order_by("name"))


def silent_among(rows: Iterable[Any], now: datetime) -> list[Unheard]:
    found: list[Unheard] = []
    for integration in rows:
        if integration.schedule == ScheduleKind.MANUAL:
            continue
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
