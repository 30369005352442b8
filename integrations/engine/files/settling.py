"""Committing what became of a file: attached, refused, in doubt, or to be tried again; each with its entry.

A file that cannot be attached flags its record and holds nothing. What may pass is tried again by itself, at first
soon, then daily; the rest when somebody replays the record.
"""

import hashlib
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from audit.trail import log_many
from integrations.documents import PreparedWrite
from integrations.engine import intents, trail
from integrations.engine.slice import Slice, back_off, in_seconds
from integrations.errors import CounterfoilError, RetryLaterError
from integrations.explanations import sentence
from integrations.file_documents import AttachedFile
from integrations.models import FileState, Flag, InvoiceFile, Outcome, Record, Request, RequestLine

STEP = "attach"
FLAG = "file-not-attached"
MOST_ATTEMPTS = 5
DAILY = timedelta(days=1)
FIELDS = ["state", "explanation", "attempts", "not_before", "sha256", "length", "target_name", "target_key"]


def _mine(slice_: Slice) -> "QuerySet[InvoiceFile]":
    rows = InvoiceFile.objects.filter(posting__record__integration=slice_.integration)
    return rows.select_related("posting__record__document", "request_line__request")


def mark_lost(slice_: Slice) -> None:
    """Intents of a worker that no longer holds the lease: nobody knows whether they were sent."""
    for row in _mine(slice_).filter(state=FileState.ATTACHING):
        if row.request_line is not None:
            doubt(slice_, row, row.request_line.request, intents.WORKER_STOPPED)


def doubtful(slice_: Slice) -> list[InvoiceFile]:
    """Those whose lost write must have ended by now; the others keep their time."""
    now, due = timezone.now(), []
    for row in _mine(slice_).filter(state=FileState.DOUBT).order_by("pk"):
        if row.not_before is not None and row.not_before > now:
            slice_.wake_at(row.not_before)
        else:
            due.append(row)
    return due


def intend(slice_: Slice, row: InvoiceFile, prepared: PreparedWrite) -> RequestLine | None:
    """Commit what is about to be sent; None when another worker has it."""
    with transaction.atomic():
        slice_.fence()
        if not InvoiceFile.objects.filter(pk=row.pk, state=FileState.WAITING).update(state=FileState.ATTACHING):
            return None
        request = intents.request_for(slice_, slice_.integration.target, prepared)
        line = RequestLine.objects.create(
            request=request,
            posting=row.posting,
            step=STEP,
            content_version=row.sha256,
            attempt=intents.attempts([row.posting])[row.posting_id, STEP, row.sha256] + 1,
        )
        row.state, row.request_line = FileState.ATTACHING, line
        row.save(update_fields=[*FIELDS, "request_line"])
        _tell(slice_, row, "file.intended", attempt=line.attempt, request=request.pk)
    return line


def attached(slice_: Slice, row: InvoiceFile, line: RequestLine, stored: AttachedFile) -> None:
    with transaction.atomic():
        slice_.fence()
        _answered(line, Outcome.DONE)
        _hangs(slice_, row, stored, "file.attached")


def found(slice_: Slice, row: InvoiceFile, stored: AttachedFile) -> None:
    """Exactly these bytes hang there under this name already: nothing is written."""
    with transaction.atomic():
        slice_.fence()
        _hangs(slice_, row, stored, "file.found")


def looked_up(slice_: Slice, row: InvoiceFile, stored: AttachedFile | None) -> None:
    with transaction.atomic():
        slice_.fence()
        if row.request_line is not None:
            _answered(row.request_line, Outcome.FOUND if stored else Outcome.ABSENT)
        if stored is not None:
            _hangs(slice_, row, stored, "file.found")
            return
        row.state, row.not_before, row.attempts = FileState.WAITING, None, row.attempts + 1
        row.save(update_fields=FIELDS)
        _tell(slice_, row, "file.absent")


def doubt(slice_: Slice, row: InvoiceFile, request: Request, why: str) -> None:
    """No answer: nobody writes again until the write must have ended and was looked up (E2)."""
    with transaction.atomic():
        slice_.fence()
        intents.put_in_doubt(request, why)
        row.state, row.not_before = FileState.DOUBT, request.settles_at
        row.save(update_fields=FIELDS)
        _tell(slice_, row, "file.in_doubt", request=request.pk)
    slice_.wake_at(request.settles_at)


