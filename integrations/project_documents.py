"""What passes between construction's project books and accounting: frozen documents, no ORM, no JSON.

A commitment is an order as project cost knows it, a requisition the invoice against it, a contract payment what
was paid of a requisition. Ids are the target's own, as text; codes and periods belong to one project. Every amount
is on the project's one basis (A83), in its currency. By `origin` and `reference`, which are ours, a document is
found again (E2). The steps of a document stand at the end, each a write of its own with its own doubt (E1).
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from integrations.documents import Vendor

Day = date  # for the classes whose own field is called date


@dataclass(frozen=True, slots=True)
class ProjectFacts:
    """A project that we may see. `currency` is "" where the project has none set, which means no check."""

    project_id: str
    number: str
    name: str
    active: bool
    currency: str = ""
    several_currencies: bool = False
    origin: str = ""


@dataclass(frozen=True, slots=True)
class BillingPeriod:
    """The days that one round of invoices is for; only one of a project can be open at a time."""

    period_id: str
    project: str
    starts: Day
    ends: Day
    due: Day | None
    is_open: bool


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """The budget of one code, or of the whole project (`code` ""), with the target's own running figures (A88).

    `committed` are approved commitments, `pending_costs` those on their way, `direct` costs without a commitment,
    `pending_changes` changes of the budget itself. Without a `line_id` there is no budget, and no figure is known.
    """

    code: str
    line_id: str
    currency: str
    original: Decimal = Decimal(0)
    approved_changes: Decimal = Decimal(0)
    revised: Decimal = Decimal(0)
    pending_changes: Decimal = Decimal(0)
    committed: Decimal = Decimal(0)
    direct: Decimal = Decimal(0)
    pending_costs: Decimal = Decimal(0)


class CommitmentStatus(StrEnum):
    DRAFT = "draft"
    PROCESSING = "processing"
    SUBMITTED = "submitted"
    PARTIALLY_RECEIVED = "partially received"
    RECEIVED = "received"
    APPROVED = "approved"
    CLOSED = "closed"


# The budget's standard view (Procore, August 2026): a received order does count as pending again.
COUNTED_AS_COMMITTED = frozenset({CommitmentStatus.APPROVED, CommitmentStatus.PARTIALLY_RECEIVED})
COUNTED_AS_PENDING = frozenset({CommitmentStatus.PROCESSING, CommitmentStatus.SUBMITTED, CommitmentStatus.RECEIVED})
# Whether others could be invoiced is not documented (August 2026).
MAY_BE_INVOICED = COUNTED_AS_COMMITTED | {CommitmentStatus.RECEIVED}


@dataclass(frozen=True, slots=True)
class CommitmentLine:
    """One line of the schedule of values. By amount only: quantity and unit stand in the text (A83)."""

    origin: str
    code: str
    description: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Commitment:
    """An order to be written; `total` is what its lines must add up to. It holds no retention (A87)."""

    project: str
    origin: str
    number: str
    title: str
    vendor: str
    currency: str
    date: Day
    delivery_date: Day | None
    lines: tuple[CommitmentLine, ...]
    total: Decimal
    description: str = ""


@dataclass(frozen=True, slots=True)
class StoredCommitmentLine:
    """`code` is "" where a line has none; `origin` where it is not ours, or somebody else's."""

    line_id: str
    origin: str
    code: str
    description: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class StoredCommitment:
    """A commitment as the target holds it; `lines` are None where they were not read with it.

    `status` is None for a word that we do not know; `bills_own_schedule`: its vendor must agree the schedule first.
    """

    target_id: str
    project: str
    version: str
    origin: str
    number: str
    title: str
    vendor: str
    status: CommitmentStatus | None
    status_word: str
    currency: str
    total: Decimal
    invoiced: Decimal
    paid: Decimal
    modified_at: datetime
    bills_own_schedule: bool = False
    removed: bool = False
    lines: tuple[StoredCommitmentLine, ...] | None = None


class RequisitionStatus(StrEnum):
    DRAFT = "draft"
    UNDER_REVIEW = "under review"
    REVISE = "revise and resubmit"
    APPROVED = "approved"
    APPROVED_AS_NOTED = "approved as noted"
    OWNER_PENDING = "pending owner approval"


@dataclass(frozen=True, slots=True)
class RequisitionItem:
    line: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class StoredRequisitionItem:
    """`amount` is work and materials together; `item_id` is "" where it was not told."""

    line: str
    amount: Decimal
    item_id: str = ""
    materials: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Requisition:
    """A supplier's bill to be written against a commitment; `total` is what its items must add up to (A86).

    `payment_date` is the day on which it was paid in full, where it was by then.
    """

    project: str
    commitment: str
    reference: str
    number: str
    period: str
    starts: Day
    ends: Day
    date: Day
    status: RequisitionStatus
    items: tuple[RequisitionItem, ...]
    total: Decimal
    payment_date: Day | None = None


@dataclass(frozen=True, slots=True)
class StoredRequisition:
    """A requisition as the target holds it. Those of a commitment are a chain: only the newest may change.

    `locked` is one that was handed to an accounting integration and is read-only since. `sequence` counts from 1
    along the chain; `previous` is the one before, "" for the first. `due` is what is still to be paid of it.
    """

    target_id: str
    project: str
    commitment: str
    reference: str
    sequence: int
    previous: str
    number: str
    period: str
    date: Day | None
    payment_date: Day | None
    status: RequisitionStatus | None
    status_word: str
    total: Decimal
    retained: Decimal
    due: Decimal | None
    locked: bool = False
    items: tuple[StoredRequisitionItem, ...] | None = None


class PaymentMethod(StrEnum):
    CHECK = "check"
    CARD = "card"
    ELECTRONIC = "electronic"


@dataclass(frozen=True, slots=True)
class ContractPayment:
    """What was paid of one requisition by one payment of the source, on our basis (A84)."""

    project: str
    commitment: str
    requisition: str
    reference: str
    amount: Decimal
    date: Day
    number: str = ""
    invoice_date: Day | None = None
    method: PaymentMethod = PaymentMethod.ELECTRONIC
    notes: str = ""


@dataclass(frozen=True, slots=True)
class StoredContractPayment:
    """`requisition` is "" for a payment that was entered against the commitment as a whole."""

    target_id: str
    project: str
    commitment: str
    requisition: str
    reference: str
    amount: Decimal
    date: Day | None
    number: str
    locked: bool = False


class DirectCostStatus(StrEnum):
    DRAFT = "draft"
    PENDING = "pending"
    APPROVED = "approved"


@dataclass(frozen=True, slots=True)
class DirectCostLine:
    code: str
    description: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class DirectCost:
    """A bill without a commitment, booked as cost of the project; never beside a requisition (A91)."""

    project: str
    reference: str
    vendor: str
    number: str
    date: Day
    status: DirectCostStatus
    lines: tuple[DirectCostLine, ...]
    total: Decimal
    payment_date: Day | None = None


@dataclass(frozen=True, slots=True)
class StoredDirectCost:
    target_id: str
    project: str
    reference: str
    vendor: str
    number: str
    date: Day | None
    status_word: str
    total: Decimal
    payment_date: Day | None = None
    locked: bool = False


StoredDocument = StoredCommitment | StoredRequisition | StoredContractPayment | StoredDirectCost | Vendor
