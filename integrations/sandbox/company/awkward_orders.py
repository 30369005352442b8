"""How each awkward order is made: arguments for `add_order`, except number, date and people."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ..exchange import Json
from . import suppliers
from .calendar import Calendar
from .plain_orders import taxes_of
from .sites import DEPARTMENTS, DEPOT, YARD
from .taxes import GST, GST_PST, GST_QST, NO_TAX, SALES_TAX, TaxSet

PRODUCTION, MAINTENANCE, QUALITY, OFFICE = (department.id for department in DEPARTMENTS[:4])
NORTHGATE, CEDAR, BEARINGS, PACKAGING = (supplier.id for supplier in suppliers.PLAIN[:4])
BEAVER = suppliers.BY_NAME["Beaver Lift Trucks Ltd"].id
CANCELLED, PAID, REOPENED = 1, 4, 5


def line(
    name: str,
    price: str,
    quantity: str = "1",
    account: str = "5300",
    department: int = PRODUCTION,
    taxes: TaxSet = NO_TAX,
    **more: Any,
) -> Json:
    given = {"name": name, "price": Decimal(price), "quantity": Decimal(quantity), "account": account}
    return {**given, "department": department, "taxes": taxes_of(taxes), **more}


def order(*lines: Json, vendor: int = NORTHGATE, **more: Any) -> Json:
    return {"vendor": vendor, "lines": list(lines), **more}


# Something is missing at the portal


def missing_code(calendar: Calendar) -> Json:
    return order(
        line("Standing mat 90x60", "64.50", "6", "6110"), line("Nitrile gloves M, box 100", "11.20", "10", "6000")
    )


def missing_codes(calendar: Calendar) -> Json:
    return order(line("Footrest", "38.00", "4", "6110"), line("Cold store, month", "820.00", "1", "6890"))


def unmapped_location(calendar: Calendar) -> Json:
    return order(line("Tool chest", "415.00", "2", "5410", DEPOT.id))


def unmapped_taxes(calendar: Calendar) -> Json:
    return order(line("Test rig hire, Montréal", "1200.00", "1", "6270", QUALITY, GST_QST), vendor=BEAVER)


def archived_account(calendar: Calendar) -> Json:
    return order(line("Snow removal, yard", "390.00", "2", "6440", OFFICE))


def swedish(calendar: Calendar) -> Json:
    return order(line("Fläkthjul 630 mm", "8450.00", "1", "6210", MAINTENANCE), vendor=suppliers.SWEDISH.id)


# Vendors


def contact_missing(calendar: Calendar) -> Json:
    return order(line("pH probe", "212.00", "3", "5370", QUALITY), vendor=suppliers.CONTACT_MISSING.id)


def contact_archived(calendar: Calendar) -> Json:
    return order(line("Boiler tube set", "1460.00", "1", "6230", MAINTENANCE), vendor=suppliers.CONTACT_ARCHIVED.id)


def two_of_one_name(calendar: Calendar) -> Json:
    return order(line("Hex bolts M12, box 100", "23.40", "8", "5360"), vendor=suppliers.TWO_OF_ONE_NAME.id)


def inactive_vendor(calendar: Calendar) -> Json:
    return order(line("Timing belt", "78.00", "2", "5320", MAINTENANCE), vendor=suppliers.INACTIVE.id)


def one_time_vendor(calendar: Calendar) -> Json:
    return order(line("Antique mill sign", "340.00", "1", "7200", OFFICE, vendor="Pike Place Antiques"), vendor=1)


# Figures that are unusual, and right


def four_departments(calendar: Calendar) -> Json:
    """100.00 in thirds leaves a cent over, and so does the rest."""
    parts = zip(
        (PRODUCTION, MAINTENANCE, QUALITY, OFFICE),
        ("33.33333333", "33.33333333", "16.66666667", "16.66666667"),
        strict=True,
    )
    allocations = [{"department": department, "percent": Decimal(percent)} for department, percent in parts]
    return order(
        line("Cleaning contract, shared", "100.00", "1", "6400", taxes=GST, allocations=allocations),
        line("Window cleaning", "85.55", "1", "6400", OFFICE, GST),
        vendor=BEAVER,
    )


def two_taxes(calendar: Calendar) -> Json:
    return order(
        line("Forklift battery", "100.00", "1", "6260", DEPARTMENTS[6].id, GST_PST),
        line("Battery charger", "1249.99", "1", "6260", DEPARTMENTS[6].id, GST_PST),
        vendor=BEAVER,
    )


def freight(calendar: Calendar) -> Json:
    return order(
        line("Press roll, spare", "3120.00", "1", "5300", taxes=SALES_TAX), vendor=CEDAR, freight=Decimal("285.40")
    )


def discount_amount(calendar: Calendar) -> Json:
    return order(
        line("Nitrile gloves M, box 100", "12.50", "40", "6000", taxes=GST),
        line("Pallet jack 2.5t", "389.00", "1", "1520", taxes=GST),
        vendor=BEAVER,
        discount=Decimal("50.00"),
    )


def discount_percentage(calendar: Calendar) -> Json:
    return order(
        line("Ear plugs, 200 pairs", "31.90", "7", "6020"),
        line("Safety boots S3", "119.95", "3", "6030"),
        discount={"percentage": Decimal("7.5")},
    )


def price_four_decimals(calendar: Calendar) -> Json:
    return order(line("Label 40x20, printed", "0.0375", "1237", "5240", taxes=SALES_TAX), vendor=PACKAGING)


def price_eight_decimals(calendar: Calendar) -> Json:
    return order(line("Staple, galvanised", "0.01234567", "5000", "5270"), vendor=PACKAGING)


def cent_missing(calendar: Calendar) -> Json:
    """Three prices of a third: the lines make 100.02, the supplier's quotation says 100.01."""
    lines = [line(f"Sensor, part {nth}", "33.3367", "1", "5350") for nth in (1, 2, 3)]
    return order(*lines, vendor=BEARINGS, total=Decimal("100.01"))


