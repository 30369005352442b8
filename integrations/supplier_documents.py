"""What books hold of their suppliers, read as a source: orders, bills, payments and credits. Frozen, no ORM, no JSON.

Amounts are in the document's own currency, net always without tax, whatever the books show; dates are plain dates as
written there (A61), instants aware UTC. `version` changes with every edit that the books note.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from integrations.documents import BillStatus, Tracked, Vendor

Day = date  # for the classes whose own field is called date
_RATE = Decimal("0.00000001")


class _Whole:
    """A list shows all of it, so its id names its newest version."""

    __slots__ = ()
    source_id: str

    @property
    def read_by(self) -> str:
        return self.source_id


class _ByContact(_Whole):
    """What the engine asks of a document that records are made of."""

    __slots__ = ()
    contact: str
    contact_name: str
    rate: Decimal | None

    @property
    def vendor(self) -> Vendor:
        return Vendor(self.contact, self.contact_name)

    @property
    def base_rate(self) -> Decimal | None:
        """Books say how much of the currency one unit of their own is worth."""
        return (1 / self.rate).quantize(_RATE) if self.rate else None


class SupplierOrderStatus(StrEnum):
    """A billed order counts as approved: it may be billed between two reads (A82)."""

    DRAFT = "draft"
    APPROVED = "approved"
    BILLED = "billed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class SupplierLine:
    """One ordered or billed line. `net` is after discounts and without tax; a line of text has no account."""

    line_id: str
    description: str
    quantity: Decimal
    price: Decimal
    net: Decimal
    tax: Decimal
    tax_code: str
    account: str
    item: str = ""
    tracking: tuple[Tracked, ...] = ()


@dataclass(frozen=True, slots=True)
class SupplierOrder(_ByContact):
    source_id: str
    version: str
    modified_at: datetime
    number: str
    contact: str
    contact_name: str
    status: SupplierOrderStatus
    status_word: str
    date: Day | None
    delivery: Day | None
    currency: str
    net: Decimal
    tax: Decimal
    total: Decimal
    reference: str = ""
    rate: Decimal | None = None
    lines: tuple[SupplierLine, ...] = ()


class CreditKind(StrEnum):
    """What reduces a bill without being its payment. The latter two were paid before the bill was (A89)."""

    NOTE = "credit note"
    PREPAYMENT = "prepayment"
    OVERPAYMENT = "overpayment"


# Each kind stands in a list of its own.
CREDIT_FEEDS = {
    CreditKind.NOTE: "supplier-credit-notes",
    CreditKind.PREPAYMENT: "supplier-prepayments",
    CreditKind.OVERPAYMENT: "supplier-overpayments",
}


@dataclass(frozen=True, slots=True)
class PaidPart:
    """A payment as its bill shows it."""

    payment: str
    date: Day
    amount: Decimal


@dataclass(frozen=True, slots=True)
class CreditedPart:
    """A credit as the bill shows it. The day it was applied stands on the credit alone, in its `Applied`."""

    kind: CreditKind
    credit: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class SupplierBill(_ByContact):
    """`paid` is money alone, `credited` all kinds of credit; together they may settle it. `deducted` is withheld tax.

    `number` is free text: the supplier's, or the orders that were copied to the bill, which nothing else names.
    """

    source_id: str
    version: str
    modified_at: datetime
    number: str
    contact: str
    contact_name: str
    status: BillStatus
    status_word: str
    date: Day | None
    due_date: Day | None
    currency: str
    net: Decimal
    tax: Decimal
    total: Decimal
    paid: Decimal
    credited: Decimal
    due: Decimal
    deducted: Decimal = Decimal(0)
    settled_on: Day | None = None
    rate: Decimal | None = None
    lines: tuple[SupplierLine, ...] = ()
    payments: tuple[PaidPart, ...] = ()
    credits: tuple[CreditedPart, ...] = ()


@dataclass(frozen=True, slots=True)
class SupplierPayment(_Whole):
    """`bill` is empty where a supplier paid a credit back. One that was reversed stays, as `removed`."""

    source_id: str
    version: str
    modified_at: datetime
    bill: str
    bill_number: str
    contact: str
    date: Day
    amount: Decimal
    currency: str
    removed: bool
    reference: str = ""
    rate: Decimal | None = None
    batch: str = ""

    @property
    def number(self) -> str:
        return self.reference or self.bill_number

    @property
    def about(self) -> str:
        return self.bill


@dataclass(frozen=True, slots=True)
class Applied:
    """So much of a credit was given to a bill on a day. `key` tells two such parts of one credit apart."""

    key: str
    bill: str
    date: Day
    amount: Decimal


@dataclass(frozen=True, slots=True)
class SupplierCredit(_Whole):
    source_id: str
    kind: CreditKind
    version: str
    modified_at: datetime
    number: str
    contact: str
    contact_name: str
    status: BillStatus
    status_word: str
    date: Day | None
    currency: str
    total: Decimal
    remaining: Decimal
    applied: tuple[Applied, ...] = ()
