"""Untouched drafts that today's tables would write otherwise (A39): found when a row changes, offered, never rewritten
by themselves. What is in the ledger keeps the rows it was posted with.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from audit.trail import log_many
from integrations.engine import release, trail
from integrations.engine.vendor_sync import merges
from integrations.impact import MOST_TRIED, Rehearsal, Translated, ledgers, moves_of, records_using
from integrations.models import Flag, Integration, Posting, Record, Standing, UsedRow, Work
from integrations.visibility import Viewer
from mappings.impact import Moved
from mappings.keys import LookupKey
from mappings.models import Scope
from mappings.tables import Tables
from mappings.versions import rows_of_codes, tables_at

FLAG = "table-changed"
SAYS = "A table row it was translated with has changed since: today it would be written otherwise."


@dataclass(frozen=True, slots=True)
class Offer:
    """A draft and what another translation would change; `held` where today's tables would hold it instead."""

    record: Record
    moved: tuple[Moved, ...]
    held: bool


def flag_drafts(scope: Scope, changed: Iterable[LookupKey]) -> int:
    """Flag the untouched drafts that come out otherwise now, and take the flag from those that no longer do."""
    rows = rows_of_codes(scope.pk, changed)
    if not rows:
        return 0
    written = ledgers(Integration.objects.filter(scope=scope))
    drafts = records_using(rows, Standing.DRAFT).filter(integration__in=written, work=Work.DONE).order_by("-pk")
    differs: dict[int, Record] = {}
    same: list[int] = []
    for each in _compared(scope, list(drafts[:MOST_TRIED])):
        if each.before is not None and each.differs and not _only_merged(each):
            differs[each.record.pk] = each.record
        else:
            same.append(each.record.pk)
    for record in drafts[MOST_TRIED:]:
        differs[record.pk] = record
    _close(same)
    return _open(differs)


def offered(user: Viewer) -> "QuerySet[Record]":
    """The drafts this person may see that are offered for another translation, the newest first."""
    flagged = Flag.objects.filter(kind=FLAG, closed_at=None).values("record")
    drafts = Posting.objects.filter(standing=Standing.DRAFT).values("record")
    records = Record.objects.visible_to(user).filter(pk__in=flagged).filter(pk__in=drafts, work=Work.DONE)
    return records.select_related("document", "integration__scope").order_by("-pk")


def differences(records: Sequence[Record]) -> list[Offer]:
    """What another translation would change in each, in money; those that no longer differ are left out."""
    by_scope: dict[Scope, list[Record]] = defaultdict(list)
    for record in records:
        by_scope[record.integration.scope].append(record)
    moved: dict[int, Offer] = {}
    for scope, some in by_scope.items():
        for each in _compared(scope, some):
            if each.before is not None and each.differs:
                moved.setdefault(each.record.pk, Offer(each.record, moves_of(scope, [each]), each.after is None))
    return [moved[record.pk] for record in records if record.pk in moved]


def translate_again(records: Iterable[Record], by: User) -> release.Result:
    """Read, translate and update the draft on the next run; a draft that somebody touched meanwhile is held."""
    with transaction.atomic():
        results = release.replay(records, by)
        _close([record.pk for record, _ in results])
    return results


def _compared(scope: Scope, records: Sequence[Record]) -> Iterator[Translated]:
    """Each record as it was posted and as it would be now."""
    if not records:
        return
    now = Tables.load(scope)
    used: dict[int, list[tuple[str, int, int]]] = defaultdict(list)
    rows = UsedRow.objects.filter(posting__record__in=records, posting__standing=Standing.DRAFT)
    for of, table, row, version in rows.values_list("posting__record", "table", "row", "version"):
        used[of].append((table, row, version))
    rehearsals: dict[int, Rehearsal] = {}
    tables: dict[frozenset[tuple[str, int, int]], Tables] = {}
    for record in records:
        rehearsal = rehearsals.get(record.integration_id) or Rehearsal.load(_integration(record))
        rehearsals[record.integration_id] = rehearsal
        rows_then = frozenset(used[record.pk])
        if rows_then not in tables:
            tables[rows_then] = tables_at(scope, rows_then, now.rounding_account)
        yield from rehearsal.both([record], tables[rows_then], now)


def _only_merged(each: Translated) -> bool:
    """Its contact was merged into another: the draft went along there and needs nothing (A73)."""
    if each.before is None or each.after is None or replace(each.before, contact=each.after.contact) != each.after:
        return False
    return merges.took_over(each.record.integration.target, each.before.contact, each.after.contact)


def _integration(record: Record) -> Integration:
    return Integration.objects.select_related("source", "target").get(pk=record.integration_id)


def _open(records: dict[int, Record]) -> int:
    flagged = set(Flag.objects.filter(kind=FLAG, closed_at=None, record__in=records).values_list("record", flat=True))
    new = [record for pk, record in records.items() if pk not in flagged]
    now = timezone.now()
    Flag.objects.bulk_create(
        [Flag(record=record, kind=FLAG, explanation=SAYS, opened_at=now) for record in new], ignore_conflicts=True
    )
    log_many(trail.event("record.flagged", record, kind=FLAG, explanation=SAYS) for record in new)
    return len(new)


def _close(records: Iterable[int]) -> None:
    Flag.objects.filter(kind=FLAG, closed_at=None, record__in=list(records)).update(closed_at=timezone.now())
