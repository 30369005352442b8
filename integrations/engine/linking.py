"""Linking a record to a document that somebody else made in the target: nothing is created (A42)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils import timezone

from audit.trail import log_many
from integrations.documents import BillStatus
from integrations.engine import approval_rule, decisions, linked_difference, references, threads, trail
from integrations.engine.decision_kinds import LINK
from integrations.engine.index import STANDINGS, number_key
from integrations.engine.record_decisions import NOT_NOW, common, go_on, source_hash, wait_for_second_person
from integrations.engine.rehearsal import rehearse
from integrations.engine.release import STOPPED, Result, allowed, each
from integrations.hold_reasons import Action, label_of
from integrations.models import Decision, Flag, Gap, Posting, Record, Standing, TargetBill, Work
from integrations.pairs import pair

MOST_OFFERED = 50
BOOKED = "order-booked"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A document of the target, and what it has in common with the record."""

    bill: TargetBill
    same_number: bool
    same_total: bool

    @property
    def likely(self) -> int:
        return 2 * self.same_number + self.same_total


def candidates(record: Record) -> list[Candidate]:
    """Documents of the same vendor, or of the same number, that stand in the target and are nobody's yet."""
    bill = rehearse(record).bill
    key = number_key(bill.number if bill else record.number)
    wanted = Q(number_key=key) if key else Q(pk=None)
    if bill is not None:
        wanted |= Q(contact=bill.contact)
    standing = TargetBill.objects.filter(wanted, connection=record.integration.target_id)
    found = [
        Candidate(each, bool(key) and each.number_key == key, (each.total, each.currency) == _total(record))
        for each in standing.exclude(status=BillStatus.REMOVED).order_by("-date")[: 4 * MOST_OFFERED]
        if not _taken(each, record)
    ]
    return sorted(found, key=lambda each: -each.likely)[:MOST_OFFERED]


def link(records: Sequence[Record], by: User, reason: str, target_id: str) -> Result:
    """This document is the record's bill. Above the approval threshold a second person decides (A96)."""
    if not reason.strip():
        return [(record, "needs a reason.") for record in records]
    return each(records, lambda record: _link(record, by, reason.strip(), target_id))


def _link(record: Record, by: User, reason: str, target_id: str) -> str:
    if record.work not in STOPPED:
        return "was already handled by someone else."
    if not allowed(record, Action.LINK):
        return f"cannot be linked while it is held as “{label_of(record.hold_reason)}”."
    if _is_being_written(record, target_id):
        return NOT_NOW
    bill = _locked(record, target_id)
    if bill is None or bill.status == BillStatus.REMOVED or _taken(bill, record):
        return "cannot be linked: that document is gone, or another record has it."
    content, choice = source_hash(record), _choice(record, bill)
    if approval_rule.takes_two(record) and decisions.takes_two():
        decision = decisions.ask(LINK, "record", record.pk, content, by, reason, choice, **common(record))
        return wait_for_second_person(record, decision)
    carry_out(decisions.record(LINK, "record", record.pk, content, by, reason, choice, **common(record)))
    return f"is linked to {bill.number or 'the document'}; nothing was created."


def carry_out(decision: Decision) -> None:
    """The document becomes ours to follow, not ours to change: both totals and dates are kept (A42)."""
    record = Record.objects.select_related("document", "integration__source", "integration__target").get(
        pk=decision.subject_id
    )
    connection = record.integration.target
    busy = _is_being_written(record, decision.choice["target_id"])
    bill = _locked(record, decision.choice["target_id"])
    if busy or bill is None or bill.status == BillStatus.REMOVED or _taken(bill, record):
        go_on(decision)
        return
    _give_up(bill, record)
    flow = pair(record.integration.pair).flow(record.flow)
    posting = Posting.objects.filter(record=record, kind=flow.kind).first() or Posting(
        record=record,
        connection=connection,
        kind=flow.kind,
        reference=references.reference(record.integration, flow, record),
    )
    posting.target_id, posting.target_version = bill.target_id, bill.version
    posting.standing, posting.status_word = STANDINGS[BillStatus(bill.status)], bill.status_word
    posting.number, posting.currency, posting.document_date = bill.number, bill.currency, bill.date
    posting.source_total, posting.target_total = record.amount, bill.total
    posting.linked, posting.removed_by_us, posting.posted_at = True, False, timezone.now()
    posting.sent_fingerprint = posting.stored_fingerprint = ""
    posting.save()
    Record.objects.filter(pk=record.pk).update(
        work=Work.DONE, hold_reason="", explanation="", not_before=None, changed_at=timezone.now()
    )
    Gap.objects.filter(record=record, closed_at=None).update(closed_at=timezone.now())
    threads.count_as_posted(record)
    _tell(decision, record, bill)


