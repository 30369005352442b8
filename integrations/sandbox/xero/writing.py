"""The writing endpoints of the Accounting API."""

from __future__ import annotations

from ..exchange import Answer, Json
from . import forms, shapes
from .batch import write_all
from .call import Call
from .contacts import write_contact
from .drafting import Write
from .invoices import write_invoice
from .organisation import new_id, public
from .payments import delete_payment, write_payment
from .problems import Refused, ServerFault, not_valid, post_not_understood
from .reading import find


def write_invoices(call: Call) -> Answer:
    """PUT creates, POST creates or changes; `POST /Invoices/{id}` changes that one."""
    write = Write(call.asked.method == "PUT", call.decimals, call.app)
    target = find(call, "invoices", call.words[1])["InvoiceID"] if len(call.words) > 1 else ""

    def write_one(sent: Json, wanted: Json) -> Json:
        if target:
            wanted["InvoiceID"] = target
        return write_invoice(call.organisation, sent, wanted, write)

    return write_all(call, "Invoices", forms.INVOICE, write_one, lambda row: shapes.written(row, call.decimals))


def write_contacts(call: Call) -> Answer:
    create_only = call.asked.method == "PUT"
    target = find(call, "contacts", call.words[1])["ContactID"] if len(call.words) > 1 else ""

    def write_one(sent: Json, wanted: Json) -> Json:
        if target:
            wanted["ContactID"] = target
        return write_contact(call.organisation, sent, wanted, create_only=create_only)

    return write_all(call, "Contacts", forms.CONTACT, write_one, public)


def write_payments(call: Call) -> Answer:
    def write_one(sent: Json, wanted: Json) -> Json:
        return write_payment(call.organisation, sent, wanted)

    return write_all(call, "Payments", forms.PAYMENT, write_one, public)


def reverse_payment(call: Call) -> Answer:
    """`POST /Payments/{id}` with Status DELETED; nothing else can be done to a payment."""
    payment = find(call, "payments", call.words[1])
    sent, wanted = call.elements("Payments", forms.PAYMENT)[0]
    if wanted.get("Status") != "DELETED":
        raise post_not_understood("Only the status DELETED can be given to a payment")
    try:
        return call.rows("Payments", [public(delete_payment(call.organisation, payment, sent))])
    except Refused as problem:
        raise not_valid([problem.echo]) from problem


def add_tracking_option(call: Call) -> Answer:
    """`PUT /TrackingCategories/{id}/Options`. A wrong id or an untidy name is a 500, as reported since 2019."""
    categories = call.organisation.tracking_categories
    category = categories.get(call.words[1].lower())
    _sent, wanted = call.elements("Options", {"Name": forms.text})[0]
    name = wanted.get("Name", "")
    if category is None or name != name.strip() or not name:
        raise ServerFault
    if len(name) > 100 or any(each["Name"].casefold() == name.casefold() for each in category["Options"]):
        raise not_valid([{"Name": name, "ValidationErrors": [{"Message": "Option name must be unique."}]}])
    option = {"TrackingOptionID": new_id(), "Name": name, "Status": "ACTIVE"}
    categories.store({**category, "Options": [*category["Options"], option]})
    return call.rows("Options", [{**option, "TrackingCategoryID": category["TrackingCategoryID"]}])


# What an organisation's plan and the user's role allow.
ACTIONS = [
    "CreateApprovedInvoice",
    "CreateDraftPurchaseOrder",
    "CreateApprovedBill",
    "AttachFilesIntoInvoice",
    "UseMulticurrency",
    "CreateDraftInvoice",
    "CreateRepeatingInvoice",
    "CreateRepeatingBill",
    "CreateSentQuote",
    "CreateInvoicePayment",
    "CreateApprovedPurchaseOrder",
    "CreateDraftQuote",
    "CreateDraftBill",
]


def organisation_facts(call: Call) -> Answer:
    return call.rows("Organisations", [call.organisation.facts])


def organisation_actions(call: Call) -> Answer:
    refused = call.organisation.refused_actions
    return call.rows(
        "Actions",
        [{"Name": name, "Status": "NOT-ALLOWED" if name in refused else "ALLOWED"} for name in ACTIONS],
    )
