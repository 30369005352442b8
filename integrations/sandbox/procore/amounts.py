"""Money, quantities and percentages: what is taken, and the varying scale in which it comes back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from .problems import Invalid

ZERO = Decimal(0)
WRITTEN = re.compile(r"-?\d{1,15}(\.\d{1,10})?")


def amount_in(name: str, sent: object) -> str:
    """A decimal in a string, as it is kept; a JSON number is refused."""
    if not isinstance(sent, str):
        raise Invalid(**{name: f"{name} value has incompatible type"})
    if not WRITTEN.fullmatch(sent.strip()):
        raise Invalid(**{name: "is not a number"})
    return sent.strip()


def decimal(kept: object) -> Decimal:
    return Decimal(str(kept)) if kept not in (None, "") else ZERO


def total(kept: Iterable[object]) -> Decimal:
    return sum((decimal(each) for each in kept), ZERO)


def loose(value: Decimal) -> str:
    """As commitments and their lines write it: the shortest, but never without a decimal ("1000.0")."""
    text = f"{value.normalize():f}"
    return text if "." in text else f"{text}.0"


def cents(value: Decimal) -> str:
    """As invoices, payments and budget rows write it ("1000.00")."""
    return f"{value.quantize(Decimal('0.01'), ROUND_HALF_UP):f}"


def percent(part: Decimal, whole: Decimal) -> str:
    return f"{cents(part * 100 / whole) if whole else '0.00'}%"
