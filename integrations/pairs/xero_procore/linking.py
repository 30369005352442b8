"""Which order a bill belongs to: accounting has no link between them, only the order's number in the bill's (A86, A91).

Copying an order to a bill writes its number into the bill's, where people may edit it (Xero Accounting API, purchase
orders, October 2026). So a number is looked for word by word, among orders of the same contact, and never guessed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from integrations.money import ZERO, figure
from integrations.pairs.flow import Hold
from integrations.pairs.xero_procore.documents import Bill
from integrations.project_documents import CommitmentStatus

_BETWEEN = re.compile(r"[\s,;/&+|]+")
_AROUND = "()[]{}<>#.:'\""
NAMED = 5


@dataclass(frozen=True, slots=True)
class OpenLine:
    """One line of a commitment with what requisitions took of it, both with their sign."""

    line_id: str
    code: str
    amount: Decimal
    billed: Decimal = ZERO

    @property
    def unbilled(self) -> Decimal:
        """What is left in the line's own direction; an over-billed line has nothing left."""
        rest = self.amount - self.billed
        return rest if rest * self.amount > 0 else ZERO


@dataclass(frozen=True, slots=True)
class LinkableOrder:
    """An order as bills meet it. `commitment` is "" until it stands in the project; `contact` the supplier's id.

    `own_schedule` says that the supplier must agree its schedule of values first.
    """

    source_id: str
    number: str
    contact: str
    project: str
    currency: str
    commitment: str = ""
    status: CommitmentStatus | None = None
    lines: tuple[OpenLine, ...] = ()
    own_schedule: bool = False

    @property
    def unbilled(self) -> Decimal:
        return sum((line.unbilled for line in self.lines), ZERO)


def named(bill: Bill, orders: Sequence[LinkableOrder]) -> list[LinkableOrder]:
    """The orders of the bill's supplier whose whole number stands in the bill's number."""
    return named_by(bill.number, bill.vendor.source_id, orders)


def named_by(number: str, supplier: str, orders: Sequence[LinkableOrder]) -> list[LinkableOrder]:
    """As `named`, of a bill of which no more is at hand."""
    said = words(number)
    return [order for order in orders if order.contact == supplier and _within(words(order.number), said)]


def words(number: str) -> tuple[str, ...]:
    """A number as its words, without capitals and what stands around them: "(PO-42)" is "po-42"."""
    stripped = (word.strip(_AROUND).casefold() for word in _BETWEEN.split(number))
    return tuple(word for word in stripped if word)


def link(bill: Bill, orders: Sequence[LinkableOrder], chosen: str = "") -> LinkableOrder | Hold:
    """The one order that it names or that a person chose; else a hold with the orders that could be meant.

    Those are all that it names, or those of its supplier that have anything left to bill.
    """
    if chosen:
        order = next((each for each in orders if each.source_id == chosen), None)
        if order is None or order.contact != bill.vendor.source_id:
            said = "The order that was chosen is gone, or is another supplier's. Choose again."
            return Hold("needs-link", said)
        return order
    found = named(bill, orders)
    if len(found) == 1:
        return found[0]
    own = [order for order in orders if order.contact == bill.vendor.source_id and order.unbilled]
    return Hold("needs-link", _said(bill, found or own, several=bool(found)))


def _within(number: Sequence[str], said: Sequence[str]) -> bool:
    length = len(number)
    return bool(length) and any(
        tuple(said[start : start + length]) == tuple(number) for start in range(len(said) - length + 1)
    )


def _said(bill: Bill, candidates: Sequence[LinkableOrder], *, several: bool) -> str:
    """The likeliest candidates: those of which most is unbilled. Where one is chosen, all of them are listed."""
    likeliest = sorted(candidates, key=lambda order: -order.unbilled)
    first = [f"{each.number} ({figure(each.unbilled)} {each.currency} unbilled)" for each in likeliest[:NAMED]]
    more = [f"{len(candidates) - NAMED} more"] if len(candidates) > NAMED else []
    which = ", ".join([*first, *more])
    head = f"{bill.said[0].upper()}{bill.said[1:]} of {figure(bill.net)} {bill.currency} net"
    if several:
        return f"{head} names several orders: {which}. Choose the one it belongs to."
    others = f"{bill.vendor.name} has {which}" if which else f"{bill.vendor.name} has none with anything left to bill"
    return f"{head} names no order. {others}. Choose the order, or leave the bill out."
