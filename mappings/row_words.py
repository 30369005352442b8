"""What rows of several tables are called, in one question: of rows as they stand, or as their history has them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Field, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce, NullIf

from mappings import keys
from mappings.models import (
    AccountRow,
    BudgetLineRow,
    CostCodeRow,
    ExtraCostRow,
    MappingRow,
    ProjectRow,
    ReferenceEntry,
    TaxRow,
    TrackingRow,
    VendorLink,
)
from mappings.models.row import name_of
from mappings.models.tracking import KIND_OF_DIMENSION

_TEXT: "Field[Any, Any]" = TextField()
_BLANK = Value("", _TEXT)


@dataclass(frozen=True, slots=True)
class _Columns:
    """What the words of a table's rows are made of: fields, and one entry of the target."""

    model: type[MappingRow]
    fields: tuple[str, ...]
    entry: str = ""

    @property
    def named(self) -> Mapping[str, Any]:
        """Fields that hold keys of the source, by the list that has their names."""
        return {"source_key": KIND_OF_DIMENSION} if self.model is TrackingRow else self.model.source_fields


_COLUMNS = {
    keys.ACCOUNT: _Columns(AccountRow, ("source_code", "department", "location", "item_category")),
    keys.TRACKING: _Columns(TrackingRow, ("dimension", "source_key")),
    keys.TAX: _Columns(TaxRow, ("taxes", "currency", "vendor_country")),
    keys.EXTRA_COST: _Columns(ExtraCostRow, ("name",)),
    keys.VENDOR: _Columns(VendorLink, ("source_key",), "target"),
    keys.PROJECT: _Columns(ProjectRow, ("source_key",)),
    keys.COST_CODE: _Columns(CostCodeRow, ("source_code", "item"), "project"),
    keys.BUDGET_LINE: _Columns(BudgetLineRow, ("source_key",), "project"),
}
_OF_ENTRY = ("kind", "code", "name")
WIDTH = len(_OF_ENTRY) + max(len(each.fields) for each in _COLUMNS.values())


def in_words(rows: Mapping[str, QuerySet[Any]]) -> dict[tuple[str, int], str]:
    """By table and id; `rows` by table."""
    questions = [question(table, some) for table, some in rows.items()]
    found = questions[0].union(*questions[1:], all=True) if questions else ()
    return {(table, pk): words(table, parts) for table, pk, _, *parts in found}


def question(table: str, rows: QuerySet[Any]) -> QuerySet[Any, Any]:
    """Asks for table, id, version and `WIDTH` texts that `words` reads; such questions may be united."""
    columns = _COLUMNS[table]
    entry = [_text(f"{columns.entry}__{name}") if columns.entry else _BLANK for name in _OF_ENTRY]
    fields = [_named(field, columns.named) for field in columns.fields]
    return rows.order_by().values_list(Value(table, _TEXT), "id", "version", *entry, *fields, *padding(fields, entry))


def padding(*known: Sequence[Any]) -> list[Value]:
    """What is lacking until it is as wide as any."""
    return [_BLANK] * (WIDTH - sum(len(some) for some in known))


def words(table: str, parts: Sequence[str]) -> str:
    """By the row itself, which is made of nothing but what its words need."""
    columns = _COLUMNS[table]
    kind, code, name, *texts = parts
    row = columns.model(**dict(zip(columns.fields, texts, strict=False)))
    for field in columns.named:
        row.name_source(field, getattr(row, field))
    if columns.entry and (kind or not columns.model._meta.get_field(columns.entry).null):
        setattr(row, columns.entry, ReferenceEntry(kind=kind, code=code, name=name))
    return str(row)


def _named(field: str, kinds: Mapping[str, Any]) -> Any:
    """A key by its name, where a list has one."""
    if field not in kinds:
        return _text(field)
    return Coalesce(NullIf(Cast(name_of(field, kinds[field]), _TEXT), _BLANK), _text(field))


def _text(field: str) -> Any:
    return Coalesce(Cast(F(field), _TEXT), _BLANK)
