"""Xero's JSON to documents and entries. Pure; InvalidSourceError names the exact field."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from integrations.documents import BillStatus, ReferenceFacts, StoredBill, StoredLine, Tracked, Unreadable, Vendor
from integrations.errors import InvalidSourceError
from integrations.supplier_documents import CREDIT_FEEDS
from integrations.systems.exact_json import dumps, loads
from integrations.systems.reading import read
from integrations.systems.xero import shapes
from integrations.systems.xero.suppliers import bill as supplier_bill
from integrations.systems.xero.suppliers import credit as supplier_credit
from integrations.systems.xero.suppliers import order as supplier_order
from integrations.systems.xero.suppliers import payment as supplier_payment
from integrations.systems.xero.vendors import BILL_TERMS, vendor

__all__ = [
    "contact",
    "document",
    "dumps",
    "entry",
    "loads",
    "stored_bill",
    "stored_credit",
    "summary",
    "supplier_bill",
    "supplier_credit",
    "supplier_order",
    "supplier_payment",
    "unreadable",
    "vendor",
]

STATUSES = {
    "DRAFT": BillStatus.DRAFT,
    "SUBMITTED": BillStatus.DRAFT,
    "AUTHORISED": BillStatus.IN_LEDGER,
    "PAID": BillStatus.IN_LEDGER,
    "VOIDED": BillStatus.REMOVED,
    "DELETED": BillStatus.REMOVED,
}


def stored_bill(raw: Mapping[str, Any]) -> StoredBill:
    """One of `Invoices`. Tracking options are given by name: lists leave their ids out, other answers do not, and
    the same bill must read the same from both."""
    return _stored(read(shapes.InvoiceShape, raw, name_of(raw)), raw)


def stored_credit(raw: Mapping[str, Any]) -> StoredBill:
    """One of `CreditNotes`: an invoice with other names for its id and its number (Accounting API, 2026-10)."""
    named = {**raw, "InvoiceID": raw.get("CreditNoteID"), "InvoiceNumber": raw.get("CreditNoteNumber")}
    return _stored(read(shapes.InvoiceShape, named, name_of(named)), named)


def _stored(shape: shapes.InvoiceShape, raw: Mapping[str, Any]) -> StoredBill:
    if shape.status not in STATUSES:
        raise InvalidSourceError(f"{name_of(raw)}: Status is none that Xero documents.", field="Status")
    return StoredBill(
        target_id=shape.invoice_id,
        version=str(round(shape.updated.timestamp() * 1000)),
        number=shape.number or "",
        contact=shape.contact.contact_id,
        contact_name=shape.contact.name,
        status=STATUSES[shape.status],
        status_word=shape.status,
        date=shape.date,
        due_date=shape.due_date,
        currency=shape.currency,
        net=shape.net,
        tax=shape.tax,
        total=shape.total,
        paid=shape.paid,
        link=shape.link or "",
        modified_at=shape.updated,
        lines=tuple(map(_line, shape.lines)),
        due=shape.due,
    )


FEEDS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "supplier-orders": supplier_order,
    "supplier-bills": supplier_bill,
    "supplier-payments": supplier_payment,
    **{feed: supplier_credit(kind) for kind, feed in CREDIT_FEEDS.items()},
}


def document(feed: str, raw: Mapping[str, Any]) -> Any:
    """What that feed's list shows of one document, which is all of it."""
    return FEEDS[feed](raw)


summary = document


def contact(raw: Mapping[str, Any]) -> ReferenceFacts:
    """One of `Contacts` as an entry of the list of contacts."""
    return entry(vendor(raw))


def entry(found: Vendor) -> ReferenceFacts:
    """`merged_to` is the contact that took its place."""
    attributes = {
        "email": ",".join(found.emails),
        "tax_number": found.tax_number,
        "currency": found.currency,
        "status": "ACTIVE" if found.active else "ARCHIVED",
        "country": found.country,
        "supplier": "yes" if found.supplier else "",
        "merged_to": found.merged_to,
        "modified_at": found.modified_at.isoformat() if found.modified_at else "",
    }
    if terms := found.fields.get(BILL_TERMS):
        attributes[BILL_TERMS] = terms
    return ReferenceFacts("contact", found.source_id, found.external_ref, found.name, found.active, attributes)


def unreadable(raw: Any, error: InvalidSourceError, *, key: str = "InvoiceID") -> Unreadable:
    """The row that could not be read, by whatever of its id and number can be."""
    return Unreadable(_short(raw, key), error.field, str(error)[:500], _short(raw, "InvoiceNumber"))


def name_of(raw: Any) -> str:
    return f"Bill {_short(raw, 'InvoiceNumber') or _short(raw, 'InvoiceID') or '(without number)'}"


def _short(raw: Any, key: str) -> str:
    value = raw.get(key) if isinstance(raw, Mapping) else None
    return value[:100].replace("\x00", "") if isinstance(value, str) else ""


def _line(shape: shapes.LineShape) -> StoredLine:
    return StoredLine(
        line_id=shape.line_id,
        description=shape.description or "",
        amount=shape.amount,
        account=shape.account or "",
        tax_code=shape.tax_type or "",
        tax_amount=shape.tax_amount,
        tracking=tuple(map(_tracked, shape.tracking)) if shape.tracking else (),
    )


def _tracked(shape: shapes.TrackingRef) -> Tracked:
    return Tracked(shape.category_id or shape.name, shape.option or shape.option_id or "")


def plain_rate(rate: Decimal) -> str:
    return format(rate.normalize(), "f")
