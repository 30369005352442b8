"""What people chose before for the same thing, in any set of tables of the same target company; asked for at once."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Field, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat

from mappings import keys
from mappings.keys import LookupKey
from mappings.models import (
    AccountRow,
    BudgetLineRow,
    CostCodeRow,
    ExtraCostRow,
    MappingRow,
    ProjectRow,
    Scope,
    TaxRow,
    TrackingRow,
    VendorLink,
)

Asked = tuple[str, str]  # a table, and the part of a gap that counts whatever narrows it
_DIVIDER = ": "
_TEXT: "Field[Any, Any]" = TextField()


def asked(gap: LookupKey) -> Asked:
    """Of vendors all: what counts is whether another vendor has the contact."""
    if gap.table == keys.TRACKING:
        return gap.table, _DIVIDER.join(gap.parts[:2])
    return gap.table, "" if gap.table == keys.VENDOR else gap.parts[0]


def of(scope: Scope, wanted: Iterable[Asked]) -> dict[Asked, Counter[str]]:
    """For each, how often what was chosen: by the entry's id, or by budget code."""
    found: dict[Asked, Counter[str]] = {each: Counter() for each in wanted}
    by_table: dict[str, list[str]] = defaultdict(list)
    for table, text in sorted(found):
        if table in _COLUMNS:
            by_table[table].append(text)
    questions = [_COLUMNS[table].rows(scope, table, texts) for table, texts in by_table.items()]
    if questions:
        for table, text, choice in questions[0].union(*questions[1:], all=True):
            found[table, text][choice] += 1
    return found


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where one table has what is asked for and what was chosen."""

    model: type[MappingRow]
    asked: str
    chosen: str

    def rows(self, scope: Scope, table: str, texts: list[str]) -> QuerySet[Any, Any]:
        """In the form that all tables share."""
        rows = self.model._default_manager.filter(scope__target_books=scope.target_books_id)
        told: Any = Cast(self.asked, _TEXT) if self.asked else Value("", _TEXT)
        if self.model is TrackingRow:  # ids of departments mean the same only within one source
            rows = rows.filter(scope__source_books=scope.source_books_id)
            told = Concat("dimension", Value(_DIVIDER), "source_key", output_field=_TEXT)
        if self.model is VendorLink:
            rows = rows.filter(scope=scope)
        rows = rows.annotate(told=told, choice=Cast(self.chosen, _TEXT)).filter(told__in=texts, choice__isnull=False)
        return rows.order_by().values_list(Value(table, _TEXT), "told", "choice")


_COLUMNS = {
    keys.ACCOUNT: _Columns(AccountRow, "source_code", "target_id"),
    keys.TRACKING: _Columns(TrackingRow, "source_key", "target_id"),
    keys.TAX: _Columns(TaxRow, "taxes", "target_id"),
    keys.EXTRA_COST: _Columns(ExtraCostRow, "name_key", "account_id"),
    keys.VENDOR: _Columns(VendorLink, "", "target_id"),
    keys.PROJECT: _Columns(ProjectRow, "source_key", "target_id"),
    keys.COST_CODE: _Columns(CostCodeRow, "source_code", "code"),
    keys.BUDGET_LINE: _Columns(BudgetLineRow, "source_key", "code"),
}
