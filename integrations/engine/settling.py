"""Committing what became of a write: settled, refused, in doubt or never sent; each with its entries."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from audit.trail import Event, log_many
from integrations.days import in_full
from integrations.documents import BillAction, StoredBill, WriteOutcome
from integrations.engine import bulk, evidence, intents, taking_over, threads, trail
from integrations.engine.index import STANDINGS, note
from integrations.engine.leases import LostLeaseError
from integrations.engine.plans import Plan
from integrations.engine.saving import save_ledger
from integrations.engine.slice import Slice, SliceOverError
from integrations.engine.untouched import content_fingerprint
from integrations.errors import CounterfoilError
from integrations.explanations import refused as refused_words
from integrations.explanations import sentence
from integrations.models import (
    BillingStage,
    Flag,
    OrderLine,
    Outcome,
    Posting,
    Record,
    RequestLine,
    SourceDocument,
    Standing,
    Work,
)
from integrations.money import figure

if TYPE_CHECKING:
    from integrations.engine.posting import Intent

logger = logging.getLogger("counterfoil.engine")
RECORD_FIELDS = ("work", "hold_reason", "explanation", "not_before", "attempts", "changed_at", "covered_by")
POSTING_FIELDS = (
    "target_id",
    "target_version",
    "standing",
    "status_word",
    "number",
    "currency",
    "source_total",
    "target_total",
    "document_date",
    "sent_fingerprint",
    "stored_fingerprint",
    "removed_by_us",
    "files_due",
    "taken_from",
    "posted_at",
    "run",
)
ACTIONS = {
    BillAction.CREATE: "bill.created",
    BillAction.UPDATE: "bill.updated",
    BillAction.DELETE: "bill.deleted",
}


def settle(slice_: Slice, intent: "Intent", outcomes: Sequence[WriteOutcome]) -> None:
    """Take the answer into the books: one transaction for the whole batch."""
    with transaction.atomic():
        slice_.fence()
        done = [(plan, outcome.stored) for plan, outcome in zip(intent.plans, outcomes, strict=True) if outcome.stored]
        shrunk = [plan for plan, _ in done if plan.record.pk in intent.shrinking]
        events = _stand(slice_, done, counted_anew=shrunk)
        refused = [(plan, outcome) for plan, outcome in zip(intent.plans, outcomes, strict=True) if not outcome.stored]
        events += _hold_refused(slice_, refused)
        lines = RequestLine.objects.filter(request=intent.request)
        lines.update(outcome=Outcome.DONE)
        if refused:
            lines.filter(posting__in=[plan.posting for plan, _ in refused]).update(outcome=Outcome.REFUSED)
        intents.answered(intent.request, Outcome.DONE if done else Outcome.REFUSED)
        log_many(events)


def adopt(slice_: Slice, found: Sequence[tuple[Plan, StoredBill]]) -> None:
    """Bills of ours that a look-up found before anything was sent (E5)."""
    if not found:
        return
    with transaction.atomic():
        slice_.fence()
        waiting = still_waiting([plan.record for plan, _ in found])
        claimed = []
        for plan, stored in found:
            if plan.record.pk not in waiting:
                continue  # a person was quicker; it is looked up again if they let it go on
            posting, _ = Posting.objects.get_or_create(
                connection=slice_.integration.target,
                kind="bill",
                reference=plan.reference,
                defaults={"record": plan.record},
            )
            claimed.append((_with(plan, posting), stored))
        log_many(_stand(slice_, claimed, [plan for plan, _ in claimed], action="bill.found"))
        Record.objects.filter(pk__in=waiting).update(look_up_first=False)


def still_waiting(records: Sequence[Record]) -> set[int]:
    """Those that nobody moved while the target was asked, locked until the end of the transaction."""
    rows = Record.objects.select_for_update().filter(pk__in=[record.pk for record in records], work=Work.WAITING)
    return set(rows.order_by("pk").values_list("pk", flat=True))


def _with(plan: Plan, posting: Posting) -> Plan:
    return replace(plan, posting=posting)


def _stand(
    slice_: Slice, done: Sequence[tuple[Plan, StoredBill]], counted_anew: Sequence[Plan], action: str = ""
) -> list[Event]:
    """These documents stand as planned; of all but `counted_anew` the ledger says so since their intent."""
    now = timezone.now()
    events: list[Event] = []
    flags: list[Flag] = []
    for plan, stored in done:
        posting = plan.posting
        assert posting is not None
        deleted = plan.action is BillAction.DELETE
        took_over = posting.taken_from_id is not None
        _fill(posting, plan, stored, slice_)
        record = plan.record
        record.work = plan.ends or (Work.WITHDRAWN if deleted else Work.DONE)
        record.hold_reason, record.explanation = "", plan.why
        record.not_before, record.attempts, record.changed_at = None, 0, now
        events.append(
            trail.event(
                action or ("bill.took_over" if took_over else ACTIONS[plan.action]),
                record,
                target=slice_.integration.target.label,
                number=stored.number,
                net=stored.net,
                total=stored.total,
                currency=stored.currency,
                target_id=stored.target_id,
                why=plan.why,
                **(evidence.told(plan.bill, plan.people, plan.translation.used) if action else {}),
            )
        )
        for kind, message in [
            *((note_.kind, note_.message) for note_ in plan.translation.flags),
            *_differences(plan, stored),
        ]:
            flags.append(Flag(record=record, kind=kind, explanation=message[:500], opened_at=now))
            events.append(trail.event("record.flagged", record, kind=kind, explanation=message))
    slice_.run.posted += len(done)
    _changed_meanwhile([plan.record for plan, _ in done])
    bulk.save([plan.posting for plan, _ in done if plan.posting], POSTING_FIELDS)
    bulk.save([plan.record for plan, _ in done], RECORD_FIELDS)
    save_ledger([(plan.record, line, at) for plan in counted_anew for at, line in enumerate(plan.translation.ledger)])
    _keep_evidence(slice_, [plan for plan, _ in done])
    bulk.insert_unless_there(flags)
    note(slice_, [stored for _, stored in done], just_written=True)
    return events


def _fill(posting: Posting, plan: Plan, stored: StoredBill, slice_: Slice) -> None:
    take_over(posting, stored, plan.content, plan.bill.total if plan.bill else None, plan.action)
    posting.posted_at, posting.run_id = timezone.now(), slice_.run.pk
    posting.files_due = slice_.wants_files(plan.record.flow)


def take_over(posting: Posting, stored: StoredBill, content: str, total: Decimal | None, action: str) -> None:
    """What the target now holds, as an answer or a look-up told it; `total` is the source's, None after a deletion."""
    deleted = action == BillAction.DELETE
    posting.target_id, posting.target_version = stored.target_id, stored.version
    posting.standing = Standing.NOTHING if deleted else STANDINGS[stored.status]
    posting.removed_by_us, posting.taken_from_id = deleted, None
    posting.status_word, posting.number, posting.currency = stored.status_word, stored.number, stored.currency
    posting.source_total = posting.source_total if total is None else total
    posting.target_total, posting.document_date = stored.total, stored.date
    posting.sent_fingerprint = "" if deleted else content
    posting.stored_fingerprint = content_fingerprint(stored)


