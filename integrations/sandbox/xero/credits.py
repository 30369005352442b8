"""Credit with a supplier or customer: credit notes, prepayments and overpayments, and what of it was applied.

The truth stands in the `Allocations` of each credit; what a bill shows of them is derived. A bill shows the credit's
own date, its Allocations show the day it was applied (samples of the specification 16.1.0, recorded list of 2020).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from ..exchange import Json
from .amounts import ZERO, exact, rounded, sent
from .dates import day_in, day_string, day_text
from .organisation import Organisation, new_id
from .payments import settle
from .problems import Complaints


@dataclass(frozen=True, slots=True)
class Kind:
    """`shown_as` is the list of a bill in which such credits stand, `refunded_as` the PaymentType of a refund."""

    shelf: str
    key: str
    shown_as: str
    refunded_as: str


KINDS = (
    Kind("credit_notes", "CreditNoteID", "CreditNotes", "APCREDITPAYMENT"),
    Kind("prepayments", "PrepaymentID", "Prepayments", "APPREPAYMENTPAYMENT"),
    Kind("overpayments", "OverpaymentID", "Overpayments", "APOVERPAYMENTPAYMENT"),
)
APPLICABLE = frozenset({"AUTHORISED", "PAID"})


def kind_of(organisation: Organisation, credit_id: str) -> Kind:
    """Which kind of credit has this id; raises KeyError."""
    for kind in KINDS:
        if credit_id in organisation.shelves[kind.shelf].rows:
            return kind
    raise KeyError(f"no credit {credit_id!r}")


def allocate(organisation: Organisation, credit_id: str, invoice_id: str, amount: Decimal, day: str) -> Json:
    """Apply a credit to a bill on a day (`/Date(..)/`) and return the credit as stored; raises Refused."""
    kind = kind_of(organisation, credit_id)
    credit, invoice = organisation.shelves[kind.shelf].rows[credit_id], organisation.invoices.rows[invoice_id]
    asked: Json = {"Amount": sent(amount), "Invoice": {"InvoiceID": invoice_id}}
    _check(organisation, credit, invoice, amount, day).raise_for(asked, kind.key)
    inside = {name: invoice[name] for name in ("InvoiceID", "InvoiceNumber", "Type")}
    lists: Json = {name: [] for name in ("Payments", "CreditNotes", "Prepayments", "Overpayments", "LineItems")}
    made = {
        "AllocationID": new_id(),
        "Amount": sent(amount),
        "Date": day,
        "Invoice": {**inside, **lists, "HasErrors": False, "IsDiscounted": False},
        "IsDeleted": False,
    }
    return _applied(organisation, kind, {**credit, "Allocations": [*credit["Allocations"], made]}, invoice_id)


def _check(organisation: Organisation, credit: Json, invoice: Json, amount: Decimal, day: str) -> Complaints:
    complaints = Complaints()
    if amount <= 0:
        complaints.add("The amount to allocate must be greater than zero")
    if credit["Status"] not in APPLICABLE or amount > exact(credit["RemainingCredit"]):
        complaints.add("The amount to allocate exceeds the remaining credit")
    if invoice["Status"] != "AUTHORISED":
        complaints.add("Credit can only be allocated to Authorised documents")
    elif amount > exact(invoice["AmountDue"]):
        complaints.add("The amount to allocate exceeds the amount outstanding on this document")
    if credit["Contact"]["ContactID"] != invoice["Contact"]["ContactID"]:
        complaints.add("The credit and the document must be for the same contact")
    if credit["CurrencyCode"] != invoice["CurrencyCode"]:
        complaints.add("The credit and the document must be in the same currency")
    if message := organisation.lock_message(day_in(day)):
        complaints.add(message)
    return complaints


def take_back(organisation: Organisation, credit_id: str, invoice_id: str) -> Json:
    """Remove what a credit gave to a bill: the allocation is gone from both, and both are stamped anew."""
    kind = kind_of(organisation, credit_id)
    credit = organisation.shelves[kind.shelf].rows[credit_id]
    kept = [each for each in credit["Allocations"] if each["Invoice"]["InvoiceID"] != invoice_id]
    if len(kept) == len(credit["Allocations"]):
        raise KeyError(f"nothing of {credit_id!r} is applied to {invoice_id!r}")
    return _applied(organisation, kind, {**credit, "Allocations": kept}, invoice_id)


def _applied(organisation: Organisation, kind: Kind, credit: Json, invoice_id: str) -> Json:
    row = organisation.shelves[kind.shelf].store(remaining(credit))
    shown = [_as_shown(kind, each, amount) for each, amount in _given(organisation, kind, invoice_id)]
    organisation.invoices.amend(invoice_id, **{kind.shown_as: shown})
    settle(organisation, invoice_id)
    return row


def remaining(credit: Json) -> Json:
    """The credit with what is left of it, and PAID once nothing is."""
    used = sum((exact(each["Amount"]) for each in [*credit["Allocations"], *credit["Payments"]]), ZERO)
    left = rounded(exact(credit["Total"]) - used)
    return {**credit, "RemainingCredit": sent(left), "Status": "AUTHORISED" if left else "PAID"}


def _given(organisation: Organisation, kind: Kind, invoice_id: str) -> Iterator[tuple[Json, Decimal]]:
    for credit in organisation.shelves[kind.shelf].rows.values():
        for each in credit["Allocations"]:
            if each["Invoice"]["InvoiceID"] == invoice_id:
                yield credit, exact(each["Amount"])


def _as_shown(kind: Kind, credit: Json, amount: Decimal) -> Json:
    """What a bill shows of a credit that was applied to it."""
    names = (kind.key, "ID", "CreditNoteNumber", "HasErrors", "Date", "DateString", "Total")
    return {
        **{name: credit[name] for name in names if name in credit},
        "AppliedAmount": sent(amount),
        "LineItems": [],
    }


def new_credit(kind: Kind, organisation: Organisation, contact: Json, amount: Decimal, typed: Json) -> Json:
    """A credit of one untaxed line; `typed` are the fields of its kind, its Type, Date and account among them."""
    total, day, account = sent(amount), typed["Date"], typed.pop("AccountCode")
    line: Json = {"Description": "Credit", "Quantity": 1.0, "UnitAmount": total, "LineAmount": total}
    code = {"AccountCode": account, "TaxType": "NONE", "TaxAmount": 0.0, "Tracking": []}
    key = new_id()
    return {
        kind.key: key,
        "ID": key,
        "Contact": {name: contact[name] for name in ("ContactID", "Name")},
        "DateString": day_string(day),
        "Status": "AUTHORISED",
        "LineAmountTypes": "Exclusive",
        "LineItems": [{**line, "LineItemID": new_id(), **code}],
        "SubTotal": total,
        "TotalTax": 0.0,
        "Total": total,
        "RemainingCredit": total,
        "CurrencyCode": organisation.base_currency,
        "CurrencyRate": 1.0,
        "Allocations": [],
        "Payments": [],
        "HasAttachments": False,
        **typed,
        "Date": day_text(day),
    }
