"""Posting: commit the intent, send at most one write, commit the answer. Never the other way round (E1 to E3)."""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from audit.trail import log_many
from integrations.documents import BillAction, BillStatus, BillWrite, PreparedWrite, WriteOutcome
from integrations.engine import bulk, evidence, intents, settling, taking_over, threads, touched, trail
from integrations.engine.index import STANDINGS
from integrations.engine.plans import Plan
from integrations.engine.saving import save_ledger
from integrations.engine.slice import Slice, SliceOverError
from integrations.engine.untouched import content_fingerprint
from integrations.errors import (
    CounterfoilError,
    OutcomeUnknownError,
    RejectedError,
)
from integrations.explanations import sentence
from integrations.models import BillingStage, Outcome, Posting, Record, Request, RequestLine, Standing, Work
from integrations.systems import system
from integrations.systems.protocols import Sought, TargetBooks


@dataclass(frozen=True, slots=True)
class Intent:
    """One committed request: the plans in the order of its elements, and until when it may leave (E3).

    `shrinking` are the records whose ledger holds more than is sent, until the answer is there (A8).
    """

    request: Request
    prepared: PreparedWrite
    plans: tuple[Plan, ...]
    shrinking: set[int]
    sent_by: float


def post(slice_: Slice, plans: Sequence[Plan], target: TargetBooks) -> None:
    """Write these plans, in batches as large as the target allows. Stops when the slice's time is up."""
    size = system(slice_.integration.target.system).bill_batch
    for action in (BillAction.DELETE, BillAction.UPDATE, BillAction.CREATE):
        chosen = [plan for plan in plans if plan.action is action]
        for start in range(0, len(chosen), size):
            if not slice_.has_time():
                slice_.more = True
                return
            _post_batch(slice_, chosen[start : start + size], target)


def write(slice_: Slice, plans: Sequence[Plan], target: TargetBooks) -> None:
    """One intent over these plans as they are, for whoever has looked already at what stands."""
    intent = intend(slice_, plans, target)
    if intent is not None:
        _send(slice_, intent, target)


def _post_batch(slice_: Slice, plans: list[Plan], target: TargetBooks) -> None:
    if plans[0].action is BillAction.CREATE:
        plans = _looked_up_first(slice_, plans, target)
    else:
        plans = _untouched(slice_, plans, target)
    intent = intend(slice_, plans, target) if plans else None
    if intent is not None:
        _send(slice_, intent, target)


def intend(slice_: Slice, plans: Sequence[Plan], target: TargetBooks) -> Intent | None:
    """Commit what is about to be sent. Records that another worker took meanwhile are left to it."""
    began = time.monotonic()
    with transaction.atomic():
        slice_.fence()
        claimed, new = _claim(slice_, _free(plans))
        if not claimed:
            return None
        prepared = target.prepare([_write(plan) for plan in claimed])
        request = intents.request_for(slice_, slice_.integration.target, prepared)
        attempts = _keep_lines(request, claimed, new)
        Record.objects.filter(pk__in=[plan.record.pk for plan in claimed]).update(
            work=Work.POSTING, attempts=F("attempts") + 1, changed_at=timezone.now()
        )
        log_many(
            trail.event(
                "bill.intended",
                plan.record,
                target=slice_.integration.target.label,
                step=plan.action.value,
                attempt=attempt,
                request=request.pk,
                content=plan.content,
                body=request.body_hash,
                **evidence.told(plan.bill, plan.people, plan.translation.used),
            )
            for plan, attempt in zip(claimed, attempts, strict=True)
        )
        shrinking = _count(slice_, claimed)
    return Intent(request, prepared, tuple(claimed), shrinking, began + intents.LEAVES_WITHIN)


