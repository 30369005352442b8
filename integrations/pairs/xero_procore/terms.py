"""The settings of an integration of this pair and the facts of its projects that translation depends on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from integrations.pairs.flow import DoubtfulVendor
from integrations.project_documents import CommitmentStatus, DirectCostStatus, ProjectFacts, RequisitionStatus


class Basis(StrEnum):
    """What a project counts as its cost, in every document alike (A83)."""

    NET = "net"
    NET_AND_COST_TAX = "net plus non-recoverable tax"


class Trigger(StrEnum):
    """When a bill becomes a requisition (A85)."""

    PAID = "paid"
    AUTHORISED = "authorised"


class Unlinked(StrEnum):
    """What becomes of a bill without an order (A91)."""

    HOLD = "hold"
    DIRECT_COST = "direct cost"


class BudgetBy(StrEnum):
    CODE = "code"
    PROJECT = "project"


class DeletedOrders(StrEnum):
    """What becomes of the commitment of an order that was deleted, as long as nothing was billed of it."""

    CLOSE = "close"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class ProjectTerms:
    """`project_category` is the tracking category whose options are projects, by its id.

    With a `budget_category` every option of it needs a budget line; without one, options that have a row use it.
    `bases` are those of projects that do not count net. Tax with a code among `cost_taxes` is cost, among
    `claimed_taxes` it is claimed back; one in neither is not guessed. Tolerances are for the rest of a bill beyond
    what is unbilled (A86), the smaller where both are set.
    """

    start_date: date
    project_category: str
    projects: Mapping[str, ProjectFacts] = field(default_factory=dict)
    budget_category: str = ""
    bases: Mapping[str, Basis] = field(default_factory=dict)
    cost_taxes: frozenset[str] = frozenset()
    claimed_taxes: frozenset[str] = frozenset()
    budget_by: BudgetBy = BudgetBy.CODE
    strict_budget: bool = False
    lock_settled: bool = False
    commitment_status: CommitmentStatus = CommitmentStatus.APPROVED
    deleted_orders: DeletedOrders = DeletedOrders.CLOSE
    trigger: Trigger = Trigger.AUTHORISED
    unlinked: Unlinked = Unlinked.HOLD
    requisition_status: RequisitionStatus = RequisitionStatus.DRAFT
    direct_cost_status: DirectCostStatus = DirectCostStatus.APPROVED
    tolerance_percent: Decimal | None = None
    tolerance_amount: Decimal | None = None
    doubtful_vendors: Mapping[str, DoubtfulVendor] = field(default_factory=dict)
    target_decimals: int = 2
    source_label: str = "Xero"
    target_label: str = "Procore"

    def basis(self, project: str) -> Basis:
        return self.bases.get(project, Basis.NET)

    def project_name(self, project: str) -> str:
        facts = self.projects.get(project)
        return f"{facts.number} {facts.name}".strip() if facts else project
