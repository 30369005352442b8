"""One write of one record's way into its project: commit the intent, send once, commit the answer (E1 to E3).

While it is under way the record is `posting`; afterwards it waits again, so that whoever writes looks at what stands
and takes the next step. A worker that dies between two steps leaves nothing but that.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from audit.trail import Event, log_many
from integrations.documents import PreparedWrite, VendorWrite
from integrations.engine import intents, trail
from integrations.engine.projects import ending, standing
from integrations.engine.slice import Slice, SliceOverError
from integrations.errors import (
    CounterfoilError,
    GoneError,
    HoldRecordError,
    NeedsPermissionError,
    NotSentError,
    OutcomeUnknownError,
    RejectedError,
)
from integrations.explanations import refused, sentence
from integrations.models import Connection, Outcome, Posting, Record, Request, RequestLine, Work
from integrations.project_documents import ProjectOutcome, ProjectWrite
from integrations.systems.protocols import ProjectBooks

Inside = Callable[[Posting], None]


@dataclass(frozen=True, slots=True)
class Step:
    """One HTTP write. `kind` and `reference` are its posting's, `name` is the step's, `content` what it is bound to."""

    record: Record
    kind: str
    reference: str
    name: str
    write: ProjectWrite | VendorWrite
    content: str
    project: str
    total: Decimal | None = None
    contact: str = ""


@dataclass(frozen=True, slots=True)
class _Intent:
    step: Step
    posting: Posting
    request: Request
    line: RequestLine
    prepared: PreparedWrite
    sent_by: float

    @property
    def told(self) -> dict[str, object]:
        return {
            "target": self.request.connection.label,
            "step": standing.words(self.step.write),
            "request": self.request.pk,
        }


def take(slice_: Slice, target: ProjectBooks, step: Step, *, inside: Inside | None = None) -> ProjectOutcome | None:
    """Write it, at most once. `inside` runs in the intent's transaction and keeps it from being sent by raising.

    None: it was refused and the record is held, or it was not sent, or nobody knows: then the record waits.
    """
    if not slice_.has_time():
        slice_.more = True
        raise SliceOverError
    try:
        intent = _intend(slice_, step, _prepared(target, step), inside)
    except HoldRecordError as error:
        ending.hold(slice_, step.record, error.reason, sentence(error))
        return None
    return _send(slice_, intent, target) if intent is not None else None


def unsettled(record: Record) -> bool:
    """Whether something was sent for it of which nobody knows what became."""
    return _open_lines(record).exists()


def settles_at(record: Record) -> datetime | None:
    """When the last of its open writes must have ended; None when there is none."""
    return _open_lines(record).order_by("-request__settles_at").values_list("request__settles_at", flat=True).first()


def open_lines(record: Record) -> list[RequestLine]:
    return list(_open_lines(record).select_related("request__connection", "posting").order_by("pk"))


def settle(slice_: Slice, record: Record, found: Mapping[int, bool]) -> None:
    """Close these of its open lines by what was looked up: per line whether it happened. The record waits again."""
    lines = [line for line in open_lines(record) if line.pk in found]
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


def _open_lines(record: Record) -> QuerySet[RequestLine]:
    return RequestLine.objects.filter(
        posting__record=record, posting__kind__in=standing.KINDS, outcome__in=intents.OPEN
    )


def _prepared(target: ProjectBooks, step: Step) -> PreparedWrite:
    if isinstance(step.write, VendorWrite):
        return target.prepare_vendors([step.write])
    return target.prepare([step.write])


def _intend(slice_: Slice, step: Step, prepared: PreparedWrite, inside: Inside | None) -> _Intent | None:
    """None where another worker, or a person, took the record meanwhile, or another record has the document."""
    began = time.monotonic()
    with transaction.atomic():
        slice_.fence()
        free = Record.objects.select_for_update().filter(pk=step.record.pk, work=Work.WAITING).exists()
        posting = _posting(slice_, step) if free else None
        if posting is None:
            return None
        if inside is not None:
            inside(posting)
        request = intents.request_for(slice_, slice_.integration.target, prepared)
        line = _line(request, posting, step)
        Record.objects.filter(pk=step.record.pk).update(
            work=Work.POSTING, attempts=F("attempts") + 1, changed_at=timezone.now()
        )
        step.record.work = Work.POSTING
        intent = _Intent(step, posting, request, line, prepared, began + intents.LEAVES_WITHIN)
        log_many([_intended(intent)])
    return intent


def _intended(intent: _Intent) -> Event:
    """What is sent, whole, so that the trail outlives the payloads (A105)."""
    step = intent.step
    details = {**intent.told, "attempt": intent.line.attempt, "content": step.content}
    return trail.event(
        "step.intended",
        step.record,
        **details,
        name=step.name,
        body=intent.request.body_hash,
        document=asdict(step.write),
    )


def _posting(slice_: Slice, step: Step) -> Posting | None:
    """Ours, or made now. Another integration may have the document already: then this record is held (A2)."""
    connection: Connection = slice_.integration.target
    posting, _ = Posting.objects.get_or_create(
        connection=connection,
        kind=step.kind,
        reference=step.reference,
        defaults={"record": step.record, "project": step.project},
    )
    if posting.record_id != step.record.pk and step.kind == standing.VENDOR:
        return None  # another order makes the same vendor just now, and this one waits for it
    if posting.record_id != step.record.pk:
        said = "Another integration already posts this document to the same company."
        ending.hold_in(slice_, step.record, "possible-duplicate", said)
        return None
    return posting


def _line(request: Request, posting: Posting, step: Step) -> RequestLine:
    earlier = intents.attempts([posting])[posting.pk, step.name, step.content]
    return RequestLine.objects.create(
        request=request,
        posting=posting,
        step=step.name,
        content_version=step.content,
        attempt=earlier + 1,
        expected_total=step.total,
        contact=step.contact,
    )


def _send(slice_: Slice, intent: _Intent, target: ProjectBooks) -> ProjectOutcome | None:
    """What became of it is known, or in doubt; nothing else."""
    try:
        outcome = _sent(intent, target)
    except OutcomeUnknownError as error:
        _doubt(slice_, intent, sentence(error))
        return None
    except SliceOverError:
        _not_sent(slice_, intent, NotSentError("the slice's time was up"))
        raise
    except RejectedError as error:
        outcome = ProjectOutcome(refusals=error.refusals or (sentence(error),))
    except (NeedsPermissionError, GoneError) as error:
        return _refused_here(slice_, intent, error)
    except CounterfoilError as error:
        _not_sent(slice_, intent, error)
        raise
    _answered(slice_, intent, outcome)
    return None if outcome.refusals else outcome


def _sent(intent: _Intent, target: ProjectBooks) -> ProjectOutcome:
    key = intent.request.key
    if isinstance(intent.step.write, VendorWrite):
        (vendor,) = target.send_vendors(intent.prepared, key=key, sent_by=intent.sent_by)
        there = vendor.stored.source_id if vendor.stored else ""
        return ProjectOutcome(there, vendor.stored, refusals=vendor.refusals)
    (outcome,) = target.send(intent.prepared, key=key, sent_by=intent.sent_by)
    return outcome


def _refused_here(slice_: Slice, intent: _Intent, error: CounterfoilError) -> ProjectOutcome | None:
    """A project that is not open to us, or a document that is no longer there: this record's trouble alone."""
    if isinstance(error, GoneError) and isinstance(intent.step.write, standing.TAKES_AWAY):
        outcome = ProjectOutcome()
        _answered(slice_, intent, outcome)
        return outcome
    with transaction.atomic():
        slice_.fence()
        _close(intent, Outcome.REFUSED, str(error))
        reason = "no-permission" if isinstance(error, NeedsPermissionError) else "rejected-by-target"
        log_many([trail.event("step.refused", intent.step.record, **intent.told, explanation=str(error))])
        ending.hold_in(slice_, intent.step.record, reason, str(error))
    return None


