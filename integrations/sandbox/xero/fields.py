"""Which names may stand in `where` and `order`, per kind of document, and how each is read from a held row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..exchange import Json
from .dates import ms_in
from .organisation import Organisation
from .where import Field, Fields


def text(name: str, *, folded: bool = False) -> Field:
    return Field("string", lambda row: row.get(name), folded)


def number(name: str) -> Field:
    return Field("number", lambda row: row.get(name))


def guid(name: str) -> Field:
    return Field("guid", lambda row: row.get(name))


def flag(name: str) -> Field:
    return Field("bool", lambda row: row.get(name, False))


def moment(name: str) -> Field:
    return Field("date", lambda row: ms_in(row[name]) if name in row else None)


def inner(outer: str, name: str, kind: str = "string") -> Field:
    return Field(kind, lambda row: row[outer].get(name) if outer in row else None)


def _each(make: Callable[[str], Field], names: str) -> dict[str, Field]:
    return {name: make(name) for name in names.split()}


def _of_contact(organisation: Organisation) -> dict[str, Field]:
    """The contact's fields that a document may be searched by; the number is looked up on the contact."""

    def contact_number(row: Json) -> Any:
        contact = organisation.contacts.get(row["Contact"]["ContactID"])
        return contact.get("ContactNumber") if contact else None

    return {
        "Contact.ContactID": inner("Contact", "ContactID", "guid"),
        "Contact.Name": inner("Contact", "Name"),
        "Contact.ContactNumber": Field("string", contact_number),
    }


def invoice_fields(organisation: Organisation) -> Fields:
    return {
        **_each(text, "Type Status InvoiceNumber Reference CurrencyCode LineAmountTypes"),
        **_each(guid, "InvoiceID BrandingThemeID"),
        **_each(number, "AmountDue AmountPaid AmountCredited SubTotal TotalTax Total CurrencyRate"),
        **_each(moment, "Date DueDate UpdatedDateUTC FullyPaidOnDate PlannedPaymentDate ExpectedPaymentDate"),
        **_each(flag, "HasAttachments SentToContact IsDiscounted"),
        **_of_contact(organisation),
    }


def _credit_fields(organisation: Organisation) -> dict[str, Field]:
    return {
        **_each(text, "Type Status Reference CurrencyCode LineAmountTypes"),
        **_each(number, "SubTotal TotalTax Total RemainingCredit CurrencyRate"),
        **_each(moment, "Date DueDate UpdatedDateUTC FullyPaidOnDate"),
        **_of_contact(organisation),
    }


def credit_note_fields(organisation: Organisation) -> Fields:
    own = {"CreditNoteNumber": text("CreditNoteNumber"), "CreditNoteID": guid("CreditNoteID")}
    return {**_credit_fields(organisation), **own}


def prepayment_fields(organisation: Organisation) -> Fields:
    return {**_credit_fields(organisation), "PrepaymentID": guid("PrepaymentID")}


def overpayment_fields(organisation: Organisation) -> Fields:
    return {**_credit_fields(organisation), "OverpaymentID": guid("OverpaymentID")}


def purchase_order_fields(organisation: Organisation) -> Fields:
    """For `order` only; purchase orders take no `where`."""
    return {
        **_each(text, "PurchaseOrderNumber Status Reference CurrencyCode"),
        "PurchaseOrderID": guid("PurchaseOrderID"),
        **_each(number, "SubTotal TotalTax Total"),
        **_each(moment, "Date DeliveryDate UpdatedDateUTC"),
        **_of_contact(organisation),
    }


def payment_fields(organisation: Organisation) -> Fields:
    return {
        **_each(text, "Status PaymentType Reference"),
        **_each(guid, "PaymentID BatchPaymentID"),
        **_each(number, "Amount BankAmount CurrencyRate"),
        **_each(moment, "Date UpdatedDateUTC"),
        "IsReconciled": flag("IsReconciled"),
        "Invoice.InvoiceID": inner("Invoice", "InvoiceID", "guid"),
        "Invoice.InvoiceNumber": inner("Invoice", "InvoiceNumber"),
        "Invoice.Type": inner("Invoice", "Type"),
        "Account.AccountID": inner("Account", "AccountID", "guid"),
        "Account.Code": inner("Account", "Code"),
    }


def contact_fields(organisation: Organisation) -> Fields:
    """Equality on Name and EmailAddress ignores capitals and accents (live probe of August 2026)."""
    return {
        **_each(text, "ContactNumber AccountNumber ContactStatus FirstName LastName CompanyNumber TaxNumber"),
        "Name": text("Name", folded=True),
        "EmailAddress": text("EmailAddress", folded=True),
        "ContactID": guid("ContactID"),
        **_each(flag, "IsSupplier IsCustomer"),
        "UpdatedDateUTC": moment("UpdatedDateUTC"),
    }


def account_fields(organisation: Organisation) -> Fields:
    return {
        **_each(text, "Code Name Type Class Status TaxType SystemAccount CurrencyCode"),
        "AccountID": guid("AccountID"),
        "EnablePaymentsToAccount": flag("EnablePaymentsToAccount"),
        "UpdatedDateUTC": moment("UpdatedDateUTC"),
    }


def tax_rate_fields(organisation: Organisation) -> Fields:
    applies = "CanApplyToAssets CanApplyToEquity CanApplyToExpenses CanApplyToLiabilities CanApplyToRevenue"
    return {
        **_each(text, "Name TaxType Status"),
        **_each(number, "EffectiveRate DisplayTaxRate"),
        **_each(flag, applies),
    }


def tracking_category_fields(organisation: Organisation) -> Fields:
    return {**_each(text, "Name Status"), "TrackingCategoryID": guid("TrackingCategoryID")}


def currency_fields(organisation: Organisation) -> Fields:
    return _each(text, "Code Description")


def item_fields(organisation: Organisation) -> Fields:
    return {
        **_each(text, "Code Name Description"),
        "ItemID": guid("ItemID"),
        **_each(flag, "IsSold IsPurchased IsTrackedAsInventory"),
        "UpdatedDateUTC": moment("UpdatedDateUTC"),
    }
