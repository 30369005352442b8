"""What stands in a target's project books, asked of it now (A102).

The calls: per project one for each hundred commitments and each hundred requisitions, and one for each commitment on
which more or less is paid than we know of.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import cast

from django.utils import timezone

from integrations.documents import Unreadable
from integrations.engine import clients
from integrations.engine.projects import standing
from integrations.errors import UnreadableAnswerError
from integrations.models import Integration, Posting, Standing
from integrations.money import ZERO
from integrations.pairs.xero_procore.documents import bill_reference, order_origin, payment_reference
from integrations.project_documents import (
    StoredCommitment,
    StoredContractPayment,
    StoredDirectCost,
    StoredRequisition,
)
from integrations.systems.protocols import ProjectBooks

LIVE = (Standing.DRAFT, Standing.LEDGER)
OUR_MARKS = {
    standing.COMMITMENT: order_origin(""),
    standing.REQUISITION: bill_reference(""),
    standing.DIRECT_COST: bill_reference(""),
    standing.PAYMENT: payment_reference(""),
}
Stored = StoredCommitment | StoredRequisition | StoredContractPayment | StoredDirectCost
Found = dict[str, Stored]


@dataclass
class There:
    """Documents with our mark by kind of posting and reference; `began` is when the reading did.

    Several with one mark would be a fault of ours: those beyond the first are `twice`.
    """

    began: datetime
    documents: Mapping[str, Found] = field(default_factory=lambda: defaultdict(dict))
    twice: list[tuple[str, Stored]] = field(default_factory=list)

    def add(self, kind: str, reference: str, stored: Stored) -> None:
        if reference in self.documents[kind]:
            self.twice.append((kind, stored))
        else:
            self.documents[kind][reference] = stored


def read(integration: Integration) -> There:
    """Of every project in which this integration ever wrote."""
    there = There(timezone.now())
    mine = Posting.objects.filter(record__integration=integration).exclude(project="")
    projects = sorted(set(mine.order_by().values_list("project", flat=True)))
    costs = set(mine.filter(kind=standing.DIRECT_COST).order_by().values_list("project", flat=True))
    with clients.client(integration.target, urgent=True) as opened:
        target = cast(ProjectBooks, opened)
        for project in projects:
            _read_project(integration, target, project, there)
            for cost in target.direct_costs(project) if project in costs else ():
                _ours(there, standing.DIRECT_COST, cost.reference, cost)
    return there


def _read_project(integration: Integration, target: ProjectBooks, project: str, there: There) -> None:
    requisitions = target.requisitions_of_project(project)
    for requisition in requisitions:
        _ours(there, standing.REQUISITION, requisition.reference, requisition)
    known = _known_payments(integration, requisitions)
    for commitment in _commitments(target, project):
        if commitment.removed:
            continue
        _ours(there, standing.COMMITMENT, commitment.origin, commitment)
        paid = known[commitment.target_id]
        if commitment.paid != sum((each.amount for each in paid), ZERO):
            paid = target.payments(project, commitment.target_id)
        for payment in paid:
            _ours(there, standing.PAYMENT, payment.reference, payment)


def _ours(there: There, kind: str, reference: str, stored: Stored) -> None:
    if reference.startswith(OUR_MARKS[kind]):
        there.add(kind, reference, stored)


def _commitments(target: ProjectBooks, project: str) -> Iterable[StoredCommitment]:
    for page in target.commitments_changed_since(project, None):
        for row in page.rows:
            if isinstance(row, Unreadable):
                raise UnreadableAnswerError(f"A commitment of the project cannot be read: {row.reason}")
            yield row


def _known_payments(
    integration: Integration, requisitions: Iterable[StoredRequisition]
) -> dict[str, list[StoredContractPayment]]:
    """Per commitment what stands of payments by our own rows; believed where its paid total says the same."""
    of_record = {
        posting.record_id: posting.target_id
        for posting in Posting.objects.filter(record__integration=integration, kind=standing.REQUISITION)
    }
    commitments = {each.target_id: each.commitment for each in requisitions}
    found: dict[str, list[StoredContractPayment]] = defaultdict(list)
    postings = Posting.objects.filter(
        record__integration=integration, kind=standing.PAYMENT, standing__in=LIVE, project__in=_projects(requisitions)
    )
    for each in postings.order_by("pk"):
        requisition = of_record.get(each.record_id, "")
        commitment = commitments.get(requisition, "")
        amount = each.target_total or ZERO
        found[commitment].append(
            StoredContractPayment(
                each.target_id, each.project, commitment, requisition, each.reference, amount, each.document_date, ""
            )
        )
    return found


def _projects(requisitions: Iterable[StoredRequisition]) -> set[str]:
    return {each.project for each in requisitions}


def amount_of(stored: Stored) -> Decimal:
    return stored.amount if isinstance(stored, StoredContractPayment) else stored.total


def day_of(stored: Stored) -> date | None:
    """A commitment is shown without its day."""
    return None if isinstance(stored, StoredCommitment) else stored.date
