"""Marking the rows whose target stopped working, and unmarking them when it works again."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from django.db.models import Q

from mappings import changes, keys, offered, problems
from mappings.models import (
    AccountRow,
    BudgetLineRow,
    CostCodeRow,
    ExtraCostRow,
    MappingRow,
    ProjectRow,
    ReferenceEntry,
    RequiredDimension,
    Scope,
    TaxRow,
    TrackingRow,
    VendorLink,
)
from mappings.problems import Problem

TABLES: tuple[type[MappingRow], ...] = (
    AccountRow,
    TrackingRow,
    RequiredDimension,
    TaxRow,
    ExtraCostRow,
    VendorLink,
    ProjectRow,
    CostCodeRow,
    BudgetLineRow,
)
AT_A_TIME = 500


def mark_rows_of(entries: Sequence[ReferenceEntry]) -> tuple[int, int]:
    """Compare every row that points at one of these entries, all of one kind, with what it is now.

    Returns how many rows were marked and how many unmarked.
    A row whose mark changed is told of with its keys; so is every scope whose rounding account is among them.
    """
    marked = unmarked = 0
    for start in range(0, len(entries), AT_A_TIME):
        some = [entry.pk for entry in entries[start : start + AT_A_TIME]]
        for table in TABLES:
            newly, again = _mark(table, entries[0].kind, some)
            marked, unmarked = marked + newly, unmarked + again
        scopes = Scope.objects.filter(rounding_account__in=some)
        changes.signal((scope, (keys.rounding_key(),)) for scope in scopes)
    return marked, unmarked


def _mark(table: type[MappingRow], kind: str, entries: Sequence[int]) -> tuple[int, int]:
    by_mark: dict[str, list[int]] = defaultdict(list)
    told: list[changes.Change] = []
    for row in _rows(table, kind, entries):
        problem = problems.of(row)
        mark = problem.mark.value if problem else ""
        if mark != row.marked:
            by_mark[mark].append(row.pk)
            told.append(_change(row, problem))
    for mark, pks in by_mark.items():
        table.objects.mark(pks, mark)  # type: ignore[attr-defined]  # every table has a MappingQuerySet
    changes.note(told)
    unmarked = len(by_mark.get("", ()))
    return len(told) - unmarked, unmarked


def _rows(table: type[MappingRow], kind: str, entries: Sequence[int]) -> Iterator[MappingRow]:
    fields = [field for field, use in table.target_uses.items() if offered.KINDS[use] == kind]
    if not fields:
        return
    pointing = Q()
    for field in fields:
        pointing |= Q(**{f"{field}__in": entries})
    rows = table._default_manager.filter(pointing)
    yield from rows.select_related("scope", *table.target_uses).iterator(chunk_size=2000)


def _change(row: MappingRow, problem: Problem | None) -> changes.Change:
    why = f"“{problem.entry}” {problem.why}" if problem else "its target is usable again."
    return changes.Change(
        action=f"{row.action_prefix}.{'marked' if problem else 'unmarked'}",
        subject=row.subject(),
        scope=row.scope,
        keys=row.lookup_keys(),
        details={"table": str(row._meta.verbose_name_plural), "scope": row.scope.name, "why": why},
    )
