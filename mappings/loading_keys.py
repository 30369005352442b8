"""Which row a key leads to, for several tables in one question: enough to tell what stands in a document's way."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import F, Field, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce

from mappings import keys, tables
from mappings.models import (
    AccountRow,
    BudgetLineRow,
    CostCodeRow,
    ExtraCostRow,
    LinkState,
    MappingRow,
    ProjectRow,
    Scope,
    TaxRow,
    TrackingRow,
    VendorLink,
)
from mappings.project_tables import BudgetLineRow as FoundBudgetLine
from mappings.project_tables import CostCodeRow as FoundCostCode
from mappings.project_tables import ProjectRow as FoundProject
from mappings.project_tables import ProjectTables

_TEXT: "Field[Any, Any]" = TextField()
_KEYS: Mapping[str, tuple[type[MappingRow], tuple[str, ...]]] = {
    keys.ACCOUNT: (AccountRow, ("source_code", "department", "location", "item_category")),
    keys.TRACKING: (TrackingRow, ("dimension", "source_key")),
    keys.TAX: (TaxRow, ("taxes", "currency", "vendor_country")),
    keys.EXTRA_COST: (ExtraCostRow, ("name_key",)),
    keys.VENDOR: (VendorLink, ("source_key", "currency")),
    keys.PROJECT: (ProjectRow, ("source_key",)),
    keys.COST_CODE: (CostCodeRow, ("source_code", "item", "project__key")),
    keys.BUDGET_LINE: (BudgetLineRow, ("source_key", "project__key")),
}
_LONGEST = max(len(fields) for _, fields in _KEYS.values())
_UNREAD = 0  # no row has this version: it was not asked for


def tables_for(scope: Scope, wanted: Collection[str]) -> tables.Tables:
    """These tables for look-ups alone. Of a row that is found, only its table and its id are known."""
    found: dict[str, dict[Any, int]] = defaultdict(dict)
    questions = [_rows(scope, table) for table in _KEYS if table in wanted]
    for table, pk, *parts in questions[0].union(*questions[1:], all=True) if questions else ():
        found[table][_key(table, parts)] = pk
    return tables.Tables(
        accounts=_as(tables.AccountRow, keys.ACCOUNT, found),
        tracking_rows=_as(tables.TrackingRow, keys.TRACKING, found),
        taxes=_as(tables.TaxRow, keys.TAX, found),
        extra_costs=_as(tables.ExtraCostRow, keys.EXTRA_COST, found),
        vendors=_as(tables.VendorRow, keys.VENDOR, found),
        projects=ProjectTables(
            projects=_as(FoundProject, keys.PROJECT, found),
            cost_codes=_as(FoundCostCode, keys.COST_CODE, found),
            budget_lines=_as(FoundBudgetLine, keys.BUDGET_LINE, found),
        ),
    )


def _rows(scope: Scope, table: str) -> QuerySet[Any, Any]:
    """The table's name, the row's id and its key, padded so that all tables answer alike."""
    model, fields = _KEYS[table]
    rows: QuerySet[Any] = model._default_manager.filter(scope=scope)
    if table == keys.VENDOR:
        rows = rows.filter(state=LinkState.CONFIRMED)
    parts = [Coalesce(Cast(F(field), _TEXT), Value("", _TEXT)) for field in fields]
    padding = [Value("", _TEXT)] * (_LONGEST - len(fields))
    return rows.order_by().values_list(Value(table, _TEXT), "pk", *parts, *padding)


def _key(table: str, parts: list[str]) -> str | tuple[str, ...]:
    """As `tables.Tables` has it: a key of one part is that part."""
    key = tuple(parts[: len(_KEYS[table][1])])
    return key[0] if len(key) == 1 else key


def _as(kind: type[tables.Row], table: str, found: Mapping[str, dict[Any, int]]) -> dict[Any, Any]:
    return {key: kind(table, pk, _UNREAD) for key, pk in found[table].items()}
