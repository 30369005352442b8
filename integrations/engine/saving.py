"""The records that a chunk of translation leaves where they are, saved together with their entries."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from audit.trail import Event, log_many
from integrations.engine import approvals, bulk, decisions, linked_difference, threads, trail
from integrations.engine.decision_kinds import kind_of
from integrations.engine.plans import Plan
from integrations.engine.slice import Slice
from integrations.models import (
    Billing,
    BillingStage,
    Decision,
    Flag,
    Gap,
    OrderLine,
    Posting,
    Record,
    SourceDocument,
    Work,
)
from integrations.money import ZERO, figure
from integrations.pairs.flow import Claim, Hold, LedgerLine, Note, Translation, Verdict
from mappings import told
from mappings.tables import Tables

FIELDS = (
    "work",
    "hold_reason",
    "explanation",
    "content_version",
    "not_before",
    "changed_at",
    "covered_by",
)


class Saved:
    """What is saved of a chunk, in one transaction at its end; `tables` are those it was translated with."""

    def __init__(self, slice_: Slice, tables: Tables | None = None) -> None:
        self.slice_, self.tables = slice_, tables
        self.records: list[Record] = []
        self.stood: dict[int, str] = {}  # each record's work when it was looked at
        self.held = 0
        self.gaps: list[Gap] = []
        self.flags: list[Flag] = []
        self.closed_flags: list[tuple[int, str]] = []
        self.events: list[Event] = []
        self.read_claims: dict[int, Sequence[Claim]] = {}
        self.taking: dict[int, Sequence[Claim]] = {}
        self.posted: dict[int, Sequence[Claim]] = {}
        self.unclaimed: set[int] = set()
        self.shrink: set[str] = set()
        self.covered: set[str] = set()
        self.ledger: list[tuple[Record, LedgerLine, int]] = []
        self.paid: list[Posting] = []
        self.lapsed: list[Decision] = []
        self.made: Plan | None = None  # the last bill that was made, whether or not it may be written

    def hold(self, record: Record, holds: Sequence[Hold], gaps: Sequence[str] = ()) -> None:
        self._hold(record, holds[0].reason, [*(hold.message for hold in holds), *gaps])

    def lacks(self, record: Record, translation: Translation, holds: Sequence[Hold]) -> None:
        reason = translation.gaps[0].reason if translation.gaps else holds[0].reason if holds else "internal-error"
        now = timezone.now()
        for gap in translation.gaps:
            self.gaps.append(Gap(record=record, table=gap.key.table, key=gap.key.text, label=gap.label, opened_at=now))
        sentences = [*(f"{gap.label}." for gap in translation.gaps), *(hold.message for hold in holds)]
        self._hold(record, reason, sentences)

    def approval(self, record: Record, total: Decimal, currency: str, content: str, why: str) -> None:
        explanation = f"{figure(total)} {currency} needs an approval before it is posted: {why}."
        same = record.work == Work.APPROVAL and record.content_version == content
        self._set(record, Work.APPROVAL, "awaiting-approval", explanation)
        record.content_version = content
        if not same:
            self.events.append(trail.event("record.awaiting_approval", record, explanation=explanation))

    def decided_against(self, record: Record, decision: Decision) -> None:
        """It waits for the second person's decision, or stays rejected as long as the source says the same (A96)."""
        if decision.is_pending:
            self._set(record, Work.APPROVAL, "second-person", waits_for(decision))
        else:
            by = decision.asked_by or decision.decided_by
            why = decision.asked_because or decision.reason
            self._set(record, Work.EXCLUDED_PERSON, "", f"Rejected by {by}: {why}")

    def voided(self, record: Record, stale: Sequence[approvals.Leaned]) -> None:
        """Somebody decided, but on something else than what would be posted now (A92)."""
        self.lapsed += [each.decision for each in stale]
        changed = "What would be posted has changed since somebody decided on it, so it needs a new decision."
        self.hold(record, [replace(stale[0].hold, message=f"{stale[0].hold.message} {changed}")])

    def place(self, record: Record, verdict: Verdict) -> None:
        self._set(record, Work(verdict.place.value), "", verdict.why)
        self.events.append(
            trail.event("document.placed", record, place=Work(verdict.place.value).label, why=verdict.why)
        )

    def waits(self, record: Record, why: str) -> None:
        """It is ready, but something else has to be written first."""
        told = record.explanation == why
        self._set(record, Work.WAITING, "", why)
        if not told:
            self.events.append(trail.event("record.waits", record, why=why))

    def settled(self, record: Record) -> None:
        self._set(record, Work.DONE, "", "")

    def still_linked(self, record: Record, posting: Posting) -> None:
        """What a person linked is followed and never written over; a difference stays listed (A42)."""
        stands = posting.target_total, posting.currency, posting.document_date
        if said := linked_difference.in_words(record, posting.number, *stands):
            self.flag(record, Note("linked-differs", said))
        self.settled(record)

    def flag(self, record: Record, note: Note) -> None:
        self.flags.append(Flag(record=record, kind=note.kind, explanation=note.message[:500], opened_at=timezone.now()))

    def unflag(self, record: Record, kind: str) -> None:
        self.closed_flags.append((record.pk, kind))

    def keep_ledger(self, record: Record, lines: Sequence[LedgerLine]) -> None:
        self.ledger += [(record, line, position) for position, line in enumerate(lines)]

    def paid_on(self, posting: Posting, day: date | None) -> None:
        if posting.paid_on != day:
            posting.paid_on = day
            self.paid.append(posting)

    def commit(self) -> bool:
        """False: people or the source moved something while it was translated. Then nothing is saved, and the records
        are as they are now, to be looked at once more."""
        if not (self.records or self.lapsed or self.read_claims or self.taking or self.unclaimed):
            return True
        with transaction.atomic():
            self.slice_.fence()
            if self._is_outdated():
                self.slice_.again = self.slice_.more = True
                for each in self.records:
                    each.refresh_from_db(fields=FIELDS)
                return False
            self.slice_.run.held += self.held
            bulk.save(self.records, FIELDS)
            _replace_gaps(self.records, self.gaps)
            bulk.insert_unless_there(self.flags)
            for record, kind in self.closed_flags:
                Flag.objects.filter(record=record, kind=kind, closed_at=None).update(closed_at=timezone.now())
            bulk.save(self.paid, ["paid_on"])
            save_ledger(self.ledger)
            self._commit_threads()
            log_many(self.events)
            for decision in self.lapsed:
                decisions.lapse(decision, decisions.CONTENT_CHANGED)
        return True

    def _is_outdated(self) -> bool:
        """Judged afresh with the records locked: whoever moves one, or fills a gap, comes before this or after it.

        A row that was added while these were translated found no gap to close (E9).
        """
        if self.gaps and self.tables is not None and told.locked(self.slice_.integration.scope_id) != self.tables.told:
            return True
        rows = Record.objects.select_for_update().filter(pk__in=self.stood).order_by("pk")
        if dict(rows.values_list("pk", "work")) != self.stood:
            return True
        read = {record.document_id: record.document for record in self.records}
        documents = SourceDocument.objects.filter(pk__in=read).values_list("pk", "detail_due", "detail_fingerprint")
        return any(
            fingerprint != read[pk].detail_fingerprint or (due and not read[pk].detail_due)
            for pk, due, fingerprint in documents
        )

    def _commit_threads(self) -> None:
        integration = self.slice_.integration
        woken = threads.write(self._newly_read(), BillingStage.READ)
        woken |= threads.write(self.posted, BillingStage.POSTED)
        threads.write(self.taking, BillingStage.TAKING, keep_larger=True)
        if self.unclaimed:
            woken |= threads.forget(integration, self.unclaimed)
        kept = {record.document.source_id for record, _, _ in self.ledger}
        threads.recount(integration, woken | kept | {claim.order for each in self.posted.values() for claim in each})
        count = threads.wake(integration, woken)
        count += threads.wake(integration, self.shrink, threads.WITH_DRAFT)
        count += threads.wake(integration, self.covered, threads.STOPPED)
        self.slice_.again = self.slice_.again or bool(count)

    def _newly_read(self) -> dict[int, Sequence[Claim]]:
        """A bill that was only read keeps the claims of what it was posted with until it is posted anew."""
        firm = set(
            Billing.objects.filter(bill__in=list(self.read_claims), stage=BillingStage.POSTED).values_list(
                "bill", flat=True
            )
        )
        return {bill: claims for bill, claims in self.read_claims.items() if bill not in firm}

    def _hold(self, record: Record, reason: str, sentences: Sequence[str]) -> None:
        explanation = "\n".join(sentences)
        self._set(record, Work.HELD, reason, explanation)
        self.held += 1
        self.events.append(trail.event("record.held", record, reason=reason, explanation=explanation))

    def _set(self, record: Record, work: Work, reason: str, explanation: str) -> None:
        self.stood.setdefault(record.pk, record.work)
        record.work, record.hold_reason, record.explanation = work, reason, explanation
        record.not_before, record.changed_at = None, timezone.now()
        if work != Work.COVERED:
            record.covered_by = None
        self.records.append(record)


