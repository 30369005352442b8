"""Why a record stands differently on both sides. Pure: one record in, its listed differences out (A102)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

UNEXPLAINED = "unexplained"
CAUSES: Mapping[str, str] = {
    "draft": "stands as a draft",
    "waiting": "waits to be posted",
    "held": "held for a person",
    "excluded": "excluded",
    "before-start": "before start",
    "covered": "covered by another document",
    "withdrawn": "withdrawn at the source",
    "amount": "amount differs",
    "month": "month differs",
    "edited": "edited in the target",
    "removed": "removed in the target",
    UNEXPLAINED: "without an explanation",
}
# Of these a report tells what is said of the record.
TOLD = frozenset({"held", "excluded", "waiting"})
CAUSE_OF_PLACE = {
    "before-start": "before-start",
    "waiting": "waiting",
    "held": "held",
    "excluded-by-rule": "excluded",
    "excluded-by-person": "excluded",
    "covered": "covered",
    "withdrawn": "withdrawn",
    "removed": "removed",
}


class Piece(NamedTuple):
    """A part of one record's difference, in the currency and posting month it falls into."""

    currency: str
    month: date | None
    cause: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Sides:
    """One record as both sides have it; `target` figures only while a document of ours stands there."""

    place: str
    currency: str
    amount: Decimal
    day: date | None
    target_currency: str = ""
    target_amount: Decimal = Decimal(0)
    target_day: date | None = None
    edited: bool = False
    billed: bool = False


def month_of(day: date | None) -> date | None:
    return day.replace(day=1) if day else None


def pieces(record: Sides, as_of: date) -> list[Piece]:
    """Source minus ledger of this record, up to the day, by cause; nothing where both sides agree."""
    counted = record.day is None or record.day <= as_of
    if record.place == "ledger":
        return _booked(record, as_of, counted)
    if not counted:
        return []
    month = month_of(record.day)
    if record.place == "draft":
        return _drafted(record, month)
    cause = CAUSE_OF_PLACE.get(record.place, UNEXPLAINED)
    return [Piece(record.currency, month, cause, record.amount)] if record.amount else []


def _booked(record: Sides, as_of: date, counted: bool) -> list[Piece]:
    booked = record.target_day is None or record.target_day <= as_of
    month, target_month = month_of(record.day), month_of(record.target_day)
    same_currency = record.currency == record.target_currency
    changed = "edited" if record.edited else "amount"
    found: list[Piece] = []
    if counted and booked and same_currency and month == target_month:
        found.append(Piece(record.currency, month, changed, record.amount - record.target_amount))
    elif same_currency:
        if counted:
            found.append(Piece(record.currency, month, changed, record.amount - record.target_amount))
            found.append(Piece(record.currency, month, "month", record.target_amount))
        if booked:
            found.append(Piece(record.currency, target_month, "month", -record.target_amount))
    else:
        if counted:
            found.append(Piece(record.currency, month, changed, record.amount))
        if booked:
            found.append(Piece(record.target_currency, target_month, changed, -record.target_amount))
    return [piece for piece in found if piece.amount]


def _drafted(record: Sides, month: date | None) -> list[Piece]:
    """A draft that bills have reduced stands for the rest of its order; the bills are records of their own."""
    if record.currency != record.target_currency:
        return [Piece(record.currency, month, "draft", record.amount)]
    rest = record.amount - record.target_amount
    why = "covered" if record.billed else "edited" if record.edited else "amount"
    found = [
        Piece(record.currency, month, "draft", record.target_amount),
        Piece(record.currency, month, why, rest),
    ]
    return [piece for piece in found if piece.amount]
