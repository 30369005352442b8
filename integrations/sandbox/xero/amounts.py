"""Numbers as Xero keeps them: computed as Decimal, held and sent as plain JSON numbers.

A document is held in the very shape it is sent, so its numbers are floats there. Nothing is lost: line amounts
stop at 9,999,999,999.99, and a float carries fifteen digits. Every computation goes through `exact` first.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal(0)
LARGEST_LINE = Decimal("9999999999.99")
_STEPS = {places: Decimal(1).scaleb(-places) for places in range(7)}


def rounded(value: Decimal, places: int = 2) -> Decimal:
    """Half away from zero."""
    return value.quantize(_STEPS[places], ROUND_HALF_UP)


def exact(number: float | int | str | Decimal) -> Decimal:
    """The decimal that a held number stands for."""
    return number if isinstance(number, Decimal) else Decimal(str(number))


def sent(value: Decimal) -> float:
    """The JSON number for a decimal."""
    return float(value)


def read_number(value: object) -> Decimal:
    """A number out of a request, where text like "1.0000" is taken too; raises ValueError for anything else."""
    try:
        number = Decimal(value) if isinstance(value, int | str | Decimal) else Decimal("NaN")
    except ArithmeticError as wrong:
        raise ValueError(f"{value!r} is not a number") from wrong
    if isinstance(value, bool) or not number.is_finite() or number.adjusted() > 20:
        raise ValueError(f"{value!r} is not a number")
    return number
