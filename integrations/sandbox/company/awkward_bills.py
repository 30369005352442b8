"""How each awkward bill is made: arguments for `add_bill`, except number and dates; `order` is the number it bills."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ..exchange import Json
from . import suppliers
from .awkward_orders import BEARINGS, BEAVER, CEDAR, MAINTENANCE, NORTHGATE, OFFICE, PRODUCTION, line
from .awkward_orders import order as ordered
from .calendar import Calendar

ELECTRIC = suppliers.BY_NAME["Olympic Electric"].id
EXPENSE, CARD = 1, 2


def item(name: str, amount: str, account: str = "6400", department: int = OFFICE, **more: Any) -> Json:
    return {"name": name, "amount": Decimal(amount), "account": account, "department": department, **more}


def bill(*items: Json, vendor: int = NORTHGATE, **more: Any) -> Json:
    return {"vendor": vendor, "items": list(items), **more}


def part(order: str, quantity: str) -> Json:
    """So much of the first line of an order."""
    return {"order": order, "line": 1, "quantity": Decimal(quantity)}


# Something is missing at the portal


def missing_code(calendar: Calendar, order: str) -> Json:
    return bill(item("Ergonomic assessment", "310.00", "6110"))


def unmapped_tax(calendar: Calendar, order: str) -> Json:
    return bill(item("Crane inspection", "900.00", tax_name="HST", tax_percentage=15), vendor=BEAVER)


def unmapped_cost(calendar: Calendar, order: str) -> Json:
    return bill(
        item("Felt conditioner", "540.00"), costs=[{"name": "Brokerage", "amount": Decimal("48.50"), "account": "6800"}]
    )


def swedish(calendar: Calendar, order: str) -> Json:
    return bill(item("Servicebesök", "7200.00", "6210", MAINTENANCE), vendor=suppliers.SWEDISH.id)


# Vendors


def contact_archived(calendar: Calendar, order: str) -> Json:
    return bill(item("Boiler inspection", "480.00", "6230", MAINTENANCE), vendor=suppliers.CONTACT_ARCHIVED.id)


def inactive_vendor(calendar: Calendar, order: str) -> Json:
    return bill(item("Belt splicing", "135.00", "5320", MAINTENANCE), vendor=suppliers.INACTIVE.id)


def one_time_vendor(calendar: Calendar, order: str) -> Json:
    return bill(item("Window replaced after the storm", "612.00"), vendor=suppliers.OTHER.id)


# Figures that are unusual, and right


def inclusive_tax(calendar: Calendar, order: str) -> Json:
    """The supplier names 105.00 with tax; Procurify keeps 100.00 and 5.00 beside it."""
    taxed = item("Towel service", "100.00", tax_name="GST", tax_percentage=5, inclusive=True)
    return bill(taxed, vendor=BEAVER)


def core_returned(calendar: Calendar, order: str) -> Json:
    """A line of the supplier's favour inside a bill that is owed."""
    return bill(
        item("Exchange motor 7.5 kW", "980.00", "5350", MAINTENANCE),
        item("Old motor taken back", "-120.00", "5350", MAINTENANCE),
        vendor=ELECTRIC,
    )


def without_number(calendar: Calendar, order: str) -> Json:
    return bill(item("Gate repair", "260.00"), invoice_number="", group=NUMBERLESS)


# Figures that are wrong


def figures_disagree(calendar: Calendar, order: str) -> Json:
    return bill(item("Scale calibration", "415.00"), invoice_total=451.0)


def tax_differs(calendar: Calendar, order: str) -> Json:
    typed = item("Forklift lease", "800.00", tax_name="GST", tax_percentage=5, tax_amount=Decimal("46.00"))
    return bill(typed, vendor=BEAVER)


def zero_total(calendar: Calendar, order: str) -> Json:
    return bill(item("Service under warranty", "0.00"))


def credit(calendar: Calendar, order: str) -> Json:
    return bill(item("Refund: cleaning not done in June", "-180.00"))


def two_currencies(calendar: Calendar, order: str) -> Json:
    return bill(item("Sensor", "75.00"), item("Customs handling", "20.00", currency="EUR"))


# Not ours to post, not yet, or no longer


