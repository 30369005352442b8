"""Reading the tables of construction into memory. A company without projects costs one query."""

from collections.abc import Callable, Mapping
from typing import Any

from mappings import keys
from mappings.loaded import common
from mappings.models import BudgetLineRow, CostCodeRow, Kind, MappingRow, ProjectRow, ReferenceEntry, Scope
from mappings.project_tables import BudgetCode, KnownProject, ProjectTables
from mappings.project_tables import BudgetLineRow as FoundBudgetLine
from mappings.project_tables import CostCodeRow as FoundCostCode
from mappings.project_tables import ProjectRow as FoundProject


def tables_of(scope: Scope) -> ProjectTables:
    """The tables as they stand now."""
    if not ReferenceEntry.objects.filter(books=scope.target_books_id, kind=Kind.PROJECT).exists():
        return ProjectTables()
    return with_lists(
        scope,
        _rows(ProjectRow, scope, project_of, "target"),
        _rows(CostCodeRow, scope, cost_code_of, "project"),
        _rows(BudgetLineRow, scope, budget_line_of, "project"),
    )


def with_lists(
    scope: Scope,
    projects: Mapping[str, FoundProject],
    cost_codes: Mapping[tuple[str, str, str], FoundCostCode],
    budget_lines: Mapping[tuple[str, str], FoundBudgetLine],
) -> ProjectTables:
    """These rows with what the systems say today."""
    codes = {row.code for row in (*cost_codes.values(), *budget_lines.values()) if row.code}
    return ProjectTables(projects, cost_codes, budget_lines, _options(scope), _projects(scope), _codes(scope, codes))


def project_of(row: ProjectRow, scope: Scope) -> tuple[str, FoundProject]:
    return row.source_key, FoundProject(**common(row, scope, row.target))


def cost_code_of(row: CostCodeRow, scope: Scope) -> tuple[tuple[str, str, str], FoundCostCode]:
    shared = common(row, scope, row.project) | {"code": row.code, "name": "", "target": ""}
    return (row.source_code, row.item, row.project_id_there), FoundCostCode(**shared, mark=row.mark)


def budget_line_of(row: BudgetLineRow, scope: Scope) -> tuple[tuple[str, str], FoundBudgetLine]:
    shared = common(row, scope, row.project) | {"code": row.code, "name": "", "target": ""}
    return (row.source_key, row.project_id_there), FoundBudgetLine(**shared)


def _rows(
    model: type[MappingRow], scope: Scope, read: Callable[[Any, Scope], tuple[Any, Any]], entry: str
) -> dict[Any, Any]:
    return dict(read(row, scope) for row in model._default_manager.filter(scope=scope).select_related(entry))


def _projects(scope: Scope) -> dict[str, KnownProject]:
    entries = ReferenceEntry.objects.filter(books=scope.target_books_id, kind=Kind.PROJECT)
    return {
        key: KnownProject(key, number, name, active)
        for key, number, name, active in entries.values_list("key", "code", "name", "active")
    }


def _options(scope: Scope) -> dict[tuple[str, str], str]:
    """By category and name. An archived option never hides an active one of the same name."""
    entries = ReferenceEntry.objects.filter(books=scope.source_books_id, kind=Kind.TRACKING_OPTION)
    rows = entries.order_by("active", "-pk").values_list("attributes", "name", "key")
    return {(str(attributes.get("category", "")), keys.option_name(name)): key for attributes, name, key in rows}


def _codes(scope: Scope, codes: set[str]) -> dict[tuple[str, str], BudgetCode]:
    """Only the codes that rows name; an active entry comes after an inactive one of the same code."""
    entries = ReferenceEntry.objects.filter(books=scope.target_books_id, kind=Kind.BUDGET_CODE, code__in=codes)
    rows = entries.order_by("active", "-pk").values_list("attributes", "code", "key", "name", "active")
    return {
        (str(attributes.get("project", "")), code): BudgetCode(key, code, name, active)
        for attributes, code, key, name, active in rows
    }