def not_sent(slice_: Slice, row: InvoiceFile, line: RequestLine, why: str, *, refused: bool = False) -> None:
    """It provably did not take effect."""
    with transaction.atomic():
        slice_.fence()
        _answered(line, Outcome.REFUSED if refused else Outcome.DROPPED, why)
        row.state = FileState.WAITING
        row.save(update_fields=FIELDS)


def failed(slice_: Slice, rows: Sequence[InvoiceFile], error: CounterfoilError) -> None:
    """What may pass is tried again by the clock; the rest waits for a person."""
    if not isinstance(error, RetryLaterError):
        for row in rows:
            refuse(slice_, row, sentence(error))
        return
    with transaction.atomic():
        slice_.fence()
        for row in rows:
            row.attempts += 1
            late = row.attempts >= MOST_ATTEMPTS
            seconds = error.seconds or back_off(row.attempts)
            row.not_before = timezone.now() + DAILY if late else error.not_before or in_seconds(seconds)
            row.state, row.explanation = FileState.WAITING, sentence(error)[:300]
            row.save(update_fields=FIELDS)
            slice_.wake_at(row.not_before)


def refuse(slice_: Slice, row: InvoiceFile, why: str, content: bytes | None = None) -> None:
    with transaction.atomic():
        slice_.fence()
        if content is not None:
            row.sha256, row.length = hashlib.sha256(content).hexdigest(), len(content)
        row.state, row.not_before, row.explanation = FileState.REFUSED, None, why[:300]
        row.save(update_fields=FIELDS)
        _tell(slice_, row, "file.not_attached", why=why)


def gone(slice_: Slice, row: InvoiceFile) -> None:
    """People took it off the bill at the source before it was attached: nothing to flag."""
    with transaction.atomic():
        slice_.fence()
        row.state, row.explanation = FileState.GONE, "It no longer hangs on the bill at the source."
        row.save(update_fields=FIELDS)
        _tell(slice_, row, "file.not_attached", why=row.explanation)


def reflect(slice_: Slice, record: Record) -> None:
    """The record's flag says what could not be attached and why, and goes when all of it is."""
    rows = InvoiceFile.objects.filter(posting__record=record).order_by("pk")
    wrong = [
        row
        for row in rows
        if row.state == FileState.REFUSED or (row.state == FileState.WAITING and row.attempts >= MOST_ATTEMPTS)
    ]
    with transaction.atomic():
        slice_.fence()
        flag = Flag.objects.filter(record=record, kind=FLAG, closed_at=None).first()
        if not wrong:
            Flag.objects.filter(record=record, kind=FLAG, closed_at=None).update(closed_at=timezone.now())
            return
        said = "\n".join(f"“{row.name}” is not attached: {row.explanation}" for row in wrong)[:500]
        if flag is not None:
            Flag.objects.filter(pk=flag.pk).update(explanation=said)
            return
        Flag.objects.create(record=record, kind=FLAG, explanation=said, opened_at=timezone.now())
        log_many([trail.event("record.flagged", record, kind=FLAG, explanation=said)])


def _hangs(slice_: Slice, row: InvoiceFile, stored: AttachedFile, action: str) -> None:
    row.state, row.explanation, row.not_before = FileState.ATTACHED, "", None
    row.target_key, row.target_name, row.attached_at = stored.key, stored.name, timezone.now()
    row.save(update_fields=[*FIELDS, "attached_at"])
    _tell(slice_, row, action)


def _tell(slice_: Slice, row: InvoiceFile, action: str, **more: object) -> None:
    """The name, the length and the hash stay in the trail, whatever becomes of payloads (A105)."""
    about = {"file": row.name, "bytes": row.length, "sha256": row.sha256, "target": slice_.integration.target.label}
    log_many([trail.event(action, row.posting.record, **about, **more)])


def _answered(line: RequestLine, outcome: Outcome, why: str = "") -> None:
    RequestLine.objects.filter(pk=line.pk).update(outcome=outcome)
    intents.answered(line.request, outcome, why)
