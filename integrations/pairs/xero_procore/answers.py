"""What comes of a document: what to write, or everything that keeps it from being written, at once (E9)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

from integrations.money import ZERO
from integrations.pairs.flow import FoundGap, Hold, Note
from integrations.pairs.xero_procore.lookups import LookedUp, ProjectLookups

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """`result` is None where anything is missing, held, or has to wait; `waits` says for what, in a sentence.

    `kept_out` is what the document's accounts keep out of the project (A87); `used` are the rows it was
    translated with, and `coded` tells which of them each line got its code by.
    """

    result: T | None
    gaps: tuple[FoundGap, ...] = ()
    holds: tuple[Hold, ...] = ()
    notes: tuple[Note, ...] = ()
    used: tuple[tuple[str, int, int], ...] = ()
    coded: tuple[LookedUp, ...] = ()
    kept_out: Decimal = ZERO
    waits: str = ""


def answered(
    result: T | None,
    lookups: ProjectLookups,
    *,
    notes: tuple[Note, ...] = (),
    kept_out: Decimal = ZERO,
    waits: str = "",
) -> Answer[T]:
    """The result with what was looked up for it, or all that is missing."""
    missing = bool(lookups.gaps or lookups.holds or waits)
    return Answer(
        None if missing else result,
        gaps=tuple(lookups.gaps.values()),
        holds=tuple(lookups.holds),
        notes=notes,
        used=tuple((table, pk, version) for (table, pk), version in lookups.used.items()),
        coded=tuple(lookups.coded.values()),
        kept_out=kept_out,
        waits=waits,
    )
