"""How each awkward bill is made: arguments for the Xero stand-in's `add_bill`, and how it is settled.

A case with an `order` is handed it as stored. Keys that start with "_" are what happens next, in this order: `_paid`
(amount or None for the rest, days ago), `_taken_back` (the first payment), `_prepaid`, `_overpaid`, `_credited`
(amount, days ago), `_voided`.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from ..company.calendar import Calendar
from ..exchange import Json
from . import books, suppliers
from .awkward_orders import line, order
from .books import CLINIC, DEPOT, LIBRARY, ROWS
from .order_cases import ORDER_NUMBERS
from .suppliers import Supplier

CENT = Decimal("0.01")


def bill(*lines: Json, supplier: Supplier = suppliers.MIXERS, **more: Any) -> Json:
    return {"contact": supplier.name, "lines": list(lines), **more}


def of(ordered: Json, number: str = "", share: str = "1", **more: Any) -> Json:
    """The order's lines as a bill copies them, or a share of each; its number is the order's, after the supplier's."""
    said = f"{number} / {ordered['PurchaseOrderNumber']}" if number else ordered["PurchaseOrderNumber"]
    lines = [_copied(each, Decimal(share)) for each in ordered["LineItems"]]
    head = {"contact": ordered["Contact"]["Name"], "currency": ordered["CurrencyCode"], "number": said}
    return {**head, "lines": lines, "LineAmountTypes": ordered["LineAmountTypes"], **more}


def _copied(each: Json, share: Decimal) -> Json:
    if "AccountCode" not in each:
        return {"Description": each["Description"]}
    copied: Json = {name: each[name] for name in ("Description", "AccountCode", "ItemCode", "TaxType") if name in each}
    amount = (Decimal(str(each["LineAmount"])) * share).quantize(CENT)
    named = [{name: option[name] for name in ("Name", "Option")} for option in each.get("Tracking", [])]
    return {**copied, "Quantity": 1, "UnitAmount": amount, "Tracking": named}


# Orders that are billed


def concrete(calendar: Calendar) -> Json:
    return order(line("Ready-mix, pad footings", "1000.00", project=LIBRARY))


def taxed_concrete(calendar: Calendar) -> Json:
    return order(line("Ready-mix, plinths", "1000.00", project=LIBRARY, TaxType=books.SALES_TAX))


def two_of_a_code(calendar: Calendar) -> Json:
    return order(
        line("Boards 13 mm", "700.00", account="350", project=LIBRARY),
        line("Boards 16 mm", "500.00", account="350", project=LIBRARY),
        supplier=suppliers.DRYWALL,
    )


def wiring(calendar: Calendar) -> Json:
    return order(line("Wiring, bay 3", "1600.00", account="360", project=DEPOT), supplier=suppliers.VOLTLINE)


def plumbing(calendar: Calendar) -> Json:
    return order(line("Stack and vents", "2100.00", account="370", project=ROWS), supplier=suppliers.PLUMBING)


def digging(calendar: Calendar) -> Json:
    return order(line("Trenching, day", "1180.00", "2", "380"), supplier=suppliers.EARTHWORKS)


# Paid


def part_payments(calendar: Calendar, ordered: Json) -> Json:
    """1,000.00 and 101.00 tax, 550.50 twice: 500.00 twice in the project (A84)."""
    return of(ordered, "MM-2201", _paid=[("550.50", 20), ("550.50", 6)])


def thirds(calendar: Calendar, ordered: Json) -> Json:
    """1,101.00 in three parts: 333.33, 333.34 and the rest."""
    return of(ordered, "MM-2210", _paid=[("367.00", 21), ("367.00", 14), ("367.00", 5)])


def unpaid(calendar: Calendar, ordered: Json) -> Json:
    return of(ordered, "V-880")


def paid_to_change(calendar: Calendar, ordered: Json) -> Json:
    return of(ordered, "MM-2230", _paid=[(None, 9)])


def prepaid(calendar: Calendar, ordered: Json) -> Json:
    return of(ordered, "MM-2240", _prepaid=("400.00", 12), _paid=[("600.00", 8)])


def overpaid_before(calendar: Calendar, ordered: Json) -> Json:
    return of(ordered, "V-884", _overpaid=("1600.00", 10))


def credited(calendar: Calendar, ordered: Json) -> Json:
    return of(ordered, "MM-2250", _paid=[("900.00", 15)], _credited=("100.00", 13))


def settled_by_credit(calendar: Calendar, ordered: Json) -> Json:
    """PAID, and nobody paid anything."""
    return of(ordered, "MM-2260", _credited=("1000.00", 11))


def payment_taken_back(calendar: Calendar, ordered: Json) -> Json:
    return of(ordered, "V-890", _paid=[("800.00", 7)], _taken_back=True)