def unicode_names(calendar: Calendar) -> Json:
    return order(
        line("製紙用ドクターブレード (ø 250 mm) – 100 Stück", "148.00", "2"),
        line("Ñandú «spécial» ½″ ✓ 🧻, \u05e0\u05d9\u05d9\u05e8 \u0648\u0631\u0642", "19.90", "5", "5350"),
        vendor=suppliers.UNICODE.id,
    )


def long_names(calendar: Calendar) -> Json:
    name = ("Trockensieb, endlos, thermofixiert, mit verstärkten Kanten und verdeckter Naht für die zweite "
            "Trockengruppe der Papiermaschine 3, Spiralsieb aus hydrolysestabilem Monofilament, Länge 52,40 m, "
            "Breite 4,35 m, Luftdurchlässigkeit 900 cfm, einschließlich Verpackung und Anleitung")  # fmt: skip
    return order(line(f"{name:.<255.255}", "6480.00", "1", "5100"), vendor=suppliers.LONG.id)


def reopened(calendar: Calendar) -> Json:
    return order(line("Lubrication pump", "512.00", "1", "5330", MAINTENANCE), state=REOPENED)


def received_and_closed(calendar: Calendar) -> Json:
    return order(line("Filter element 10 micron", "41.10", "12", "5350"), _receive=1)


def locked_period(calendar: Calendar) -> Json:
    day = calendar.day(122)
    return order(line("Copy paper A4, carton", "36.00", "10", "6600", OFFICE), date=day, approved=day)


# Figures that are wrong


def does_not_add_up(calendar: Calendar) -> Json:
    return order(line("V-belt SPB 2500", "31.00", "4", "5320"), vendor=BEARINGS, total=Decimal("149.00"))


def tax_differs(calendar: Calendar) -> Json:
    return order(line("Rack upright", "400.00", "1", "1530", taxes=GST, tax_amount=Decimal("23.50")), vendor=BEAVER)


