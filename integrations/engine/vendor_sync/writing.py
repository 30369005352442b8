"""Writing vendors as bills are written: commit the intent, send at most once, commit the answer (E1 to E3)."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from audit.trail import Event, log_many
from integrations.documents import PreparedWrite, Vendor
from integrations.engine import intents, trail
from integrations.engine.slice import SliceOverError
from integrations.engine.vendor_sync import free, linked, settling, shelf, units
from integrations.engine.vendor_sync.plans import Keeping, VendorPlan, key_of, mark
from integrations.errors import (
    CounterfoilError,
    OutcomeUnknownError,
    RejectedError,
)
from integrations.explanations import sentence
from integrations.models import Posting, Record, Request, RequestLine, Side, Work
from integrations.pairs.vendor_flow import source_values, values_of
from integrations.systems import system
from integrations.vendor_documents import VendorAction, VendorOutcome, VendorWrite


@dataclass(frozen=True, slots=True)
class VendorIntent:
    """One committed request: the plans in the order of its elements, and until when it may leave (E3)."""

    request: Request
    prepared: PreparedWrite
    plans: tuple[VendorPlan, ...]
    lines: tuple[RequestLine, ...]
    sent_by: float


def mark_of(keeping: Keeping, plan: VendorPlan) -> str:
    return mark(keeping, plan.side, plan.sides)


def write(keeping: Keeping, plans: Sequence[VendorPlan]) -> int:
    """Write these plans in batches as large as each system takes; how many were sent."""
    sent = 0
    for side, action, chosen in _sorted(plans):
        size = system(keeping.connection(side).system).vendor_batch
        for start in range(0, len(chosen), size):
            if not keeping.slice_.has_time():
                keeping.slice_.more = True
                return sent
            sent += _write_batch(keeping, side, action, chosen[start : start + size])
    return sent


def _sorted(plans: Sequence[VendorPlan]) -> Iterator[tuple[Side, VendorAction, list[VendorPlan]]]:
    for side in (Side.TARGET, Side.SOURCE):
        for action in VendorAction:
            if chosen := [plan for plan in plans if plan.side == side and plan.action is action]:
                yield side, action, chosen


def _write_batch(keeping: Keeping, side: Side, action: VendorAction, plans: list[VendorPlan]) -> int:
    if action is VendorAction.UPDATE:
        plans = _as_last_seen(keeping, side, plans)
    else:
        plans = _not_there_yet(keeping, side, plans)
    intent = intend(keeping, plans) if plans else None
    if intent is not None:
        _send(keeping, intent)
    return len(plans)


def _as_last_seen(keeping: Keeping, side: Side, plans: list[VendorPlan]) -> list[VendorPlan]:
    """Read them as they stand now: whoever was edited since they were compared is compared once more first."""
    stored = {each.source_id: each for each in keeping.system(side).vendors_by_ids([_key(plan) for plan in plans])}
    connection, feed = keeping.connection(side), keeping.flow.feed(side)
    known = shelf.vendors(connection, feed, [_key(plan) for plan in plans])
    going, moved = [], []
    for plan in plans:
        live, seen = stored.get(_key(plan)), known.get(_key(plan))
        if live is None:
            moved.append(shelf.gone(seen) if seen else None)
        elif seen is None or _differ(side, live, seen):
            moved.append(live)
        else:
            going.append(replace(plan, before=live))
    with transaction.atomic():
        keeping.slice_.fence()
        units.tell(connection, feed, shelf.keep(connection, feed, [each for each in moved if each is not None]))
    return going


def _differ(side: Side, live: Vendor, seen: Vendor) -> bool:
    if side == Side.SOURCE:
        return source_values(live, {}) != source_values(seen, {})
    return values_of(live) != values_of(seen) or live.merged_to != seen.merged_to


def _not_there_yet(keeping: Keeping, side: Side, plans: list[VendorPlan]) -> list[VendorPlan]:
    """After a restored database by our mark (E5); else by name, where the system would take the same name twice."""
    doubtful = [plan for plan in plans if plan.record.look_up_first]
    found = keeping.system(side).vendors_marked([mark_of(keeping, plan) for plan in doubtful]) if doubtful else {}
    standing = [(plan, found[mark_of(keeping, plan)][0]) for plan in doubtful if found.get(mark_of(keeping, plan))]
    settling.adopt(keeping, standing)
    left = [plan for plan in plans if plan.record.pk not in {each.record.pk for each, _ in standing}]
    absent = [plan.record.pk for plan in doubtful if not found.get(mark_of(keeping, plan))]
    Record.objects.filter(pk__in=absent).update(look_up_first=False)
    alike = {plan.record.pk: keeping.system(side).vendors_named(plan.values["name"]) for plan in left}
    settling.hold_name_taken(keeping, [plan for plan in left if alike[plan.record.pk]])
    return [plan for plan in left if not alike[plan.record.pk]]


def intend(keeping: Keeping, plans: Sequence[VendorPlan]) -> VendorIntent | None:
    """Commit what is about to be sent. Records that another worker took meanwhile are left to it."""
    began = time.monotonic()
    with transaction.atomic():
        keeping.slice_.fence()
        claimed = _claim(keeping, free.still(keeping, plans))
        if not claimed:
            return None
        prepared = keeping.system(claimed[0].side).prepare_vendors([_write(keeping, plan) for plan in claimed])
        request = intents.request_for(keeping.slice_, keeping.connection(claimed[0].side), prepared)
        lines = _lines(request, claimed)
        for plan in claimed:
            _remember(plan)
            plan.record.work = Work.POSTING
        Record.objects.filter(pk__in=[plan.record.pk for plan in claimed]).update(
            work=Work.POSTING, attempts=F("attempts") + 1, changed_at=timezone.now()
        )
        log_many(_intended(keeping, plan, line) for plan, line in zip(claimed, lines, strict=True))
    return VendorIntent(request, prepared, tuple(claimed), tuple(lines), began + intents.LEAVES_WITHIN)


def _claim(keeping: Keeping, plans: Sequence[VendorPlan]) -> list[VendorPlan]:
    """Take the posting rows; the unique reference lets only one integration create a vendor's counterpart."""
    claimed, taken = [], []
    for plan in plans:
        posting = Posting.objects.filter(record=plan.record, kind=keeping.flow.kind(plan.side)).first()
        if posting is None and plan.action is VendorAction.UPDATE:
            posting = linked.stand(keeping, plan.sides, plan.side, _key(plan))
        if posting is None:
            posting, _ = Posting.objects.get_or_create(
                connection=keeping.connection(plan.side),
                kind=keeping.flow.kind(plan.side),
                reference=reference_of(keeping, plan),
                defaults={"record": plan.record},
            )
        if posting.record_id == plan.record.pk:
            claimed.append(replace(plan, posting=posting))
        else:
            taken.append(plan.record)
    settling.leave_to_others(taken)
    return claimed


