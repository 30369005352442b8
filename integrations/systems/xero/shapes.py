"""What is read of Xero's JSON. Accounting API 2.0, developer.xero.com (October 2026).

Dates come as /Date(ms+0000)/: midnight UTC of the calendar date, or an instant in UTC. In lists a contact holds
its id and name only, and a line's tracking lacks the id of its option.
"""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, PlainValidator
from pydantic_core import PydanticCustomError

from integrations.systems.reading import Amount, Code, Flag, Model, Whole, Words, day_of, in_range, moment_of

MS_DATE = re.compile(r"/Date\((-?\d{1,17})(?:[+-]\d{4})?\)/")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZERO_ID = "00000000-0000-0000-0000-000000000000"


def moment(written: Any) -> datetime:
    """Milliseconds since 1970 in UTC; the offset behind them never changes the instant."""
    found = MS_DATE.fullmatch(written) if isinstance(written, str) and len(written) < 40 else None
    if found is None:
        return moment_of(f"{written}+00:00" if isinstance(written, str) and len(written) == 19 else written)
    try:
        return in_range(EPOCH + timedelta(milliseconds=int(found[1])))
    except OverflowError:
        raise PydanticCustomError("year", "lies outside the years 1990 to 2100") from None


def _day(written: Any) -> date:
    """The UTC date, never a local one: in any zone west of it the bill would move a day."""
    is_ms = isinstance(written, str) and written.startswith("/Date(")
    return moment(written).date() if is_ms else day_of(written)


MsDay = Annotated[date, PlainValidator(_day)]
MsMoment = Annotated[datetime, PlainValidator(moment)]


class ContactRef(Model):
    contact_id: Code = Field(alias="ContactID")
    name: Words = Field("", alias="Name")


class TrackingRef(Model):
    category_id: Code | None = Field(None, alias="TrackingCategoryID")
    option_id: Code | None = Field(None, alias="TrackingOptionID")
    name: Words = Field("", alias="Name")
    option: Words = Field("", alias="Option")


class LineShape(Model):
    line_id: Code = Field("", alias="LineItemID")
    description: Words | None = Field(None, alias="Description")
    amount: Amount = Field(Decimal(0), alias="LineAmount")
    account: Code | None = Field(None, alias="AccountCode")
    tax_type: Code | None = Field(None, alias="TaxType")
    tax_amount: Amount = Field(Decimal(0), alias="TaxAmount")
    tracking: list[TrackingRef] | None = Field(None, alias="Tracking")


class InvoiceShape(Model):
    invoice_id: Code = Field(alias="InvoiceID")
    type: Code = Field(alias="Type")
    number: Code | None = Field(None, alias="InvoiceNumber")
    contact: ContactRef = Field(alias="Contact")
    status: Code = Field(alias="Status")
    date: MsDay | None = Field(None, alias="Date")
    due_date: MsDay | None = Field(None, alias="DueDate")
    currency: Code = Field(alias="CurrencyCode")
    net: Amount = Field(alias="SubTotal")
    tax: Amount = Field(alias="TotalTax")
    total: Amount = Field(alias="Total")
    paid: Amount = Field(Decimal(0), alias="AmountPaid")
    due: Amount = Field(Decimal(0), alias="AmountDue")
    link: Words | None = Field(None, alias="Url")
    updated: MsMoment = Field(alias="UpdatedDateUTC")
    lines: list[LineShape] = Field(default_factory=list, alias="LineItems")


class Address(Model):
    type: Code | None = Field(None, alias="AddressType")
    line1: Words | None = Field(None, alias="AddressLine1")
    line2: Words | None = Field(None, alias="AddressLine2")
    line3: Words | None = Field(None, alias="AddressLine3")
    line4: Words | None = Field(None, alias="AddressLine4")
    city: Words | None = Field(None, alias="City")
    region: Words | None = Field(None, alias="Region")
    postal_code: Code | None = Field(None, alias="PostalCode")
    country: Words | None = Field(None, alias="Country")

    @property
    def filled(self) -> bool:
        return any((self.line1, self.line2, self.city, self.region, self.postal_code, self.country))


