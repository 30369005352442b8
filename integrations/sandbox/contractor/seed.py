"""Puts the contractor into Procore and into Xero. Everything follows from today's date."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from ..company.calendar import Calendar
from ..exchange import Json
from . import books
from .bill_cases import BILLS, ORDERED_BY, PLAIN_ORDERS
from .order_cases import COUNT, FIRST, ORDERS
from .plain import plain_bills, plain_order
from .projects import CODE_NAMES, INACTIVE, RENAMED, SITES, TWICE, VENDORS, Site
from .suppliers import AGGREGATES, SUPPLIERS, Supplier

if TYPE_CHECKING:
    from ..procore.standin import ProcoreStandIn
    from ..xero.standin import XeroStandIn

# Procore


def seed_procore(procore: ProcoreStandIn, today: date) -> None:
    for site in SITES:
        procore.add_project(site.name, site.number)
    for vendor in VENDORS:
        procore.add_vendor(vendor, projects=_projects_of(vendor), country_code="US", state_code="WA")
    for name, active in ((TWICE, True), (TWICE, True), (INACTIVE, False)):
        procore.add_vendor(name, country_code="US", state_code="WA", is_active=active)
    procore.add_vendor(RENAMED, country_code="US", state_code="WA", origin_id=AGGREGATES.contact_id)
    for site in SITES:
        _fill(procore, site, today)


def _projects_of(vendor: str) -> list[int | str]:
    """Where the vendor has a commitment; to other projects it has yet to be added."""
    return [site.number for site in SITES if any(named == vendor for named, *_ in site.committed)]


def _fill(procore: ProcoreStandIn, site: Site, today: date) -> None:
    for flat_code, amount in site.budget.items():
        procore.set_budget(site.number, flat_code, amount, name=_name_of(flat_code))
    for flat_code in (*site.unbudgeted, *site.retired):
        procore.add_code(site.number, flat_code, _name_of(flat_code))
    for flat_code in site.retired:
        procore.deactivate_code(site.number, flat_code)
    start = _add_period(procore, site, today)
    for place, (vendor, flat_code, amount, status) in enumerate(site.committed, start=1):
        lines = [{"code": flat_code, "description": _name_of(flat_code), "amount": amount}]
        signed = (start - timedelta(days=20 * place)).isoformat()
        number = f"PO-{site.number}-{place:02d}"
        procore.add_order(
            site.number,
            vendor,
            lines,
            status=status,
            number=number,
            title=f"{number} {vendor}",
            contract_date=signed,
        )


def _add_period(procore: ProcoreStandIn, site: Site, today: date) -> date:
    """The billing period; returns the first day of this month."""
    start = today.replace(day=1)
    end = (start + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    first = Calendar(today).start if site.period == "long" else start
    procore.add_billing_period(site.number, first.isoformat(), end.isoformat())
    if site.period == "closed":
        procore.close_billing_period(site.number)
    return start


def _name_of(flat_code: str) -> str:
    return CODE_NAMES[flat_code.partition(".")[0]]


# Xero


def seed_xero(xero: XeroStandIn, today: date) -> None:
    """An organisation of its own beside those of the company, with its documents."""
    seed_masters(xero)
    calendar = Calendar(today)
    add_bills(xero, add_orders(xero, calendar), calendar)


def add_bills(xero: XeroStandIn, made: dict[str, Json], calendar: Calendar) -> None:
    """All bills of these orders, with what was paid and credited."""
    for at, (case, kind) in enumerate(BILLS.items()):
        given = kind.bill(calendar, made.get(ORDERED_BY.get(case, ""), {}))
        add_bill(xero, {"day": calendar.day(60 - at), **given}, calendar)
    for given in plain_bills([made[number] for number in PLAIN_ORDERS], calendar):
        add_bill(xero, given, calendar)


def seed_masters(xero: XeroStandIn) -> None:
    """The organisation with its accounts, tracking and suppliers, and nothing bought yet."""
    xero.add_organisation(books.NAME, "USD", tenant_id=books.TENANT, country="US", chart=False, Version="GLOBAL")
    _add_settings(xero)
    for supplier in SUPPLIERS:
        _add_contact(xero, supplier)


def _add_settings(xero: XeroStandIn) -> None:
    tenant = books.TENANT
    for code, description, rate in books.CURRENCIES:
        xero.add_currency(code, description, day_rate=float(rate), tenant=tenant)
    for tax in books.TAX_RATES:
        xero.add_tax_rate(tax.tax_type, tax.name, str(tax.rate), tax.applies, tenant=tenant)
    for each in books.ACCOUNTS:
        xero.add_account(each.code, each.name, each.type, each.tax_type, system=each.system, tenant=tenant)
    for item, name, price, account in books.ITEMS:
        xero.add_item(item, name, float(price), account, tenant=tenant)
    for category, options in books.TRACKING.items():
        xero.add_tracking_category(category, options, tenant=tenant)


def _add_contact(xero: XeroStandIn, supplier: Supplier) -> None:
    """With the fixed ids of `suppliers.py`."""
    address = {"AddressType": "STREET", "AddressLine1": supplier.street, "City": supplier.city,
               "Region": supplier.region, "PostalCode": supplier.postal_code, "Country": supplier.country}  # fmt: skip
    phone = {"PhoneType": "DEFAULT", "PhoneNumber": supplier.phone}
    fields: Json = {"EmailAddress": supplier.email, "Addresses": [address], "Phones": [phone]}
    made = xero.add_contact(supplier.name, tenant=books.TENANT, **fields)
    shelf = xero.organisation(books.TENANT).contacts
    row = shelf.rows.pop(made["ContactID"])
    shelf.put({**row, "ContactID": supplier.contact_id, "IsSupplier": True})


def add_orders(xero: XeroStandIn, calendar: Calendar) -> dict[str, Json]:
    """All orders by number, as stored."""
    billed = {number: case for case, number in ORDERED_BY.items()}
    made = {}
    for at in range(COUNT):
        number = f"NB-{FIRST + at}"
        make = ORDERS[number].order if number in ORDERS else BILLS[billed[number]].order if number in billed else None
        given = make(calendar) if make else plain_order(PLAIN_ORDERS.index(number))
        given = {"day": calendar.working_day(118 - at), **given}
        made[number] = xero.add_purchase_order(number=number, tenant=books.TENANT, **given)
    return made


def add_bill(xero: XeroStandIn, given: Json, calendar: Calendar) -> None:
    """The bill, and what happened to it since (see `awkward_bills.py`)."""
    happened = {name: given.pop(name) for name in list(given) if name.startswith("_")}
    key = xero.add_bill(tenant=books.TENANT, **{"status": "AUTHORISED", **given})["InvoiceID"]
    _apply_what_was_paid_ahead(xero, key, happened, calendar)
    paid = [
        xero.pay_bill(key, amount, day=calendar.day(ago), tenant=books.TENANT)
        for amount, ago in happened.get("_paid", ())
    ]
    if "_credited" in happened:
        amount, ago = happened["_credited"]
        xero.credit_bill(key, amount, day=calendar.day(ago), tenant=books.TENANT)
    if happened.get("_taken_back"):
        xero.remove_payment(paid[0]["PaymentID"], tenant=books.TENANT)
    if happened.get("_voided"):
        xero.delete_bill(key, tenant=books.TENANT)


def _apply_what_was_paid_ahead(xero: XeroStandIn, key: str, happened: Json, calendar: Calendar) -> None:
    """Prepayments and overpayments were made three weeks before they were applied."""
    contact = xero.bill(key, tenant=books.TENANT)["Contact"]["ContactID"]
    for kind, add in (("_prepaid", xero.add_prepayment), ("_overpaid", xero.add_overpayment)):
        if kind in happened:
            amount, ago = happened[kind]
            credit = add(contact, amount, day=calendar.day(ago + 20), tenant=books.TENANT)
            xero.apply_credit(credit["ID"], key, amount, day=calendar.day(ago), tenant=books.TENANT)
