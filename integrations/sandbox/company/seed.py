"""Putting the company into the stand-ins."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from ..exchange import Json
from . import books
from .awkward import AWKWARD, awkward_order
from .bill_cases import BILLED, order_to_bill
from .bills import add_bills
from .calendar import Calendar
from .codes import ROWS, Account
from .items import ITEMS
from .plain_orders import SEED, plain_order
from .sites import ALL_DEPARTMENTS, LOCATIONS
from .suppliers import PLAIN, SUPPLIERS, Supplier

if TYPE_CHECKING:
    from ..procurify.standin import ProcurifyStandIn
    from ..procurify.tenant import Tenant
    from ..xero.standin import XeroStandIn

DOMAIN, KESTREL_DOMAIN = "harbormills", "kestrel"
FIRST, COUNT = 1001, 400
KESTREL_COUNT = 24
# Name, planning rate (value of one unit in US dollars), description. SEK is enabled here, not in the ledger.
SOURCE_CURRENCIES = (
    (1, "USD", "1", "US Dollar"),
    (2, "CAD", "0.734", "Canadian Dollar"),
    (3, "EUR", "1.085", "Euro"),
    (4, "SEK", "0.0955", "Swedish Krona"),
)
PEOPLE = (("Ana", "Petrov", 14), ("Tom", "Okafor", 15), ("David", "Cohen", 14), ("Mei", "Tanaka", 11),
          ("Luis", "Ortega", 12), ("Sara", "Lindholm", 17))  # fmt: skip


# Procurify


def seed_procurify(procurify: ProcurifyStandIn, today: date) -> None:
    """Harbor Mills with 400 orders and 200 bills, and Kestrel Interiors with a few orders."""
    calendar = Calendar(today)
    _add_lists(procurify, procurify.add_tenant(DOMAIN, name="Harbor Mills", basics=False))
    plain = []
    for number in range(FIRST, FIRST + COUNT):
        ago = calendar.first_order - (number - FIRST) * (calendar.first_order - 1) // COUNT
        key = f"PF{number}"
        if key in AWKWARD:
            _add_awkward(procurify, awkward_order(key, calendar, ago))
        elif key in BILLED:
            _add_awkward(procurify, order_to_bill(key, calendar, ago))
        else:
            plain.append(_add_plain(procurify, plain_order(number, calendar, ago), calendar, ago))
    add_bills(procurify, DOMAIN, calendar, plain)
    _seed_kestrel(procurify, calendar)


def _add_lists(procurify: ProcurifyStandIn, tenant: Tenant) -> None:
    domain = tenant.domain
    for key, name, rate, description in SOURCE_CURRENCIES:
        procurify.add_currency(domain, name, rate, base=name == "USD", description=description, id=key)
    for location in LOCATIONS:
        address = {"city": location.city, "state_province": location.state, "country": location.country}
        procurify.add_location(domain, location.name, address=address, headquarter=location.id == 1, id=location.id)
    for department in ALL_DEPARTMENTS:
        procurify.add_department(domain, department.name, department.location, id=department.id)
    for first, last, place in PEOPLE:
        procurify.add_user(domain, first, last, department=place)
    for row in ROWS:
        procurify.add_account_code(domain, row.code, row.description, row.kind)
    for supplier in SUPPLIERS:
        _add_vendor(procurify, domain, supplier)
    procurify.add_custom_field(domain, "Machine", "t")
    procurify.add_custom_field(domain, "Urgency", "m", field_choices=["low", "normal", "high"])
    for item in ITEMS[::5]:
        price = Decimal(item.lowest + item.highest) / 2
        procurify.add_catalog_item(domain, item.name, price, account=item.code, unitType=item.unit, vendor=PLAIN[0].id)


def _add_vendor(procurify: ProcurifyStandIn, domain: str, supplier: Supplier) -> None:
    city, state, postal_code = supplier.region
    procurify.add_vendor(
        domain,
        supplier.name,
        id=supplier.id,
        email=[supplier.email] if supplier.email else [],
        currency=supplier.currency,
        country=supplier.country,
        city=city,
        state_province=state,
        postalCode=postal_code,
        type=supplier.type,
        active=supplier.active,
        modified="2026-01-12T10:15:00-08:00",
    )


def _add_plain(procurify: ProcurifyStandIn, given: Json, calendar: Calendar, ago: int) -> Json:
    """A good order; most of the older ones were received, some of the newer ones in part."""
    order = procurify.add_order(DOMAIN, **given)
    chance = random.Random(SEED - order["procurify_PO"])
    day = date.fromisoformat(order["date"][:10]) + timedelta(days=chance.randint(3, 14))
    if day >= calendar.today:
        return order
    at = datetime(day.year, day.month, day.day, 15, chance.randint(0, 59))  # noqa: DTZ001  (their own time zone)
    if ago > 30 and chance.random() < 0.75:
        return procurify.receive(DOMAIN, order["number"], modified=at)
    if chance.random() < 0.3:
        return procurify.receive(DOMAIN, order["number"], Decimal("0.5"), modified=at)
    return order


def _add_awkward(procurify: ProcurifyStandIn, given: Json) -> None:
    received, closed = given.pop("_receive", None), given.pop("_close", False)
    order = procurify.add_order(DOMAIN, **given)
    if received is not None:
        moment = datetime.fromisoformat(order["date"]) + timedelta(hours=4)
        procurify.receive(DOMAIN, order["number"], received, modified=moment)
        if closed:
            procurify.close_order(DOMAIN, order["number"], modified=moment)


def _seed_kestrel(procurify: ProcurifyStandIn, calendar: Calendar) -> None:
    """A second customer, small: its integration stands paused in the demo."""
    tenant = procurify.add_tenant(KESTREL_DOMAIN, name="Kestrel Interiors", basics=False)
    domain = tenant.domain
    procurify.add_currency(domain, "USD", "1", base=True, description="US Dollar", id=1)
    procurify.add_location(domain, "Kestrel Studio", id=1)
    for key, name in enumerate(books.SMALL_TRACKING["Department"]):
        procurify.add_department(domain, name, 1, id=11 + key)
    procurify.add_user(domain, "Nora", "Kestrel")
    procurify.add_user(domain, "Ben", "Ito")
    for code in ("6000", "6600", "6800", "1570"):
        row = next(row for row in ROWS if row.code == code)
        procurify.add_account_code(domain, code, row.description, row.kind)
    for supplier in PLAIN[:8]:
        _add_vendor(procurify, domain, supplier)
    for at in range(KESTREL_COUNT):
        chance = random.Random(SEED + 9000 + at)
        code = chance.choice(("6000", "6600", "6800"))
        line = {"name": f"Fit-out, lot {at + 1}", "price": Decimal(chance.randint(2000, 60000)) / 100, "quantity": 1,
                "account": code, "department": chance.choice((11, 12))}  # fmt: skip
        number = f"KI{501 + at}"
        day = calendar.working_day(60 - at * 2)
        procurify.add_order(domain, number=number, vendor=chance.choice(PLAIN[:8]).id, date=day, lines=[line])


# Xero


def seed_xero(xero: XeroStandIn, today: date) -> None:
    """Three organisations; Harbor Mills Ltd, the first, with the whole chart and its contacts."""
    for organisation in books.ORGANISATIONS:
        xero.add_organisation(
            organisation.name,
            organisation.base_currency,
            tenant_id=organisation.tenant_id,
            country=organisation.country,
            chart=False,
            Version="GLOBAL",
        )
        whole = organisation is books.HARBOR_MILLS
        accounts = books.ACCOUNTS if whole else books.SMALL_ACCOUNTS
        tracking = books.TRACKING if whole else books.SMALL_TRACKING
        _add_settings(xero, organisation.tenant_id, accounts, tracking)
        _add_contacts(xero, organisation)
    _add_typed_bills(xero, today)
    xero.set_lock_date(books.locked_until(today), tenant=books.HARBOR_MILLS.tenant_id)


def _add_settings(
    xero: XeroStandIn, tenant: str, accounts: tuple[Account, ...], tracking: dict[str, tuple[str, ...]]
) -> None:
    for code, description, rate in books.CURRENCIES:
        xero.add_currency(code, description, day_rate=float(rate), tenant=tenant)
    for tax in books.TAX_RATES:
        xero.add_tax_rate(tax.tax_type, tax.name, str(tax.rate), tax.applies, status=tax.status, tenant=tenant)
    for account in accounts:
        xero.add_account(
            account.code,
            account.name,
            account.type,
            account.tax_type,
            system=account.system,
            status=account.status,
            tenant=tenant,
        )
    for category, options in tracking.items():
        xero.add_tracking_category(category, options, tenant=tenant)


def _add_contacts(xero: XeroStandIn, organisation: books.Organisation) -> None:
    """With the fixed ids of `books.py`, so that hand-made links can name them."""
    shelf = xero.organisation(organisation.tenant_id).contacts
    for contact in books.CONTACTS_OF[organisation.name]:
        fields = {"EmailAddress": contact.email} if contact.email else {}
        made = xero.add_contact(contact.name, tenant=organisation.tenant_id, IsSupplier=True, **fields)
        row = shelf.rows.pop(made["ContactID"])
        shelf.put({**row, "ContactID": contact.contact_id, "ContactStatus": contact.status})


def _add_typed_bills(xero: XeroStandIn, today: date) -> None:
    tenant = books.HARBOR_MILLS.tenant_id
    for bill in books.typed_bills(today):
        lines = [
            {"Description": text, "Quantity": 1, "UnitAmount": amount, "AccountCode": account, "TaxType": tax}
            for text, amount, account, tax in bill.lines
        ]
        made = xero.add_bill(
            bill.contact,
            lines,
            number=bill.number,
            day=bill.day,
            currency=bill.currency,
            tenant=tenant,
            status="AUTHORISED",
        )
        if bill.status == "PAID":
            xero.pay_bill(made["InvoiceID"], tenant=tenant)