def waits_for(decision: Decision) -> str:
    """What a record says while a second person has yet to decide."""
    what = kind_of(decision.kind).label
    return f"{decision.asked_by or 'Counterfoil'} asks to {what}: {decision.asked_because}"


def save_ledger(lines: Sequence[tuple[Record, LedgerLine, int]], *, keep_larger: bool = False) -> set[int]:
    """Per order line what is ordered, received and in the draft (A8); a draft counts in full until it has shrunk.

    Returns the records of which more was kept than these lines say.
    """
    known = {}
    if keep_larger:
        rows = OrderLine.objects.filter(record__in={record.pk for record, _, _ in lines})
        known = {(row[0], row[1]): row[2] for row in rows.values_list("record_id", "item", "drafted")}
    bulk.insert_or_save(
        OrderLine,
        ("record", "item", "position", "ordered", "received", "drafted", "billed"),
        [
            (
                record.pk,
                line.item,
                position,
                line.ordered,
                line.received,
                max(line.drafted, known.get((record.pk, line.item), line.drafted)),
                ZERO,
            )
            for record, line, position in lines
        ],
        fields=["position", "ordered", "received", "drafted"],
        unique=["record", "item"],
    )
    return {record.pk for record, line, _ in lines if known.get((record.pk, line.item), line.drafted) > line.drafted}


def _replace_gaps(records: Sequence[Record], gaps: Sequence[Gap]) -> None:
    """The open gaps of these records are exactly those found now."""
    now = timezone.now()
    wanted = {(gap.record_id, gap.table, gap.key) for gap in gaps}
    kept = set()
    closing = []
    for gap in Gap.objects.filter(record__in=records, closed_at=None):
        key = (gap.record_id, gap.table, gap.key)
        if key in wanted:
            kept.add(key)
        else:
            gap.closed_at = now
            closing.append(gap)
    bulk.save(closing, ["closed_at"])
    bulk.insert([gap for gap in gaps if (gap.record_id, gap.table, gap.key) not in kept])
