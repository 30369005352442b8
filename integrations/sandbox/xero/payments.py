"""Payments of bills and invoices: with applied credit they alone move AmountPaid, AmountDue and PAID."""

from __future__ import annotations

from decimal import Decimal

from ..exchange import Json
from .amounts import ZERO, exact, rounded, sent
from .dates import day_in, day_text, moment_of
from .organisation import Organisation, new_id
from .problems import Complaints

# The lists of a bill in which applied credit stands.
CREDIT_LISTS = ("CreditNotes", "Prepayments", "Overpayments")
KINDS = {"ACCPAY": "ACCPAYPAYMENT", "ACCREC": "ACCRECPAYMENT"}


def write_payment(organisation: Organisation, sent_as: Json, wanted: Json) -> Json:
    """Pay a bill or invoice and return the stored payment; raises Refused."""
    complaints = Complaints()
    invoice = _invoice(organisation, wanted, complaints)
    account = _account(organisation, wanted, complaints)
    amount = rounded(wanted.get("Amount", ZERO))
    if amount <= 0:
        complaints.add("Payment amount must be greater than zero")
    day = wanted.get("Date") or organisation.today()
    if message := organisation.lock_message(day):
        complaints.add(message)
    if invoice is not None:
        _check_payable(invoice, amount, complaints)
    complaints.raise_for(sent_as, "PaymentID")
    if invoice is None or account is None:
        raise AssertionError("a payment without invoice or account has been refused")
    return _paid(organisation, wanted, invoice, account, amount, day_text(day))


def _invoice(organisation: Organisation, wanted: Json, complaints: Complaints) -> Json | None:
    named = wanted.get("Invoice", {})
    found = organisation.invoices.get(named.get("InvoiceID", ""))
    if found is None and "InvoiceID" not in named:
        number = named.get("InvoiceNumber", wanted.get("InvoiceNumber"))
        rows = organisation.invoices.rows.values() if number else ()
        found = next((row for row in rows if row["InvoiceNumber"] == number), None)
    if found is None:
        complaints.add("Invoice could not be found")
    return found


def _account(organisation: Organisation, wanted: Json, complaints: Complaints) -> Json | None:
    named = wanted.get("Account", {})
    code = named.get("Code", wanted.get("Code", ""))
    line = {"AccountID": named["AccountID"]} if "AccountID" in named else {"AccountCode": code}
    found = organisation.account(line)
    if found is None or found["Status"] != "ACTIVE":
        complaints.add("Account could not be found")
    elif found["Type"] != "BANK" and not found.get("EnablePaymentsToAccount"):
        complaints.add("Account type is not valid for making this payment")
    return found


def _check_payable(invoice: Json, amount: Decimal, complaints: Complaints) -> None:
    if invoice["Status"] != "AUTHORISED":
        complaints.add("Payments can only be made against Authorised documents")
    elif amount > exact(invoice["AmountDue"]):
        complaints.add("Payment amount exceeds the amount outstanding on this document")


def _paid(organisation: Organisation, wanted: Json, invoice: Json, account: Json, amount: Decimal, day: str) -> Json:
    rate = sent(rounded(wanted["CurrencyRate"], 6)) if "CurrencyRate" in wanted else invoice["CurrencyRate"]
    row: Json = {
        "PaymentID": new_id(),
        "Date": day,
        "Amount": sent(amount),
        "BankAmount": sent(rounded(wanted.get("BankAmount", amount))),
        "Reference": wanted.get("Reference", ""),
        "CurrencyRate": rate,
        "PaymentType": KINDS[invoice["Type"]],
        "Status": "AUTHORISED",
        "HasAccount": True,
        "IsReconciled": wanted.get("IsReconciled", False),
        "Account": {name: account[name] for name in ("AccountID", "Code") if name in account},
        "Invoice": _invoice_inside(invoice),
        "HasValidationErrors": False,
    }
    organisation.payments.store(row)
    settle(organisation, invoice["InvoiceID"])
    return row


def _invoice_inside(invoice: Json) -> Json:
    lists: Json = {name: [] for name in ("Payments", "CreditNotes", "Prepayments", "Overpayments")}
    contact = {"ContactID": invoice["Contact"]["ContactID"], "Name": invoice["Contact"]["Name"]}
    return {
        "Type": invoice["Type"],
        "InvoiceID": invoice["InvoiceID"],
        "InvoiceNumber": invoice["InvoiceNumber"],
        **lists,
        "HasErrors": False,
        "IsDiscounted": False,
        "Contact": {
            **contact,
            **{name: [] for name in ("Addresses", "Phones", "ContactGroups", "ContactPersons")},
            "HasValidationErrors": False,
        },
        "LineItems": [],
        "CurrencyCode": invoice["CurrencyCode"],
    }


def delete_payment(organisation: Organisation, payment: Json, sent_as: Json) -> Json:
    """Take a payment back: it stays as DELETED and the document is due again; raises Refused."""
    complaints = Complaints()
    if payment["Status"] == "DELETED":
        complaints.add("Payment has already been deleted")
    if message := organisation.lock_message(day_in(payment["Date"])):
        complaints.add(message)
    complaints.raise_for(sent_as, "PaymentID")
    row = organisation.payments.store({**payment, "Status": "DELETED"})
    if "Invoice" in payment:
        settle(organisation, payment["Invoice"]["InvoiceID"])
    return row


def settle(organisation: Organisation, invoice_id: str) -> Json:
    """Bring a document in line with its payments and credits; it is stamped anew.

    AmountCredited is the sum of credit notes, prepayments and overpayments applied (specification 16.1.0), so a bill
    may become PAID with AmountPaid 0 in three ways.
    """
    invoice = organisation.invoices.rows[invoice_id]
    rows = [
        row
        for row in organisation.payments.rows.values()
        if row["Status"] == "AUTHORISED" and row.get("Invoice", {}).get("InvoiceID") == invoice_id
    ]
    paid = sum((exact(row["Amount"]) for row in rows), ZERO)
    credits = [each for name in CREDIT_LISTS for each in invoice[name]]
    credited = sum((exact(each["AppliedAmount"]) for each in credits), ZERO)
    due = exact(invoice["Total"]) - paid - credited
    row = {name: value for name, value in invoice.items() if name != "FullyPaidOnDate"}
    row.update(
        Payments=[payment_inside(each) for each in rows],
        AmountPaid=sent(paid),
        AmountCredited=sent(credited),
        AmountDue=sent(rounded(due)),
        Status="PAID" if due == 0 else "AUTHORISED",
    )
    if due == 0:
        row["FullyPaidOnDate"] = _settled_on(rows, credits, organisation)
    stored = organisation.invoices.store(row)
    organisation.journal.settled()
    return stored


def _settled_on(payments: list[Json], credits: list[Json], organisation: Organisation) -> str:
    dates = sorted(day_in(each["Date"]) for each in [*payments, *credits])
    return day_text(dates[-1] if dates else moment_of(organisation.stamps.next()).date())


def payment_inside(row: Json) -> Json:
    names = ("PaymentID", "Date", "Amount", "Reference", "CurrencyRate")
    return {**{name: row[name] for name in names}, "HasAccount": False, "HasValidationErrors": False}
