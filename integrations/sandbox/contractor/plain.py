"""Good orders, and the bills of most of them: whole or in halves, paid, paid in part, or not paid yet."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal

from ..company.calendar import Calendar
from ..exchange import Json
from . import books, suppliers
from .awkward_bills import of
from .awkward_orders import line, order
from .books import BOATS, CLINIC, DEPOT, LIBRARY, ROWS

SEED = 1201
# Project, account, supplier, and what is bought there with its unit price; each has plenty of budget left.
BOUGHT = (
    (CLINIC, "310", suppliers.MIXERS, (("Ready-mix 30 MPa, m3", "158.00"), ("Pump, hour", "185.00"))),
    (LIBRARY, "360", suppliers.ELECTRIC, (("Conduit 25 mm, m", "4.85"), ("Distribution board", "612.00"))),
    (BOATS, "340", suppliers.ROOFING, (("Standing seam, m2", "64.20"), ("Roof hatch", "735.00"))),
    (DEPOT, "350", suppliers.DRYWALL, (("Stud wall, m2", "38.75"), ("Ceiling grid, m2", "22.40"))),
    (CLINIC, "320", suppliers.STEEL, (("Beam HEB 200, m", "71.30"), ("Site weld, hour", "98.00"))),
    (ROWS, "330", suppliers.LUMBER, (("Stud 2x6, piece", "9.35"), ("Joist hanger", "3.15"))),
    (CLINIC, "380", suppliers.EARTHWORKS, (("Backfill, t", "24.60"), ("Roller, day", "310.00"))),
    (DEPOT, "360", suppliers.VOLTLINE, (("Cable tray, m", "27.90"), ("Charger, dock", "1140.00"))),
)
PLAIN_BILLS = 12


def plain_order(at: int) -> Json:
    """The same for the same `at`: one or two lines, some with tax on top."""
    chance = random.Random(SEED + at)
    project, account, supplier, bought = BOUGHT[at % len(BOUGHT)]
    tax = {"TaxType": books.SALES_TAX} if at % 3 == 1 else {}
    lines = [
        line(text, price, str(chance.randint(2, 2 + 2000 // max(int(Decimal(price)), 20))), account, project, **tax)
        for text, price in bought[: chance.randint(1, 2)]
    ]
    return order(*lines, supplier=supplier)


def plain_bills(orders: list[Json], calendar: Calendar) -> Iterator[Json]:
    """Oldest first; none where the project has no open billing period."""
    billed = [each for each in orders if each["LineItems"][0]["Tracking"][0]["Option"] != ROWS]
    made = 0
    for at, ordered in enumerate(billed):
        shares = ("0.5", "0.5") if at % 3 == 2 else ("1",)
        for nth, share in enumerate(shares):
            made += 1
            if made > PLAIN_BILLS:
                return
            ago = 26 - made - 3 * nth
            yield of(ordered, f"{7300 + 13 * made}", share, day=calendar.day(ago), _paid=_paid(made, ago, ordered))


def _paid(made: int, ago: int, ordered: Json) -> list[tuple[str | None, int]]:
    """In full, a fifth of the order and then the rest, a fifth alone, or nothing yet."""
    fifth = str((Decimal(str(ordered["Total"])) / 5).quantize(Decimal("0.01")))
    match made % 4:
        case 0:
            return [(None, max(ago - 8, 1))]
        case 1:
            return [(fifth, max(ago - 6, 2)), (None, 1)]
        case 2:
            return [(fifth, max(ago - 5, 1))]
    return []
