"""Records that a rule placed are placed anew when the rule changes (A80, A98): in the change's own transaction.

What needs the lines of a document to be judged waits for the next run; nothing that stands in the target is touched.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from audit.trail import log_many
from integrations.engine import leaving, trail
from integrations.engine.terms import terms_of
from integrations.engine.vendor_sync.reading import outdate_vendors
from integrations.models import Gap, Integration, Posting, Record, SourceDocument, Standing, Work
from integrations.pairs import pair
from integrations.pairs.flow import Place, Verdict
from integrations.systems import system
from mappings.models import Scope

AT_A_TIME = 500
BY_RULE = (Work.BEFORE_START, Work.EXCLUDED_RULE)
PLACING = frozenset({"start_date", "scope_id", "bills_from", "include_card_orders"})
STANDS = (Standing.DRAFT, Standing.LEDGER, Standing.REMOVED)
Change = tuple[Record, Verdict]


@transaction.atomic
def after_settings(integration: Integration, names: Iterable[str], by: User | None) -> int:
    """How many records are elsewhere now that these settings of the integration changed."""
    changed = PLACING & set(names)
    if not changed:
        return 0
    if integration.include_card_orders and "include_card_orders" in changed:
        outdate_vendors(integration.source)  # whom cards and expenses are owed to was not read so far (A32)
    affected = Q(work__in=BY_RULE) | (_judged_by_company() if "scope_id" in changed else Q(pk__in=()))
    return _place(integration, affected, "the settings of its integration changed", by)


@transaction.atomic
def after_parts(scope: Scope, by: User | None) -> int:
    """The same for every integration of the source: what leaves one company comes into another (A80).

    What stands is flagged by the next run, which looks through it.
    """
    why, affected = "the locations and departments of a set of tables changed", _judged_by_company()
    found = list(
        Integration.objects.filter(scope__source_books=scope.source_books_id).select_related("source", "target")
    )
    leaving.ask(found)
    return sum(_place(integration, affected, why, by) for integration in found)


def _judged_by_company() -> Q:
    """What its company decides: excluded, held for it, or held for what only this company's tables have to know."""
    lacks = Exists(Gap.objects.filter(record=OuterRef("pk"), closed_at=None))
    held = Q(work=Work.HELD) & (Q(hold_reason="spans-companies") | Q(lacks))
    return Q(work=Work.EXCLUDED_RULE) | Q(work=Work.APPROVAL) | held


def _place(integration: Integration, affected: Q, why: str, by: User | None) -> int:
    rule, terms = pair(integration.pair), terms_of(integration)
    parse: Any = system(integration.source.system).load_parse()
    stands = Posting.objects.filter(record=OuterRef("pk"), standing__in=STANDS)
    moved = 0
    for flow in (flow for flow in rule.flows if flow.slug != "vendors"):
        rows = Record.objects.filter(~Exists(stands), affected, integration=integration, flow=flow.slug)

        def verdict(record: Record, flow: Any = flow) -> Verdict:
            summary = parse.summary(flow.feed, parse.loads(record.document.summary))
            found: Verdict = flow.place(summary, terms)
            return found

        moved += sum(_move(some, verdict, why, by) for some in _portions(rows))
    return moved


def _portions(rows: QuerySet[Record]) -> Iterable[list[Record]]:
    """By id: what was placed in one portion is not met again. Locked: a run may be at some of them."""
    reached = 0
    readable = rows.exclude(document__summary="").filter(document__unreadable_field="")
    locked = readable.select_related("document").select_for_update(of=("self",)).order_by("pk")
    while some := list(locked.filter(pk__gt=reached)[:AT_A_TIME]):
        yield some
        reached = some[-1].pk


def _move(records: Sequence[Record], verdict: Callable[[Record], Verdict], why: str, by: User | None) -> int:
    changed = [(record, found) for record in records if _differs(record, found := verdict(record))]
    now = timezone.now()
    for record, found in changed:
        goes_on = found.place is Place.WAITING
        record.work = Work.WAITING if goes_on else Work(found.place.value)
        record.hold_reason, record.explanation = "", "" if goes_on else found.why
        record.attempts, record.not_before, record.changed_at = 0, None, now
    with transaction.atomic():
        fields = ["work", "hold_reason", "explanation", "attempts", "not_before", "changed_at"]
        Record.objects.bulk_update([record for record, _ in changed], fields)
        ids = [record.pk for record, _ in changed]
        Gap.objects.filter(record__in=ids, closed_at=None).update(closed_at=now)
        unread = [record.document_id for record, found in changed if found.place is Place.WAITING]
        SourceDocument.objects.filter(pk__in=unread, detail="").update(
            detail_due=True, detail_failures=0, detail_not_before=None
        )
        log_many(
            trail.event_by("record.placed_anew", record, by, {"why": why, "place": Work(record.work).label})
            for record, _ in changed
        )
    return len(changed)


def _differs(record: Record, found: Verdict) -> bool:
    """What waits for the lines is judged again with them; what the list alone decides, only where it says otherwise."""
    return found.place is Place.WAITING or (record.work, record.explanation) != (found.place.value, found.why)
