"""The big majority: good orders with realistic lines, of suppliers whose contacts link by themselves."""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from ..exchange import Json
from .calendar import Calendar
from .items import ITEMS, Item
from .sites import DEPARTMENTS, Department
from .suppliers import PLAIN, Supplier
from .taxes import GST, GST_PST, HST, NO_TAX, SALES_TAX, TaxSet

SEED = 20_261_121
# Currency -> share of the orders, in percent.
_CURRENCIES = (("USD", 60), ("CAD", 28), ("EUR", 12))
_CANADIAN_TAXES: tuple[tuple[TaxSet, int], ...] = ((GST, 70), (GST_PST, 15), (HST, 15))
_AMERICAN_TAXES: tuple[tuple[TaxSet, int], ...] = ((SALES_TAX, 65), (NO_TAX, 35))
REQUESTERS = ("Tom Okafor", "Mei Tanaka", "Luis Ortega", "Sara Lindholm")
APPROVERS = ("Ana Petrov", "David Cohen")


def plain_order(number: int, calendar: Calendar, ago: int) -> Json:
    """Arguments for `add_order`, dated `ago` days back; the same for the same number on the same day."""
    chance = random.Random(SEED + number)
    currency = _weighted(chance, _CURRENCIES)
    supplier = chance.choice([each for each in PLAIN if each.currency == currency])
    day = calendar.working_day(ago)
    department = chance.choice(DEPARTMENTS[6:] if currency == "CAD" and chance.random() < 0.6 else DEPARTMENTS[:6])
    taxes = _taxes(chance, supplier)
    lines = [_line(chance, item, department, taxes) for item in chance.sample(ITEMS, _line_count(chance))]
    return {
        "number": f"PF{number}",
        "vendor": supplier.id,
        "date": at_office_hours(chance, day),
        "approved": at_office_hours(chance, day - timedelta(days=chance.randint(0, 2)), morning=True),
        "lines": lines,
        "requester": chance.choice(REQUESTERS),
        "approved_by": chance.choice(APPROVERS),
        **({"freight": Decimal(chance.randint(2500, 18000)) / 100} if chance.random() < 0.12 else {}),
    }


def taxes_of(taxes: TaxSet) -> list[Json]:
    """A set of taxes as `add_order` takes it."""
    return [{"name": name, "percent": percent} for name, percent in taxes]


def at_office_hours(chance: random.Random, day: date, morning: bool = False) -> str:
    """An instant of that day, in the stand-in's time zone: the zone itself is left to `add_order`."""
    hour = chance.randint(7, 8) if morning else chance.randint(9, 16)
    return datetime.combine(day, time(hour, chance.randint(0, 59), chance.randint(0, 59))).isoformat()


def _line_count(chance: random.Random) -> int:
    return chance.choices((1, 2, 3, 4, 5, 6), (28, 26, 20, 13, 8, 5))[0]


def _line(chance: random.Random, item: Item, department: Department, taxes: TaxSet) -> Json:
    price = Decimal(chance.randint(item.lowest * 100, item.highest * 100)) / 100
    cheap = price < 100
    quantity = Decimal(chance.choice((2, 4, 5, 6, 8, 10, 12, 20, 24, 40, 50, 100) if cheap else (1, 1, 1, 2, 2, 3, 4)))
    if item.unit in ("tonne", "m3", "day") and chance.random() < 0.4:
        quantity += Decimal("0.5")
    return {
        "name": item.name,
        "unit": item.unit,
        "sku": f"{item.code}-{sum(map(ord, item.name)) % 900 + 100}",
        "price": price,
        "quantity": quantity,
        "account": item.code,
        "department": department.id,
        "taxes": taxes_of(taxes),
    }


def _taxes(chance: random.Random, supplier: Supplier) -> TaxSet:
    if supplier.currency == "EUR":
        return NO_TAX
    choices = _CANADIAN_TAXES if supplier.currency == "CAD" else _AMERICAN_TAXES
    return chance.choices([each for each, _ in choices], [share for _, share in choices])[0]


def _weighted(chance: random.Random, choices: tuple[tuple[str, int], ...]) -> str:
    return chance.choices([each for each, _ in choices], [share for _, share in choices])[0]
