"""How each awkward order is made: arguments for the Xero stand-in's `add_purchase_order`, except number and date."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ..company.calendar import Calendar
from ..exchange import Json
from . import books, suppliers
from .books import BOATS, CLINIC, DEPOT, LIBRARY, ROWS
from .suppliers import Supplier


def line(
    text: str, price: str, quantity: str = "1", account: str = "310", project: str = CLINIC, at: str = "", **more: Any
) -> Json:
    """`at` is the option of the tracking category whose options are budget lines."""
    named = {books.PROJECT: project, books.BUDGET_LINE: at}
    tracking = [{"Name": category, "Option": option} for category, option in named.items() if option]
    amounts = {"Quantity": Decimal(quantity), "UnitAmount": Decimal(price)}
    return {"Description": text, **amounts, "AccountCode": account, "TaxType": "NONE", "Tracking": tracking, **more}


def order(*lines: Json, supplier: Supplier = suppliers.MIXERS, **more: Any) -> Json:
    return {"contact": supplier.name, "lines": list(lines), **more}


# Projects


def no_project(calendar: Calendar) -> Json:
    return order(line("Form ties, box", "48.00", "20", project=""))


def two_projects(calendar: Calendar) -> Json:
    return order(
        line("Wire mesh, sheet", "62.50", "30"), line("Wire mesh, sheet", "62.50", "12", project=LIBRARY)
    )  # fmt: skip


def option_of_no_project(calendar: Calendar) -> Json:
    return order(line("Yard crane service", "780.00", account="390", project=books.OVERHEAD), supplier=suppliers.HIRE)


def project_by_number(calendar: Calendar) -> Json:
    return order(line("Site office, month", "640.00", "2", "390", DEPOT), supplier=suppliers.HIRE)


def foreign_currency(calendar: Calendar) -> Json:
    """Procore counts its projects in US dollars, and nothing is converted."""
    facade = line("Façade panels, sample row", "2350.00", account="350", project=DEPOT)
    return order(facade, supplier=suppliers.FACADES, currency="EUR")


# Budgets. Ballard has 1,800.00 left for concrete and 900.00 for timber, Kirkland 1,050.00 for steel.


def over_budget(calendar: Calendar) -> Json:
    return order(line("Ready-mix, slipway", "2400.00", project=BOATS))


def over_by_a_cent(calendar: Calendar) -> Json:
    return order(line("Grout, bagged", "1800.01", project=BOATS))


def over_until_raised(calendar: Calendar) -> Json:
    return order(line("Glulam beams", "575.00", "2", "330", BOATS), supplier=suppliers.LUMBER)


def exactly_what_is_left(calendar: Calendar) -> Json:
    return order(line("Base plates", "87.50", "12", "320", ROWS), supplier=suppliers.STEEL)


def code_without_budget(calendar: Calendar) -> Json:
    return order(line("Skylight flashing", "415.00", account="340", project=LIBRARY), supplier=suppliers.ROOFING)


# Codes


def account_without_code(calendar: Calendar) -> Json:
    return order(
        line("Turf, m2", "6.20", "180", "398"), line("Kerb stones", "14.00", "60"), supplier=suppliers.EARTHWORKS
    )


def code_of_another_project(calendar: Calendar) -> Json:
    """Plumbing is a code of Kirkland alone."""
    return order(line("Floor drains", "118.00", "6", "370"), supplier=suppliers.SAFETY)


def retired_code(calendar: Calendar) -> Json:
    return order(line("Partition wall, ward 2", "1930.00", account="350"), supplier=suppliers.LUMBER)


def code_by_item(calendar: Calendar) -> Json:
    """Both lines are on the account of concrete; reinforcement is steel's cost."""
    return order(
        line("Ready-mix 35 MPa", "164.50", "14", ItemCode="CON-35"),
        line("Reinforcement 12 mm", "18.40", "120", ItemCode="RBR-12"),
    )


def code_by_project(calendar: Calendar) -> Json:
    """Sundries are drywall's cost in the library, and concrete's everywhere else."""
    return order(line("Fixings and sealant", "276.40", account="395", project=LIBRARY), supplier=suppliers.SAFETY)


def fit_out_of_library(calendar: Calendar) -> Json:
    fit_out = line("Reading room, fit-out", "3100.00", account="360", project=LIBRARY, at=books.FIT_OUT)
    return order(fit_out, supplier=suppliers.DRYWALL)


def fit_out_of_depot(calendar: Calendar) -> Json:
    fit_out = line("Depot office, fit-out", "2750.00", account="350", project=DEPOT, at=books.FIT_OUT)
    return order(fit_out, supplier=suppliers.VOLTLINE)


