"""The tables of construction in memory: which project a line is for, and under which of its codes it is a cost.

A row names a code as people write it; each project has an entry of its own for it, so one code in two projects is
two ids. `codes` and `known` are what was read of the target, `options` the tracking options of the source.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from mappings import keys
from mappings.table_rows import Row

CostCodeKey = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class ProjectRow(Row):
    """`target` is the project's id."""


@dataclass(frozen=True, slots=True)
class CostCodeRow(Row):
    """`code` is the budget code as written; without one `mark` says why the account's lines have none (A87)."""

    mark: str = ""


@dataclass(frozen=True, slots=True)
class BudgetLineRow(Row):
    """`code` is the budget code as written."""


@dataclass(frozen=True, slots=True)
class KnownProject:
    key: str
    number: str
    name: str
    active: bool


@dataclass(frozen=True, slots=True)
class BudgetCode:
    """A code of one project, by its id there."""

    key: str
    code: str
    name: str
    active: bool


@dataclass(frozen=True)
class ProjectTables:
    """Rows by key, an empty part meaning any; `options` by category and name."""

    projects: Mapping[str, ProjectRow] = field(default_factory=dict)
    cost_codes: Mapping[CostCodeKey, CostCodeRow] = field(default_factory=dict)
    budget_lines: Mapping[tuple[str, str], BudgetLineRow] = field(default_factory=dict)
    options: Mapping[tuple[str, str], str] = field(default_factory=dict)
    known: Mapping[str, KnownProject] = field(default_factory=dict)
    codes: Mapping[tuple[str, str], BudgetCode] = field(default_factory=dict)

    def option(self, category: str, option: str) -> str:
        """The id of a tracking option that a document names by id or by name; "" where the list has none."""
        if option in self._option_ids:
            return option
        return self.options.get((category, keys.option_name(option)), "")

    def project(self, option: str) -> ProjectRow | None:
        return self.projects.get(keys.plain(option, keys.ID_LENGTH))

    def numbered(self, number: str) -> list[KnownProject]:
        """The active projects of that number, blanks and leading zeros apart."""
        return self._by_number.get(keys.project_number(number), [])

    def cost_code(self, account: str, item: str, project: str) -> CostCodeRow | None:
        """The most specific row: the item before the beginning of its code before any; then the project before any."""
        account, item, project = keys.cost_code_key(account, item, project).parts
        fitting = [
            (_closeness(its_item), bool(its_project), row)
            for its_item, its_project, row in self._cost_codes_by_account.get(account, ())
            if _fits(its_item, item) and its_project in ("", project)
        ]
        return max(fitting, key=lambda each: each[:2])[2] if fitting else None

    def budget_line(self, option: str, project: str) -> BudgetLineRow | None:
        option, project = keys.budget_line_key(option, project).parts
        narrowed = self.budget_lines.get((option, project))
        return self.budget_lines.get((option, "")) if narrowed is None else narrowed

    def code(self, project: str, code: str) -> BudgetCode | None:
        """The entry that a project has for a code, inactive ones included."""
        return self.codes.get((project, keys.plain(code, keys.ID_LENGTH)))

    @cached_property
    def _option_ids(self) -> frozenset[str]:
        return frozenset(self.options.values())

    @cached_property
    def _by_number(self) -> dict[str, list[KnownProject]]:
        found: dict[str, list[KnownProject]] = {}
        for project in self.known.values():
            if project.active and project.number:
                found.setdefault(keys.project_number(project.number), []).append(project)
        return found

    @cached_property
    def _cost_codes_by_account(self) -> dict[str, list[tuple[str, str, CostCodeRow]]]:
        found: dict[str, list[tuple[str, str, CostCodeRow]]] = {}
        for (account, item, project), row in self.cost_codes.items():
            found.setdefault(account, []).append((item, project, row))
        return found


def _fits(mine: str, item: str) -> bool:
    if mine.endswith(keys.AND_SO_ON):
        return item.startswith(mine.removesuffix(keys.AND_SO_ON))
    return mine in ("", item)


def _closeness(mine: str) -> tuple[int, int]:
    """An item's own code is nearer than any beginning of it, a longer beginning nearer than a shorter one."""
    return (2, 0) if mine and not mine.endswith(keys.AND_SO_ON) else (1 if mine else 0, len(mine))