def _differences(plan: Plan, stored: StoredBill) -> list[tuple[str, str]]:
    """What stands is compared with what was meant; differences flag, since the document already stands (A29, A63)."""
    bill = plan.bill
    if bill is None:
        return []
    found = []
    accepted = any(flag.kind == "tax-accepted" for flag in plan.translation.flags)
    if stored.total != bill.total and not accepted:
        found.append(
            (
                "total-differs",
                f"The source's total is {figure(bill.total)}, the target's {figure(stored.total)} {bill.currency}.",
            )
        )
    if stored.date != bill.date:
        found.append(
            ("date-shifted", f"It was sent dated {in_full(bill.date)}, but stands dated {in_full(stored.date)}.")
        )
    sent = [line.tracking for line in bill.lines if not line.is_text]
    kept = [line.tracking for line in stored.lines if line.account]
    if [sorted(t.category for t in line) for line in sent] != [sorted(t.category for t in line) for line in kept]:
        found.append(("tracking-dropped", "The target kept other tracking on its lines than was sent."))
    return found


def _keep_evidence(slice_: Slice, plans: Sequence[Plan]) -> None:
    """The table rows each posting was made with (A39), and what of its order stands now."""
    evidence.keep_rows((plan.posting, plan.translation.used) for plan in plans if plan.posting is not None)
    deleted = [plan.record.pk for plan in plans if plan.action is BillAction.DELETE]
    if deleted:
        OrderLine.objects.filter(record__in=deleted).update(drafted=0)
    _settle_claims(slice_, plans, deleted)


def _settle_claims(slice_: Slice, plans: Sequence[Plan], deleted: Sequence[int]) -> None:
    """What a bill bills now is exactly what stands of it; orders that it billed more of before get it back."""
    if slice_.pair.orders is None:
        return
    bills = {
        plan.record.pk: plan.translation.claims
        for plan in plans
        if plan.action is not BillAction.DELETE and slice_.pair.bill_flow(plan.record.flow).orders_of
    }
    less = threads.write(bills, BillingStage.POSTED) if bills else set()
    if deleted:
        less |= threads.forget(slice_.integration, deleted)
    if less:
        threads.recount(slice_.integration, less)
        slice_.again = bool(threads.wake(slice_.integration, less)) or slice_.again


def _changed_meanwhile(records: Sequence[Record]) -> None:
    """A source that changed between intent and answer is translated again."""
    documents = SourceDocument.objects.filter(pk__in=[record.document_id for record in records])
    current = {pk: (read, due) for pk, read, due in documents.values_list("pk", "detail_fingerprint", "detail_due")}
    for record in records:
        read, due = current[record.document_id]
        if record.work == Work.DONE and (due or read != record.content_version):
            record.work = Work.WAITING


