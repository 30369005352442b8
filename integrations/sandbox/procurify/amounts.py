"""Amounts as Procurify writes them: text with a fixed number of decimals here, plain JSON numbers there."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

ZERO, CENT = Decimal(0), Decimal("0.01")


def exact(value: Any) -> Decimal:
    """A number as people give it; a float is taken as it is written."""
    return value if isinstance(value, Decimal) else Decimal(str(value))


def rounded(amount: Decimal, unit: Decimal = CENT) -> Decimal:
    return amount.quantize(unit, ROUND_HALF_UP)


def text(amount: Decimal, decimals: int) -> str:
    """With a fixed number of decimals: "968.45", "12.50000000"."""
    return f"{amount.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):f}"


def number(amount: Decimal) -> float:
    """A JSON number, as bill totals and order quantities are sent."""
    return float(amount)
