"""What people changed in projects of what we wrote there: looked at once a day, project by project (E34, A42).

A project costs a call for each fifty of our commitments and one for each hundred requisitions, one for its direct costs
where we have any, and one for each commitment on which something else is paid than we wrote. What was edited is
flagged with what changed; what was removed wakes its record, which is then held for a decision.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from math import ceil
from typing import TypeVar

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from audit.trail import log_many
from integrations.engine import decisions, drift, sweeping
from integrations.engine.projects import edits, standing
from integrations.engine.projects.edits import Difference
from integrations.engine.slice import Slice
from integrations.errors import GoneError, NeedsPermissionError
from integrations.models import Integration, Posting, Record, Standing, Sweep, Work
from integrations.money import ZERO
from integrations.project_documents import StoredCommitment, StoredRequisition
from integrations.systems.protocols import ProjectBooks

EVERY = timedelta(days=1)
Stored = TypeVar("Stored")
LIVE = (Standing.DRAFT, Standing.LEDGER)
KINDS = (standing.COMMITMENT, standing.REQUISITION, standing.PAYMENT, standing.DIRECT_COST)
# Whoever is on the way there is looked at by whoever takes it there.
ON_THE_WAY = (Work.POSTING, Work.DOUBT, Work.WAITING)


@dataclass
class Seen:
    """What one project shows of ours: per record what differs, and the postings of what is no longer there."""

    fields: dict[int, list[Difference]] = field(default_factory=dict)
    removed: list[Posting] = field(default_factory=list)
    calls: int = 0

    def differs(self, record: int, found: Sequence[Difference]) -> None:
        self.fields.setdefault(record, []).extend(found)


def watch(slice_: Slice, target: ProjectBooks) -> None:
    """The projects that are left of today's look; the next slice goes on where this one has no time for more."""
    sweep = _due(slice_.integration)
    if sweep is None:
        return
    for project in _projects(slice_.integration)[sweep.page - 1 :]:
        if not slice_.has_time():
            slice_.more = True
            return
        mine = list(_watched(slice_.integration, project))
        try:
            seen = _look(slice_.integration, target, project, mine)
        except (NeedsPermissionError, GoneError):
            seen = Seen()  # a project that is closed to us tells nothing; the connection's test names it
            mine = []
        _take_in(slice_, sweep, mine, seen)
    with transaction.atomic():
        slice_.fence()
        Sweep.objects.filter(pk=sweep.pk).update(finished_at=timezone.now())


def _due(integration: Integration) -> Sweep | None:
    """The look that is under way, or a new one a day after the last began, and after the first document stood."""
    feed = sweeping.project_feed(integration)
    last = Sweep.objects.filter(connection=integration.target, feed=feed).order_by("-started_at").first()
    if last is not None and last.finished_at is None:
        return last
    before = timezone.now() - EVERY
    if last is not None:
        return None if last.started_at > before else sweeping.begin(integration.target, Sweep.TARGET, feed)
    stood = Posting.objects.filter(record__integration=integration, kind__in=KINDS, standing__in=LIVE)
    return (
        sweeping.begin(integration.target, Sweep.TARGET, feed) if stood.filter(posted_at__lt=before).exists() else None
    )


def _projects(integration: Integration) -> list[str]:
    return sorted(set(_standing(integration).order_by().values_list("project", flat=True)))


def _standing(integration: Integration) -> QuerySet[Posting]:
    mine = Posting.objects.filter(record__integration=integration, connection=integration.target, kind__in=KINDS)
    return mine.filter(standing__in=LIVE).exclude(target_id="").exclude(project="")


def _watched(integration: Integration, project: str) -> QuerySet[Posting]:
    found = _standing(integration).filter(project=project).exclude(record__work__in=ON_THE_WAY)
    return found.select_related("record__document", "record__integration__target").order_by("pk")


