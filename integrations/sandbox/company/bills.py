"""200 bills: whole plain orders, parts of them, several orders on one bill, credits, bills without, awkward ones."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from ..exchange import Json
from .bill_cases import AWKWARD_BILLS, awkward_bill
from .calendar import Calendar
from .plain_orders import SEED
from .suppliers import PLAIN

if TYPE_CHECKING:
    from ..procurify.standin import ProcurifyStandIn

IN_PARTS, GATHERED, CREDITS, WITHOUT_ORDER = 30, 12, 7, 7
COUNT = 200
WHOLE = COUNT - 2 * IN_PARTS - GATHERED - CREDITS - WITHOUT_ORDER - len(AWKWARD_BILLS)
PAGE = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n"
)


@dataclass(frozen=True, slots=True)
class Plan:
    """One bill to be: which orders, what share of each, on which day."""

    orders: tuple[str, ...]
    share: Decimal
    day: date


def add_bills(procurify: ProcurifyStandIn, domain: str, calendar: Calendar, orders: list[Json]) -> None:
    """Bill the given plain orders, oldest first, and pay about half of the older bills."""
    chance = random.Random(SEED)
    made = []
    for at, plan in enumerate(_plans(orders, calendar)):
        bill = procurify.add_bill(
            domain,
            orders=plan.orders,
            share=plan.share,
            freight_account="6800",
            invoice_number=f"INV-{70_000 + 17 * at}",
            date=plan.day,
            status=_status(at, plan, calendar),
            modified=_noon(plan.day + timedelta(days=1)),
        )
        made.append((bill, plan.day))
        if at % 3 == 0:
            _attach(procurify, domain, bill)
    made += [
        (_without_order(procurify, domain, chance, calendar, at), calendar.day(12 + at)) for at in range(WITHOUT_ORDER)
    ]
    _pay(procurify, domain, calendar, made)
    for at, number in enumerate(AWKWARD_BILLS):
        _add_awkward(procurify, domain, awkward_bill(number, calendar, 60 - at))


def _add_awkward(procurify: ProcurifyStandIn, domain: str, given: Json) -> None:
    paid, attached = given.pop("_paid", None), given.pop("_attached", None)
    bill = procurify.add_bill(domain, **given)
    if attached:
        _attach(procurify, domain, bill, modified=_noon(attached))
    if paid:
        procurify.add_payment(domain, [bill["id"]], posted=paid, modified=_noon(max(paid, given["modified"])))


def _attach(procurify: ProcurifyStandIn, domain: str, bill: Json, modified: datetime | None = None) -> None:
    """The supplier's own invoice as a small page; to the eye it is empty."""
    number = bill["invoice_number"]
    page = PAGE + f"% {number}\n%%EOF\n".encode()
    procurify.attach_file(domain, bill["id"], f"{number}.pdf", page, modified=modified)


def _plans(orders: list[Json], calendar: Calendar) -> Iterator[Plan]:
    free = {order["number"]: order for order in orders}
    for number in list(free)[:WHOLE]:
        yield Plan((number,), Decimal(1), _after(free.pop(number), 9, calendar))
    for number in list(free)[:IN_PARTS]:
        order = free.pop(number)
        yield Plan((number,), Decimal("0.5"), _after(order, 6, calendar))
        yield Plan((number,), Decimal("0.5"), _after(order, 20, calendar))
    for group in _of_one_vendor(free):
        yield Plan(tuple(group), Decimal(1), _after(free[group[-1]], 5, calendar))
    for order in orders[:CREDITS]:
        yield Plan((order["number"],), Decimal("-0.25"), _after(order, 30, calendar))


def _of_one_vendor(free: dict[str, Json]) -> list[list[str]]:
    groups: dict[tuple[int, int], list[str]] = defaultdict(list)
    for number, order in free.items():
        groups[order["pref_vendor"]["id"], order["purchased_currency"]["id"]].append(number)
    return [numbers[:3] for numbers in groups.values() if len(numbers) > 1][:GATHERED]


def _after(order: Json, days: int, calendar: Calendar) -> date:
    return min(date.fromisoformat(order["date"][:10]) + timedelta(days=days), calendar.day(1))


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12)  # noqa: DTZ001  (the customer's own time zone)


def _status(at: int, plan: Plan, calendar: Calendar) -> str:
    if at % 40 == 7:
        return "confirmed"
    if at % 67 == 11:
        return "denied"
    return "draft" if at % 90 == 13 else "approved"


def _without_order(
    procurify: ProcurifyStandIn, domain: str, chance: random.Random, calendar: Calendar, at: int
) -> Json:
    supplier = [each for each in PLAIN if each.currency == "USD"][at]
    amount = Decimal(chance.randint(4000, 90000)) / 100
    item = {"name": "Monthly service", "amount": amount, "account": "6400", "department": 14}
    return procurify.add_bill(
        domain,
        vendor=supplier.id,
        items=[item],
        invoice_number=f"SRV-{310 + at}",
        date=calendar.day(12 + at),
        modified=_noon(calendar.day(11 + at)),
    )


def _pay(procurify: ProcurifyStandIn, domain: str, calendar: Calendar, made: list[tuple[Json, date]]) -> None:
    """Two of three approved bills that are older than 40 days, those of one vendor and currency by twos."""
    due: dict[tuple[int, int], list[Json]] = defaultdict(list)
    old = [
        bill for bill, day in made if day < calendar.day(40) and bill["status"] == 2 and bill["total_cost_with_tax"] > 0
    ]
    for at, bill in enumerate(old):
        if at % 3:
            due[bill["vendor"]["id"], bill["currency"]["id"]].append(bill)
    for bills in due.values():
        for first in range(0, len(bills), 2):
            part = bills[first : first + 2]
            paid = min(max(date.fromisoformat(bill["due_date"][:10]) for bill in part), calendar.day(2))
            procurify.add_payment(domain, [bill["id"] for bill in part], posted=paid, modified=_noon(paid))