def zero_total(calendar: Calendar) -> Json:
    return order(line("Sample rolls, free of charge", "0.00", "5", "5260"), vendor=PACKAGING)


def negative_total(calendar: Calendar) -> Json:
    return order(line("Returned: bearing 22220", "235.00", "-2", "5310"), vendor=BEARINGS)


# Not ours to post


def card_paid(calendar: Calendar) -> Json:
    return order(line("Docking station", "164.00", "2", "6640", OFFICE, SALES_TAX), vendor=CEDAR, creditcard=True)


def fuel_card(calendar: Calendar) -> Json:
    return order(line("Diesel, yard vehicles", "1.35", "400", "6490", OFFICE), creditcard=suppliers.FUEL_CARDS.id)


def blanket(calendar: Calendar) -> Json:
    return order(
        line("Electricity, blanket for the year", "10000.00", "12", "6490", OFFICE, type="blanket"), vendor=CEDAR
    )


def recurring(calendar: Calendar) -> Json:
    return order(line("Guard service, week", "1120.00", "1", "6460", OFFICE, type="recurring"), vendor=CEDAR)


def before_start(calendar: Calendar) -> Json:
    given = order(line("Pallet racking bay", "610.00", "4", "1530", DEPARTMENTS[4].id))
    return {**given, "date": calendar.day(131), "approved": calendar.day(132), "modified": calendar.day(100)}


def straddles_start(calendar: Calendar) -> Json:
    given = order(line("Torque wrench 40-200 Nm", "154.00", "2", "5410", MAINTENANCE))
    return {**given, "date": calendar.day(120), "approved": calendar.day(126)}


def first_seen_paid(calendar: Calendar) -> Json:
    return order(line("Trade fair stand, m2", "330.00", "12", "7210", DEPARTMENTS[7].id), vendor=CEDAR, state=PAID)


def no_state(calendar: Calendar) -> Json:
    return order(line("Fire extinguisher 6 kg", "58.00", "9", "6100"), state=None)


def spans_companies(calendar: Calendar) -> Json:
    return order(
        line("Diesel, delivered", "1.18", "900", "6870", DEPARTMENTS[5].id),
        line("Diesel, delivered to the yard", "1.18", "400", "6870", YARD.id),
        vendor=CEDAR,
    )


def possible_duplicate(calendar: Calendar) -> Json:
    return order(line("Spherical roller bearing 22220", "228.00", "4", "5310"), vendor=BEARINGS, date=calendar.day(24),
                 approved=calendar.day(24))  # fmt: skip


# What happens to orders


def closed_short(calendar: Calendar) -> Json:
    return order(line("Safety glasses, clear", "10.00", "100", "6010"), _receive={1: 60}, _close=True)


def cancelled_before(calendar: Calendar) -> Json:
    return order(line("Hoist inspection", "275.00", "1", "6250", MAINTENANCE), state=CANCELLED)


def cancelled_after_posting(calendar: Calendar) -> Json:
    return order(line("Dock leveller repair", "740.00", "1", "6310", MAINTENANCE, SALES_TAX), vendor=CEDAR)


def cancelled_after_approval(calendar: Calendar) -> Json:
    return order(line("Pump repair kit", "318.00", "2", "5370", MAINTENANCE), vendor=BEARINGS)


def approved_by_a_person(calendar: Calendar) -> Json:
    return order(line("Half mask respirator", "31.40", "15", "6090"))


def removed_by_a_person(calendar: Calendar) -> Json:
    return order(line("Consulting engineer, day", "1180.00", "2.5", "7070", QUALITY), vendor=CEDAR)


def changed_after_posting(calendar: Calendar) -> Json:
    return order(
        line("Conveyor roller 89 mm", "44.00", "20", "6280", MAINTENANCE),
        line("Roller brackets", "6.75", "40", "6280", MAINTENANCE),
        vendor=BEARINGS,
    )


def changed_after_edit(calendar: Calendar) -> Json:
    return order(line("Office chair", "268.00", "6", "6690", OFFICE, SALES_TAX), vendor=CEDAR)