def _tell(decision: Decision, record: Record, bill: TargetBill) -> None:
    reason = decision.asked_because or decision.reason
    details: dict[str, Any] = {
        "number": bill.number,
        "target": record.integration.target.label,
        "target_id": bill.target_id,
    }
    details |= {"total": bill.total, "currency": bill.currency, "date": bill.date, "reason": reason}
    details |= {"source_total": record.amount, "source_date": record.document_date}
    events = [trail.event_by("record.linked", record, decision.decided_by, details)]
    if words := linked_difference.in_words(record, bill.number, bill.total, bill.currency, bill.date):
        Flag.objects.bulk_create(
            [Flag(record=record, kind="linked-differs", explanation=words[:500], opened_at=timezone.now())],
            ignore_conflicts=True,
        )
        events.append(trail.event("record.flagged", record, kind="linked-differs", explanation=words))
    log_many(events)


def _is_being_written(record: Record, target_id: str) -> bool:
    """Whether a run is at this document for the record that has it, which is locked before the document as in runs."""
    had = Posting.objects.filter(connection=record.integration.target_id, target_id=target_id).values("record")
    holders = Record.objects.select_for_update().filter(pk__in=had).exclude(pk=record.pk).order_by("pk")
    return bool({Work.POSTING, Work.DOUBT} & set(holders.values_list("work", flat=True)))


def _locked(record: Record, target_id: str) -> TargetBill | None:
    """Two people who link two records to one document at once: the second sees that it is taken."""
    bills = TargetBill.objects.select_for_update().filter(connection=record.integration.target_id)
    return bills.filter(target_id=target_id).first()


def _taken(bill: TargetBill, record: Record) -> bool:
    """Whether another record has this document; an order's own is free for its bill (A11)."""
    holders = Posting.objects.filter(connection=bill.connection_id, target_id=bill.target_id).exclude(record=record)
    if record.hold_reason == BOOKED or _asked_as_booked(record):
        holders = holders.exclude(record__flow="purchase-orders")
    return holders.exclude(standing__in=[Standing.NOTHING, Standing.REMOVED]).exists()


def _asked_as_booked(record: Record) -> bool:
    return any(each.choice.get("held_as") == BOOKED for each in decisions.pending("record", record.pk))


def _give_up(bill: TargetBill, record: Record) -> None:
    """The order whose draft this was is covered by the bill from now on; the document counts once (A11, A99)."""
    for posting in Posting.objects.filter(connection=bill.connection_id, target_id=bill.target_id).exclude(
        record=record
    ):
        Posting.objects.filter(pk=posting.pk).update(standing=Standing.NOTHING, target_id="", removed_by_us=True)
        order = Record.objects.filter(pk=posting.record_id)
        order.update(covered_by=record, changed_at=timezone.now())
        order.exclude(work=Work.EXCLUDED_PERSON).update(work=Work.COVERED, hold_reason="")


def _choice(record: Record, bill: TargetBill) -> dict[str, Any]:
    return {
        "target_id": bill.target_id,
        "number": bill.number,
        "total": f"{bill.total:f} {bill.currency}",
        "date": bill.date and bill.date.isoformat(),
        "source_total": f"{record.amount:f} {record.currency}",
        "source_date": record.document_date and record.document_date.isoformat(),
        "held_as": record.hold_reason,
    }


def _total(record: Record) -> tuple[object, str]:
    return record.amount, record.currency


def register() -> None:
    decisions.register(LINK, approved=carry_out, refused=go_on, content=_content)


def _content(decision: Decision) -> str:
    record = Record.objects.select_related("document", "integration").filter(pk=decision.subject_id).first()
    return source_hash(record) if record else ""
