"""Creating and changing bills and sales invoices, by the rules of the Invoices page (2026)."""

from __future__ import annotations

from decimal import Decimal

from ..exchange import Json
from . import contacts
from .amounts import exact, rounded, sent
from .dates import day_in
from .drafting import Draft, Write
from .invoice_contact import contact_of
from .invoice_head import head_of, sale_numbered
from .lines import LineRules
from .organisation import Organisation
from .tax import totals

MOVES = {
    "DRAFT": {"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"},
    "SUBMITTED": {"SUBMITTED", "DRAFT", "AUTHORISED", "DELETED"},
    "AUTHORISED": {"AUTHORISED", "VOIDED"},
    "PAID": {"PAID"},
    "VOIDED": set[str](),
    "DELETED": set[str](),
}
NEW_STATUSES = frozenset({"DRAFT", "SUBMITTED", "AUTHORISED"})
COMMITTED = frozenset({"SUBMITTED", "AUTHORISED", "PAID"})
GONE = frozenset({"VOIDED", "DELETED"})
NOT_MODIFIABLE = "Invoice not of valid status for modification"
HAS_PAYMENT = "This document cannot be edited as it has a payment or credit note allocated to it."
# What may still be changed once something is paid or allocated (since 19 March 2026).
AFTER_PAYMENT = frozenset(
    [
        "InvoiceID",
        "Type",
        "Status",
        "InvoiceNumber",
        "DueDate",
        "BrandingThemeID",
        "Contact",
        "Url",
        "PlannedPaymentDate",
        "LineItems",
        "SentToContact",
    ]
)
LINE_AFTER_PAYMENT = frozenset(["LineItemID", "Description", "AccountCode", "AccountID", "Tracking"])


def write_invoice(organisation: Organisation, sent_as: Json, wanted: Json, write: Write) -> Json:
    """Create or change a bill or invoice and return the stored row; raises Refused.

    A contact may have been written by then: call it within `organisation.attempt()`.
    """
    draft = Draft(organisation, sent_as, wanted, write)
    draft.base = _existing(draft) or {}
    draft.settle()
    if draft.base:
        _check_modifiable(draft)
        draft.settle()
    kind, status = _kind(draft), str(draft.value("Status", "DRAFT"))
    head = head_of(draft, kind, status)
    row = {**draft.base, **head, "Contact": contact_of(draft), "LineItems": _lines(draft, head)}
    _sum(draft, row)
    _check_whole(draft, row)
    draft.settle()
    return _stored(draft, row)


def _existing(draft: Draft) -> Json | None:
    create_only, wanted = draft.write.create_only, draft.wanted
    if "InvoiceID" in wanted:
        found = draft.organisation.invoices.get(wanted["InvoiceID"])
        if create_only and found is not None:
            draft.complaints.add("An invoice with the specified InvoiceID already exists.")
        elif found is None and not create_only:
            draft.complaints.add("Invoice could not be found")
        return found
    if create_only or wanted.get("Type") != "ACCREC":
        return None  # numbers of bills are not unique, so an upsert never finds a bill by its number
    return sale_numbered(draft.organisation, wanted.get("InvoiceNumber", ""))


def _check_modifiable(draft: Draft) -> None:
    existing, wanted, complaints = draft.base, draft.wanted, draft.complaints
    if wanted.get("Type", existing["Type"]) != existing["Type"]:
        complaints.add("The Type of an invoice cannot be changed.")
    if wanted.get("Status", existing["Status"]) not in MOVES[existing["Status"]]:
        complaints.add(NOT_MODIFIABLE)
    if message := draft.organisation.lock_message(day_in(existing["Date"])):
        complaints.add(message)
    if (existing["AmountPaid"] or existing["AmountCredited"]) and not _allowed_after_payment(draft):
        complaints.add(HAS_PAYMENT)


