"""Letting records go on: released by hand or because what was missing came, or replayed. Each leaves an entry.

What people decide about a record stands in `record_decisions`. Every function takes the records and who asks, and
returns what became of each, in words. The page asks for the permission; the closed list of hold reasons says which
action a record allows (E12).
"""

from collections.abc import Callable, Iterable

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from audit.trail import log_many
from integrations.engine import trail
from integrations.engine.files import waiting
from integrations.hold_reasons import HOLD_REASONS, VENDOR_APPROVAL, Action
from integrations.models import Gap, Record, SourceDocument, Work
from integrations.pairs import pair

Result = list[tuple[Record, str]]
STOPPED = (Work.HELD, Work.APPROVAL)
OF_VENDORS = frozenset({Action.RELEASE, Action.REPLAY, Action.EXCLUDE})


def release(records: Iterable[Record], by: User) -> Result:
    """Let held records be translated again, with today's tables and the document read again (E31)."""
    return each(records, lambda record: _go_again(record, by, Action.RELEASE, "record.released", "by hand"))


def replay(records: Iterable[Record], by: User) -> Result:
    """Read the source again, translate with today's mappings, post: never a second document (A2)."""
    return each(records, lambda record: _replay(record, by))


def close_gaps(scope_id: int, answered: Callable[[Gap], bool], tables: Iterable[str]) -> int:
    """Close the gaps a saved row answers; records that lack nothing more go on, in the row's transaction (E9)."""
    now = timezone.now()
    open_gaps = Gap.objects.filter(
        closed_at=None, table__in=list(tables), record__integration__scope_id=scope_id
    ).select_related("record")
    closed = [gap for gap in open_gaps if answered(gap)]
    Gap.objects.filter(pk__in=[gap.pk for gap in closed]).update(closed_at=now)
    candidates = {gap.record_id for gap in closed}
    still = set(Gap.objects.filter(record__in=candidates, closed_at=None).values_list("record_id", flat=True))
    stopped = Q(work=Work.HELD) | Q(work=Work.APPROVAL, hold_reason=VENDOR_APPROVAL)
    free = Record.objects.filter(stopped, pk__in=candidates - still).select_related("document")
    return let_go(list(free), "what was missing has been added")


@transaction.atomic
def let_go(records: list[Record], why: str, actor: User | None = None) -> int:
    """Held to waiting, exactly once each; their documents are read again before they are translated.

    Who was moved meanwhile, by a person or a run, stays where they put it.
    """
    if not records:
        return 0
    locked = Record.objects.select_for_update().filter(pk__in=[record.pk for record in records], work__in=STOPPED)
    still = set(locked.order_by("pk").values_list("pk", flat=True))
    records = [record for record in records if record.pk in still]
    moved = Record.objects.filter(pk__in=still).update(
        work=Work.WAITING,
        hold_reason="",
        explanation="",
        attempts=0,
        not_before=None,
        changed_at=timezone.now(),
    )
    SourceDocument.objects.filter(pk__in=[record.document_id for record in records]).update(
        detail_due=True, detail_failures=0, detail_not_before=None
    )
    log_many(trail.event_by("record.released", record, actor, {"why": why}) for record in records)
    return moved


def each(records: Iterable[Record], act: Callable[[Record], str]) -> Result:
    """Each in a transaction of its own, locked, so that two people at once do it once."""
    results: Result = []
    for given in records:
        with transaction.atomic():
            record = (
                Record.objects.select_for_update(of=("self",))
                .select_related("document", "integration__source__books", "integration__target__books")
                .get(pk=given.pk)
            )
            results.append((record, act(record)))
    return results


def allowed(record: Record, action: Action) -> bool:
    """What its hold reason allows; of a vendor nothing is posted, so only what lets it go or leaves it out."""
    reason = HOLD_REASONS.get(record.hold_reason)
    return reason is not None and action in reason.actions and (action in OF_VENDORS or not is_vendor(record))


def is_vendor(record: Record) -> bool:
    """One that is compared field by field by what keeps both sides in step, not translated."""
    flow = pair(record.integration.pair).vendors
    return flow is not None and record.flow == flow.slug


def _go_again(record: Record, by: User, action: Action, entry: str, why: str) -> str:
    if record.work not in STOPPED:
        return "was already handled by someone else."
    if not allowed(record, action):
        return f"cannot be released while it is held as “{HOLD_REASONS[record.hold_reason].label}”: mend the cause."
    let_go([record], why, by)
    return "released."


def _replay(record: Record, by: User) -> str:
    if record.work in (Work.POSTING, Work.DOUBT):
        return "is being checked in the target right now; nothing was changed."
    if record.work in (Work.EXCLUDED_PERSON, Work.APPROVAL):
        return "waits for a person's decision, not for a replay."
    if record.work == Work.HELD and not allowed(record, Action.REPLAY):
        return f"cannot be replayed while it is held as “{HOLD_REASONS[record.hold_reason].label}”."
    Record.objects.filter(pk=record.pk).update(
        work=Work.WAITING,
        hold_reason="",
        explanation="",
        attempts=0,
        not_before=None,
        changed_at=timezone.now(),
    )
    SourceDocument.objects.filter(pk=record.document_id).update(
        detail_due=True, detail_failures=0, detail_not_before=None
    )
    waiting.again(record)
    log_many([trail.event_by("record.replayed", record, by, {"before": Work(record.work).label})])
    return "will be read and translated again on the next run."
