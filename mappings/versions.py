"""Rows as they once were: what a posting was translated with, and every row that ever stood for a code (A39)."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet, TextField, Value

from mappings import keys, loading, project_loading, row_words
from mappings.authors import TABLES
from mappings.keys import LookupKey
from mappings.models import Scope
from mappings.project_tables import ProjectTables
from mappings.tables import Tables

AT_A_TIME = 500
Used = tuple[str, int, int]
_USED = "used"  # where other rows of the answer name their table
# The fields of a row that name its code; what only narrows it is left out.
_CODES: dict[str, tuple[str, ...]] = {
    keys.ACCOUNT: ("source_code",),
    keys.TRACKING: ("dimension", "source_key"),
    keys.TAX: ("taxes",),
    keys.EXTRA_COST: ("name_key",),
    keys.VENDOR: ("source_key",),
    keys.PROJECT: ("source_key",),
    keys.COST_CODE: ("source_code",),
    keys.BUDGET_LINE: ("source_key",),
}
_READ: dict[str, Callable[[Any, Scope], tuple[Any, Any]]] = {
    keys.ACCOUNT: loading.account_of,
    keys.TRACKING: loading.tracking_of,
    keys.TAX: loading.tax_of,
    keys.EXTRA_COST: loading.extra_cost_of,
    keys.VENDOR: loading.vendor_of,
    keys.PROJECT: project_loading.project_of,
    keys.COST_CODE: project_loading.cost_code_of,
    keys.BUDGET_LINE: project_loading.budget_line_of,
}


@dataclass(frozen=True, slots=True)
class Past:
    """A row as something was made with it; `words` are what it was called."""

    table: str
    row: int
    version: int
    words: str


def tables_at(scope: Scope, used: Iterable[Used], rounding_account: str = "") -> Tables:
    """Tables that hold these rows in these versions and no others, usable whatever became of their targets.

    A document that used exactly these rows comes to what it came to then.
    """
    wanted: dict[str, dict[int, int]] = defaultdict(dict)
    for table, pk, version in used:
        wanted[table][pk] = version
    found: dict[str, dict[Any, Any]] = defaultdict(dict)
    for table, versions in wanted.items():
        for past in TABLES[table].history.filter(id__in=versions).order_by("history_date", "history_id"):
            if past.version == versions[past.id]:
                key, row = _READ[table](past.instance, scope)
                found[table][key] = replace(row, active=True, problem="")
    return Tables(
        accounts=found[keys.ACCOUNT],
        tracking_rows=found[keys.TRACKING],
        taxes=found[keys.TAX],
        extra_costs=found[keys.EXTRA_COST],
        vendors=found[keys.VENDOR],
        rounding_account=rounding_account,
        projects=_projects(scope, found),
    )


def in_words(used: QuerySet[Any]) -> list[Past]:
    """The rows that `used` names by `table`, `row` and `version`, in one question with what each was called then."""
    questions = [
        row_words.question(table, model.history.filter(id__in=used.filter(table=table).values("row")))
        for table, model in TABLES.items()
    ]
    named = used.order_by().values_list(
        Value(_USED, TextField()), "row", "version", "table", *row_words.padding(["table"])
    )
    rows, past = [], {}
    for table, pk, version, *parts in named.union(*questions, all=True):
        if table == _USED:
            rows.append((parts[0], pk, version))
        else:
            past[table, pk, version] = parts
    return [Past(*row, row_words.words(row[0], past[row]) if row in past else f"row {row[1]}") for row in sorted(rows)]


def _projects(scope: Scope, found: dict[str, dict[Any, Any]]) -> ProjectTables:
    """Which ids the codes have is asked of the lists as they are: no row holds it."""
    rows = [found[table] for table in (keys.PROJECT, keys.COST_CODE, keys.BUDGET_LINE)]
    return project_loading.with_lists(scope, *rows) if any(rows) else ProjectTables()


def rows_of_codes(scope: int, changed: Iterable[LookupKey]) -> set[tuple[str, int]]:
    """Every row that stands or ever stood for the codes of these keys, deleted ones included, as (table, id).

    A few queries however many keys: an import or a first reading of vendors changes thousands at once.
    """
    groups: dict[tuple[str, tuple[str, ...]], set[str]] = defaultdict(set)
    for key in changed:
        if key.table in _CODES:
            code = key.parts[: len(_CODES[key.table])]
            groups[key.table, code[:-1]].add(code[-1])
    found: set[tuple[str, int]] = set()
    for (table, rest), lasts in groups.items():
        named, last_field = _CODES[table][:-1], _CODES[table][-1]
        past = TABLES[table].history.filter(scope_id=scope, **dict(zip(named, rest, strict=True)))
        for some in [None] if keys.ANY in lasts else _batches(sorted(lasts)):
            these = past if some is None else past.filter(**{f"{last_field}__in": some})
            found |= {(table, pk) for pk in these.order_by().values_list("id", flat=True).distinct()}
    return found


def _batches(codes: list[str]) -> list[list[str]]:
    return [codes[start : start + AT_A_TIME] for start in range(0, len(codes), AT_A_TIME)]
