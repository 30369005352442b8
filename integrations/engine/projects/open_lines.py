"""Writes of records on their way into a project of which nobody knows what became (E1, E2)."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from audit.trail import log_many
from integrations.engine import intents, trail
from integrations.engine.projects import ending, standing
from integrations.engine.slice import Slice
from integrations.models import Outcome, Record, Request, RequestLine, Work


def unsettled(record: Record) -> bool:
    """Whether something was sent for it of which nobody knows what became."""
    return _of(record).exists()


def settles_at(record: Record) -> datetime | None:
    """When the last of its open writes must have ended; None when there is none."""
    return _of(record).order_by("-request__settles_at").values_list("request__settles_at", flat=True).first()


def of_record(record: Record) -> list[RequestLine]:
    return list(_of(record).select_related("request__connection", "posting").order_by("pk"))


def settle(slice_: Slice, record: Record, found: Mapping[int, bool]) -> None:
    """Close these of its open lines by what was looked up: per line whether it happened. The record waits again."""
    lines = [line for line in of_record(record) if line.pk in found]
    with transaction.atomic():
        slice_.fence()
        events = []
        for line in lines:
            there = found[line.pk]
            line.outcome = Outcome.FOUND if there else Outcome.ABSENT
            line.save(update_fields=["outcome"])
            intents.answered(line.request, Outcome(line.outcome))
            events.append(
                trail.event(
                    "step.found" if there else "step.absent",
                    record,
                    target=line.request.connection.label,
                    step=f"the step “{line.step}”",
                    request=line.request_id,
                )
            )
        ending.waits_again(record)
        log_many(events)


def mark_lost(slice_: Slice) -> None:
    """Intents of a worker that no longer holds the lease: nobody knows whether they were sent."""
    lost = Request.objects.filter(
        outcome=Outcome.INTENDED,
        lines__posting__record__integration=slice_.integration,
        lines__posting__kind__in=standing.KINDS,
    ).distinct()
    for request in lost:
        with transaction.atomic():
            slice_.fence()
            records = Record.objects.filter(postings__lines__request=request, work=Work.POSTING)
            label = slice_.integration.target.label
            found = list(records.select_related("document"))
            intents.put_records_in_doubt(request, found, intents.WORKER_STOPPED, "step.in_doubt", label)


def every() -> QuerySet[RequestLine]:
    """Of any record: sent, or about to be, and nobody knows what became of it."""
    return RequestLine.objects.filter(posting__kind__in=standing.KINDS, outcome__in=intents.OPEN)


def _of(record: Record) -> QuerySet[RequestLine]:
    return every().filter(posting__record=record)
