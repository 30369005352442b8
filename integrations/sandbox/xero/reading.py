"""What every list of the Accounting API offers, and how one record is read."""

from __future__ import annotations

import re
from collections.abc import Callable

from ..exchange import Answer, Json
from . import fields, shapes
from .balances import with_balances
from .call import Call
from .listing import Filter, Listing
from .organisation import public
from .problems import not_found

SEARCHED_IN_CONTACTS = ("Name", "FirstName", "LastName", "ContactNumber", "EmailAddress", "CompanyNumber")


def among(parameter: str, read: Callable[[Json], str]) -> Filter:
    """Keep rows whose value is in a comma list, capitals ignored."""

    def keep(call: Call, rows: list[Json]) -> list[Json]:
        wanted = {each.lower() for each in call.several(parameter)}
        return [row for row in rows if read(row).lower() in wanted] if wanted else rows

    return keep


def searching(*names: str) -> Filter:
    """`searchTerm`: a piece of any of the fields, capitals ignored."""

    def keep(call: Call, rows: list[Json]) -> list[Json]:
        term = call.first("searchTerm").casefold()
        if not term:
            return rows
        return [row for row in rows if any(term in str(row.get(name, "")).casefold() for name in names)]

    return keep


def by_my_app(call: Call, rows: list[Json]) -> list[Json]:
    return [row for row in rows if row.get("_app") == call.app] if call.flag("createdByMyApp") else rows


def with_deleted(call: Call, rows: list[Json]) -> list[Json]:
    """Whether lists hold DELETED bills is an open question of the reference; knob `deleted_in_lists`."""
    return rows if call.knobs["deleted_in_lists"] else [row for row in rows if row["Status"] != "DELETED"]


def active_contacts(call: Call, rows: list[Json]) -> list[Json]:
    if call.flag("includeArchived"):
        return rows
    return [row for row in rows if row["ContactStatus"] != "ARCHIVED"]


def active_tracking(call: Call, rows: list[Json]) -> list[Json]:
    if call.flag("includeArchived"):
        return rows
    return [
        {**row, "Options": [each for each in row["Options"] if each["Status"] == "ACTIVE"]}
        for row in rows
        if row["Status"] == "ACTIVE"
    ]


def between_dates(call: Call, rows: list[Json]) -> list[Json]:
    """`DateFrom` and `DateTo` of purchase orders, by the order's date, both ends included."""
    first, last = call.day("DateFrom"), call.day("DateTo")
    low, high = (first.isoformat() if first else ""), (last.isoformat() if last else "9999-12-31")
    return [row for row in rows if low <= row["DateString"][:10] <= high] if first or last else rows


def _document_shape(call: Call) -> str:
    if call.flag("summaryOnly"):
        return "summary"
    return "list" if call.paged else "bare"


def _contact_shape(call: Call) -> str:
    return "full" if call.paged and not call.flag("summaryOnly") else "thin"


def _item(call: Call, row: Json) -> Json:
    shown = public(row)
    for side in ("PurchaseDetails", "SalesDetails"):
        if "UnitPrice" in shown.get(side, {}):
            cut = shapes.priced({"UnitAmount": shown[side]["UnitPrice"]}, call.decimals)
            shown[side] = {**shown[side], "UnitPrice": cut["UnitAmount"]}
    return shown


