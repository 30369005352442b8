"""What a change of a table would do, worked out before it is saved (design 6, A39).

The tables before and after are compared; what documents come to with either is known by whoever stands above, who
registers the answer.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from mappings import amounts, changes, keys
from mappings.amounts import Documents
from mappings.models import Scope
from mappings.tables import Row, Tables
from mappings.visibility import Person

HELD = "held"


@dataclass(frozen=True, slots=True)
class Moved:
    """Money that would leave one account, tax code, tracking option or vendor for another; `kind` says which."""

    kind: str
    before: str
    after: str
    currency: str
    amount: Decimal
    documents: int

    @property
    def written(self) -> str:
        return amounts.written(self.amount, self.currency)


@dataclass(frozen=True)
class Impact:
    """What waits would go on or be held, the money that would move, and what stands in the target already.

    `drafts` come out otherwise and are offered for another translation; `ledger` keeps what it was posted with.
    `unseen` waiting documents and `unseen_drafts` were too many to be tried: the figures are then a lower limit.
    """

    scope: str
    released: Documents = field(default_factory=Documents)
    held: Documents = field(default_factory=Documents)
    moved: tuple[Moved, ...] = ()
    drafts: Documents = field(default_factory=Documents)
    ledger: Documents = field(default_factory=Documents)
    unseen: int = 0
    unseen_drafts: int = 0

    def __bool__(self) -> bool:
        return bool(self.released or self.held or self.moved or self.drafts or self.ledger or self.unseen_drafts)

    @property
    def asks(self) -> bool:
        """Whether a person should say yes first. Filling a gap only lets records go on."""
        stands = self.drafts or self.ledger or self.unseen_drafts
        return bool(self.held or stands or any(each.before != HELD for each in self.moved))

    @property
    def token(self) -> str:
        """Changes with any figure: a yes to other figures is no yes."""
        seen = [sorted(each.seen) for each in (self.released, self.held, self.drafts, self.ledger)]
        return hashlib.sha256(repr((seen, self.moved, self.unseen, self.unseen_drafts)).encode()).hexdigest()[:32]


Rule = Callable[[Scope, Tables, Tables, Person], Impact]

_rules: list[Rule] = []


def register(rule: Rule) -> None:
    """Replace the rule: what the change of a scope's tables from the first to the second would do."""
    _rules[:] = [rule]


@dataclass
class Trial:
    """The tables of some scopes before a change; `tried` holds those after it, filled in at the end of `trying`."""

    before: dict[Scope, Tables]
    tried: dict[Scope, Tables] = field(default_factory=dict)

    def impacts(self, user: Person) -> list[Impact]:
        """One per scope in which anything would happen."""
        found = []
        for scope, before in self.before.items():
            after = self.tried.get(scope)
            if _rules and after is not None and changed(before, after):
                found.append(_rules[0](scope, before, after, user))
        return [impact for impact in found if impact]


@contextmanager
def trying(scopes: Iterable[Scope]) -> Iterator[Trial]:
    """Changes made in this block are undone, and nobody is told of them."""
    trial = Trial({scope: Tables.load(scope) for scope in scopes})
    with changes.rehearsal():
        yield trial
        trial.tried = {scope: Tables.load(Scope.objects.get(pk=scope.pk)) for scope in trial.before}


def changed(before: Tables, after: Tables) -> bool:
    same = before.rounding_account == after.rounding_account
    same = same and before.required_categories == after.required_categories
    return not same or any(mine != theirs for mine, theirs in zip(_of(before), _of(after), strict=True))


def touched(before: Tables, after: Tables) -> set[tuple[str, int]]:
    """The rows that the change adds, changes or deletes, as (table, id)."""
    return {(row.table, row.pk) for _, row in _differing(before, after)}


def near(before: Tables, after: Tables) -> set[tuple[str, int]]:
    """The rows whose lines may come out otherwise: those of one code, as a narrower row may take lines from a wider."""
    firsts = {(row.table, _first(row.table, key)) for key, row in _differing(before, after)}
    rows = (each for mapping in _of(before) for each in mapping.items())
    return {(row.table, row.pk) for key, row in rows if (row.table, _first(row.table, key)) in firsts}


def _differing(before: Tables, after: Tables) -> Iterator[tuple[Any, Row]]:
    for mine, theirs in zip(_of(before), _of(after), strict=True):
        for key in {*mine, *theirs}:
            if mine.get(key) != theirs.get(key):
                row = mine.get(key) or theirs.get(key)
                if row is not None:
                    yield key, row


def _of(tables: Tables) -> "tuple[Mapping[Any, Row], ...]":
    projects = tables.projects
    of_projects = (projects.projects, projects.cost_codes, projects.budget_lines)
    return tables.accounts, tables.tracking_rows, tables.taxes, tables.extra_costs, tables.vendors, *of_projects


def _first(table: str, key: Any) -> str:
    """What names the code; a tracking row and a vendor have no narrower one, their whole key counts."""
    return str(key if isinstance(key, str) or table in (keys.TRACKING, keys.VENDOR) else key[0])
