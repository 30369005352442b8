"""What the tables of a scope lack, and what waits for it: one item per row that has to be added or changed.

Many documents lack the same thing, and one document may lack it in several departments. What a person decides is one
row, so everything that this row would answer is gathered under it.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from mappings import keys, links, loading_keys, row_words, suggestions
from mappings.amounts import Documents
from mappings.authors import TABLES
from mappings.keys import LookupKey
from mappings.lists import Lists
from mappings.models import Scope
from mappings.suggestions import Suggestion
from mappings.tables import Row, Tables
from mappings.waiting import Waiting

# How many parts of a key a new row takes; what would only narrow it is left open.
_TAKEN = {
    keys.ACCOUNT: 1, keys.TRACKING: 2, keys.TAX: 1, keys.EXTRA_COST: 1, keys.VENDOR: 1,
    keys.PROJECT: 1, keys.COST_CODE: 1, keys.BUDGET_LINE: 1,
}  # fmt: skip
ORDER = (
    keys.PROJECT, keys.ACCOUNT, keys.COST_CODE, keys.BUDGET_LINE, keys.TRACKING, keys.TAX, keys.EXTRA_COST, keys.VENDOR,
    keys.ROUNDING, keys.CURRENCY, keys.BUDGET_CODE,
)  # fmt: skip


_NOUNS = {
    keys.ACCOUNT: "account code",
    keys.TRACKING: "tracking of",
    keys.TAX: "tax",
    keys.EXTRA_COST: "extra cost",
    keys.VENDOR: "vendor",
    keys.ROUNDING: "rounding account",
    keys.CURRENCY: "currency",
    keys.PROJECT: "project of",
    keys.COST_CODE: "cost code of account",
    keys.BUDGET_LINE: "budget line of",
    keys.BUDGET_CODE: "budget code",
}


_MAY_BE_EMPTY = (keys.ACCOUNT, keys.PROJECT, keys.BUDGET_LINE, keys.COST_CODE)


@dataclass(frozen=True)
class Missing:
    """One row to be added, or changed where `row` names one that stands in the way with an archived target."""

    scope: Scope
    key: LookupKey
    row: int | None
    gaps: tuple[LookupKey, ...]
    labels: tuple[str, ...]
    documents: Documents
    since: datetime

    @property
    def token(self) -> str:
        """Names the item on a page; equal as long as the same row is missing."""
        said = f"{self.scope.pk}:{self.key.table}:{self.row or ''}:{self.key.text}"
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    @property
    def title(self) -> str:
        """What is missing, without what each document says of it. Of many: `titles`."""
        return titles([self], Lists(self.scope))[self.token]

    @property
    def form(self) -> str:
        """The address of the filled-in form, or of the row that has to be changed; "" where it is not ours to add."""
        return links.row_page(self.key.table, self.row) if self.row else links.form_for(self.scope, self.gaps[0])

    def suggested(self, lists: Lists) -> list[Suggestion]:
        if self.row and self.key.table in (keys.COST_CODE, keys.BUDGET_LINE):
            return []  # what stopped working there is the project, not the code
        return suggestions.suggest(self.scope, self.gaps[0], lists)


def titles(items: Iterable[Missing], lists: Lists) -> dict[str, str]:
    """Of each by its token; asks once for the names of all, and once for the rows that stand in the way."""
    items = list(items)
    lists.learn(item.gaps[0] for item in items)
    in_the_way: dict[str, list[int]] = defaultdict(list)
    for item in items:
        if item.row:
            in_the_way[item.key.table].append(item.row)
    stored = row_words.in_words(
        {table: TABLES[table]._default_manager.filter(pk__in=rows) for table, rows in in_the_way.items()}
    )
    return {item.token: _title(item, lists, stored) for item in items}


def gathered(scope: Scope, rows: Collection[Waiting]) -> list[Missing]:
    groups: dict[tuple[LookupKey, int | None], list[Waiting]] = defaultdict(list)
    tables: Tables | None = None
    places: dict[LookupKey, tuple[LookupKey, int | None]] = {}
    for each in rows:
        if each.key not in places:
            tables = tables or loading_keys.tables_for(scope, {each.key.table for each in rows})
            places[each.key] = _place(each.key, tables)
        groups[places[each.key]].append(each)
    found = [_item(scope, key, row, some) for (key, row), some in groups.items()]
    return sorted(found, key=lambda item: (ORDER.index(item.key.table), -len(item.documents), item.since))


def closing(items: Iterable[Missing], everything: Iterable[Waiting]) -> Documents:
    """The documents that lack nothing more once these items are filled."""
    filled = {gap for item in items for gap in item.gaps}
    lacking: dict[int, list[Waiting]] = defaultdict(list)
    for each in everything:
        lacking[each.document].append(each)
    free = [some[0] for some in lacking.values() if all(each.key in filled for each in some)]
    return Documents.of(free)


def _item(scope: Scope, key: LookupKey, row: int | None, some: list[Waiting]) -> Missing:
    return Missing(
        scope,
        key,
        row,
        gaps=tuple(dict.fromkeys(each.key for each in some)),
        labels=tuple(dict.fromkeys(each.label for each in some)),
        documents=Documents.of(some),
        since=min(each.since for each in some),
    )


def _place(gap: LookupKey, tables: Tables) -> tuple[LookupKey, int | None]:
    """The row that a person has to add or change so that lines with this gap find something usable."""
    met = _met(gap, tables)
    if met is not None:
        return LookupKey(met.table, (keys.ANY,)), met.pk
    return gap.widened(_TAKEN.get(gap.table, len(gap.parts))), None


def _met(gap: LookupKey, tables: Tables) -> Row | None:
    """The row that a line with this gap finds now, whose target does not work."""
    look_ups: dict[str, Callable[..., Row | None]] = {
        keys.ACCOUNT: tables.account,
        keys.TRACKING: tables.tracking,
        keys.TAX: tables.tax,
        keys.EXTRA_COST: tables.extra_cost,
        keys.VENDOR: tables.vendor,
        keys.PROJECT: tables.projects.project,
        keys.COST_CODE: tables.projects.cost_code,
        keys.BUDGET_LINE: tables.projects.budget_line,
    }
    look_up = look_ups.get(gap.table)
    return look_up(*gap.parts) if look_up else None


def _title(item: Missing, lists: Lists, stored: Mapping[tuple[str, int], str]) -> str:
    if item.row:
        return f"The {_NOUNS[item.key.table]} {stored.get((item.key.table, item.row), 'that is gone')}"
    return f"{_NOUNS[item.key.table].capitalize()} {_named(item.key, lists)}".strip()


def _named(key: LookupKey, lists: Lists) -> str:
    """The key in the words of the systems' lists."""
    known = lists.source(key)
    if key.table == keys.TRACKING:
        return f"{key.parts[0]} {known or key.parts[1]}"
    if key.table == keys.BUDGET_CODE:
        return f"{key.parts[1]} in {known or key.parts[0]}"
    return str(known or key.parts[0] or ("(none)" if key.table in _MAY_BE_EMPTY else ""))
