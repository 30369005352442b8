"""The shapes in which one held document is sent: alone, in a paged list, in a bare list, as a summary.

Held rows are complete: full contact reference, tracking with its option's id, prices with four decimals. A shape
only leaves out.
"""

from __future__ import annotations

from ..exchange import Json
from .amounts import exact, rounded
from .organisation import Organisation, public

EMPTY_CONTACT_LISTS: Json = {"Addresses": [], "Phones": [], "ContactGroups": [], "ContactPersons": []}
# Left out of an unpaged list and of `summaryOnly` (contacts page of the reference, 2026).
THICK_CONTACT_FIELDS = frozenset(
    [
        "MergedToContactID",
        "IsSupplier",
        "IsCustomer",
        "DefaultCurrency",
        "PurchasesDefaultAccountCode",
        "SalesDefaultAccountCode",
        "PurchasesTrackingCategories",
        "SalesTrackingCategories",
        "AccountsPayableTaxType",
        "AccountsReceivableTaxType",
        "PaymentTerms",
        "ContactGroups",
        "Balances",
        "BatchPayments",
        "Discount",
        "Website",
    ]
)
SUMMARY_LEAVES_OUT = frozenset(
    ["LineItems", "Payments", "CreditNotes", "Prepayments", "Overpayments", "HasAttachments"]
)


def thin_contact(row: Json) -> Json:
    """Id and name only, the rest empty, as documents carry it."""
    contact = row["Contact"]
    return {
        "ContactID": contact["ContactID"],
        "Name": contact["Name"],
        **EMPTY_CONTACT_LISTS,
        "HasValidationErrors": False,
    }


def full_contact(organisation: Organisation, row: Json) -> Json:
    """What a single document shows of its contact."""
    contact = organisation.contacts.get(row["Contact"]["ContactID"])
    if contact is None:
        return thin_contact(row)
    names = ("ContactID", "ContactNumber", "ContactStatus", "Name", "FirstName", "LastName", "EmailAddress")
    lists = {name: contact.get(name, []) for name in EMPTY_CONTACT_LISTS}
    return {**{name: contact[name] for name in names if name in contact}, **lists, "HasValidationErrors": False}


def priced(line: Json, decimals: int) -> Json:
    """The line with its price cut to 2 decimals unless `unitdp=4` is on the request."""
    if decimals >= 4 or "UnitAmount" not in line:
        return dict(line)
    return {**line, "UnitAmount": float(rounded(exact(line["UnitAmount"]), decimals))}


def listed_line(line: Json, decimals: int) -> Json:
    """Lists show tracking without TrackingOptionID, and with an empty `Options`."""
    shown = priced(line, decimals)
    shown["Tracking"] = [
        {
            "Name": each["Name"],
            "Option": each["Option"],
            "TrackingCategoryID": each["TrackingCategoryID"],
            "Options": [],
        }
        for each in line["Tracking"]
    ]
    return shown


def written_line(line: Json, decimals: int) -> Json:
    """Answers to writes show tracking by names and category id."""
    shown = priced(line, decimals)
    shown["Tracking"] = [
        {name: each[name] for name in ("TrackingCategoryID", "Name", "Option")} for each in line["Tracking"]
    ]
    shown["ValidationErrors"] = []
    return shown


def single(organisation: Organisation, row: Json, decimals: int) -> Json:
    return {
        **public(row),
        "Contact": full_contact(organisation, row),
        "LineItems": [priced(line, decimals) for line in row["LineItems"]],
    }


def listed(row: Json, decimals: int) -> Json:
    lines = [listed_line(line, decimals) for line in row["LineItems"]]
    return {**public(row), "Contact": thin_contact(row), "LineItems": lines}


def bare(row: Json) -> Json:
    """In a list without `page`: no lines at all."""
    return {**public(row), "Contact": thin_contact(row), "LineItems": []}


def summary(row: Json) -> Json:
    kept = {name: value for name, value in public(row).items() if name not in SUMMARY_LEAVES_OUT}
    return {**kept, "Contact": thin_contact(row)}


def written(row: Json, decimals: int) -> Json:
    lines = [written_line(line, decimals) for line in row["LineItems"]]
    return {**public(row), "Contact": thin_contact(row), "LineItems": lines}


def thin_contact_row(row: Json) -> Json:
    """A contact in an unpaged list or a summary."""
    return {name: value for name, value in public(row).items() if name not in THICK_CONTACT_FIELDS}
