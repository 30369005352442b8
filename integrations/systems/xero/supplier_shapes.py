"""What is read of Xero's JSON about suppliers. Accounting API 2.0: PurchaseOrders, Invoices, Payments, CreditNotes,
Prepayments and Overpayments (developer.xero.com and specification 16.1.0, October 2026)."""

from decimal import Decimal

from pydantic import Field

from integrations.systems.reading import Amount, Code, Flag, Model, Words
from integrations.systems.xero.shapes import ContactRef, MsDay, MsMoment, TrackingRef


class Line(Model):
    line_id: Code = Field("", alias="LineItemID")
    description: Words | None = Field(None, alias="Description")
    quantity: Amount = Field(Decimal(0), alias="Quantity")
    price: Amount = Field(Decimal(0), alias="UnitAmount")
    amount: Amount = Field(Decimal(0), alias="LineAmount")
    account: Code | None = Field(None, alias="AccountCode")
    item: Code | None = Field(None, alias="ItemCode")
    tax_type: Code | None = Field(None, alias="TaxType")
    tax_amount: Amount = Field(Decimal(0), alias="TaxAmount")
    tracking: list[TrackingRef] | None = Field(None, alias="Tracking")


class Document(Model):
    """What orders, bills and credits have in common. Lines include their tax where LineAmountTypes says so."""

    type: Code = Field("", alias="Type")
    contact: ContactRef = Field(alias="Contact")
    status: Code = Field(alias="Status")
    date: MsDay | None = Field(None, alias="Date")
    currency: Code = Field(alias="CurrencyCode")
    rate: Amount | None = Field(None, alias="CurrencyRate")
    amounts: Code = Field("Exclusive", alias="LineAmountTypes")
    net: Amount = Field(alias="SubTotal")
    tax: Amount = Field(alias="TotalTax")
    total: Amount = Field(alias="Total")
    updated: MsMoment = Field(alias="UpdatedDateUTC")
    lines: list[Line] = Field(default_factory=list, alias="LineItems")


class Order(Document):
    order_id: Code = Field(alias="PurchaseOrderID")
    number: Code | None = Field(None, alias="PurchaseOrderNumber")
    reference: Words | None = Field(None, alias="Reference")
    delivery: MsDay | None = Field(None, alias="DeliveryDate")


class PaymentInside(Model):
    payment_id: Code = Field(alias="PaymentID")
    date: MsDay = Field(alias="Date")
    amount: Amount = Field(alias="Amount")


class CreditInside(Model):
    """`ID` repeats the id whatever kind of credit it is (recorded 2020)."""

    note: Code | None = Field(None, alias="CreditNoteID")
    prepayment: Code | None = Field(None, alias="PrepaymentID")
    overpayment: Code | None = Field(None, alias="OverpaymentID")
    amount: Amount = Field(alias="AppliedAmount")


class Bill(Document):
    """`CISDeduction` is tax withheld from subcontractors in the UK."""

    bill_id: Code = Field(alias="InvoiceID")
    number: Code | None = Field(None, alias="InvoiceNumber")
    due_date: MsDay | None = Field(None, alias="DueDate")
    paid: Amount = Field(Decimal(0), alias="AmountPaid")
    credited: Amount = Field(Decimal(0), alias="AmountCredited")
    due: Amount = Field(Decimal(0), alias="AmountDue")
    deducted: Amount | None = Field(None, alias="CISDeduction")
    settled_on: MsDay | None = Field(None, alias="FullyPaidOnDate")
    payments: list[PaymentInside] | None = Field(None, alias="Payments")
    notes: list[CreditInside] | None = Field(None, alias="CreditNotes")
    prepayments: list[CreditInside] | None = Field(None, alias="Prepayments")
    overpayments: list[CreditInside] | None = Field(None, alias="Overpayments")


class Paid(Model):
    """The bill as its payment names it; without it the payment refunds a credit."""

    bill_id: Code = Field(alias="InvoiceID")
    number: Code | None = Field(None, alias="InvoiceNumber")
    currency: Code | None = Field(None, alias="CurrencyCode")
    contact: ContactRef | None = Field(None, alias="Contact")


class Payment(Model):
    payment_id: Code = Field(alias="PaymentID")
    type: Code = Field(alias="PaymentType")
    status: Code = Field(alias="Status")
    date: MsDay = Field(alias="Date")
    amount: Amount = Field(alias="Amount")
    rate: Amount | None = Field(None, alias="CurrencyRate")
    reference: Words | None = Field(None, alias="Reference")
    batch: Code | None = Field(None, alias="BatchPaymentID")
    bill: Paid | None = Field(None, alias="Invoice")
    updated: MsMoment = Field(alias="UpdatedDateUTC")


class BillNamed(Model):
    bill_id: Code = Field(alias="InvoiceID")


class Allocation(Model):
    """Samples of lists leave the id out (specification 16.1.0)."""

    allocation_id: Code | None = Field(None, alias="AllocationID")
    bill: BillNamed = Field(alias="Invoice")
    amount: Amount = Field(alias="Amount")
    date: MsDay = Field(alias="Date")
    is_deleted: Flag = Field(False, alias="IsDeleted")


class Credit(Document):
    note: Code | None = Field(None, alias="CreditNoteID")
    prepayment: Code | None = Field(None, alias="PrepaymentID")
    overpayment: Code | None = Field(None, alias="OverpaymentID")
    number: Code | None = Field(None, alias="CreditNoteNumber")
    reference: Words | None = Field(None, alias="Reference")
    remaining: Amount = Field(Decimal(0), alias="RemainingCredit")
    allocations: list[Allocation] | None = Field(None, alias="Allocations")