def _allowed_after_payment(draft: Draft) -> bool:
    stored = {line["LineItemID"] for line in draft.base["LineItems"]}
    lines = draft.wanted.get("LineItems", [])
    if draft.wanted.get("Status") == "VOIDED" or not draft.wanted.keys() <= AFTER_PAYMENT:
        return False
    if any(not line.keys() <= LINE_AFTER_PAYMENT for line in lines):
        return False
    return not lines or {line.get("LineItemID") for line in lines} == stored


def _kind(draft: Draft) -> str:
    kind = str(draft.value("Type", ""))
    if kind not in ("ACCPAY", "ACCREC"):
        draft.complaints.add("Invoice type must be specified: ACCPAY or ACCREC.")
    if not draft.base and draft.wanted.get("Status", "DRAFT") not in NEW_STATUSES:
        draft.complaints.add("Invoice not of valid status for creation")
    return kind


def _lines(draft: Draft, head: Json) -> list[Json]:
    base, status = draft.base, head["Status"]
    stored: list[Json] = base.get("LineItems", [])
    wanted = draft.wanted.get("LineItems", stored or None)
    retaxed = bool(base) and head["LineAmountTypes"] != base["LineAmountTypes"]
    rules = LineRules(
        draft.organisation,
        head["LineAmountTypes"],
        draft.write.decimals,
        committed=status in COMMITTED,
        purchase=head["Type"] == "ACCPAY",
        retaxed=retaxed,
        complaints=draft.complaints,
        discounts=head["Type"] == "ACCREC",
    )
    if not wanted:
        draft.complaints.add("One or more line items must be specified.")
        return []
    if "LineItems" in draft.wanted:
        return rules.build(wanted, stored, create=not base)
    committing = status in COMMITTED and base["Status"] not in COMMITTED
    return rules.again(stored) if retaxed or committing else list(stored)


def _sum(draft: Draft, row: Json) -> None:
    paired = [(exact(line.get("LineAmount", 0.0)), exact(line.get("TaxAmount", 0.0))) for line in row["LineItems"]]
    summed = totals(paired, row["LineAmountTypes"])
    paid, credited = exact(draft.base.get("AmountPaid", 0.0)), exact(draft.base.get("AmountCredited", 0.0))
    row.update(
        SubTotal=sent(summed.subtotal),
        TotalTax=sent(summed.tax),
        Total=sent(summed.total),
        AmountPaid=sent(paid),
        AmountCredited=sent(credited),
        AmountDue=due_of(row["Status"], summed.total - paid - credited),
    )


def due_of(status: str, rest: Decimal) -> float:
    """Nothing is due on a document that is gone."""
    return 0.0 if status in GONE else sent(rounded(rest))


def _check_whole(draft: Draft, row: Json) -> None:
    if "Total" in draft.wanted and rounded(draft.wanted["Total"]) != exact(row["Total"]):
        draft.complaints.add("The invoice total does not equal the sum of the lines.")
    if row["Status"] in COMMITTED and row["Total"] < 0:
        draft.complaints.add("The document total must not be negative.")


def _stored(draft: Draft, row: Json) -> Json:
    organisation = draft.organisation
    if not draft.base:
        lists: Json = {name: [] for name in ("Payments", "CreditNotes", "Prepayments", "Overpayments")}
        flags = dict.fromkeys(("HasErrors", "IsDiscounted", "HasAttachments"), False)
        row = {**lists, **flags, **row}
        if row["Type"] == "ACCREC" and not row["InvoiceNumber"]:
            row["InvoiceNumber"] = _next_number(organisation)
        if draft.write.app:
            row["_app"] = draft.write.app
    field = "IsSupplier" if row["Type"] == "ACCPAY" else "IsCustomer"
    contacts.mark_used(organisation, row["Contact"]["ContactID"], field)
    return organisation.invoices.store(row)


def _next_number(organisation: Organisation) -> str:
    taken = sum(row["Type"] == "ACCREC" for row in organisation.invoices.rows.values())
    return f"INV-{taken + 1:04d}"
