"""Paths of the Accounting API that the stand-in knows, by method."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ..exchange import Answer
from . import files, reading, writing
from .call import Call
from .scopes import ATTACHMENTS, NEEDED

Endpoint = Callable[[Call], Answer]

_ONE_ATTACHMENT: Mapping[str, Endpoint] = {
    "GET": files.attachment_content,
    "PUT": files.put_attachment,
    "POST": files.put_attachment,
}
_HISTORY: Mapping[str, Endpoint] = {"GET": files.list_history, "PUT": files.add_history}
ROUTES: Mapping[str, Mapping[str, Endpoint]] = {
    "organisation": {"GET": writing.organisation_facts},
    "organisation/actions": {"GET": writing.organisation_actions},
    "accounts": {"GET": reading.ACCOUNTS.answer},
    "accounts/*": {"GET": reading.one_of("Accounts", "accounts")},
    "trackingcategories": {"GET": reading.TRACKING_CATEGORIES.answer},
    "trackingcategories/*": {"GET": reading.one_of("TrackingCategories", "tracking_categories")},
    "trackingcategories/*/options": {"PUT": writing.add_tracking_option},
    "taxrates": {"GET": reading.TAX_RATES.answer},
    "taxrates/*": {"GET": reading.one_of("TaxRates", "tax_rates")},
    "currencies": {"GET": reading.CURRENCIES.answer},
    "items": {"GET": reading.ITEMS.answer},
    "items/*": {"GET": reading.one_of("Items", "items", "Code")},
    "contacts": {
        "GET": reading.CONTACTS.answer,
        "PUT": writing.write_contacts,
        "POST": writing.write_contacts,
    },
    "contacts/*": {"GET": reading.one_contact, "POST": writing.write_contacts},
    "invoices": {
        "GET": reading.INVOICES.answer,
        "PUT": writing.write_invoices,
        "POST": writing.write_invoices,
    },
    "invoices/*": {"GET": reading.one_invoice, "POST": writing.write_invoices},
    "creditnotes": {"GET": reading.CREDIT_NOTES.answer},
    "creditnotes/*": {"GET": reading.one_credit("CreditNotes", "credit_notes", "CreditNoteNumber")},
    "purchaseorders": {"GET": reading.PURCHASE_ORDERS.answer},
    "purchaseorders/*": {"GET": reading.one_purchase_order},
    "prepayments": {"GET": reading.PREPAYMENTS.answer},
    "prepayments/*": {"GET": reading.one_credit("Prepayments", "prepayments")},
    "overpayments": {"GET": reading.OVERPAYMENTS.answer},
    "overpayments/*": {"GET": reading.one_credit("Overpayments", "overpayments")},
    "payments": {
        "GET": reading.PAYMENTS.answer,
        "PUT": writing.write_payments,
        "POST": writing.write_payments,
    },
    "payments/*": {"GET": reading.one_of("Payments", "payments"), "POST": writing.reverse_payment},
    **{f"{owner}/*/attachments": {"GET": files.list_attachments} for owner in files.OWNERS},
    **{f"{owner}/*/attachments/*": _ONE_ATTACHMENT for owner in files.OWNERS},
    **{f"{owner}/*/history": _HISTORY for owner in files.OWNERS},
}
CONTENT = frozenset(f"{owner}/*/attachments/*" for owner in files.OWNERS)


def pattern_of(words: Sequence[str]) -> str:
    """`("Invoices", "<id>", "History")` -> `invoices/*/history`."""
    whole = "/".join(words).lower()
    if whole in ROUTES:
        return whole
    return "/".join("*" if place % 2 else word.lower() for place, word in enumerate(words))


def scopes_for(pattern: str) -> Sequence[str]:
    return ATTACHMENTS if "/attachments" in pattern else NEEDED[pattern.split("/")[0]]
