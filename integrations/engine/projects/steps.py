"""One write on the way of records into their project: commit the intent, send once, commit the answer (E1 to E3).

While it is under way the record is `posting`; afterwards it waits again, so that whoever writes looks at what stands
and takes the next step. A worker that dies between two steps leaves nothing but that.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from audit.trail import Event, log_many
from integrations.documents import PreparedWrite
from integrations.engine import intents, trail
from integrations.engine.projects import ending, open_lines, standing
from integrations.engine.slice import Slice, SliceOverError
from integrations.errors import (
    CounterfoilError,
    GoneError,
    HoldRecordError,
    NeedsPermissionError,
    OutcomeUnknownError,
    RejectedError,
)
from integrations.explanations import refused, sentence
from integrations.models import Connection, Outcome, Posting, Record, Request, RequestLine, Work
from integrations.pairs.xero_procore.documents import SourceLine
from integrations.pairs.xero_procore.lookups import LookedUp
from integrations.project_writes import ProjectOutcome, ProjectWrite
from integrations.systems.protocols import ProjectBooks
from integrations.vendor_documents import VendorWrite

Inside = Callable[[Posting], None]


@dataclass(frozen=True, slots=True)
class Step:
    """One HTTP write. `kind` and `reference` are its posting's, `name` is the step's, `content` what it is bound to.

    `source` are the lines of the source document that it was made of, `coded` by what they got their codes. What may
    be left out holds nothing when it is refused.
    """

    record: Record
    kind: str
    reference: str
    name: str
    write: ProjectWrite | VendorWrite
    content: str
    project: str
    total: Decimal | None = None
    contact: str = ""
    source: tuple[SourceLine, ...] = ()
    coded: tuple[LookedUp, ...] = ()
    may_be_left_out: bool = False


@dataclass(frozen=True, slots=True)
class _Part:
    """What one record has of a write."""

    step: Step
    posting: Posting
    line: RequestLine

    @property
    def told(self) -> dict[str, object]:
        request = self.line.request
        return {
            "target": request.connection.label,
            "step": standing.words(self.step.write),
            "request": request.pk,
        }


@dataclass(frozen=True, slots=True)
class _Intent:
    parts: tuple[_Part, ...]
    request: Request
    prepared: PreparedWrite
    sent_by: float


def take(slice_: Slice, target: ProjectBooks, step: Step, *, inside: Inside | None = None) -> ProjectOutcome | None:
    """Write it, at most once. `inside` runs in the intent's transaction and keeps it from being sent by raising.

    None: it was refused and the record is held, or it was not sent, or nobody knows: then the record waits.
    """
    (outcome,) = take_together(slice_, target, [step], inside={step.record.pk: inside} if inside else {})
    return outcome


def take_together(
    slice_: Slice, target: ProjectBooks, steps: Sequence[Step], *, inside: Mapping[int, Inside]
) -> list[ProjectOutcome | None]:
    """Steps of one kind that the target takes in one request, each of another record; otherwise as `take`.

    One intent, one write, and an outcome of its own for each. `inside` by record; none of several may keep the others
    from being sent. A request that is refused as a whole is sent again step by step.
    """
    if not slice_.has_time():
        slice_.more = True
        raise SliceOverError
    can_be_held = [step for step in steps if _can_be_held(slice_, target, step)]
    try:
        intent = _intend(slice_, target, can_be_held, inside) if can_be_held else None
    except HoldRecordError as error:
        if len(steps) > 1:
            raise
        ending.hold(slice_, steps[0].record, error.reason, sentence(error))
        return [None]
    outcomes = _send(slice_, intent, target) if intent is not None else {}
    return [outcomes.get(step.record.pk) for step in steps]


def _can_be_held(slice_: Slice, target: ProjectBooks, step: Step) -> bool:
    try:
        _prepared(target, [step])
    except HoldRecordError as error:
        ending.hold(slice_, step.record, error.reason, sentence(error))
        return False
    return True


def _prepared(target: ProjectBooks, steps: Sequence[Step]) -> PreparedWrite:
    vendors = [step.write for step in steps if isinstance(step.write, VendorWrite)]
    if vendors:
        return target.prepare_vendors(vendors)
    return target.prepare([step.write for step in steps if not isinstance(step.write, VendorWrite)])


def _intend(slice_: Slice, target: ProjectBooks, steps: Sequence[Step], inside: Mapping[int, Inside]) -> _Intent | None:
    """None where none is left: another worker, or a person, took the record, another record has the document, or
    something of it is still in doubt (E2)."""
    began = time.monotonic()
    with transaction.atomic():
        slice_.fence()
        found = _free(slice_, steps)
        if not found:
            return None
        for step, posting in found:
            if step.record.pk in inside:
                inside[step.record.pk](posting)
        prepared = _prepared(target, [step for step, _ in found])
        request = intents.request_for(slice_, slice_.integration.target, prepared)
        parts = tuple(_Part(step, posting, _line(request, posting, step)) for step, posting in found)
        Record.objects.filter(pk__in=[step.record.pk for step, _ in found]).update(
            work=Work.POSTING, attempts=F("attempts") + 1, changed_at=timezone.now()
        )
        for step, _ in found:
            step.record.work = Work.POSTING
        log_many([_intended(part) for part in parts])
    return _Intent(parts, request, prepared, began + intents.LEAVES_WITHIN)


def _free(slice_: Slice, steps: Sequence[Step]) -> list[tuple[Step, Posting]]:
    """Those whose record waits with nothing in doubt, and whose document is no other record's."""
    ids = [step.record.pk for step in steps]
    waiting = Record.objects.select_for_update().filter(pk__in=ids, work=Work.WAITING).order_by("pk")
    free = set(waiting.values_list("pk", flat=True))
    sure = [step for step in steps if step.record.pk in free and not open_lines.unsettled(step.record)]
    postings = [(step, _posting(slice_, step)) for step in sure]
    return [(step, posting) for step, posting in postings if posting is not None]


