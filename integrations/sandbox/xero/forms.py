"""The form of a request body: which fields, of which type. What does not fit is PostDataInvalidException.

Fields that a form does not name are dropped, as Xero does (its own SDK sends `HasErrors` and the like back), and
so is null. Whether a value is allowed is not a matter of form; see the rules of each document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from ..exchange import Json
from .amounts import read_number
from .dates import read_day
from .problems import ServerFault, post_not_understood

Reader = Callable[[Any], Any]
Form = Mapping[str, Reader]
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def read_elements(body: bytes, plural: str, form: Form) -> list[tuple[Json, Json]]:
    """(as sent, as understood) for each element of a body: one bare object or `{"<plural>": [...]}`.

    Understood values are text, Decimal, date, bool, lists and objects of these.
    """
    try:
        whole = json.loads(body, parse_float=Decimal, parse_constant=_no_constant)
    except ValueError as wrong:
        raise post_not_understood(f"Unexpected character encountered while parsing: {wrong}") from wrong
    if not isinstance(whole, dict):
        raise post_not_understood("JSON for post data was not of the expected form")
    elements = whole.get(plural, [whole])
    if not isinstance(elements, list) or not elements or not all(isinstance(each, dict) for each in elements):
        raise post_not_understood("JSON for post data was not of the expected form")
    try:
        return [(each, read_form(each, form)) for each in elements]
    except ValueError as wrong:
        raise post_not_understood(str(wrong)) from wrong


def read_form(sent: Json, form: Form) -> Json:
    found = {}
    for name, value in sent.items():
        reader = form.get(name)
        if reader is not None and value is not None:
            found[name] = reader(value)
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def text(value: Any) -> str:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str):
        return value
    raise ValueError(f"Error converting value {value!r} to type 'System.String'")


def flag(value: Any) -> bool:
    if value in (True, "true", "True"):
        return True
    if value in (False, "false", "False"):
        return False
    raise ValueError(f"Error converting value {value!r} to type 'System.Boolean'")


def guid(value: Any) -> str:
    if not isinstance(value, str) or not _GUID.fullmatch(value):
        raise ValueError(f"Error converting value {value!r} to type 'System.Guid'")
    return value.lower()


def one_of(*allowed: str) -> Reader:
    """Exact capitals: `NO_TAX` for `NoTax` is refused."""

    def read(value: Any) -> str:
        if value not in allowed:
            raise ValueError(f"Error converting value {value!r}. Requested value was not found.")
        return str(value)

    return read


def currency(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch("[A-Z]{3}", value):
        raise ValueError(f"Error converting value {value!r} to type 'CurrencyCode'")
    return value


def shape(form: Form) -> Reader:
    def read(value: Any) -> Json:
        if isinstance(value, dict):
            return read_form(value, form)
        raise ValueError("JSON for post data was not of the expected form")

    return read


def list_of(form: Form) -> Reader:
    def read(value: Any) -> list[Json]:
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise ValueError("JSON for post data was not of the expected form")
        return [read_form(each, form) for each in value]

    return read


def tracking(value: Any) -> list[Json]:
    """Sent as an object instead of an array, the service fails with 500 (seen 2014 and since)."""
    if not isinstance(value, list):
        raise ServerFault
    entries: list[Json] = list_of(TRACKING)(value)
    return entries


TRACKING: Form = {"TrackingCategoryID": guid, "TrackingOptionID": guid, "Name": text, "Option": text}
LINE: Form = {
    "LineItemID": guid,
    "Description": text,
    "Quantity": read_number,
    "UnitAmount": read_number,
    "LineAmount": read_number,
    "ItemCode": text,
    "AccountCode": text,
    "AccountID": guid,
    "TaxType": text,
    "TaxAmount": read_number,
    "DiscountRate": read_number,
    "DiscountAmount": read_number,
    "Tracking": tracking,
}
ADDRESS: Form = {
    "AddressType": one_of("POBOX", "STREET"),
    **dict.fromkeys(("AddressLine1", "AddressLine2", "AddressLine3", "AddressLine4"), text),
    **dict.fromkeys(("City", "Region", "PostalCode", "Country", "AttentionTo"), text),
}
PHONE: Form = {
    "PhoneType": one_of("DEFAULT", "DDI", "MOBILE", "FAX", "OFFICE"),
    **dict.fromkeys(("PhoneNumber", "PhoneAreaCode", "PhoneCountryCode"), text),
}
PERSON: Form = {"FirstName": text, "LastName": text, "EmailAddress": text, "IncludeInEmails": flag}
TERM: Form = {
    "Day": read_number,
    "Type": one_of("DAYSAFTERBILLDATE", "DAYSAFTERBILLMONTH", "OFCURRENTMONTH", "OFFOLLOWINGMONTH"),
}
DEFAULT_TRACKING: Form = {"TrackingCategoryName": text, "TrackingOptionName": text}
CONTACT: Form = {
    "ContactID": guid,
    "ContactStatus": one_of("ACTIVE", "ARCHIVED", "GDPRREQUEST"),
    "TaxNumberType": one_of("SSN", "EIN", "ITIN", "ATIN"),
    **dict.fromkeys(("ContactNumber", "AccountNumber", "Name", "FirstName", "LastName"), text),
    **dict.fromkeys(("CompanyNumber", "EmailAddress", "BankAccountDetails", "TaxNumber", "Website"), text),
    **dict.fromkeys(("AccountsReceivableTaxType", "AccountsPayableTaxType"), text),
    **dict.fromkeys(("SalesDefaultAccountCode", "PurchasesDefaultAccountCode"), text),
    "DefaultCurrency": currency,
    "Addresses": list_of(ADDRESS),
    "Phones": list_of(PHONE),
    "ContactPersons": list_of(PERSON),
    "PurchasesTrackingCategories": list_of(DEFAULT_TRACKING),
    "PaymentTerms": shape({"Bills": shape(TERM), "Sales": shape(TERM)}),
}
INVOICE: Form = {
    "InvoiceID": guid,
    "Type": one_of(
        "ACCPAY", "ACCPAYCREDIT", "APOVERPAYMENT", "APPREPAYMENT",
        "ACCREC", "ACCRECCREDIT", "AROVERPAYMENT", "ARPREPAYMENT",
    ),
    "Contact": shape(CONTACT),
    "LineItems": list_of(LINE),
    **dict.fromkeys(("Date", "DueDate", "PlannedPaymentDate", "ExpectedPaymentDate"), read_day),
    "LineAmountTypes": one_of("Exclusive", "Inclusive", "NoTax"),
    **dict.fromkeys(("InvoiceNumber", "Reference", "Url"), text),
    "BrandingThemeID": guid,
    "CurrencyCode": currency,
    "CurrencyRate": read_number,
    "Status": one_of("DRAFT", "SUBMITTED", "DELETED", "AUTHORISED", "PAID", "VOIDED"),
    "SentToContact": flag,
    **dict.fromkeys(("SubTotal", "TotalTax", "Total"), read_number),
}  # fmt: skip
PAYMENT: Form = {
    "PaymentID": guid,
    "Invoice": shape({"InvoiceID": guid, "InvoiceNumber": text}),
    "InvoiceNumber": text,
    "Account": shape({"AccountID": guid, "Code": text}),
    "Code": text,
    "Date": read_day,
    **dict.fromkeys(("Amount", "CurrencyRate", "BankAmount"), read_number),
    "Reference": text,
    "IsReconciled": flag,
    "Status": one_of("AUTHORISED", "DELETED"),
}