def reference_of(keeping: Keeping, plan: VendorPlan) -> str:
    """One per vendor and company, whichever integration creates it."""
    if plan.side == Side.TARGET:
        return f"{keeping.flow.letter}{keeping.integration.source.books_id}-{plan.sides.source_key}"
    return f"{keeping.flow.lone_letter}{keeping.integration.target.books_id}-{plan.sides.target_key}"


def _write(keeping: Keeping, plan: VendorPlan) -> VendorWrite:
    mark = mark_of(keeping, plan) if plan.action is VendorAction.CREATE else ""
    return VendorWrite(plan.action, plan.values, mark, plan.before)


def _remember(plan: VendorPlan) -> None:
    """What is sent, and what the other side has now: both bases can be moved even if the answer is lost."""
    plan.sides.sent = {"values": dict(plan.values), "origin": dict(plan.origin)}
    plan.sides.save(update_fields=["sent"])


def _lines(request: Request, plans: Sequence[VendorPlan]) -> list[RequestLine]:
    postings = [plan.posting for plan in plans if plan.posting is not None]
    earlier = intents.attempts(postings)
    return RequestLine.objects.bulk_create(
        RequestLine(
            request=request,
            posting=posting,
            step=plan.action.value,
            content_version=plan.content,
            attempt=earlier[posting.pk, plan.action.value, plan.content] + 1,
        )
        for plan, posting in zip(plans, postings, strict=True)
    )


def _intended(keeping: Keeping, plan: VendorPlan, line: RequestLine) -> Event:
    return trail.event(
        "vendor.intended",
        plan.record,
        target=keeping.label(plan.side),
        step=plan.action.value,
        attempt=line.attempt,
        request=line.request_id,
        fields=dict(plan.values),
    )


def _send(keeping: Keeping, intent: VendorIntent) -> None:
    """At most one write. What became of it is known, or in doubt; nothing else."""
    client = keeping.system(intent.plans[0].side)
    try:
        outcomes = client.send_vendors(intent.prepared, key=intent.request.key, sent_by=intent.sent_by)
    except OutcomeUnknownError as error:
        settling.doubt(keeping, intent.request, [plan.record for plan in intent.plans], sentence(error))
    except SliceOverError:
        settling.not_sent(keeping, intent, intents.out_of_time(), tried=False)
        raise
    except RejectedError as error:
        _refused_whole(keeping, intent, error)
    except CounterfoilError as error:
        settling.not_sent(keeping, intent, error)
        raise
    else:
        settling.settle(keeping, intent, outcomes)


def _refused_whole(keeping: Keeping, intent: VendorIntent, error: RejectedError) -> None:
    """The system refused the batch as a whole: nothing stands. One is held; several are halved to find which."""
    if len(intent.plans) == 1:
        settling.settle(keeping, intent, [VendorOutcome(None, error.refusals or (str(error),))])
        return
    settling.not_sent(keeping, intent, error)
    middle = len(intent.plans) // 2
    for half in (intent.plans[:middle], intent.plans[middle:]):
        if keeping.slice_.has_time():
            again = intend(keeping, half)
            if again is not None:
                _send(keeping, again)


def _key(plan: VendorPlan) -> str:
    return key_of(plan.sides, plan.side)
