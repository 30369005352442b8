"""A bill's walk with nothing written: what a run would send for it now, and where it would be left (E35).

Everything is judged by the walk itself. What would be written is noted instead, and the walk goes on as if the project
had answered as expected, so that the payments of a requisition that does not stand yet are seen, too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from django.db import transaction

from integrations.engine import approvals
from integrations.engine.projects import requisitions, standing
from integrations.engine.projects.bill_postings import BillPostings
from integrations.engine.projects.bill_walk import BillCase, BillWalk
from integrations.engine.projects.steps import Inside, Step
from integrations.engine.saving import Saved
from integrations.models import Posting, Record, Standing
from integrations.money import ZERO
from integrations.pairs.xero_procore import bills
from integrations.pairs.xero_procore.bills import APPROVED
from integrations.pairs.xero_procore.documents import Bill
from integrations.project_documents import (
    ContractPayment,
    DirectCost,
    Requisition,
    StoredContractPayment,
    StoredRequisition,
    StoredRequisitionItem,
)
from integrations.project_writes import (
    DirectCostRemoval,
    DirectCostWrite,
    PaymentRemoval,
    PaymentWrite,
    ProjectOutcome,
    ProjectWrite,
    RequisitionRemoval,
    RequisitionWrite,
)

# The id of a document that does not stand yet.
NOT_YET = ""


@dataclass
class DryWalk(BillWalk):
    """`writes` are what the bill that was walked last would have sent, in order."""

    writes: list[ProjectWrite] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    made: Requisition | None = None

    def rehearse(self, record: Record, bill: Bill) -> list[ProjectWrite]:
        """Leaves `record`, of which nothing is saved, where a run would leave it if it had nothing to send."""
        self.writes, self.made, self.gone = [], None, set()
        decided = approvals.load([record])[record.pk]
        case = requisitions.case_of(record, bill, decided)
        if (asked := decided.about_source(case.content)) is not None:
            self.decided_against(record, asked)
            return []
        requisitions.go_on(self, case)
        if isinstance(self.writes[-1] if self.writes else None, RequisitionRemoval | DirectCostRemoval):
            self.writes += self._anew(case)
        return self.writes

    def take(self, step: Step, commitment: str, *, inside: Inside | None = None) -> ProjectOutcome | None:
        self.writes.append(step.write)  # type: ignore[arg-type]  # a bill's steps write no vendors
        match step.write:
            case RequisitionWrite(wanted):
                self.made, stored = wanted, _requisition(wanted)
                self.chains.wrote(stored)
                return ProjectOutcome(NOT_YET, stored)
            case PaymentWrite(payment):
                return ProjectOutcome(NOT_YET, _payment(payment))
            case PaymentRemoval(project, _, payment_id):
                self.gone.add(payment_id)
                self.chains.without_payment(project, commitment, payment_id)
                return ProjectOutcome()
        return None

    def mark_vendor(self, record: Record, vendor: str) -> None:
        """It says nothing of the bill."""

    def let_go(self, posting: Posting) -> None:
        self.gone.add(posting.target_id)

    def again(self, case: BillCase) -> BillCase:
        """With the requisition that would have been written, and without what would be gone."""
        if self.made is None:
            found = super().again(case)
            postings = [*found.postings.payments.values(), found.postings.direct_cost]
            for each in (each for each in postings if each is not None and each.target_id in self.gone):
                each.standing, each.removed_by_us = Standing.NOTHING, True
            return found
        mine = Posting(
            record=case.record, kind=standing.REQUISITION, reference=self.made.reference, project=self.made.project,
            standing=Standing.LEDGER, target_id=NOT_YET, sent_fingerprint=case.content, source_total=self.made.total,
        )  # fmt: skip
        order = Posting(kind=standing.COMMITMENT, project=self.made.project, target_id=self.made.commitment)
        return replace(case, postings=BillPostings(requisition=mine, commitment=order))

    def keep(self, saved: Saved) -> None:
        """Nothing of it."""

    def done(self, record: Record) -> None:
        Saved(self.slice_).settled(record)

    @contextmanager
    def fenced(self) -> Iterator[None]:
        """What our own rows would say meanwhile is taken back at once."""
        with transaction.atomic():
            yield
            transaction.set_rollback(True)

    def _anew(self, case: BillCase) -> list[ProjectWrite]:
        """What comes in place of what was taken away."""
        if case.bill.status not in APPROVED:
            return []
        around = self.surroundings.of(case.bill, bills.StandsAs.NOTHING, case.chosen)
        result = bills.translate(case.bill, self.tables, self.terms, around).result
        if isinstance(result, DirectCost):
            return [DirectCostWrite(result)]
        return [RequisitionWrite(result)] if result is not None else []


def _requisition(wanted: Requisition) -> StoredRequisition:
    return StoredRequisition(
        NOT_YET, wanted.project, wanted.commitment, wanted.reference, 1_000_000, "", wanted.number, wanted.period,
        wanted.date, wanted.payment_date, wanted.status, wanted.status.value, wanted.total, ZERO, None,
        items=tuple(StoredRequisitionItem(each.line, each.amount) for each in wanted.items),
    )  # fmt: skip


def _payment(payment: ContractPayment) -> StoredContractPayment:
    return StoredContractPayment(
        NOT_YET, payment.project, payment.commitment, payment.requisition, payment.reference, payment.amount,
        payment.date, payment.number,
    )  # fmt: skip
