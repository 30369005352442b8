"""Accepting suggestions: rows made, or changed, from what a person ticked; all of them or none."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from mappings import changes, keys
from mappings.authors import TABLES
from mappings.missing import Missing
from mappings.models import (
    AccountRow,
    BudgetLineRow,
    CostCodeRow,
    ExtraCostRow,
    LinkState,
    MappingRow,
    ProjectRow,
    ReferenceEntry,
    TaxRow,
    TrackingRow,
    VendorLink,
)


class RefusedRowError(ValueError):
    """A row that its table does not take; nothing was changed. The message names it and says why."""


@dataclass(frozen=True, slots=True)
class Choice:
    item: Missing
    entry: ReferenceEntry
    evidence: str

    @property
    def permission(self) -> str:
        verb = "change" if self.item.row else "add"
        return f"mappings.{verb}_{TABLES[self.item.key.table]._meta.model_name}"


@dataclass(frozen=True, slots=True)
class Made:
    """What became, or would become, of one choice; `problem` says why the table does not take it."""

    choice: Choice
    before: str
    after: str
    problem: str = ""


def rehearse(choices: Iterable[Choice], by: User) -> list[Made]:
    """What accepting would make of each; nothing stays and nobody is told."""
    with changes.acting(by), changes.rehearsal():
        return [_tried(choice) for choice in choices]


def accept(choices: Sequence[Choice], by: User) -> int:
    """Make every row. Returns how many records that waited go on. Raises RefusedRowError, with nothing changed."""
    with changes.acting(by), changes.together() as gathered:
        for choice in choices:
            tried = _tried(choice)
            if tried.problem:
                raise RefusedRowError(f"{choice.item.title}: {tried.problem}")
    return gathered.released


def _tried(choice: Choice) -> Made:
    row = _row(choice)
    stored = type(row)._default_manager.filter(pk=row.pk).first() if row.pk else None
    before = _words(stored) if stored is not None else ""
    try:
        row.save()
    except ValidationError as refused:
        return Made(choice, before, "", " ".join(refused.messages))
    return Made(choice, before, _words(row))


def _words(row: MappingRow) -> str:
    return ", ".join(f"{name}: {value}" for name, value in row.described().items() if value)


def _row(choice: Choice) -> MappingRow:
    item = choice.item
    if item.row is None:
        return _NEW[item.key.table](choice, item.key.parts)
    row = TABLES[item.key.table]._default_manager.get(pk=item.row)
    if isinstance(row, ExtraCostRow):
        row.account = choice.entry
    else:
        row.target = choice.entry  # type: ignore[attr-defined]  # every other table has one
    if isinstance(row, VendorLink):
        row.evidence, row.state = _said(choice), LinkState.CONFIRMED
    return row


def _account(choice: Choice, parts: tuple[str, ...]) -> MappingRow:
    return AccountRow(scope=choice.item.scope, source_code=parts[0], target=choice.entry)


def _tracking(choice: Choice, parts: tuple[str, ...]) -> MappingRow:
    return TrackingRow(scope=choice.item.scope, dimension=parts[0], source_key=parts[1], target=choice.entry)


def _tax(choice: Choice, parts: tuple[str, ...]) -> MappingRow:
    return TaxRow(scope=choice.item.scope, taxes=parts[0], target=choice.entry)


def _extra_cost(choice: Choice, parts: tuple[str, ...]) -> MappingRow:
    """The key knows no capitals; the row is for people to read."""
    return ExtraCostRow(scope=choice.item.scope, name=parts[0].capitalize(), account=choice.entry)


def _vendor(choice: Choice, parts: tuple[str, ...]) -> MappingRow:
    """A link that was only proposed so far becomes the chosen one."""
    scope = choice.item.scope
    link = VendorLink.objects.filter(scope=scope, source_key=parts[0], currency="").first()
    link = link or VendorLink(scope=scope, source_key=parts[0])
    link.target, link.evidence, link.state = choice.entry, _said(choice), LinkState.CONFIRMED
    return link


def _project(choice: Choice, parts: tuple[str, ...]) -> MappingRow:
    return ProjectRow(scope=choice.item.scope, source_key=parts[0], target=choice.entry)


def _cost_code(choice: Choice, parts: tuple[str, ...]) -> MappingRow:
    return CostCodeRow(scope=choice.item.scope, source_code=parts[0], code=choice.entry.code)


def _budget_line(choice: Choice, parts: tuple[str, ...]) -> MappingRow:
    return BudgetLineRow(scope=choice.item.scope, source_key=parts[0], code=choice.entry.code)


def _said(choice: Choice) -> str:
    return f"{choice.evidence}, accepted by a person"


_NEW: dict[str, Callable[[Choice, tuple[str, ...]], MappingRow]] = {
    keys.ACCOUNT: _account,
    keys.TRACKING: _tracking,
    keys.TAX: _tax,
    keys.EXTRA_COST: _extra_cost,
    keys.VENDOR: _vendor,
    keys.PROJECT: _project,
    keys.COST_CODE: _cost_code,
    keys.BUDGET_LINE: _budget_line,
}
