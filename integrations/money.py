"""Arithmetic that must come out to the cent: decimals of a currency, rounding, shares that add up."""

from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

ZERO = Decimal(0)
CENT = Decimal("0.01")
# ISO 4217 minor units other than two (amendment 177, 2024-01-01).
DECIMALS = {
    "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0, "UGX": 0,
    "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
    "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
}  # fmt: skip


def unit_of(currency: str, target_decimals: int) -> Decimal:
    """The smallest amount both the currency and the target can hold (A60)."""
    return Decimal(1).scaleb(-min(DECIMALS.get(currency, 2), target_decimals))


def rounded(amount: Decimal, unit: Decimal) -> Decimal:
    """Half up, on the absolute value."""
    return amount.quantize(unit, rounding=ROUND_HALF_UP)


def figure(amount: Decimal | None) -> str:
    """1250.5 as 1,250.50; more than two decimals only where they say something."""
    if amount is None:
        return "-"
    decimals = max(2, -int(amount.normalize().as_tuple().exponent))
    return f"{amount:,.{decimals}f}"


def share(total: Decimal, weights: Sequence[Decimal], unit: Decimal) -> list[Decimal]:
    """Split `total` by weight so that the parts always add up to it: largest remainder, first line first (A26).

    Weights of both signs are taken by their absolute value; all zero means equal parts. `total` must be a
    multiple of `unit`.
    """
    if len(weights) == 1:
        return [total]
    sizes = [abs(weight) for weight in weights]
    whole = sum(sizes, ZERO)
    if not whole:
        sizes, whole = [Decimal(1)] * len(sizes), Decimal(len(sizes))
    exact = [abs(total) * size / whole for size in sizes]
    parts = [amount.quantize(unit, rounding=ROUND_DOWN) for amount in exact]
    missing = int((abs(total) - sum(parts, ZERO)) / unit)
    by_remainder = sorted(range(len(parts)), key=lambda n: (parts[n] - exact[n], n))
    for n in by_remainder[:missing]:
        parts[n] += unit
    return parts if total >= 0 else [-part for part in parts]
