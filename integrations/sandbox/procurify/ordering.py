"""How Procurify makes an order of what people ordered: lines, taxes, totals.

What people gave is kept with the order (`_given`), so that a later change can be made of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ..exchange import Json
from .amounts import ZERO, exact, number, rounded, text

LINE_TYPES = {"one-time": 0, "recurring": 1, "blanket": 2}


@dataclass(frozen=True, slots=True)
class Figures:
    """The amounts of one line; `tax` is rounded per tax, `total` is without it."""

    price: Decimal
    quantity: Decimal
    total: Decimal
    tax: Decimal


def line_figures(given: Json) -> Figures:
    """Total and tax follow from price, quantity and taxes unless they are given, as when somebody typed them."""
    price, quantity = exact(given.get("price", 0)), exact(given.get("quantity", 1))
    total = exact(given["total_cost"]) if given.get("total_cost") is not None else rounded(price * quantity)
    if given.get("tax_amount") is not None:
        tax = exact(given["tax_amount"])
    else:
        tax = sum((tax_of(each, total) for each in given.get("taxes") or ()), ZERO)
    return Figures(price, quantity, total, tax)


def tax_of(tax: Json, total: Decimal) -> Decimal:
    if tax.get("percent") is not None:
        return rounded(total * exact(tax["percent"]) / 100)
    return exact(tax["amount"])


def adjustment(given: Any) -> tuple[Json, Decimal]:
    """A header tax or discount: an amount, or {"percentage": 10} of the subtotal. Value as sent, and the percentage."""
    if isinstance(given, dict):
        percent = exact(given["percentage"])
        return {"value": number(percent), "type": "percentage"}, percent
    return {"value": number(exact(given)), "type": "amount"}, ZERO


def amount_of(given: Any, subtotal: Decimal) -> Decimal:
    if isinstance(given, dict):
        return rounded(subtotal * exact(given["percentage"]) / 100)
    return exact(given)


def totals(given: Json, lines: list[Figures]) -> Json:
    """The money fields of the header. The header's tax repeats the lines' unless another is given."""
    subtotal = sum((line.total for line in lines), ZERO)
    line_tax = sum((line.tax for line in lines), ZERO)
    tax = line_tax if given.get("tax") is None else given["tax"]
    freight, other = exact(given.get("freight") or 0), exact(given.get("other") or 0)
    discount = given.get("discount") or 0
    total = subtotal + freight + other + amount_of(tax, subtotal) - amount_of(discount, subtotal)
    if given.get("total") is not None:
        total = exact(given["total"])
    return {
        "subtotal": text(subtotal, 2),
        "freight": text(freight, 6),
        "tax": adjustment(tax)[0],
        "discount": adjustment(discount)[0],
        "other": text(other, 6),
        "total": text(total, 2),
    }


def jsonable(given: Any) -> Any:
    """What people gave, so that it can be kept: amounts and days become text."""
    if isinstance(given, dict):
        return {name: jsonable(value) for name, value in given.items()}
    if isinstance(given, list | tuple):
        return [jsonable(each) for each in given]
    if given is None or isinstance(given, bool | int | str):
        return given
    return given.isoformat() if hasattr(given, "isoformat") else str(given)