def _hold_refused(slice_: Slice, refused: Sequence[tuple[Plan, WriteOutcome]]) -> list[Event]:
    events = []
    for plan, outcome in refused:
        record = plan.record
        words = " ".join(outcome.refusals) or "no reason was given"
        target = slice_.integration.target
        explanation = refused_words(target.system, target.label, outcome.refusals)
        record.work, record.hold_reason, record.explanation = Work.HELD, "rejected-by-target", explanation
        record.not_before, record.changed_at = None, timezone.now()
        slice_.run.held += 1
        events.append(trail.event("bill.refused", record, target=slice_.integration.target.label, explanation=words))
        events.append(trail.event("record.held", record, reason="rejected-by-target", explanation=explanation))
    bulk.save([plan.record for plan, _ in refused], RECORD_FIELDS)
    _give_back(slice_, [plan for plan, _ in refused])
    if refused:
        # A refusal may name an account or contact that changed since the lists were read (E30).
        type(slice_.integration.target).objects.filter(pk=slice_.integration.target_id).update(lists_read_at=None)
    return events


def doubt(slice_: Slice, intent: "Intent", why: str) -> None:
    """No answer: nobody may write again until the write must have ended and was looked up (E2)."""
    with transaction.atomic():
        slice_.fence()
        records, target = [plan.record for plan in intent.plans], slice_.integration.target.label
        intents.put_records_in_doubt(intent.request, records, why, "bill.in_doubt", target)
    slice_.wake_at(intent.request.settles_at)


def not_sent(slice_: Slice, intent: "Intent", error: CounterfoilError, *, tried: bool = True) -> None:
    """It provably did not take effect: the records wait for a new attempt, a counted number of times.

    A call that was never begun was not `tried` and does not count.
    """
    now, tried = timezone.now(), tried and intents.was_begun(error)
    with transaction.atomic():
        slice_.fence()
        intents.answered(intent.request, Outcome.DROPPED, sentence(error))
        RequestLine.objects.filter(request=intent.request).update(outcome=Outcome.DROPPED)
        records = [plan.record for plan in intent.plans]
        for record in records:
            record.work, record.changed_at = Work.WAITING, now
            record.attempts += tried
            record.not_before = intents.again_at(error, record.attempts)
            if tried and (said := intents.given_up(error, record.attempts, slice_.integration.target.label)):
                record.work, record.hold_reason, record.explanation = Work.HELD, "rejected-by-target", said
        bulk.save(records, RECORD_FIELDS)
        log_many(
            trail.event("bill.not_sent", record, target=slice_.integration.target.label, why=sentence(error))
            for record in records
        )


def hold_taken(slice_: Slice, records: Sequence[Record]) -> None:
    """Another integration already has the target document of this source document (A2)."""
    for record in records:
        record.work, record.hold_reason = Work.HELD, "possible-duplicate"
        record.explanation = "Another integration already posts this document to the same company."
        record.changed_at = timezone.now()
    bulk.save(records, RECORD_FIELDS)
    log_many(
        trail.event("record.held", record, reason=record.hold_reason, explanation=record.explanation)
        for record in records
    )


@contextmanager
def alone(slice_: Slice, record: Record) -> Iterator[None]:
    """A bug of ours that one record meets in here holds it, and keeps no other waiting."""
    try:
        yield
    except (CounterfoilError, SliceOverError, LostLeaseError):
        raise
    except Exception:
        logger.exception("integration %s: record %s", slice_.integration.pk, record.pk)
        hold_internal(slice_, record, "What was written of it before still stands.")


def hold_internal(slice_: Slice, record: Record, stands: str) -> None:
    """A bug of ours met this record: it waits for a person, the others go on."""
    with transaction.atomic():
        slice_.fence()
        if Record.objects.select_for_update().get(pk=record.pk).work == Work.EXCLUDED_PERSON:
            return
        record.work, record.hold_reason, record.changed_at = Work.HELD, "internal-error", timezone.now()
        record.explanation = f"Something went wrong inside Counterfoil. {stands}"
        bulk.save([record], RECORD_FIELDS)
        log_many([trail.event("record.held", record, reason="internal-error", explanation=record.explanation)])


def _give_back(slice_: Slice, plans: Sequence[Plan]) -> None:
    """Bills that will not be posted for now: drafts that they had taken over are their orders' again."""
    taken = [plan.posting for plan in plans if plan.posting is not None and plan.posting.taken_from_id]
    if taken:
        taking_over.hand_back(taken)
        slice_.again = True
    bills = {plan.record.pk: plan.translation.claims for plan in plans if plan.translation.claims}
    if taken and bills:
        less = threads.write(bills, BillingStage.READ)
        threads.recount(slice_.integration, less)
