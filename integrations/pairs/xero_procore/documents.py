"""Orders, bills and payments of an accounting system as this pair reads them: frozen, amounts as written there."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from integrations.documents import Tracked, Vendor
from integrations.money import ZERO

Day = date  # for the classes whose own field is called date


class TaxMode(StrEnum):
    """What the amounts of a document's lines hold: Xero's LineAmountTypes (Accounting API, invoices, October 2026)."""

    EXCLUSIVE = "exclusive"
    INCLUSIVE = "inclusive"
    NO_TAX = "no tax"


@dataclass(frozen=True, slots=True)
class SourceLine:
    """`amount` as written, tax included where the document's mode says so. `tracking` names options by id or name."""

    line_id: str
    description: str
    amount: Decimal
    account: str = ""
    tax_amount: Decimal = ZERO
    tax_code: str = ""
    item_code: str = ""
    quantity: Decimal = Decimal(1)
    price: Decimal | None = None
    tracking: tuple[Tracked, ...] = ()

    @property
    def is_text(self) -> bool:
        return not self.account and not self.amount


class OrderStatus(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    AUTHORISED = "authorised"
    BILLED = "billed"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Order:
    """`net`, `tax` and `total` are the document's own."""

    source_id: str
    number: str
    status: OrderStatus
    vendor: Vendor
    date: Day
    currency: str
    tax_mode: TaxMode
    lines: tuple[SourceLine, ...]
    net: Decimal
    tax: Decimal
    total: Decimal
    delivery_date: Day | None = None
    reference: str = ""

    @property
    def said(self) -> str:
        return f"order {self.number}"


class BillStatus(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    AUTHORISED = "authorised"
    PAID = "paid"
    VOIDED = "voided"
    DELETED = "deleted"


class PaymentKind(StrEnum):
    """Prepayments and overpayments count as paid on the day they are allocated."""

    PAYMENT = "payment"
    PREPAYMENT = "prepayment"
    OVERPAYMENT = "overpayment"


@dataclass(frozen=True, slots=True)
class Payment:
    """What one payment or allocation paid of one bill, in the bill's currency. `payment_id` names the allocation."""

    payment_id: str
    date: Day
    amount: Decimal
    kind: PaymentKind = PaymentKind.PAYMENT
    deleted: bool = False
    reference: str = ""


@dataclass(frozen=True, slots=True)
class AppliedCredit:
    """What a credit note took off a bill; nobody paid it."""

    credit_id: str
    number: str
    date: Day
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Bill:
    """`withheld` is what was deducted from the payment, as the construction industry's tax at source (A87)."""

    source_id: str
    number: str
    status: BillStatus
    vendor: Vendor
    date: Day
    currency: str
    tax_mode: TaxMode
    lines: tuple[SourceLine, ...]
    net: Decimal
    tax: Decimal
    total: Decimal
    payments: tuple[Payment, ...] = ()
    credits: tuple[AppliedCredit, ...] = ()
    withheld: Decimal = ZERO

    @property
    def said(self) -> str:
        return f"bill {self.number}"

    @property
    def standing_payments(self) -> tuple[Payment, ...]:
        """Those that were not taken back, in the order in which they were made."""
        there = (payment for payment in self.payments if not payment.deleted)
        return tuple(sorted(there, key=lambda payment: (payment.date, payment.payment_id)))

    @property
    def content(self) -> "Bill":
        """What it says apart from being paid: a payment is no change of the bill (A38)."""
        status = BillStatus.AUTHORISED if self.status is BillStatus.PAID else self.status
        return replace(self, status=status, payments=(), credits=())


def order_origin(source_id: str) -> str:
    return f"xero:po:{source_id}"


def line_origin(line_id: str) -> str:
    return f"xero:pol:{line_id}"


def next_mark(origin: str) -> str:
    """What an order written anew bears, as a removed one keeps its mark: "xero:po:7" is followed by "xero:po:7:2"."""
    more = times(origin)
    return f"{origin.removesuffix(more)}:{int(more[1:]) + 1}" if more else f"{origin}:2"


def times(origin: str) -> str:
    """What the mark of an order that was written anew has more than its first: ":2", ":3"; "" for the first."""
    return "".join(f":{part}" for part in origin.split(":")[3:])


def line_of(origin: str) -> str:
    """The source's line in the mark of a line, however often its order was written anew; "" for another mark."""
    parts = origin.split(":")
    return parts[2] if origin.startswith(line_origin("")) else ""


def bill_reference(source_id: str) -> str:
    return f"xero:inv:{source_id}"


def payment_reference(payment_id: str) -> str:
    return f"xero:pay:{payment_id}"