_DOCUMENT_SHAPES = {
    "list": lambda call, row: shapes.listed(row, call.decimals),
    "bare": lambda call, row: shapes.bare(row),
    "summary": lambda call, row: shapes.summary(row),
}
INVOICES = Listing(
    "Invoices",
    "invoices",
    fields.invoice_fields,
    shapes=_DOCUMENT_SHAPES,
    shape_of=_document_shape,
    filters=(
        among("Statuses", lambda row: str(row["Status"])),
        among("InvoiceNumbers", lambda row: str(row["InvoiceNumber"])),
        among("ContactIDs", lambda row: str(row["Contact"]["ContactID"])),
        by_my_app,
        with_deleted,
        searching("InvoiceNumber", "Reference"),
    ),
    ids="IDs",
)
CREDIT_NOTES = Listing(
    "CreditNotes", "credit_notes", fields.credit_note_fields, shapes=_DOCUMENT_SHAPES, shape_of=_document_shape
)
PREPAYMENTS = Listing(
    "Prepayments", "prepayments", fields.prepayment_fields, shapes=_DOCUMENT_SHAPES, shape_of=_document_shape
)
OVERPAYMENTS = Listing(
    "Overpayments", "overpayments", fields.overpayment_fields, shapes=_DOCUMENT_SHAPES, shape_of=_document_shape
)
PURCHASE_ORDERS = Listing(
    "PurchaseOrders",
    "purchase_orders",
    fields.purchase_order_fields,
    # Prices keep four decimals here, whatever `unitdp` says.
    shapes={"list": lambda call, row: shapes.listed(row, 4)},
    shape_of=lambda call: "list",
    filters=(among("Status", lambda row: str(row["Status"])), between_dates),
    where=False,
    always_paged=True,
)
PAYMENTS = Listing("Payments", "payments", fields.payment_fields)
CONTACTS = Listing(
    "Contacts",
    "contacts",
    fields.contact_fields,
    shapes={"full": with_balances, "thin": lambda call, row: shapes.thin_contact_row(row)},
    shape_of=_contact_shape,
    filters=(active_contacts, searching(*SEARCHED_IN_CONTACTS)),
    ids="IDs",
)
ACCOUNTS = Listing("Accounts", "accounts", fields.account_fields, paging=False)
ITEMS = Listing("Items", "items", fields.item_fields, shapes={"held": _item}, paging=False)
TAX_RATES = Listing("TaxRates", "tax_rates", fields.tax_rate_fields, since=False, paging=False)
CURRENCIES = Listing("Currencies", "currencies", fields.currency_fields, since=False, paging=False)
TRACKING_CATEGORIES = Listing(
    "TrackingCategories",
    "tracking_categories",
    fields.tracking_category_fields,
    filters=(active_tracking,),
    since=False,
    paging=False,
    keep_texts=False,
)


def find(call: Call, shelf: str, key: str, number: str = "") -> Json:
    """The row with an id, or with a number in field `number`; raises the 404 that is no JSON.

    A number that several bills share gives the one changed last.
    """
    held = call.organisation.shelves[shelf]
    row = held.get(key.lower()) or held.get(key)
    if row is None and number:
        row = next((each for each in reversed(held.in_order()) if each.get(number) == key), None)
    if row is None:
        raise not_found()
    return row


def one_invoice(call: Call) -> Answer:
    row = find(call, "invoices", call.words[1], "InvoiceNumber")
    return call.rows("Invoices", [shapes.single(call.organisation, row, call.decimals)])


def one_credit(plural: str, shelf: str, number: str = "") -> Callable[[Call], Answer]:
    """The reader of one credit note, prepayment or overpayment, its contact in full."""

    def read(call: Call) -> Answer:
        row = find(call, shelf, call.words[1], number)
        return call.rows(plural, [shapes.single(call.organisation, row, call.decimals)])

    return read


def one_purchase_order(call: Call) -> Answer:
    """A purely numeric order number is not found (reported 2020): only ids and numbers with a letter are."""
    key = call.words[1]
    if re.fullmatch(r"\d+", key):
        raise not_found()
    row = find(call, "purchase_orders", key, "PurchaseOrderNumber")
    return call.rows("PurchaseOrders", [shapes.single(call.organisation, row, 4)])


def one_contact(call: Call) -> Answer:
    return call.rows("Contacts", [with_balances(call, find(call, "contacts", call.words[1], "ContactNumber"))])


def one_of(plural: str, shelf: str, number: str = "") -> Callable[[Call], Answer]:
    """The reader of one record that is sent as it is held."""

    def read(call: Call) -> Answer:
        return call.rows(plural, [public(find(call, shelf, call.words[1], number))])

    return read
