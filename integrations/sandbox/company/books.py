"""The target side as plain tables, for the Xero stand-in and for tests that recompute it.

ORGANISATIONS[n]           Organisation: fixed tenant id, name, country, base currency
for Harbor Mills Ltd:
  ACCOUNTS[n]              codes.Account(code, name, type, tax_type, system, status), 120
  TAX_RATES[n]             taxes.TaxRate(tax_type, name, rate, applies, status)
  TRACKING                 {category: (option, ...)}: Department with 8 options, Warehouse with 3
  CURRENCIES[n]            (code, description, rate of the day): the base currency first; SEK is not enabled
  CONTACTS[n]              Contact(name, email, currency, status, contact id)
  locked_until(today)      PeriodLockDate
  typed_bills(today)       bills that a person typed before the portal came: TypedBill(...)
the two smaller organisations:
  SMALL_ACCOUNTS, SMALL_TRACKING, and TAX_RATES, CURRENCIES as above; CONTACTS_OF[organisation name]
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from .awkward import POSSIBLE_DUPLICATE
from .calendar import Calendar
from .codes import ACCOUNTS, SYSTEM_ACCOUNTS
from .sites import DEPARTMENT_CATEGORY, DEPARTMENTS, WAREHOUSE_CATEGORY, WAREHOUSES
from .suppliers import CARD_BANK, INACTIVE, LISTED, SPELLED, TWO_OF_ONE_NAME, Supplier
from .taxes import TAX_RATES

__all__ = [
    "ACCOUNTS",
    "CONTACTS",
    "CONTACTS_OF",
    "CURRENCIES",
    "HARBOR_MILLS",
    "KESTREL",
    "NORTHPOINT",
    "ORGANISATIONS",
    "SMALL_ACCOUNTS",
    "SMALL_TRACKING",
    "TAX_RATES",
    "TRACKING",
    "TYPED_NUMBER",
    "locked_until",
    "typed_bills",
]


@dataclass(frozen=True, slots=True)
class Organisation:
    tenant_id: str
    name: str
    country: str = "US"
    base_currency: str = "USD"


@dataclass(frozen=True, slots=True)
class Contact:
    """`status` is ACTIVE or ARCHIVED; `currency` is the contact's default currency."""

    name: str
    email: str
    currency: str
    contact_id: str
    status: str = "ACTIVE"


@dataclass(frozen=True, slots=True)
class TypedBill:
    """A bill as a person typed it: lines are (description, amount, account code, tax type)."""

    contact: str
    number: str
    day: date
    status: str
    currency: str
    reference: str
    lines: tuple[tuple[str, Decimal, str, str], ...] = field(default_factory=tuple)


HARBOR_MILLS = Organisation("5f2a7c1e-8d34-4b6f-9a10-3c7e52d1b801", "Harbor Mills Ltd")
KESTREL = Organisation("b81d03f6-2c59-4e7a-8f42-6a90c4e7d502", "Kestrel Interiors Ltd")
NORTHPOINT = Organisation("c93e14a7-3d6a-4f8b-9053-7ba1d5f8e603", "Northpoint Contractors Ltd")
ORGANISATIONS = (HARBOR_MILLS, KESTREL, NORTHPOINT)

TYPED_NUMBER = "88120"
TRACKING: dict[str, tuple[str, ...]] = {
    DEPARTMENT_CATEGORY: tuple(department.option for department in DEPARTMENTS),
    WAREHOUSE_CATEGORY: tuple(location.option for location in WAREHOUSES),
}
CURRENCIES = (
    ("USD", "United States Dollar", Decimal(1)),
    ("CAD", "Canadian Dollar", Decimal("1.362398")),
    ("EUR", "Euro", Decimal("0.921659")),
)
_IDS = uuid.UUID("0f6c2f0a-5b1d-4c55-8e0e-2d7a9b6c4e11")


def contact_id(organisation: str, name: str) -> str:
    return str(uuid.uuid5(_IDS, f"{organisation}/{name}"))


def _contact(name: str, supplier: Supplier, status: str = "ACTIVE", email: str | None = None) -> Contact:
    address = supplier.email if email is None else email
    return Contact(name, address, supplier.currency, contact_id(HARBOR_MILLS.name, name), status)


def _contacts_of(supplier: Supplier) -> tuple[Contact, ...]:
    match supplier.contact:
        case "same":
            return (_contact(supplier.name, supplier),)
        case "spelled":
            return (_contact(SPELLED[supplier.name], supplier),)
        case "archived":
            return (_contact(supplier.name, supplier, "ARCHIVED"),)
        case "ambiguous":
            return (_contact(supplier.name, supplier), _contact(supplier.name.replace("Ltd", "Limited"), supplier))
    return ()


CONTACTS = tuple(contact for supplier in (*LISTED, INACTIVE, CARD_BANK) for contact in _contacts_of(supplier))
CONTACTS_OF = {
    HARBOR_MILLS.name: CONTACTS,
    KESTREL.name: tuple(
        Contact(each.name, each.email, each.currency, contact_id(KESTREL.name, each.name)) for each in CONTACTS[:8]
    ),
    NORTHPOINT.name: tuple(
        Contact(each.name, each.email, each.currency, contact_id(NORTHPOINT.name, each.name)) for each in CONTACTS[:4]
    ),
}
SMALL_ACCOUNTS = (
    *SYSTEM_ACCOUNTS,
    *[account for account in ACCOUNTS if account.code in ("350", "400", "413", "420", "717")],
)
SMALL_TRACKING: dict[str, tuple[str, ...]] = {DEPARTMENT_CATEGORY: ("Design", "Workshop")}
AMBIGUOUS_CONTACTS = tuple(contact.name for contact in _contacts_of(TWO_OF_ONE_NAME))


def locked_until(today: date) -> date:
    """Harbor Mills' PeriodLockDate: nothing may be dated on or before it."""
    return Calendar(today).locked_until


def typed_bills(today: date) -> tuple[TypedBill, ...]:
    """Bills that stand in Xero already. One names an order: the person who typed it did not wait for the portal."""
    calendar = Calendar(today)
    return (
        TypedBill("Cedar Industrial", "CI-20991", calendar.day(60), "AUTHORISED", "USD", "", (
            ("Shelving, as per quotation 311", Decimal("1840.00"), "717", "NONE"),)),
        TypedBill("Olympic Electric", TYPED_NUMBER, calendar.day(41), "PAID", "USD", "", (
            ("Emergency call-out", Decimal("650.00"), "365", "NONE"),)),
        TypedBill("Puget Bearing & Drive", f"INV-5531 {POSSIBLE_DUPLICATE}", calendar.day(20), "AUTHORISED", "USD",
                  POSSIBLE_DUPLICATE, ((f"Bearings for {POSSIBLE_DUPLICATE}", Decimal("912.00"), "331", "NONE"),)),
    )  # fmt: skip
