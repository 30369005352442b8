"""Whom a document is owed to: its vendor, or for cards and expenses the card's provider and the employee (A32).

The shop was paid when the card was: owed to it, the bill would stay open for ever while the card's statement books it
once more.
"""

from integrations.documents import PurchaseOrder, Vendor, VendorKind
from integrations.pairs.flow import GOES_ON, Place, Terms, Verdict
from integrations.source_documents import SupplierBill, SupplierBillKind

UNKNOWN_PAYEE = "unknown-payee"
NO_SUPPLIER = "not-a-supplier"
Document = PurchaseOrder | SupplierBill


def owed_to(document: Document, terms: Terms) -> Vendor:
    """The vendor itself where nothing else is known: `judge` holds what has no provider or employee."""
    by_card = terms.include_card_orders and _is_by_card(document)
    return (_provider(document, terms) if by_card else None) or document.summary.vendor


def judge(document: Document, terms: Terms) -> Verdict:
    """Left out by rule; where a setting takes them in, held unless it is known whom they are owed to."""
    if not terms.include_card_orders:
        return Verdict(Place.EXCLUDED, left_out(_kind(document)))
    payee = _payee(document, terms)
    if payee is None:
        return Verdict(Place.HELD, _nobody(document), UNKNOWN_PAYEE)
    if not payee.active:
        what = "card provider" if payee.kind is VendorKind.CARD_PROVIDER else "employee"
        said = f"The {what} {payee.name} is no longer active in procurement, and this would be owed to them."
        return Verdict(Place.HELD, f"{said} Activate them there, or exclude the document.", "inactive-vendor")
    return GOES_ON


def judge_supplier(document: Document) -> Verdict:
    """Only regular and preferred vendors that are in use become contacts (A72)."""
    vendor = document.summary.vendor
    what = "order" if isinstance(document, PurchaseOrder) else "bill"
    if vendor.kind not in (VendorKind.REGULAR, VendorKind.PREFERRED):
        said = f"{vendor.name} is a vendor of the kind “{vendor.kind}” and never becomes a contact."
        return Verdict(Place.HELD, f"{said} Choose a regular vendor on the {what} in procurement.", NO_SUPPLIER)
    if not vendor.active:
        said = f"{vendor.name} is no longer active in procurement. Choose another vendor on the {what}."
        return Verdict(Place.HELD, said, "inactive-vendor")
    return GOES_ON


def left_out(kind: SupplierBillKind) -> str:
    if kind is SupplierBillKind.EXPENSE:
        return "It is an employee's expense, not a supplier's bill."
    return "It was paid by card: the card statement books it."


def concerns(document: Document) -> bool:
    """Whether it was paid by a card or is an expense, and so is not owed to a supplier."""
    return _kind(document) is SupplierBillKind.EXPENSE or _is_by_card(document)


def bought_from(document: Document, terms: Terms) -> str:
    """The text line that names the shop where the document is owed to the card's provider; "" for all others."""
    vendor = document.summary.vendor
    if owed_to(document, terms).source_id == vendor.source_id or not vendor.name:
        return ""
    card = f" {document.card.name}" if document.card and document.card.name else ""
    return f"Bought from {vendor.name}, paid with the card{card}"


def _payee(document: Document, terms: Terms) -> Vendor | None:
    if _is_by_card(document):
        return _provider(document, terms)
    vendor = document.summary.vendor
    return vendor if vendor.kind is VendorKind.EMPLOYEE else None


def _provider(document: Document, terms: Terms) -> Vendor | None:
    """Of the bill itself, else of the card it names; a bill names its card by id only (2026-10)."""
    vendor, card = document.summary.vendor, document.card
    if vendor.kind is VendorKind.CARD_PROVIDER:
        return vendor
    return (card.provider or terms.card_providers.get(card.source_id)) if card else None


def _nobody(document: Document) -> str:
    if not _is_by_card(document):
        said = f"It is an expense, but {document.summary.vendor.name} is not an employee in procurement."
        return f"{said} Choose the employee there as its vendor, or make them one; it then goes on by itself."
    card = f" {document.card.name}" if document.card and document.card.name else ""
    said = f"It was paid with the card{card}, and procurement does not say who issued it."
    return f"{said} Enter the card with its provider there; it goes on by itself once that list was read again."


def _is_by_card(document: Document) -> bool:
    return document.card is not None or _kind(document) is SupplierBillKind.CARD


def _kind(document: Document) -> SupplierBillKind:
    return document.summary.kind if isinstance(document, SupplierBill) else SupplierBillKind.ORDER
