"""What people do about drift: accept what stands, or have what we wrote written again (A42, A96).

Both are bound to exactly what stood when they were decided. Above the threshold of the approval rule a second person
decides. Restoring is a write like any other: intent, at most one write, answer.
"""

from collections.abc import Sequence
from decimal import Decimal

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from audit.trail import Event, log_many
from integrations.documents import BillAction, BillStatus, StoredBill
from integrations.engine import decisions, evidence, posting, references, trail
from integrations.engine.decision_kinds import DRIFT_ACCEPT, DRIFT_RESTORE
from integrations.engine.projects import restorable
from integrations.engine.slice import Slice
from integrations.engine.translation import Plan
from integrations.engine.untouched import content_fingerprint
from integrations.flag_words import EDITED, in_words
from integrations.models import (
    Decision,
    Flag,
    Integration,
    Outcome,
    Posting,
    Record,
    RequestLine,
    Standing,
    TargetBill,
    Work,
)
from integrations.pairs import pair
from integrations.pairs.flow import Translation
from integrations.systems.protocols import TargetBooks

LABELS = {DRIFT_ACCEPT: "Accept what stands there", DRIFT_RESTORE: "Restore what we wrote"}


def decide(kind: str, flag: Flag, by: User, reason: str, shown: str = "") -> str:
    """Accept or restore; returns what became of it, in words. The caller has checked the kind's permission.

    `shown` is the fingerprint of what the person had before their eyes; anything else is not decided on.
    """
    if not reason.strip():
        return "needs a reason."
    with transaction.atomic():
        decisions.queue_up([flag.record_id])
        row = Flag.objects.select_for_update(of=("self",)).select_related("record__integration").get(pk=flag.pk)
        if row.closed_at is not None or not row.details.get("fingerprint"):
            return "was already settled."
        if shown not in ("", row.details["fingerprint"]):
            return "has changed since you looked: look at it again."
        if row.details.get("restore"):
            return "is to be written again already."
        if kind == DRIFT_RESTORE and (refusal := refused(row)):
            return refusal
        record = row.record
        facts = (kind, "record", record.pk, str(row.details["fingerprint"]), by, reason)
        about = {"integration": record.integration, "label": trail.subject(record).label}
        if needs_second_person(record):
            decisions.ask(*facts, amount=record.amount, currency=record.currency, **about)  # type: ignore[arg-type]
            return "waits for a second person."
        decision = decisions.record(*facts, amount=record.amount, currency=record.currency, **about)  # type: ignore[arg-type]
        follow_up(decision)
    return "accepted." if kind == DRIFT_ACCEPT else "will be written again on the next run."


def needs_second_person(record: Record) -> bool:
    """Whether the integration's approval rule covers this document; amounts in other currencies always count."""
    rule, above = record.integration.approval_rule, record.integration.approval_above
    if not settings.SECOND_PERSON or rule == "never":
        return False
    if rule == "always" or above is None:
        return True
    books = record.integration.target.books
    return books is None or record.currency != books.base_currency or abs(record.amount) > above


def refused(flag: Flag) -> str:
    """Why what we wrote cannot be written again, as far as it is known here; "" when it can (A42)."""
    if not pair(flag.record.integration.pair).bill_flows:
        return restorable.refused(flag)
    row = Posting.objects.filter(record=flag.record_id, kind="bill").select_related("connection").first()
    if row is None or row.standing not in (Standing.DRAFT, Standing.LEDGER):
        return "cannot be restored: it no longer stands in the target."
    if flag.record.work != Work.DONE:
        return "cannot be restored now: decide first what its record waits for."
    indexed = TargetBill.objects.filter(connection=row.connection, target_id=row.target_id).first()
    paid = indexed.total - indexed.due if indexed and row.standing == Standing.LEDGER else Decimal(0)
    return _refusal(paid, row.document_date, row.connection.locked_until)


def _refusal(paid: Decimal, day: object, locked_until: object) -> str:
    if paid:
        return "cannot be restored: it is paid, in whole or in part."
    if day is not None and locked_until is not None and str(day) <= str(locked_until):
        return "cannot be restored: its date lies in a locked month."
    return ""


def follow_up(decision: Decision) -> None:
    """What an approval sets in motion; inside its transaction."""
    flag = _open_flag(decision)
    if flag is None:
        return
    fields = "; ".join(in_words(each) for each in flag.details.get("fields", []))
    details = {"fields": fields, "reason": decision.reason, "stands": decision.content_hash, "decision": decision.pk}
    if decision.kind == DRIFT_ACCEPT:
        flag.closed_at = timezone.now()
        flag.save(update_fields=["closed_at"])
    else:
        flag.details = {**flag.details, "restore": decision.pk}
        flag.save(update_fields=["details"])
    action = "drift.accepted" if decision.kind == DRIFT_ACCEPT else "drift.restore_asked"
    log_many([trail.event_by(action, flag.record, decision.decided_by, details)])