class Phone(Model):
    type: Code | None = Field(None, alias="PhoneType")
    number: Words | None = Field(None, alias="PhoneNumber")
    area: Words | None = Field(None, alias="PhoneAreaCode")
    country: Words | None = Field(None, alias="PhoneCountryCode")


class Group(Model):
    name: Words = Field("", alias="Name")


class Term(Model):
    day: Whole | None = Field(None, alias="Day")
    type: Code | None = Field(None, alias="Type")


class PaymentTerms(Model):
    bills: Term | None = Field(None, alias="Bills")


class ContactShape(Model):
    """A contact as a vendor is read from it. BankAccountDetails and BatchPayments are left alone (A71)."""

    contact_id: Code = Field(alias="ContactID")
    name: Words = Field(alias="Name")
    status: Code = Field("ACTIVE", alias="ContactStatus")
    number: Code | None = Field(None, alias="ContactNumber")
    email: Words | None = Field(None, alias="EmailAddress")
    first_name: Words | None = Field(None, alias="FirstName")
    last_name: Words | None = Field(None, alias="LastName")
    tax_number: Code | None = Field(None, alias="TaxNumber")
    currency: Code | None = Field(None, alias="DefaultCurrency")
    terms: PaymentTerms | None = Field(None, alias="PaymentTerms")
    addresses: list[Address] | None = Field(None, alias="Addresses")
    phones: list[Phone] | None = Field(None, alias="Phones")
    groups: list[Group] | None = Field(None, alias="ContactGroups")
    is_supplier: Flag = Field(False, alias="IsSupplier")
    merged_to: Code | None = Field(None, alias="MergedToContactID")
    updated: MsMoment = Field(alias="UpdatedDateUTC")


class AccountShape(Model):
    account_id: Code = Field(alias="AccountID")
    code: Code | None = Field(None, alias="Code")
    name: Words = Field(alias="Name")
    type: Code | None = Field(None, alias="Type")
    account_class: Code | None = Field(None, alias="Class")
    status: Code = Field("ACTIVE", alias="Status")
    tax_type: Code | None = Field(None, alias="TaxType")
    system: Code | None = Field(None, alias="SystemAccount")
    currency: Code | None = Field(None, alias="CurrencyCode")


class OptionShape(Model):
    option_id: Code = Field(alias="TrackingOptionID")
    name: Words = Field(alias="Name")
    status: Code = Field("ACTIVE", alias="Status")


class CategoryShape(Model):
    category_id: Code = Field(alias="TrackingCategoryID")
    name: Words = Field(alias="Name")
    status: Code = Field("ACTIVE", alias="Status")
    options: list[OptionShape] | None = Field(None, alias="Options")


class TaxRateShape(Model):
    tax_type: Code = Field(alias="TaxType")
    name: Words = Field(alias="Name")
    status: Code = Field("ACTIVE", alias="Status")
    rate: Amount = Field(alias="EffectiveRate")
    expenses: Flag = Field(False, alias="CanApplyToExpenses")
    assets: Flag = Field(False, alias="CanApplyToAssets")
    liabilities: Flag = Field(False, alias="CanApplyToLiabilities")
    equity: Flag = Field(False, alias="CanApplyToEquity")
    revenue: Flag = Field(False, alias="CanApplyToRevenue")


class CurrencyShape(Model):
    code: Code = Field(alias="Code")
    description: Words | None = Field(None, alias="Description")


class OrganisationShape(Model):
    organisation_id: Code = Field(alias="OrganisationID")
    name: Words = Field(alias="Name")
    base_currency: Code = Field(alias="BaseCurrency")
    country: Code | None = Field(None, alias="CountryCode")
    period_lock: MsDay | None = Field(None, alias="PeriodLockDate")
    year_lock: MsDay | None = Field(None, alias="EndOfYearLockDate")
    is_demo: Flag = Field(False, alias="IsDemoCompany")


class ActionShape(Model):
    name: Code = Field(alias="Name")
    status: Code = Field(alias="Status")


class Paging(Model):
    page: Whole
    page_count: Whole = Field(alias="pageCount")
