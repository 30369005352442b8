"""From one document read to a record per integration that uses its feed (E8), and the tally of what was read (E13)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import F
from django.utils import timezone

from audit.trail import Event
from integrations import installation
from integrations.engine import bulk, removals, trail
from integrations.engine.projects.terms import placing_terms
from integrations.engine.terms import terms_of
from integrations.errors import unreadable
from integrations.models import (
    Connection,
    Integration,
    Posting,
    Record,
    SourceDocument,
    Standing,
    Tally,
    Work,
)
from integrations.pairs import pair
from integrations.pairs.flow import Flow, Keeps, Place, Verdict
from integrations.source_documents import Summary

UNTOUCHABLE = {Work.POSTING, Work.DOUBT, Work.EXCLUDED_PERSON}
STANDS = {Standing.DRAFT, Standing.LEDGER, Standing.REMOVED}
FIELDS = (
    "work",
    "number",
    "vendor_name",
    "vendor_key",
    "currency",
    "amount",
    "base_rate",
    "document_date",
    "hold_reason",
    "explanation",
    "not_before",
    "changed_at",
)
Seen = tuple[SourceDocument, Summary]


@dataclass(frozen=True)
class Listener:
    """An integration that uses a feed, with the flow it uses it for."""

    integration: Integration
    flow: Flow[Any]

    @cached_property
    def terms(self) -> Any:
        """What its pair places documents by; asked for by the first page that holds any."""
        keeps_projects = pair(self.integration.pair).keeps is Keeps.PROJECTS
        return placing_terms(self.integration) if keeps_projects else terms_of(self.integration)


def listeners(connection: Connection, feed: str) -> list[Listener]:
    used = Integration.objects.filter(source=connection).select_related("source", "target__books", "scope")
    return [
        Listener(integration, flow)
        for integration in used
        for flow in pair(integration.pair).flows
        if flow.feed == feed
    ]


def spread(seen: Sequence[Seen], heard_by: Iterable[Listener], *, new: bool) -> tuple[list[Event], set[int]]:
    """Write or update the records of these documents. Returns the events and the documents whose lines are needed."""
    events: list[Event] = []
    needed: set[int] = set()
    here = installation.current()
    for listener in heard_by:
        known = {} if new else _known(listener, seen)
        fresh, changed = [], []
        tally = _TallyChange()
        for document, summary in seen:
            record = known.get(document.pk)
            if record is None:
                record = Record(
                    integration=listener.integration,
                    flow=listener.flow.slug,
                    document=document,
                    look_up_first=here.may_have_forgotten(summary.modified_at),
                )
                fresh.append(record)
            else:
                tally.add(record.currency, -1, -record.amount)
                changed.append(record)
            verdict = listener.flow.place(summary, listener.terms)
            _apply(record, summary, verdict, stands=record.pk is not None and getattr(record, "stands", False))
            tally.add(record.currency, 1, record.amount)
            if record.work in (Work.WAITING, Work.POSTING, Work.DOUBT):
                needed.add(document.pk)
        bulk.insert(fresh)
        bulk.save(changed, FIELDS)
        tally.save(listener)
        events.extend(_told("document.read", record, listener) for record in fresh)
        events.extend(_told("document.changed", record, listener) for record in changed)
    return events, needed


def hold_unreadable(documents: Sequence[SourceDocument], heard_by: Iterable[Listener]) -> list[Event]:
    """Records of documents whose list row cannot be read: held with the field and the reason, counted as read."""
    events: list[Event] = []
    for listener in heard_by:
        tally = _TallyChange()
        for document in documents:
            record, new = Record.objects.get_or_create(
                integration=listener.integration,
                flow=listener.flow.slug,
                document=document,
                defaults={"number": document.number, "changed_at": timezone.now()},
            )
            record = Record.objects.select_for_update().get(pk=record.pk)
            if new:
                tally.add(record.currency, 1, record.amount)
            explanation = unreadable(document.unreadable_reason, document.unreadable_field)
            if record.work in UNTOUCHABLE or (record.work == Work.HELD and record.explanation == explanation):
                continue
            record.work, record.hold_reason, record.explanation = Work.HELD, "invalid-source", explanation
            record.changed_at = timezone.now()
            record.save(update_fields=["work", "hold_reason", "explanation", "changed_at"])
            events.append(trail.event("record.held", record, reason=record.hold_reason, explanation=explanation))
        tally.save(listener)
    return events


def _known(listener: Listener, seen: Sequence[Seen]) -> dict[int, Record]:
    records = Record.objects.filter(
        integration=listener.integration,
        flow=listener.flow.slug,
        document__in=[document.pk for document, _ in seen],
    )
    # Locked: another integration's worker, or a person, may be at its records while this one reads the feed for both.
    locked = list(records.select_for_update().order_by("pk"))
    standing = set(Posting.objects.filter(record__in=records, standing__in=STANDS).values_list("record_id", flat=True))
    rejected = removals.rejected(records)
    documents = {document.pk: document for document, _ in seen}
    known = {}
    for record in locked:
        record.rejected = record.pk in rejected  # type: ignore[attr-defined]
        record.stands = record.pk in standing  # type: ignore[attr-defined]
        record.document = documents[record.document_id]
        known[record.document_id] = record
    return known


def _apply(record: Record, summary: Summary, verdict: Verdict, *, stands: bool) -> None:
    record.number = summary.number
    record.vendor_name, record.vendor_key = summary.vendor.name, summary.vendor.source_id
    record.currency = summary.currency
    record.amount = summary.total
    record.base_rate = summary.base_rate
    record.document_date = summary.date
    record.changed_at = timezone.now()
    if record.pk is not None and record.work in UNTOUCHABLE and not getattr(record, "rejected", False):
        return
    if record.work == Work.HELD or (record.work == Work.WAITING and record.explanation):
        record.not_before = None  # what it said before was to be looked at again later
    record.hold_reason = ""
    if stands or verdict.place is Place.WAITING:
        record.work, record.explanation = Work.WAITING, ""
    else:
        record.work, record.explanation = Work(verdict.place.value), verdict.why
        record.hold_reason = verdict.reason if verdict.place is Place.HELD else ""


def _told(action: str, record: Record, listener: Listener) -> Event:
    return trail.event(
        action,
        record,
        source=listener.integration.source.label,
        vendor=record.vendor_name,
        amount=record.amount,
        currency=record.currency,
        version=record.document.version,
        place=Work(record.work).label,
    )


class _TallyChange:
    """What one page adds to the tally, per currency."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = defaultdict(int)
        self.amounts: dict[str, Decimal] = defaultdict(Decimal)

    def add(self, currency: str, count: int, amount: Decimal) -> None:
        self.counts[currency] += count
        self.amounts[currency] += amount

    def save(self, listener: Listener) -> None:
        for currency, count in self.counts.items():
            if not count and not self.amounts[currency]:
                continue  # nothing moved in this currency
            row, _ = Tally.objects.get_or_create(
                integration=listener.integration, flow=listener.flow.slug, currency=currency
            )
            Tally.objects.filter(pk=row.pk).update(
                count=F("count") + count, amount=F("amount") + self.amounts[currency]
            )
