"""Reading a project's budget with everything of ours that it may not count yet, under one lease per project (A88).

Nothing locks a budget outside, and it counts an order only once its status does. So what our orders hold stands in
reservations: taken with the intent, and taken off the budget until one is read that surely counts them.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from integrations.documents import Unreadable
from integrations.engine import leases
from integrations.engine.intents import OPEN
from integrations.engine.projects.standing import COMMITMENT
from integrations.engine.slice import LEASE_SECONDS, Slice
from integrations.models import Connection, Integration, Posting, ProjectBudget, Record, Reservation, Standing, Work
from integrations.pairs.xero_procore.budget import WHOLE_PROJECT, OwnOrder, Reserved, Surroundings
from integrations.pairs.xero_procore.documents import order_origin
from integrations.project_documents import BudgetLine, CommitmentStatus, StoredCommitment
from integrations.systems.protocols import ProjectBooks
from mappings.models import Kind, ReferenceEntry

LIVE = (Standing.DRAFT, Standing.LEDGER)
# Records that are on their way; a held one of which nothing stands, or may stand, holds nothing.
UNDER_WAY = (Work.WAITING, Work.POSTING, Work.DOUBT)
COUNTED_BY_NOTHING = frozenset({CommitmentStatus.DRAFT, CommitmentStatus.CLOSED})


@dataclass(frozen=True, slots=True)
class Purse:
    """The lease of one project's budget. It bears the token of the run that has it, and ends with that run's lease."""

    row: ProjectBudget
    token: str

    def fence(self) -> None:
        """In a transaction: LostLeaseError when somebody else looks at this budget now."""
        leases.renew(ProjectBudget, self.row.pk, self.token, LEASE_SECONDS)


@contextmanager
def purse(slice_: Slice, project: str) -> Iterator[Purse | None]:
    """None while another worker has it."""
    row, _ = ProjectBudget.objects.get_or_create(connection=slice_.integration.target, project=project)
    if not _claim(row, slice_.token):
        yield None
        return
    try:
        row.refresh_from_db()
        yield Purse(row, slice_.token)
    finally:
        leases.free(ProjectBudget, row.pk, slice_.token)


def _claim(row: ProjectBudget, token: str) -> bool:
    """From nobody, or from a worker that has no run any more: it died, or stood still until another took over.

    The row is locked before its owner is looked up. One statement for both would wait for the row and then judge a new
    owner by what it saw before it waited, when that owner's run had not begun.
    """
    now = timezone.now()
    with transaction.atomic(durable=True):
        owner = ProjectBudget.objects.select_for_update().values_list("lease_token", flat=True).get(pk=row.pk)
        if owner and Integration.objects.filter(lease_token=owner, lease_until__gt=now).exists():
            return False
        ProjectBudget.objects.filter(pk=row.pk).update(
            lease_token=token, lease_until=now + timedelta(seconds=LEASE_SECONDS)
        )
    return True


def look(
    target: ProjectBooks, row: ProjectBudget, codes: Collection[str], known: set[str] | None = None
) -> Surroundings:
    """The budget of these codes, or of the whole project (code ""), and what of ours it may not count yet.

    Projects that are `known` had people's changes of our orders read a moment ago; our own are in our books anyway.
    """
    if known is None or row.project not in known:
        _read_statuses(target, row)
    if known is not None:
        known.add(row.project)
    began = timezone.now()
    lines = read_lines(target, row.project, codes)
    orders, reserved = ours(row, began)
    return Surroundings(lines, orders, reserved, names_of(row.connection, codes))


def read_lines(target: ProjectBooks, project: str, codes: Collection[str]) -> dict[str, BudgetLine]:
    """The budget of these codes, or of the whole project (code "")."""
    if WHOLE_PROJECT in codes:
        return {WHOLE_PROJECT: target.project_budget(project)}
    return target.budget(project, codes)


def names_of(connection: Connection, codes: Collection[str]) -> dict[str, str]:
    """Codes as people write them, by id."""
    entries = ReferenceEntry.objects.filter(books=connection.books, kind=Kind.BUDGET_CODE, key__in=list(codes))
    return dict(entries.values_list("key", "code"))


def take(purse_: Purse, record: Record, amounts: Mapping[str, Decimal]) -> None:
    """In the intent's transaction: the larger of what it held and what it needs, until it stands."""
    purse_.fence()
    held = dict(Reservation.objects.filter(record=record).values_list("code", "amount"))
    for code, amount in amounts.items():
        Reservation.objects.update_or_create(
            record=record,
            code=code,
            defaults={
                "connection": purse_.row.connection,
                "project": purse_.row.project,
                "amount": max(amount, held.get(code, amount)),
                "taken_at": timezone.now(),
            },
        )
    Reservation.objects.filter(record=record).update(counted_at=None)


