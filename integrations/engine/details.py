"""Reading the lines of documents whose list row is new or changed: one call each (E31, E32)."""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from audit.trail import Event, log_many
from integrations.engine import bulk, raising, trail
from integrations.engine.slice import Slice, SliceOverError, back_off
from integrations.errors import CounterfoilError, GoneError, InvalidSourceError, RetryLaterError, unreadable
from integrations.explanations import sentence
from integrations.models import Record, SourceDocument, Work
from integrations.systems import system
from integrations.systems.paging import Raw
from integrations.systems.protocols import Source

CHUNK = 100
LOOKED_AT = 500
MOST_FAILURES = 5
NOT_READ_FIELDS = ("detail_due", "detail_not_before", "detail_failures", "unreadable_field", "unreadable_reason")
FIELDS = ("detail", "detail_fingerprint", "detail_read_at", *NOT_READ_FIELDS)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What reading one document's lines came to."""

    document: SourceDocument
    raw: Raw | None = None
    trouble: InvalidSourceError | GoneError | RetryLaterError | None = None


def read_details(slice_: Slice, feed: str, source: Source) -> Iterator[list[int]]:
    """Read what is due, a chunk at a time; yields the ids of the documents of each saved chunk."""
    last = 0
    while due := _due(slice_, feed, last):
        last = due[-1].pk
        answers, stop = _ask(due, source)
        with transaction.atomic():
            slice_.fence()
            _save(slice_, answers)
        if isinstance(stop, CounterfoilError):
            raise stop  # of the whole connection; what was read before is kept for the next slice
        yield [answer.document.pk for answer in answers]
        if stop is not None:
            raise stop


def lacking(slice_: Slice, feed: str, source_ids: Collection[str]) -> list[SourceDocument]:
    """Those of these documents whose lines were never read, or not since the list showed a change."""
    found = SourceDocument.objects.filter(
        Q(detail="") | Q(detail_due=True),
        connection=slice_.integration.source,
        feed=feed,
        source_id__in=source_ids,
        unreadable_reason="",
    )
    return list(found.exclude(detail_not_before__gt=timezone.now()).defer("summary", "detail"))


def read_now(slice_: Slice, documents: Sequence[SourceDocument], source: Source) -> None:
    """Read the lines of these documents, for which others wait."""
    kept = dict(slice_.just_read)
    for start in range(0, len(documents), CHUNK):
        answers, stop = _ask(documents[start : start + CHUNK], source)
        with transaction.atomic():
            slice_.fence()
            _save(slice_, answers)
        slice_.just_read.update(kept)
        if stop is not None:
            raise stop


def _due(slice_: Slice, feed: str, after: int) -> list[SourceDocument]:
    """The next whose lines have to be read.

    In two steps: joined, PostgreSQL without fresh statistics compared every record with every document, which in a
    first run over 2,500 orders took 12 seconds (measured 2026-11).
    """
    flows = [flow.slug for flow in slice_.pair.flows if flow.feed == feed]
    waiting = Record.objects.filter(
        integration=slice_.integration, flow__in=flows, work__in=[Work.WAITING, Work.POSTING, Work.DOUBT]
    )
    due = SourceDocument.objects.filter(
        Q(detail_not_before=None) | Q(detail_not_before__lte=timezone.now()),
        Q(detail_due=True) | Q(detail="", unreadable_reason=""),
    ).defer("summary", "detail")
    in_order = waiting.order_by("document").values_list("document", flat=True)
    while some := list(in_order.filter(document__gt=after)[:LOOKED_AT]):
        if found := list(due.filter(pk__in=some).order_by("pk")[:CHUNK]):
            return found
        after = some[-1]
    return []


def _ask(due: Sequence[SourceDocument], source: Source) -> tuple[list[_Answer], Exception | None]:
    """What was read, and what stopped the reading: the slice's time, or trouble of the whole connection."""
    answers: list[_Answer] = []
    for document in due:
        try:
            answers.append(_Answer(document, raw=source.raw(document.feed, document.read_by or document.source_id)))
        except (InvalidSourceError, GoneError, RetryLaterError) as trouble:
            answers.append(_Answer(document, trouble=trouble))
            if isinstance(trouble, RetryLaterError) and trouble.not_before:
                return answers, SliceOverError()
        except (SliceOverError, CounterfoilError) as stop:
            return answers, stop
    return answers, None


def _save(slice_: Slice, answers: list[_Answer]) -> None:
    parse = system(slice_.integration.source.system).load_parse()
    changed: list[SourceDocument] = []
    slice_.just_read.clear()
    for answer in answers:
        document = answer.document
        if answer.raw is not None:
            text = parse.dumps(answer.raw)
            document.detail = text
            document.detail_fingerprint = hashlib.sha256(text.encode()).hexdigest()
            document.detail_read_at = timezone.now()
            document.detail_due, document.detail_failures = False, 0
            document.unreadable_field = document.unreadable_reason = ""
            slice_.just_read[document.pk] = (document.detail_fingerprint, answer.raw)
        else:
            _put_back(slice_, document, answer.trouble)
        changed.append(document)
    for feed in {document.feed for document in changed}:
        texts = {each.source_id: each.detail for each in changed if each.feed == feed and "detail" in each.__dict__}
        raising.bills_go_on(slice_, feed, texts)
    _save_rows(changed)
    log_many(_hold_unreadable(slice_, [document for document in changed if document.unreadable_reason]))


def _put_back(slice_: Slice, document: SourceDocument, trouble: CounterfoilError | None) -> None:
    """A failed read waits for its time instead of being repeated in the slice (E27); five failures hold."""
    document.detail_failures += 1
    if isinstance(trouble, RetryLaterError) and document.detail_failures < MOST_FAILURES:
        seconds = trouble.seconds or back_off(document.detail_failures)
        document.detail_not_before = trouble.not_before or timezone.now() + timedelta(seconds=seconds)
        slice_.wake_at(document.detail_not_before)
        return
    document.detail_due = False
    document.unreadable_field = trouble.field if isinstance(trouble, InvalidSourceError) else "document"
    document.unreadable_reason = sentence(trouble)[:500] if trouble else ""


def _save_rows(documents: list[SourceDocument]) -> None:
    """What could not be read keeps the lines that were read before."""
    bulk.save_long([document for document in documents if "detail" in document.__dict__], FIELDS)
    bulk.save([document for document in documents if "detail" not in document.__dict__], NOT_READ_FIELDS)


def _hold_unreadable(slice_: Slice, documents: list[SourceDocument]) -> list[Event]:
    reasons = {document.pk: document for document in documents}
    waiting = Record.objects.filter(document__in=reasons, work=Work.WAITING).select_related("document", "integration")
    records = list(waiting.select_for_update(of=("self",)).order_by("pk"))
    for record in records:
        document = reasons[record.document_id]
        record.work, record.hold_reason = Work.HELD, "invalid-source"
        record.explanation = unreadable(document.unreadable_reason, document.unreadable_field)
        record.changed_at = timezone.now()
        slice_.run.held += 1
    bulk.save(records, ["work", "hold_reason", "explanation", "changed_at"])
    return [
        trail.event("record.held", record, reason=record.hold_reason, explanation=record.explanation)
        for record in records
    ]