def _free(plans: Sequence[Plan]) -> list[Plan]:
    """Those that still wait, and take over from no order that is being written or that a person took out."""
    orders = {plan.record.pk: plan.takes_over.record_id for plan in plans if plan.takes_over is not None}
    works: dict[int, str] = dict(
        Record.objects.select_for_update()
        .filter(pk__in=[*(plan.record.pk for plan in plans), *orders.values()])
        .order_by("pk")
        .values_list("pk", "work")
    )
    keeps = (Work.POSTING, Work.DOUBT, Work.EXCLUDED_PERSON)
    return [
        plan
        for plan in plans
        if works.get(plan.record.pk) == Work.WAITING and works.get(orders.get(plan.record.pk, 0)) not in keeps
    ]


def _count(slice_: Slice, plans: Sequence[Plan]) -> set[int]:
    """From its intent on a document counts in the ledger of its spend, the larger of before and after (A8).

    Returns the records of which the larger is what was before.
    """
    shrinking = save_ledger(
        [(plan.record, line, at) for plan in plans for at, line in enumerate(plan.translation.ledger)], keep_larger=True
    )
    claims = {plan.record.pk: plan.translation.claims for plan in plans if plan.translation.claims}
    orders = {plan.record.document.source_id for plan in plans if plan.translation.ledger}
    threads.write(claims, BillingStage.POSTED, keep_larger=True)
    threads.recount(slice_.integration, {claim.order for each in claims.values() for claim in each})
    threads.recount_new(slice_.integration, orders)
    for plan in plans:
        if plan.posting is not None and plan.translation.says_paid and not plan.posting.paid_at_source:
            plan.posting.paid_at_source, plan.posting.paid_on = True, plan.translation.paid_on
            plan.posting.save(update_fields=["paid_at_source", "paid_on"])
    return shrinking


def _claim(slice_: Slice, plans: list[Plan]) -> tuple[list[Plan], set[int]]:
    """Take the posting rows. The unique reference lets only one record have a document; the other one is held.

    Returns the plans with their postings, and the keys of those that are new.
    """
    plans = _take_over(slice_, plans)
    new = [plan for plan in plans if plan.posting is None]
    connection = slice_.integration.target
    mine = bulk.claim(
        [
            Posting(record_id=plan.record.pk, connection_id=connection.pk, kind="bill", reference=plan.reference)
            for plan in new
        ],
        "reference",
    )
    others = {plan.reference for plan in new} - {row.reference for row in mine}
    there = Posting.objects.filter(connection=connection, kind="bill", reference__in=others) if others else ()
    rows = {row.reference: row for row in (*mine, *there)}
    claimed, taken = [], []
    for plan in plans:
        posting = plan.posting or rows.get(plan.reference)
        if posting is not None and posting.record_id == plan.record.pk:
            claimed.append(replace(plan, posting=posting))
        else:
            taken.append(plan.record)
    settling.hold_taken(slice_, taken)
    return claimed, {row.pk for row in mine}


def _take_over(slice_: Slice, plans: list[Plan]) -> list[Plan]:
    """Drafts that become bills change hands with the intent, in its transaction (A9)."""
    changes = [(plan.record, plan.reference, plan.takes_over) for plan in plans if plan.takes_over is not None]
    if not changes:
        return plans
    rows = taking_over.hand_over(slice_.integration, changes)
    log_many(taking_over.covered_events(changes))
    return [replace(plan, posting=rows.get(plan.record.pk)) if plan.takes_over else plan for plan in plans]


def _write(plan: Plan) -> BillWrite:
    keeps_id = plan.action is not BillAction.CREATE and plan.posting is not None
    target_id = plan.posting.target_id if keeps_id and plan.posting else ""
    return BillWrite(plan.action, plan.bill, target_id, keeps_status=bool(plan.stood_before))


