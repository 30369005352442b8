"""What all documents of a source have in common for the engine, and suppliers' bills; frozen, no ORM, no JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from integrations.documents import Card, ExtraCost, Line, Vendor

Day = date  # for the classes whose own field is called date


class Listed(Protocol):
    """What the engine needs of anything that it stores as a list shows it. `read_by` names its newest version."""

    @property
    def source_id(self) -> str: ...
    @property
    def read_by(self) -> str: ...
    @property
    def number(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def modified_at(self) -> datetime: ...


class Summary(Listed, Protocol):
    """What the engine needs of any source document that records are made of."""

    @property
    def date(self) -> Day | None: ...
    @property
    def vendor(self) -> Vendor: ...
    @property
    def currency(self) -> str: ...
    @property
    def total(self) -> Decimal: ...
    @property
    def base_rate(self) -> Decimal | None: ...


class Detailed(Protocol):
    """What the engine needs of any source document with its lines."""

    @property
    def summary(self) -> Summary: ...
    @property
    def lines(self) -> tuple[Line, ...]: ...
    @property
    def is_paid(self) -> bool: ...
    @property
    def paid_on(self) -> Day | None: ...


class SupplierBillState(StrEnum):
    """A bill that is being paid, or was, is approved as well (A38)."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    PAID = "paid"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"


class SupplierBillKind(StrEnum):
    ORDER = "order"
    EXPENSE = "expense"
    CARD = "card"


@dataclass(frozen=True, slots=True)
class SupplierBillSummary:
    """A supplier's bill at the source, as a list shows it. `source_id` is the same for all its versions (A36).

    `number` is artificial where the supplier gave none (A41); then `has_number` is false.
    """

    source_id: str
    read_by: str
    number: str
    version: str
    state: SupplierBillState
    kind: SupplierBillKind
    date: Day | None
    due_date: Day | None
    posting_date: Day | None
    modified_at: datetime
    vendor: Vendor
    currency: str
    total: Decimal
    has_number: bool = True
    base_rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PaidWith:
    """The payment that settles a bill at the source, with the bill's own share of it."""

    payment: str
    share: Decimal
    total: Decimal
    paid: bool
    status: str
    day: Day | None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class SupplierBill:
    """A supplier's bill with its lines. `invoice_total` is the supplier's own, where the source has one (A23)."""

    summary: SupplierBillSummary
    lines: tuple[Line, ...]
    extra_costs: tuple[ExtraCost, ...]
    total_with_tax: Decimal
    invoice_total: Decimal | None = None
    order_numbers: Mapping[str, str] = field(default_factory=dict)
    payment_terms: str = ""
    payment: PaidWith | None = None
    card: Card | None = None
    active: bool = True
    approved_on: Day | None = None
    approved_by: str = ""
    created_by: str = ""
    marked_paid_on: Day | None = None

    @property
    def posting_date(self) -> Day | None:
        return self.summary.posting_date

    @property
    def is_paid(self) -> bool:
        return self.summary.state is SupplierBillState.PAID or bool(self.payment and self.payment.paid)

    @property
    def as_unpaid(self) -> "SupplierBill":
        """What it says apart from its payment and from which version says it: paid or not is no change (A38)."""
        state = SupplierBillState.APPROVED if self.summary.state is SupplierBillState.PAID else self.summary.state
        summary = replace(self.summary, state=state, read_by="")
        return replace(self, summary=summary, payment=None, marked_paid_on=None)

    @property
    def paid_on(self) -> Day | None:
        """The day of its payment, else the day it was marked as paid."""
        if not self.is_paid:
            return None
        return self.payment.day if self.payment and self.payment.paid else self.marked_paid_on