def counted(slice_: Slice, record: Record, status: CommitmentStatus | None) -> None:
    """This status was read just now. Whoever slept since then must not say so: the order may have been reopened."""
    counts = status is not None and status not in COUNTED_BY_NOTHING
    with transaction.atomic():
        slice_.fence()
        Reservation.objects.filter(record=record).update(counted_at=timezone.now() if counts else None)


def keep(
    record: Record,
    connection: Connection,
    project: str,
    amounts: Mapping[str, Decimal],
    status: CommitmentStatus | None,
) -> None:
    """It stands with exactly these amounts, in that status."""
    now = timezone.now()
    at = None if status is None or status in COUNTED_BY_NOTHING else now
    Reservation.objects.filter(record=record).exclude(code__in=list(amounts)).delete()
    for code, amount in amounts.items():
        row, made = Reservation.objects.get_or_create(
            record=record,
            code=code,
            defaults={
                "connection": connection, "project": project, "amount": amount, "taken_at": now, "counted_at": at,
            },
        )  # fmt: skip
        if not made and row.amount != amount:
            row.amount = amount
            row.save(update_fields=["amount"])


def covered(record: Record, amounts: Mapping[str, Decimal]) -> bool:
    """Whether it holds as much already, because as much of it stands."""
    held = dict(Reservation.objects.filter(record=record).values_list("code", "amount"))
    stands = Posting.objects.filter(record=record, kind=COMMITMENT, standing__in=LIVE).exists()
    return stands and all(amount <= held.get(code, amount - 1) for code, amount in amounts.items())


def _read_statuses(target: ProjectBooks, row: ProjectBudget) -> None:
    """What became of our orders in this project since it was looked at last: people approve, reopen and receive."""
    postings = Posting.objects.filter(
        connection=row.connection, kind=COMMITMENT, project=row.project, standing__in=LIVE
    ).exclude(target_id="")
    ours = dict(postings.values_list("target_id", "record_id"))
    if not ours:
        return
    moment, newest = timezone.now(), row.read_until
    for stored in _changed(target, row, list(ours)):
        newest = max((each for each in (newest, stored.modified_at) if each), default=None)
        if stored.target_id in ours:
            _note(row, ours[stored.target_id], stored, moment)
    ProjectBudget.objects.filter(pk=row.pk).update(read_until=newest)
    row.read_until = newest


def _changed(target: ProjectBooks, row: ProjectBudget, ids: list[str]) -> Iterator[StoredCommitment]:
    if row.read_until is None:
        yield from target.commitments(row.project, ids)
        return
    for page in target.commitments_changed_since(row.project, row.read_until):
        yield from (each for each in page.rows if not isinstance(each, Unreadable))


def _note(row: ProjectBudget, record: int, stored: StoredCommitment, moment: datetime) -> None:
    counts = not stored.removed and stored.status is not None and stored.status not in COUNTED_BY_NOTHING
    Posting.objects.filter(connection=row.connection, kind=COMMITMENT, target_id=stored.target_id).update(
        status_word=stored.status_word
    )
    # What was taken since is for a write that this reading may not show.
    mine = Reservation.objects.filter(record=record, taken_at__lte=moment)
    mine.update(counted_at=moment if counts else None)


def ours(row: ProjectBudget, began: datetime) -> tuple[list[OwnOrder], list[Reserved]]:
    """Reservations that the budget read at `began` may not count, and our orders in the status it surely knows."""
    mine = Posting.objects.filter(record=OuterRef("record"), kind=COMMITMENT)
    stands = Exists(mine.filter(Q(standing__in=LIVE) | Q(lines__outcome__in=OPEN)))
    rows = Reservation.objects.filter(connection=row.connection, project=row.project)
    rows = rows.filter(Q(record__work__in=UNDER_WAY) | stands)
    standing = Posting.objects.filter(connection=row.connection, kind=COMMITMENT, project=row.project)
    words = dict(standing.filter(standing__in=LIVE).values_list("record_id", "status_word"))
    marks = dict(standing.values_list("record_id", "reference"))
    amounts: dict[str, dict[str, Decimal]] = {}
    statuses: dict[str, CommitmentStatus] = {}
    reserved = []
    for each in rows.select_related("record__document"):
        origin = marks.get(each.record_id) or order_origin(each.record.document.source_id)
        known = each.counted_at is not None and each.counted_at < began
        if not known:
            reserved.append(Reserved(origin, each.code, each.amount))
        if each.record_id in words:
            amounts.setdefault(origin, {})[each.code] = each.amount
            statuses[origin] = _status(words[each.record_id]) if known else CommitmentStatus.DRAFT
    return [OwnOrder(origin, statuses[origin], held) for origin, held in amounts.items()], reserved


def _status(word: str) -> CommitmentStatus:
    return CommitmentStatus(word.lower()) if word.lower() in set(CommitmentStatus) else CommitmentStatus.DRAFT
