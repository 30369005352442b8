"""Line amounts, tax and totals: each line's tax is rounded to the cent, then summed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from .amounts import ZERO, rounded

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Totals:
    """Net, tax and gross of a document, two decimals each."""

    subtotal: Decimal
    tax: Decimal
    total: Decimal


def line_amount(quantity: Decimal, unit: Decimal, discount_rate: Decimal = ZERO) -> Decimal:
    """`discount_rate` in percent. The price is taken as stored, that is already cut to its decimals."""
    return rounded(quantity * unit * (HUNDRED - discount_rate) / HUNDRED if discount_rate else quantity * unit)


def tax_on(amount: Decimal, percent: Decimal, amount_types: str) -> Decimal:
    """Tax in (Inclusive) or on (Exclusive) a line amount."""
    if amount_types == "NoTax" or not percent:
        return ZERO
    if amount_types == "Inclusive":
        return rounded(amount * percent / (HUNDRED + percent))
    return rounded(amount * percent / HUNDRED)


def totals(lines: Iterable[tuple[Decimal, Decimal]], amount_types: str) -> Totals:
    """Totals over (line amount, line tax)."""
    amounts = tax = ZERO
    for amount, line_tax in lines:
        amounts += amount
        tax += line_tax
    subtotal = amounts - tax if amount_types == "Inclusive" else amounts
    return Totals(rounded(subtotal), rounded(tax), rounded(subtotal + tax))
