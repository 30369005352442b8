"""What is asked of a project system in a write, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from integrations.project_documents import (
    Commitment,
    CommitmentLine,
    CommitmentStatus,
    ContractPayment,
    Day,
    DirectCost,
    Requisition,
    RequisitionStatus,
    StoredCommitmentLine,
    StoredDocument,
)


@dataclass(frozen=True, slots=True)
class HeaderWrite:
    """Create the commitment as a draft, or change its header; one that is approved is first moved to draft."""

    commitment: Commitment


@dataclass(frozen=True, slots=True)
class LinesWrite:
    """Make these the lines of ours on a draft; lines that are left out stay until they are removed."""

    project: str
    commitment: str
    lines: tuple[CommitmentLine, ...]


@dataclass(frozen=True, slots=True)
class LineRemoval:
    project: str
    commitment: str
    line: str


@dataclass(frozen=True, slots=True)
class StatusWrite:
    """Move a commitment, named by its id, to a status. Once approved neither vendor nor lines can change."""

    project: str
    commitment: str
    status: CommitmentStatus


@dataclass(frozen=True, slots=True)
class CommitmentRemoval:
    """Refused by the target while the commitment is approved."""

    project: str
    commitment: str


@dataclass(frozen=True, slots=True)
class RequisitionWrite:
    requisition: Requisition


@dataclass(frozen=True, slots=True)
class RequisitionChange:
    """Another status, the day on which it was paid, or a lock, for the newest requisition of a commitment.

    An `origin` makes it read-only there.

    There is no way to take the day back (August 2026): the requisition is taken back and written anew.
    """

    project: str
    commitment: str
    requisition: str
    status: RequisitionStatus | None = None
    payment_date: Day | None = None
    origin: str = ""


@dataclass(frozen=True, slots=True)
class ItemChange:
    """What one item of a requisition is to claim, as work; no materials are left on it."""

    item: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class RequisitionItemsChange:
    """Other amounts on items of the newest requisition of a commitment; items that are left out keep theirs."""

    project: str
    commitment: str
    requisition: str
    items: tuple[ItemChange, ...]


@dataclass(frozen=True, slots=True)
class RequisitionRemoval:
    """Only of the newest requisition of its commitment."""

    project: str
    commitment: str
    requisition: str


@dataclass(frozen=True, slots=True)
class PaymentWrite:
    payment: ContractPayment


@dataclass(frozen=True, slots=True)
class PaymentChange:
    """Another amount. What is locked takes it without a word and keeps its own (August 2026)."""

    project: str
    commitment: str
    payment: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class PaymentLock:
    """Makes it read-only there."""

    project: str
    commitment: str
    payment: str
    origin: str


@dataclass(frozen=True, slots=True)
class PaymentRemoval:
    project: str
    commitment: str
    payment: str


@dataclass(frozen=True, slots=True)
class DirectCostWrite:
    cost: DirectCost


@dataclass(frozen=True, slots=True)
class DirectCostChange:
    """The day on which it was paid, or a lock, as of a requisition; no way to take the day back is known either.

    Or another vendor. No list tells its lines (August 2026), and none of them is changed.
    """

    project: str
    cost: str
    payment_date: Day | None = None
    origin: str = ""
    vendor: str = ""


@dataclass(frozen=True, slots=True)
class DirectCostRemoval:
    project: str
    cost: str


@dataclass(frozen=True, slots=True)
class ProjectVendorWrite:
    """Put a vendor of the company on the project's list; a commitment takes no other. It can be done twice."""

    project: str
    vendor: str


ProjectWrite = (
    HeaderWrite
    | LinesWrite
    | LineRemoval
    | StatusWrite
    | CommitmentRemoval
    | RequisitionWrite
    | RequisitionChange
    | RequisitionItemsChange
    | RequisitionRemoval
    | PaymentWrite
    | PaymentChange
    | PaymentLock
    | PaymentRemoval
    | DirectCostWrite
    | DirectCostChange
    | DirectCostRemoval
    | ProjectVendorWrite
)


@dataclass(frozen=True, slots=True)
class ProjectOutcome:
    """What the target said of one write: `stored` is the document as the answer shows it, if it shows any.

    `refusals` are the target's own words; `by_line` the same for lines of a schedule, by our origin.
    """

    target_id: str = ""
    stored: StoredDocument | None = None
    lines: tuple[StoredCommitmentLine, ...] = ()
    refusals: tuple[str, ...] = ()
    by_line: Mapping[str, tuple[str, ...]] | None = None