def standing_content(decision: Decision) -> str:
    flag = _open_flag(decision)
    return str(flag.details.get("fingerprint", "")) if flag else ""


def _open_flag(decision: Decision) -> Flag | None:
    flags = Flag.objects.filter(record=int(decision.subject_id), kind=EDITED, closed_at=None)
    return flags.select_related("record__document").first()


for _kind in (DRIFT_ACCEPT, DRIFT_RESTORE):
    decisions.register(_kind, approved=follow_up, content=standing_content)


def restore(slice_: Slice, target: TargetBooks) -> None:
    """Write again what people asked to have restored, unless what stands has changed since, is paid, or is locked."""
    flags = _asked(slice_.integration)
    if not flags:
        return
    locked_until = target.company().locked_until
    rows = {row.record_id: row for row in Posting.objects.filter(record__in=[f.record_id for f in flags], kind="bill")}
    stored = {bill.target_id: bill for bill in target.bills([row.target_id for row in rows.values() if row.target_id])}
    plans: list[Plan] = []
    for flag in flags:
        row = rows.get(flag.record_id)
        bill = stored.get(row.target_id) if row else None
        if row is not None and bill is not None and content_fingerprint(bill) == row.stored_fingerprint:
            settle(slice_, flag, "")  # written by an attempt whose answer was lost
            continue
        plan, why = _plan(flag, row, bill, locked_until)
        if plan is None:
            settle(slice_, flag, why)
        else:
            plans.append(plan)
    _write(slice_, flags, plans, target)


def _asked(integration: Integration) -> Sequence[Flag]:
    flags = Flag.objects.filter(record__integration=integration, kind=EDITED, closed_at=None)
    asked = flags.exclude(record__work__in=(Work.POSTING, Work.DOUBT)).select_related("record__document")
    return [flag for flag in asked.order_by("pk") if flag.details.get("restore")][:50]


def _plan(flag: Flag, row: Posting | None, bill: StoredBill | None, locked_until: object) -> tuple[Plan | None, str]:
    """The write that puts back what we wrote, or why there is none."""
    if row is None or bill is None or bill.status is BillStatus.REMOVED:
        return None, "it no longer stands in the target."
    fingerprint = content_fingerprint(bill)
    if fingerprint != flag.details.get("fingerprint"):
        return None, "it was changed again since."
    paid = bill.total - bill.due if bill.status is BillStatus.IN_LEDGER else Decimal(0)
    if refusal := _refusal(paid, bill.date, locked_until):
        return None, refusal.removeprefix("cannot be restored: ")
    entry = evidence.last_written(flag.record_id)
    ours = evidence.bill_of(entry.details, references.link(row.reference)) if entry else None
    if ours is None or evidence.content_of(ours) != row.sent_fingerprint:
        return None, "the trail does not hold what we wrote to the last digit; replay it instead."
    again = Plan(
        flag.record,
        BillAction.UPDATE,
        ours,
        Translation(ours),
        row.reference,
        row.sent_fingerprint,
        row,
        why="Restored as it was.",
        stood_before=fingerprint,
    )
    return again, ""


def _write(slice_: Slice, flags: Sequence[Flag], plans: list[Plan], target: TargetBooks) -> None:
    if not plans:
        return
    ids = [plan.record.pk for plan in plans]
    Record.objects.filter(pk__in=ids, work=Work.DONE).update(work=Work.WAITING)
    begun = RequestLine.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    posting.write(slice_, plans, target)
    answered = RequestLine.objects.filter(pk__gt=begun, posting__record__in=ids, outcome=Outcome.DONE)
    done = set(answered.values_list("posting__record", flat=True))
    for flag in flags:
        if flag.record_id in done:
            settle(slice_, flag, "")


def settle(slice_: Slice, flag: Flag, why_not: str) -> None:
    """Restored, or not and why: the flag then waits for another decision."""
    asked = Decision.objects.filter(pk=flag.details.get("restore")).first()
    event: Event
    with transaction.atomic():
        slice_.fence()
        decisions.queue_up([flag.record_id])
        flag.refresh_from_db(fields=["details", "closed_at"])
        if why_not and flag.closed_at is not None:
            return  # a person closed it meanwhile
        if why_not:
            flag.details = {name: value for name, value in flag.details.items() if name != "restore"}
            event = trail.event("drift.not_restored", flag.record, why=why_not)
            if asked is not None:
                decisions.lapse(asked, why_not)
        else:
            flag.closed_at = flag.closed_at or timezone.now()
            event = trail.event("drift.restored", flag.record, explanation=flag.explanation)
        flag.save(update_fields=["details", "closed_at"])
        log_many([event])