def _keep_lines(request: Request, plans: Sequence[Plan], new: Collection[int]) -> list[int]:
    """The request's line per plan, and how often each step was attempted with this one; `new` postings never before."""
    postings = [plan.posting for plan in plans if plan.posting is not None]
    earlier = intents.attempts([posting for posting in postings if posting.pk not in new])
    steps = [(posting.pk, plan.action.value, plan.content) for plan, posting in zip(plans, postings, strict=True)]
    attempts = [earlier[step] + 1 for step in steps]
    bulk.insert_values(
        RequestLine,
        ("request", "posting", "step", "content_version", "attempt", "outcome", "expected_total", "contact",
         "stood_before"),
        [
            (
                request.pk, *step, attempt, Outcome.INTENDED, plan.bill.total if plan.bill else None,
                plan.bill.contact if plan.bill else "", plan.stood_before,
            )
            for plan, step, attempt in zip(plans, steps, attempts, strict=True)
        ],
    )  # fmt: skip
    return attempts


def _send(slice_: Slice, intent: Intent, target: TargetBooks) -> None:
    """At most one write. What became of it is known, or in doubt; nothing else."""
    try:
        outcomes = target.send(intent.prepared, key=intent.request.key, sent_by=intent.sent_by)
    except OutcomeUnknownError as error:
        settling.doubt(slice_, intent, sentence(error))
    except SliceOverError:
        settling.not_sent(slice_, intent, intents.out_of_time(), tried=False)
        raise
    except RejectedError as error:
        _refused_whole(slice_, intent, error, target)
    except CounterfoilError as error:
        settling.not_sent(slice_, intent, error)
        raise
    else:
        settling.settle(slice_, intent, outcomes)


def _refused_whole(slice_: Slice, intent: Intent, error: RejectedError, target: TargetBooks) -> None:
    """The target refused the batch as a whole: nothing stands. One is held; several are halved to find which."""
    if len(intent.plans) == 1:
        settling.settle(slice_, intent, [WriteOutcome(None, error.refusals)])
        return
    settling.not_sent(slice_, intent, error)
    middle = len(intent.plans) // 2
    for half in (intent.plans[:middle], intent.plans[middle:]):
        if slice_.has_time():
            again = intend(slice_, [_waiting(plan) for plan in half], target)
            if again is not None:
                _send(slice_, again, target)


def _waiting(plan: Plan) -> Plan:
    plan.record.work = Work.WAITING
    return plan


def _looked_up_first(slice_: Slice, plans: list[Plan], target: TargetBooks) -> list[Plan]:
    """After a restored or copied database every unposted record is looked up before its first write (E5)."""
    doubtful = [plan for plan in plans if plan.record.look_up_first and plan.bill is not None]
    if not doubtful:
        return plans
    bills = [plan.bill for plan in doubtful if plan.bill is not None]
    found = target.find([Sought(bill.number, bill.contact, bill.link) for bill in bills])
    standing = {
        plan.record.pk: matches
        for plan, bill in zip(doubtful, bills, strict=True)
        if (matches := [stored for stored in found.get(bill.link, []) if stored.status is not BillStatus.REMOVED])
    }
    settling.adopt(slice_, [(plan, standing[plan.record.pk][0]) for plan in doubtful if plan.record.pk in standing])
    absent = [plan.record.pk for plan in doubtful if plan.record.pk not in standing]
    Record.objects.filter(pk__in=absent).update(look_up_first=False)
    return [plan for plan in plans if plan.record.pk not in standing]


def _untouched(slice_: Slice, plans: list[Plan], target: TargetBooks) -> list[Plan]:
    """Read the drafts as they stand now; only what nobody touched may be updated or deleted by us (A12, A37)."""
    wanted = [plan.stands_on.target_id for plan in plans if plan.stands_on is not None]
    stored = {bill.target_id: bill for bill in target.bills(wanted)}
    going, lost = [], []
    for plan in plans:
        on = plan.stands_on
        bill = stored.get(on.target_id) if on else None
        ours = (
            bill is not None
            and on is not None
            and STANDINGS[bill.status] == Standing.DRAFT
            and content_fingerprint(bill) == on.stored_fingerprint
        )
        if ours:
            going.append(plan)
        else:
            lost.append((plan, bill))
    touched.hold(slice_, lost)
    return going