def _look(integration: Integration, target: ProjectBooks, project: str, mine: Sequence[Posting]) -> Seen:
    seen, of_kind = Seen(), {kind: [each for each in mine if each.kind == kind] for kind in KINDS}
    if of_kind[standing.COMMITMENT]:
        _look_at_commitments(integration, target, project, of_kind, seen)
    if direct := of_kind[standing.DIRECT_COST]:
        seen.calls += 1
        costs = {each.target_id: each for each in target.direct_costs(project)}
        _compare(direct, costs, edits.of_direct_cost, seen)
    return seen


def _look_at_commitments(
    integration: Integration, target: ProjectBooks, project: str, of_kind: Mapping[str, list[Posting]], seen: Seen
) -> None:
    rows = of_kind[standing.COMMITMENT]
    found = {each.target_id: each for each in target.commitments(project, [row.target_id for row in rows])}
    there = {key: each for key, each in found.items() if not each.removed}
    requisitions = target.requisitions_of_project(project)
    seen.calls += ceil(len(rows) / 50) + max(1, ceil(len(requisitions) / 100))
    _compare(rows, there, lambda row, stored: edits.of_commitment(integration, row, stored), seen)
    _compare(of_kind[standing.REQUISITION], {each.target_id: each for each in requisitions}, edits.of_requisition, seen)
    ours = {row.target_id for row in of_kind[standing.REQUISITION]}
    for row in rows:
        if (stored := there.get(row.target_id)) is not None:
            seen.differs(row.record_id, edits.billed_by_others(stored, requisitions, ours))
            _look_at_payments(target, row, stored, requisitions, of_kind, seen)


def _look_at_payments(
    target: ProjectBooks, row: Posting, stored: StoredCommitment, requisitions: Sequence[StoredRequisition],
    of_kind: Mapping[str, list[Posting]], seen: Seen,
) -> None:  # fmt: skip
    """Read only where the commitment's paid total is not the sum of ours: no list shows the payments of several."""
    on_it = {each.target_id for each in requisitions if each.commitment == row.target_id}
    bills = {each.record_id for each in of_kind[standing.REQUISITION] if each.target_id in on_it}
    ours = [each for each in of_kind[standing.PAYMENT] if each.record_id in bills]
    if stored.paid == sum((each.target_total or ZERO for each in ours), ZERO):
        return
    seen.calls += 1
    there = target.payments(row.project, row.target_id)
    for each in ours:
        seen.differs(each.record_id, edits.of_payment(each, there))
    every = {each.target_id for each in of_kind[standing.PAYMENT]}
    seen.differs(row.record_id, edits.paid_by_others(there, every))


def _compare(
    rows: Sequence[Posting], there: Mapping[str, Stored], edited: Callable[[Posting, Stored], list[Difference]],
    seen: Seen,
) -> None:  # fmt: skip
    for row in rows:
        if row.target_id in there:
            seen.differs(row.record_id, edited(row, there[row.target_id]))
        else:
            seen.removed.append(row)


def _take_in(slice_: Slice, sweep: Sweep, mine: Sequence[Posting], seen: Seen) -> None:
    """Flags, and records that have lost what stood for them, with where the look goes on."""
    gone = {row.record_id for row in seen.removed}
    records = {row.record_id: row.record for row in mine}
    with transaction.atomic():
        slice_.fence()
        decisions.queue_up(records)
        for pk, record in records.items():
            found = [] if pk in gone else seen.fields.get(pk, [])
            log_many(drift.keep(record, found, content_of(found)))
        for row in seen.removed:
            row.standing = Standing.REMOVED
            row.save(update_fields=["standing"])
        woken = Record.objects.filter(pk__in=gone, work=Work.DONE).update(
            work=Work.WAITING, explanation="", not_before=None, changed_at=timezone.now()
        )
        slice_.again = slice_.again or bool(woken)
        Sweep.objects.filter(pk=sweep.pk).update(
            page=F("page") + 1, calls=F("calls") + seen.calls, seen=F("seen") + len(mine),
            missing=F("missing") + len(seen.removed),
        )  # fmt: skip


def content_of(found: Sequence[Difference]) -> str:
    """What an acceptance of it is bound to."""
    return hashlib.sha256(repr(sorted(found)).encode()).hexdigest()
