"""Where a record is left: waiting again, held, or done; each with its entry."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from audit.trail import log_many
from integrations.engine import trail
from integrations.engine.slice import Slice
from integrations.models import Record, Work

FIELDS = ("work", "hold_reason", "explanation", "not_before", "attempts", "changed_at")


def hold(slice_: Slice, record: Record, reason: str, explanation: str) -> None:
    with transaction.atomic():
        slice_.fence()
        hold_in(slice_, record, reason, explanation)


def hold_in(slice_: Slice, record: Record, reason: str, explanation: str) -> None:
    """As `hold`, in a transaction that was fenced. Told once, however often it is found again."""
    told = (record.work, record.hold_reason, record.explanation) == (Work.HELD, reason, explanation)
    leave(record, Work.HELD, reason, explanation)
    slice_.run.held += 1
    if not told:
        log_many([trail.event("record.held", record, reason=reason, explanation=explanation)])


def waits_again(record: Record, until: datetime | None = None, *, attempts: int = 0) -> None:
    """In a transaction that was fenced."""
    leave(record, Work.WAITING, "", "", until=until, attempts=attempts)


def leave(
    record: Record,
    work: Work,
    reason: str,
    explanation: str,
    *,
    until: datetime | None = None,
    attempts: int = 0,
) -> None:
    record.work, record.hold_reason, record.explanation = work, reason, explanation
    record.not_before, record.attempts, record.changed_at = until, attempts, timezone.now()
    record.save(update_fields=FIELDS)