def three_codes(calendar: Calendar) -> Json:
    return order(
        line("Footings, east wing", "84.75", "22"),
        line("Columns, level 1", "1240.00", "3", "320"),
        line("Excavation, hour", "145.00", "9.5", "380"),
        {"Description": "Pour before 10 am; call the site office"},
    )  # fmt: skip


# Not project cost, retention


def part_kept_out(calendar: Calendar) -> Json:
    return order(
        line("Safety boots, site crew", "119.95", "4", "429", project=""),
        line("Edge protection", "38.20", "45", project=CLINIC),
        supplier=suppliers.SAFETY,
    )


def all_kept_out(calendar: Calendar) -> Json:
    return order(line("Office cleaning, month", "460.00", "3", "429", ""), supplier=suppliers.CLEANING)


def with_retention(calendar: Calendar) -> Json:
    return order(
        line("Roof membrane, zone A", "8400.00", account="340", project=BOATS),
        line("Retention 5 %", "-420.00", account="830", project=BOATS),
        supplier=suppliers.ROOFING,
    )


# How it is written


def tax_inside(calendar: Calendar) -> Json:
    cable = line("Feeder cable, drum", "1101.00", "2", "360", TaxType=books.SALES_TAX)
    return order(cable, supplier=suppliers.ELECTRIC, amount_types="Inclusive")


def tax_on_top(calendar: Calendar) -> Json:
    return order(
        line("Luminaires, corridor", "86.35", "24", "360", TaxType=books.SALES_TAX), supplier=suppliers.ELECTRIC
    )  # fmt: skip


def with_discount(calendar: Calendar) -> Json:
    """A tenth off one line: 1,350.00 of 1,500.00."""
    return order(line("Shotcrete", "1500.00", DiscountRate=Decimal(10)), line("Curing compound", "39.90", "8"))


def price_of_four_decimals(calendar: Calendar) -> Json:
    return order(line("Nails, galvanised", "0.0475", "3200", "330", ROWS), supplier=suppliers.LUMBER)


def with_a_negative_line(calendar: Calendar) -> Json:
    return order(line("Gravel 20 mm, t", "31.00", "60", "380"), line("Trade-in, old pump", "-260.00", "1", "380"),
                 supplier=suppliers.EARTHWORKS)  # fmt: skip


def zero_total(calendar: Calendar) -> Json:
    return order(line("Sample tiles, free of charge", "0.00", "5"))


def negative_total(calendar: Calendar) -> Json:
    return order(line("Returned formwork", "-640.00"))


# Where it stands


def draft(calendar: Calendar) -> Json:
    return order(line("Screed, level 3", "2210.00"), status="DRAFT")


def submitted(calendar: Calendar) -> Json:
    return order(line("Screed, level 4", "2210.00"), status="SUBMITTED")


def billed_between_polls(calendar: Calendar) -> Json:
    return order(line("Kerb, west side", "71.00", "26"), status="BILLED")


def deleted(calendar: Calendar) -> Json:
    return order(line("Ordered twice by mistake", "940.00"), status="DELETED")


def before_start(calendar: Calendar) -> Json:
    return order(line("Blinding concrete", "910.00"), day=calendar.day(131))


def deleted_later(calendar: Calendar) -> Json:
    return order(line("Temporary stairs", "1480.00", account="320"), supplier=suppliers.STEEL)


def grows(calendar: Calendar) -> Json:
    return order(line("Plywood 18 mm, sheet", "46.80", "40", "330", ROWS), supplier=suppliers.LUMBER)


# Suppliers


def new_supplier(calendar: Calendar) -> Json:
    return order(line("Rough-in, house 1", "2980.00", account="370", project=ROWS), supplier=suppliers.PLUMBING)


def new_supplier_again(calendar: Calendar) -> Json:
    return order(line("Rough-in, house 2", "2980.00", account="370", project=ROWS), supplier=suppliers.PLUMBING)


def two_vendors_of_the_name(calendar: Calendar) -> Json:
    return order(line("Anchor bolts", "4.15", "300", "320"), supplier=suppliers.FASTENERS)


def inactive_vendor(calendar: Calendar) -> Json:
    return order(line("Crane day", "2600.00", account="390", project=DEPOT), supplier=suppliers.CRANE)


def known_by_our_id(calendar: Calendar) -> Json:
    return order(line("Crushed rock, t", "27.40", "50", "380"), supplier=suppliers.AGGREGATES)