# Which order


def no_order(calendar: Calendar, ordered: Json) -> Json:
    return bill(line("Pump hire and operator", "730.00", project=LIBRARY), number="MM-2300", _paid=[(None, 10)])


def two_orders(calendar: Calendar, ordered: Json) -> Json:
    both = f"{ordered['PurchaseOrderNumber']} + {ORDER_NUMBERS['order-three-codes']}"
    return {**of(ordered, share="0.5"), "number": f"MM-2310 {both}", "_paid": [(None, 10)]}


def order_of_another(calendar: Calendar, ordered: Json) -> Json:
    return {**of(ordered, "EE-77"), "contact": suppliers.ELECTRIC.name, "_paid": [(None, 9)]}


def same_number_here(calendar: Calendar, ordered: Json) -> Json:
    return of(ordered, "4471", _paid=[(None, 12)])


def own_number_only(calendar: Calendar, ordered: Json) -> Json:
    """Copied by hand, in small letters and in brackets."""
    number = ordered["PurchaseOrderNumber"].lower()
    return {**of(ordered), "number": f"TE-501 ({number})", "_paid": [(None, 10)]}


# What it bills


def retention(calendar: Calendar, ordered: Json) -> Json:
    given = of(ordered, "V-900", _paid=[("1000.00", 9)])
    given["lines"].append(line("Retention 10 %", "-160.00", account="830", project=DEPOT))
    return given


def part_kept_out(calendar: Calendar, ordered: Json) -> Json:
    given = of(ordered, "V-902", _paid=[(None, 9)])
    given["lines"].append(line("Parking permits", "84.00", account="429", project=""))
    return given


def rent(calendar: Calendar, ordered: Json) -> Json:
    paid = [(None, 25)]
    return bill(line("Rent", "3900.00", account="453", project=""), supplier=suppliers.LANDLORD, number="R-31",
                _paid=paid)  # fmt: skip


def account_without_code(calendar: Calendar, ordered: Json) -> Json:
    given = of(ordered, "MM-2320", _paid=[(None, 9)])
    given["lines"].append(line("Topsoil", "120.00", account="398", project=LIBRARY))
    return given


def code_not_ordered(calendar: Calendar, ordered: Json) -> Json:
    given = of(ordered, "V-904", _paid=[(None, 9)])
    given["lines"].append(line("Lining, bay 3", "240.00", account="350", project=DEPOT))
    return given


def over_billed(calendar: Calendar, ordered: Json) -> Json:
    return of(ordered, "MM-2330", "1.2", _paid=[(None, 8)])


def fills_in_order(calendar: Calendar, ordered: Json) -> Json:
    """900.00 of one code fills its first line with 700.00 and its second with 200.00 (A86)."""
    boards = line("Boards, delivered", "900.00", account="350", project=LIBRARY)
    return {**of(ordered, "AD-61"), "lines": [boards], "_paid": [(None, 11)]}


def other_project(calendar: Calendar, ordered: Json) -> Json:
    given = of(ordered, "MM-2340", _paid=[(None, 9)])
    given["lines"].append(line("Small load", "95.00", project=CLINIC))
    return given


def order_held(calendar: Calendar, ordered: Json) -> Json:
    return of(ordered, "MM-2350", _paid=[(None, 9)])


# When


def no_open_period(calendar: Calendar, ordered: Json) -> Json:
    return of(ordered, "SP-12", _paid=[(None, 9)])


def after_the_period(calendar: Calendar, ordered: Json) -> Json:
    """Dated in the month after this one, and paid ahead."""
    day = (calendar.today.replace(day=1) + timedelta(days=32)).replace(day=2)
    return of(ordered, "TE-510", day=day, due=day + timedelta(days=30), _paid=[(None, 3)])


def late(calendar: Calendar, ordered: Json) -> Json:
    """Dated months before the open period of its project."""
    return of(ordered, "TE-498", day=calendar.day(70), _paid=[(None, 41)])


def before_start(calendar: Calendar, ordered: Json) -> Json:
    return bill(line("Old works", "510.00", project=LIBRARY), number="MM-1990", day=calendar.day(130),
                _paid=[(None, 126)])  # fmt: skip


# Where it stands


def draft(calendar: Calendar, ordered: Json) -> Json:
    return of(ordered, "V-910", status="DRAFT")


def submitted(calendar: Calendar, ordered: Json) -> Json:
    return of(ordered, "MM-2360", status="SUBMITTED")


def voided(calendar: Calendar, ordered: Json) -> Json:
    return of(ordered, "MM-2370", _voided=True)


def whole(calendar: Calendar, ordered: Json) -> Json:
    return of(ordered, "AD-70", _paid=[(None, 10)])