def card(calendar: Calendar, order: str) -> Json:
    return bill(item("Parking permits", "144.00"), vendor=suppliers.CARD_BANK.id, type=CARD)


def unknown_card(calendar: Calendar, order: str) -> Json:
    """A card that no provider's list names."""
    return bill(item("Ferry tickets", "68.00"), vendor=CEDAR, type=CARD, creditcard=77)


def expense(calendar: Calendar, order: str) -> Json:
    return bill(item("Mileage, June", "87.10"), vendor=suppliers.EMPLOYEE_PAYEE.id, type=EXPENSE)


def not_approved(calendar: Calendar, order: str) -> Json:
    return bill(item("Roof survey", "1900.00"), status="confirmed")


def denied(calendar: Calendar, order: str) -> Json:
    return bill(item("Carpet cleaning, never ordered", "220.00"), status="denied")


def before_start(calendar: Calendar, order: str) -> Json:
    """Its paper was attached after the start, which is why it is read at all."""
    given = bill(item("Water softener salt", "330.00"))
    return {**given, "date": calendar.day(135), "modified": calendar.day(131), "_attached": calendar.day(100)}


def straddles_start(calendar: Calendar, order: str) -> Json:
    given = bill(item("Air compressor service", "702.00", "6270", MAINTENANCE))
    return {**given, "date": calendar.day(128), "modified": calendar.day(119)}


def closed_period(calendar: Calendar, order: str) -> Json:
    given = bill(item("Waste collection", "295.00"))
    posting_date = f"{calendar.day(115)}T00:00:00-08:00"
    return {**given, "date": calendar.day(122), "modified": calendar.day(115), "gl_post_date": posting_date}


def paid_before_start(calendar: Calendar, order: str) -> Json:
    return bill(item("Deposit, trade fair", "1500.00", "7210"), _paid=calendar.day(127))


def paid_in_procurement(calendar: Calendar, order: str) -> Json:
    return bill(item("Courier, July", "96.40"), vendor=CEDAR, _paid=calendar.day(6))


def typed_already(calendar: Calendar, order: str) -> Json:
    """The bookkeeper typed it without the zeros."""
    return bill(item("Emergency call-out", "655.00"), vendor=ELECTRIC)


def entered_twice(calendar: Calendar, order: str) -> Json:
    return bill(item("Pallet repair", "371.00"), vendor=CEDAR, date=calendar.day(24), modified=calendar.day(23))


def entered_again(calendar: Calendar, order: str) -> Json:
    """The same paper, by somebody who writes numbers in another way."""
    return {**entered_twice(calendar, order), "modified": calendar.day(22)}


# Bills of an order: PUMPS is 10 at 40.00 each


def pumps(calendar: Calendar) -> Json:
    return ordered(line("Dosing pump", "40.00", "10", "5370", MAINTENANCE), vendor=BEARINGS)


def received_in_part(calendar: Calendar) -> Json:
    return {**pumps(calendar), "_receive": {1: 4}}


def blanket_order(calendar: Calendar) -> Json:
    return ordered(line("Gas, blanket for the year", "1000.00", "12", "6490", OFFICE, type="blanket"), vendor=CEDAR)


def whole(calendar: Calendar, order: str) -> Json:
    return {"vendor": BEARINGS, "orders": [order]}


def over_billed(calendar: Calendar, order: str) -> Json:
    return bill(part(order, "11"), vendor=BEARINGS)


def other_vendor(calendar: Calendar, order: str) -> Json:
    return bill(part(order, "10"), vendor=CEDAR)


def of_no_line(calendar: Calendar, order: str) -> Json:
    return bill(item("Pump, other model", "44.00", "5370", PRODUCTION, names=order), vendor=BEARINGS)


def more_than_received(calendar: Calendar, order: str) -> Json:
    return bill(part(order, "6"), vendor=BEARINGS)


def month_of_blanket(calendar: Calendar, order: str) -> Json:
    return bill(part(order, "1"), vendor=CEDAR)


def confirmed_only(calendar: Calendar, order: str) -> Json:
    return {**whole(calendar, order), "status": "confirmed"}


# What happens to bills


def service(calendar: Calendar, order: str) -> Json:
    return bill(item("Landscaping", "425.00"), vendor=CEDAR)


NUMBERLESS = 9901
TWICE = "PR-0555"
