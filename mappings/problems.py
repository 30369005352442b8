"""Why a saved row no longer works: its target was archived, became unsuitable, or changed its rate.

The same answer serves the tables in memory, which hold documents for it, and the marks that people see in the lists.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from mappings import keys, offered
from mappings.models import MappingRow, Mark, ReferenceEntry, TaxRow
from mappings.models.taxes import rate_problem


@dataclass(frozen=True, slots=True)
class Problem:
    """`why` follows the target's name: "is archived or gone"."""

    mark: Mark
    entry: ReferenceEntry
    why: str

    def sentence(self, row: MappingRow) -> str:
        return (
            f"“{row}” in the {row._meta.verbose_name_plural} of {row.scope} points at “{self.entry}”, which {self.why}"
        )


def of(row: MappingRow) -> Problem | None:
    """The row's first problem. Reads nothing if the targets are at hand."""
    return next(_problems(row), None)


def _problems(row: MappingRow) -> Iterator[Problem]:
    for field, use in row.target_uses.items():
        entry: ReferenceEntry | None = getattr(row, field)
        if entry is None:
            continue
        if not entry.active:
            yield Problem(Mark.INACTIVE, entry, "is archived or gone there.")
        elif unsuitable := offered.unsuitability(entry, use):
            yield Problem(Mark.UNSUITABLE, entry, f"is {unsuitable} now.")
    if isinstance(row, TaxRow) and row.recoverable is not None:
        total = keys.total_percent(keys.read_taxes(row.taxes))
        changed = rate_problem(offered.rate(row.target), total, row.recoverable, reverse_charge=row.reverse_charge)
        if changed:
            yield Problem(Mark.RATE_CHANGED, row.target, changed)