def _answered(slice_: Slice, intent: _Intent, outcome: ProjectOutcome) -> None:
    step, posting = intent.step, intent.posting
    with transaction.atomic():
        slice_.fence()
        if outcome.stored is not None:
            standing.stand(slice_, posting, outcome.stored)
        elif isinstance(step.write, standing.REMOVALS) and not outcome.refusals:
            standing.gone(slice_, posting)
        posting.save(update_fields=[*standing.FIELDS, "sent_fingerprint"])
        if outcome.refusals:
            _hold_refused(slice_, intent, outcome.refusals)
        else:
            _close(intent, Outcome.DONE)
            ending.waits_again(step.record)
            log_many([trail.event("step.done", step.record, **intent.told, target_id=outcome.target_id)])


def _hold_refused(slice_: Slice, intent: _Intent, words: tuple[str, ...]) -> None:
    """A refusal may name a code or a vendor that changed since the lists were read (E30)."""
    step, target = intent.step, slice_.integration.target
    _close(intent, Outcome.REFUSED, " ".join(words))
    log_many([trail.event("step.refused", step.record, **intent.told, explanation=" ".join(words))])
    ending.hold_in(slice_, step.record, "rejected-by-target", refused(target.system, target.label, words))
    Connection.objects.filter(pk=target.pk).update(lists_read_at=None)


def _doubt(slice_: Slice, intent: _Intent, why: str) -> None:
    """No answer: nothing is written for this record until the write must have ended and was looked up (E2)."""
    with transaction.atomic():
        slice_.fence()
        records, label = [intent.step.record], slice_.integration.target.label
        intents.put_records_in_doubt(intent.request, records, why, "step.in_doubt", label)
    intent.step.record.work, intent.step.record.not_before = Work.DOUBT, intent.request.settles_at
    slice_.wake_at(intent.request.settles_at)


def _not_sent(slice_: Slice, intent: _Intent, error: CounterfoilError) -> None:
    """It provably did not take effect: the record waits for a new attempt, a counted number of times."""
    record, line = intent.step.record, intent.line
    with transaction.atomic():
        slice_.fence()
        _close(intent, Outcome.DROPPED, sentence(error))
        log_many([trail.event("step.not_sent", record, **intent.told, why=sentence(error))])
        same = RequestLine.objects.filter(posting=line.posting, step=line.step, content_version=line.content_version)
        attempt = same.filter(outcome=Outcome.DROPPED).count()
        if said := intents.given_up(error, attempt, slice_.integration.target.label):
            ending.hold_in(slice_, record, "rejected-by-target", said)
            return
        ending.waits_again(record, intents.again_at(error, attempt), attempts=attempt)


def _close(intent: _Intent, outcome: Outcome, why: str = "") -> None:
    intents.answered(intent.request, outcome, why)
    intent.line.outcome = outcome
    intent.line.save(update_fields=["outcome"])