def _intended(part: _Part) -> Event:
    """What is sent, whole, so that the trail outlives the payloads (A105)."""
    step = part.step
    details = {**part.told, "attempt": part.line.attempt, "content": step.content}
    if step.source:
        details["source"] = [asdict(line) for line in step.source]
        details["coded"] = [asdict(line) for line in step.coded]
    return trail.event(
        "step.intended",
        step.record,
        **details,
        name=step.name,
        body=part.line.request.body_hash,
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


def _send(slice_: Slice, intent: _Intent, target: ProjectBooks) -> dict[int, ProjectOutcome]:
    """What became of it is known, or in doubt; nothing else. By record, without those that were refused."""
    try:
        outcomes = _sent(intent, target)
    except OutcomeUnknownError as error:
        _doubt(slice_, intent, sentence(error))
        return {}
    except SliceOverError:
        _not_sent(slice_, intent, intents.out_of_time(), tried=False)
        raise
    except RejectedError as error:
        if len(intent.parts) > 1:
            return _one_by_one(slice_, intent, target, error)
        outcomes = [ProjectOutcome(refusals=error.refusals or (sentence(error),))]
    except (NeedsPermissionError, GoneError) as error:
        return _refused_here(slice_, intent, error)
    except CounterfoilError as error:
        _not_sent(slice_, intent, error)
        raise
    _answered(slice_, intent, outcomes)
    pairs = zip(intent.parts, outcomes, strict=True)
    return {part.step.record.pk: outcome for part, outcome in pairs if not outcome.refusals}


def _sent(intent: _Intent, target: ProjectBooks) -> list[ProjectOutcome]:
    key = intent.request.key
    if isinstance(intent.parts[0].step.write, VendorWrite):
        made = target.send_vendors(intent.prepared, key=key, sent_by=intent.sent_by)
        return [
            ProjectOutcome(vendor.stored.source_id if vendor.stored else "", vendor.stored, refusals=vendor.refusals)
            for vendor in made
        ]
    return target.send(intent.prepared, key=key, sent_by=intent.sent_by)


def _one_by_one(
    slice_: Slice, intent: _Intent, target: ProjectBooks, error: RejectedError
) -> dict[int, ProjectOutcome]:
    """Nothing of it was taken, and its words are not about each of them: so each is asked alone."""
    _not_sent(slice_, intent, error)
    found = {part.step.record.pk: take(slice_, target, part.step) for part in intent.parts}
    return {pk: outcome for pk, outcome in found.items() if outcome is not None}


def _refused_here(slice_: Slice, intent: _Intent, error: CounterfoilError) -> dict[int, ProjectOutcome]:
    """A project that is not open to us, or a document that is no longer there: these records' trouble alone."""
    if isinstance(error, GoneError) and isinstance(intent.parts[0].step.write, standing.TAKES_AWAY):
        outcome = ProjectOutcome()
        _answered(slice_, intent, [outcome])
        return {intent.parts[0].step.record.pk: outcome}
    reason = "no-permission" if isinstance(error, NeedsPermissionError) else "rejected-by-target"
    with transaction.atomic():
        slice_.fence()
        for part in intent.parts:
            _close(part, Outcome.REFUSED, str(error))
            log_many([trail.event("step.refused", part.step.record, **part.told, explanation=str(error))])
            if part.step.may_be_left_out:
                ending.waits_again(part.step.record)
            else:
                ending.hold_in(slice_, part.step.record, reason, str(error))
    return {}


def _answered(slice_: Slice, intent: _Intent, outcomes: Sequence[ProjectOutcome]) -> None:
    with transaction.atomic():
        slice_.fence()
        for part, outcome in zip(intent.parts, outcomes, strict=True):
            _stands(slice_, part, outcome)
            if outcome.refusals:
                _hold_refused(slice_, part, outcome.refusals)
            else:
                _close(part, Outcome.DONE)
                ending.waits_again(part.step.record)
                log_many([trail.event("step.done", part.step.record, **part.told, target_id=outcome.target_id)])


def _stands(slice_: Slice, part: _Part, outcome: ProjectOutcome) -> None:
    if outcome.stored is not None:
        standing.stand(slice_, part.posting, outcome.stored)
    elif isinstance(part.step.write, standing.REMOVALS) and not outcome.refusals:
        standing.gone(slice_, part.posting)
    part.posting.save(update_fields=[*standing.FIELDS, "sent_fingerprint"])


def _hold_refused(slice_: Slice, part: _Part, words: tuple[str, ...]) -> None:
    """A refusal may name a code or a vendor that changed since the lists were read (E30)."""
    record, target = part.step.record, slice_.integration.target
    _close(part, Outcome.REFUSED, " ".join(words))
    log_many([trail.event("step.refused", record, **part.told, explanation=" ".join(words))])
    if part.step.may_be_left_out:
        ending.waits_again(record)
        return
    ending.hold_in(slice_, record, "rejected-by-target", refused(target.system, target.label, words))
    Connection.objects.filter(pk=target.pk).update(lists_read_at=None)


def _doubt(slice_: Slice, intent: _Intent, why: str) -> None:
    """No answer: nothing is written for these records until the write must have ended and was looked up (E2)."""
    records, settles_at = [part.step.record for part in intent.parts], intent.request.settles_at
    with transaction.atomic():
        slice_.fence()
        label = slice_.integration.target.label
        intents.put_records_in_doubt(intent.request, records, why, "step.in_doubt", label)
    for record in records:
        record.work, record.not_before = Work.DOUBT, settles_at
    slice_.wake_at(settles_at)


def _not_sent(slice_: Slice, intent: _Intent, error: CounterfoilError, *, tried: bool = True) -> None:
    """It provably did not take effect: each record waits for a new attempt, a counted number of times.

    A call that was never begun was not `tried` and does not count.
    """
    with transaction.atomic():
        slice_.fence()
        for part in intent.parts:
            _waits_for_another(slice_, part, error, tried=tried and intents.was_begun(error))


def _waits_for_another(slice_: Slice, part: _Part, error: CounterfoilError, *, tried: bool) -> None:
    """Attempts count since the record's last step was answered, or somebody let it go on."""
    record = part.step.record
    _close(part, Outcome.DROPPED, sentence(error))
    log_many([trail.event("step.not_sent", record, **part.told, why=sentence(error))])
    attempts = record.attempts + tried
    if tried and (said := intents.given_up(error, attempts, slice_.integration.target.label)):
        ending.hold_in(slice_, record, "rejected-by-target", said)
        return
    ending.waits_again(record, intents.again_at(error, attempts), attempts=attempts)


def _close(part: _Part, outcome: Outcome, why: str = "") -> None:
    """Of a request of several rows the last one's outcome stands on the request; what counts is each line's."""
    intents.answered(part.line.request, outcome, why)
    part.line.outcome = outcome
    part.line.save(update_fields=["outcome"])
