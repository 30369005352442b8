"""After a crash or a lost answer: wait until the write must have ended, look up live, adopt or write anew (E2)."""

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.utils import timezone

from audit.trail import Event, log_many
from integrations.documents import BillAction, StoredBill
from integrations.engine import bulk, intents, references, settling, trail
from integrations.engine.index import STANDINGS, note
from integrations.engine.slice import Slice
from integrations.engine.untouched import content_fingerprint
from integrations.models import Outcome, Record, Request, RequestLine, Standing, Work
from integrations.systems.protocols import Sought, TargetBooks

# Other steps, like attaching a file, settle their own.
STEPS = tuple(action.value for action in BillAction)


def mark_lost(slice_: Slice) -> None:
    """Intents of a worker that no longer holds the lease: nobody knows whether they were sent."""
    requests = Request.objects.filter(
        outcome=Outcome.INTENDED,
        lines__posting__record__integration=slice_.integration,
        lines__posting__record__flow__in=_flows(slice_),
        lines__step__in=STEPS,
    ).distinct()
    for request in requests:
        with transaction.atomic():
            slice_.fence()
            records = Record.objects.filter(postings__lines__request=request, work=Work.POSTING).select_related(
                "document"
            )
            intents.put_records_in_doubt(
                request, list(records), intents.WORKER_STOPPED, "bill.in_doubt", slice_.integration.target.label
            )


def recover(slice_: Slice, target: TargetBooks) -> None:
    """Settle every doubt whose time has come; the others keep their time."""
    now = timezone.now()
    mine = RequestLine.objects.filter(
        outcome__in=intents.OPEN,
        step__in=STEPS,
        posting__record__integration=slice_.integration,
        posting__record__flow__in=_flows(slice_),
    )
    later = (
        mine.filter(request__settles_at__gt=now)
        .order_by("request__settles_at")
        .values_list("request__settles_at", flat=True)
        .first()
    )
    if later is not None:
        slice_.wake_at(later)
    due = mine.filter(request__settles_at__lte=now).select_related("request", "posting__record__document")
    by_request: dict[int, list[RequestLine]] = {}
    for line in due.order_by("request_id", "id"):
        by_request.setdefault(line.request_id, []).append(line)
    for lines in by_request.values():
        _look_up(slice_, lines, target)


def _flows(slice_: Slice) -> list[str]:
    """The flows of documents; vendors settle their own writes."""
    return [flow.slug for flow in slice_.pair.flows]


def _look_up(slice_: Slice, lines: Sequence[RequestLine], target: TargetBooks) -> None:
    created = [line for line in lines if line.step == BillAction.CREATE]
    changed = [line for line in lines if line.step != BillAction.CREATE]
    found: dict[int, StoredBill | None] = {}
    if created:
        found.update(_find_created(created, target))
    if changed:
        stored = {bill.target_id: bill for bill in target.bills([line.posting.target_id for line in changed])}
        found.update({line.pk: _if_it_happened(line, stored.get(line.posting.target_id)) for line in changed})
    _commit(slice_, lines, found)


def _find_created(lines: Sequence[RequestLine], target: TargetBooks) -> dict[int, StoredBill | None]:
    """Only our exact link makes a bill ours; the oldest one stands where several do."""
    links = {line.pk: references.link(line.posting.reference) for line in lines}
    matches = target.find(
        [Sought(line.posting.record.number, line.contact, links[line.pk]) for line in lines],
        since=min(line.request.intended_at for line in lines),
    )
    chosen: dict[int, StoredBill | None] = {}
    for line in lines:
        ranked = sorted(
            matches.get(links[line.pk], []),
            key=lambda bill: (STANDINGS[bill.status] == Standing.REMOVED, bill.modified_at),
        )
        known_before = [bill for bill in ranked if bill.target_id == line.posting.target_id and line.posting.target_id]
        fresh = [bill for bill in ranked if bill not in known_before]
        chosen[line.pk] = fresh[0] if fresh else None
    return chosen


def _if_it_happened(line: RequestLine, stored: StoredBill | None) -> StoredBill | None:
    """A change is known to have happened when what stands is no longer what stood before it."""
    if stored is None:
        return None
    if line.step == BillAction.DELETE:
        return stored if STANDINGS[stored.status] == Standing.REMOVED else None
    if line.posting.taken_from_id:  # an order's draft that became a bill may have kept its contents
        return stored if stored.link == references.link(line.posting.reference) else None
    before = line.stood_before or line.posting.stored_fingerprint
    return None if content_fingerprint(stored) == before else stored


def _commit(slice_: Slice, lines: Sequence[RequestLine], found: dict[int, StoredBill | None]) -> None:
    now = timezone.now()
    events: list[Event] = []
    with transaction.atomic():
        slice_.fence()
        free = set(
            Record.objects.select_for_update()
            .filter(pk__in=[line.posting.record_id for line in lines], work__in=[Work.POSTING, Work.DOUBT])
            .order_by("pk")
            .values_list("pk", flat=True)
        )
        settled = [line for line in lines if line.posting.record_id in free]
        for line in settled:
            stored = found[line.pk]
            line.outcome = Outcome.FOUND if stored else Outcome.ABSENT
            events.append(_resolve(slice_, line, stored))
            line.posting.record.changed_at = now
        bulk.save([line.posting.record for line in settled], settling.RECORD_FIELDS)
        bulk.save([line.posting for line in settled if found[line.pk]], settling.POSTING_FIELDS)
        bulk.save(settled, ["outcome"])
        _close_requests({line.request_id for line in lines})
        note(slice_, [stored for stored in found.values() if stored is not None])
        log_many(events)


def _resolve(slice_: Slice, line: RequestLine, stored: StoredBill | None) -> Event:
    posting, record, target = line.posting, line.posting.record, slice_.integration.target.label
    record.not_before, record.hold_reason, record.explanation = None, "", ""
    if stored is None:
        record.work = Work.WAITING
        return trail.event("bill.absent", record, target=target, request=line.request_id)
    # Adopted, then translated once more: what was sent is compared with what stands, and the ledgers are kept.
    record.work, record.attempts = Work.WAITING, 0
    settling.take_over(posting, stored, line.content_version, line.expected_total, line.step)
    posting.posted_at, posting.run = posting.posted_at or timezone.now(), slice_.run
    posting.files_due = slice_.wants_files(record.flow)
    return trail.event(
        "bill.found",
        record,
        target=target,
        number=stored.number,
        net=stored.net,
        total=stored.total,
        currency=stored.currency,
        target_id=stored.target_id,
        request=line.request_id,
    )


def _close_requests(ids: Iterable[int]) -> None:
    for request in Request.objects.filter(pk__in=ids).exclude(lines__outcome__in=intents.OPEN):
        found = request.lines.filter(outcome=Outcome.FOUND).exists()
        request.outcome = Outcome.FOUND if found else Outcome.ABSENT
        request.answered_at = timezone.now()
        request.save(update_fields=["outcome", "answered_at"])
