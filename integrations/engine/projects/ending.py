"""Where a record is left: waiting again, held, or done; each with its entry."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from audit.trail import log_many
from integrations.engine import settling, trail
from integrations.engine.slice import Slice
from integrations.errors import GoneError, HoldRecordError, InvalidSourceError, NeedsPermissionError
from integrations.explanations import sentence
from integrations.models import Record, Work

FIELDS = ("work", "hold_reason", "explanation", "not_before", "attempts", "changed_at")


@contextmanager
def alone(slice_: Slice, record: Record) -> Iterator[None]:
    """What is closed to us, gone or wrong about this record holds it, and keeps no other waiting.

    A project is on the application's list or not, and its tools have permissions of their own.
    """
    try:
        with settling.alone(slice_, record):
            yield
    except NeedsPermissionError as error:
        hold(slice_, record, "no-permission", str(error))
    except GoneError as error:
        hold(slice_, record, "rejected-by-target", sentence(error))
    except InvalidSourceError as error:
        hold(slice_, record, error.reason, error.told)
    except HoldRecordError as error:
        hold(slice_, record, error.reason, sentence(error))


def hold(slice_: Slice, record: Record, reason: str, explanation: str) -> None:
    with transaction.atomic():
        slice_.fence()
        hold_in(slice_, record, reason, explanation)


def hold_in(slice_: Slice, record: Record, reason: str, explanation: str) -> None:
    """As `hold`, in a transaction that was fenced. Told once, however often it is found again."""
    told = (record.work, record.hold_reason, record.explanation) == (Work.HELD, reason, explanation)
    if not leave(record, Work.HELD, reason, explanation):
        return
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
) -> bool:
    """False where a person took the record out meanwhile: it stays where they put it."""
    if Record.objects.select_for_update().values_list("work", flat=True).get(pk=record.pk) == Work.EXCLUDED_PERSON:
        record.refresh_from_db(fields=FIELDS)
        return False
    record.work, record.hold_reason, record.explanation = work, reason, explanation
    record.not_before, record.attempts, record.changed_at = until, attempts, timezone.now()
    record.save(update_fields=FIELDS)
    return True
