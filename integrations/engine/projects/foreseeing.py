"""What a run would do with a record of project books now: every write, or where it would leave it (E35).

What stands is read and nothing is saved: the slice holds no lease, so whatever tried to would be stopped.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.utils import timezone

from integrations.engine import approvals
from integrations.engine.leases import LostLeaseError
from integrations.engine.projects import anew, budgets, commitments, new_vendors, over_budget, suppliers, written
from integrations.engine.projects.dry_walk import NOT_YET, DryWalk
from integrations.engine.projects.orders import OrderTranslator
from integrations.engine.projects.plans import OrderPlan
from integrations.engine.projects.standing import COMMITMENT
from integrations.engine.saving import Saved
from integrations.engine.slice import Slice
from integrations.errors import GoneError, HoldRecordError, InvalidSourceError, NeedsPermissionError
from integrations.explanations import sentence
from integrations.hold_reasons import VENDOR_APPROVAL
from integrations.models import Integration, Posting, ProjectBudget, Record, Run, Work
from integrations.pairs.flow import Hold
from integrations.pairs.xero_procore import ORDERS, budget
from integrations.pairs.xero_procore.budget import Reserved, Surroundings
from integrations.pairs.xero_procore.documents import Order, next_mark
from integrations.pairs.xero_procore.terms import BudgetBy, DeletedOrders
from integrations.project_documents import (
    BudgetLine,
    Commitment,
    CommitmentStatus,
    DirectCost,
    Requisition,
    StoredCommitment,
)
from integrations.project_writes import (
    CommitmentRemoval,
    DirectCostWrite,
    HeaderWrite,
    LinesWrite,
    ProjectWrite,
    RequisitionWrite,
    StatusWrite,
)
from integrations.systems.protocols import ProjectBooks
from mappings import keys
from mappings.tables import VendorRow

NOT_READ = "Its lines have to be read from the source first."
LOOKS_AGAIN = "A run would first take note of what changed in the project."
IS_THERE = "may be among the vendors there already; a run decides whether it is."
NOT_LINKED = ("inactive-vendor", "ambiguous-vendor")
LACKS_VENDOR = "missing-vendor"


@dataclass
class Foreseen:
    """What a run would do with one record now. Without `writes` it would be left as `work`, `reason` and `why` say.

    `stands` is the commitment that stands, and would be changed or billed; `new_vendor` the supplier that would be
    made first, if it is not found there; `budget` what the check says, code by code; `wanted` what only a decision
    is missing for.
    """

    work: str = Work.WAITING
    reason: str = ""
    why: str = ""
    writes: list[ProjectWrite] = field(default_factory=list)
    stands: StoredCommitment | None = None
    new_vendor: str = ""
    budget: tuple[str, ...] = ()
    wanted: Commitment | None = None

    @property
    def document(self) -> Commitment | Requisition | DirectCost | None:
        for write in self.writes:
            match write:
                case HeaderWrite(commitment):
                    return commitment
                case RequisitionWrite(requisition):
                    return requisition
                case DirectCostWrite(cost):
                    return cost
        return self.wanted


@dataclass
class ProjectRehearser:
    """Everything that rehearsing the records of one integration takes, read once.

    An order that would be written takes its money of the budget, and a requisition its part of its order, for
    those that come after it.
    """

    slice_: Slice
    target: ProjectBooks
    translator: OrderTranslator
    bills: DryWalk
    lines: dict[tuple[str, str], BudgetLine] = field(default_factory=dict)
    reserved: list[Reserved] = field(default_factory=list)
    there: dict[str, bool] = field(default_factory=dict)
    before: tuple[str, str, str] = ("", "", "")
    began: datetime = field(default_factory=timezone.now)

    @classmethod
    def load(cls, integration: Integration, target: ProjectBooks) -> "ProjectRehearser":
        slice_ = Slice(integration, Run(integration=integration, started_at=timezone.now()), token="")
        translator = OrderTranslator.load(slice_)
        return cls(slice_, target, translator, DryWalk(slice_, target, translator.terms, translator.tables))

    def rehearse(self, record: Record) -> Foreseen:
        """`record` comes with its document; nothing of it is saved."""
        if not record.document.detail:
            return Foreseen(record.work, record.hold_reason, NOT_READ)
        self.before = (record.work, record.hold_reason, record.explanation)
        record.work, record.hold_reason, record.explanation = Work.WAITING, "", ""
        try:
            if record.flow == ORDERS.slug:
                return self._order(record)
            return self._bill(record)
        except InvalidSourceError as error:
            return Foreseen(Work.HELD, error.reason, error.told)
        except NeedsPermissionError as error:
            return Foreseen(Work.HELD, "no-permission", sentence(error))
        except GoneError as error:
            return Foreseen(Work.HELD, "rejected-by-target", sentence(error))
        except HoldRecordError as error:
            return Foreseen(Work.HELD, error.reason, sentence(error))
        except LostLeaseError:
            return Foreseen(why=LOOKS_AGAIN)

    def _bill(self, record: Record) -> Foreseen:
        found = Foreseen(writes=self.bills.rehearse(record, self.translator.shelf.bill(record)))
        document = found.document
        if isinstance(document, Requisition):
            found.stands = self.bills.chains.commitment(document.project, document.commitment)
        return replace(found, work=record.work, reason=record.hold_reason, why=record.explanation)

    # Orders

    def _order(self, record: Record) -> Foreseen:
        order = self.translator.shelf.order(record)
        plan, new_vendor = self._plan(record, order)
        if plan is None:
            examined = self.translator.examine(record)[0] if record.work == Work.APPROVAL else None
            return replace(_as_left(record), wanted=examined.wanted if examined else None)
        if plan.wanted is None:
            return self._withdrawn(record, plan.why)
        if new_vendor and new_vendors.is_awaited(self.slice_.integration, order.vendor.source_id):
            said = new_vendors.waits_for(new_vendor, self.slice_.integration.target.label)
            return Foreseen(Work.APPROVAL, VENDOR_APPROVAL, said, new_vendor=new_vendor, wanted=plan.wanted)
        return self._commitment(record, plan, new_vendor)

    def _plan(self, record: Record, order: Order) -> tuple[OrderPlan | None, str]:
        """With the supplier who would become a vendor first, where that is all that the order lacks."""
        plan = self._judged(self.translator, record, order)
        lacks = record.hold_reason == LACKS_VENDOR or bool(self.translator.new_suppliers)
        if plan is not None or not lacks or not suppliers.may_create(self.slice_.integration):
            return plan, ""
        left = (record.work, record.hold_reason, record.explanation)
        plan = None if self._is_there(order) else self._judged(self._with_vendor(order), record, order)
        if plan is None:
            # Whoever looked whether it is one of those vendors said why it is not.
            found = self.before if self.before[1] in NOT_LINKED else left
            record.work, record.hold_reason, record.explanation = found
            record.explanation = found[2] or f"{order.vendor.name} {IS_THERE}"
        return plan, order.vendor.name if plan is not None else ""

    def _is_there(self, order: Order) -> bool:
        """By our mark or the name: then the rules of linking decide, and none is made. Asked once for each supplier."""
        key = order.vendor.source_id
        if key not in self.there:
            marked = self.target.vendors_marked([key])[key]
            self.there[key] = bool(marked or self.target.vendors_named(order.vendor.name))
        return self.there[key]

    def _judged(self, translator: OrderTranslator, record: Record, order: Order) -> OrderPlan | None:
        translator.new_suppliers = []
        record.work, record.hold_reason, record.explanation = Work.WAITING, "", ""
        return translator.judge(record, order, approvals.load([record])[record.pk], Saved(self.slice_))

    def _with_vendor(self, order: Order) -> OrderTranslator:
        row = VendorRow(keys.VENDOR, 0, 0, target=NOT_YET, name=order.vendor.name)
        tables = self.translator.tables
        linked = {**tables.vendors, (order.vendor.source_id, ""): row}
        return replace(self.translator, tables=replace(tables, vendors=linked))

    def _commitment(self, record: Record, plan: OrderPlan, new_vendor: str) -> Foreseen:
        walk = commitments.Walk(self.slice_, self.target, plan, self.translator.terms)
        if walk.is_as_wanted():
            return Foreseen(Work.DONE)
        walk.stored = self._stored(walk.posting)
        if walk.posting is not None and walk.is_gone() and anew.approved(walk.posting, plan.content):
            walk.posting.target_id = NOT_YET
            walk.remark(next_mark(walk.posting.reference))
        if (refusal := walk.refusal()) is not None:
            return replace(self._held(record, *refusal), stands=walk.stored, wanted=walk.plan.wanted)
        if walk.is_billed():
            return Foreseen(Work.DONE, stands=walk.stored)
        assert walk.plan.wanted is not None
        return self._spent(record, plan.content, walk.plan.wanted, walk.stored, new_vendor)

    def _spent(
        self, record: Record, content: str, wanted: Commitment, stored: StoredCommitment | None, new_vendor: str
    ) -> Foreseen:
        """Within the budget, or with an approval that covers it; what it takes is gone for those that come after."""
        terms = self.translator.terms
        found = Foreseen(writes=self._writes(wanted, stored), stands=stored, new_vendor=new_vendor)
        if budgets.covered(record, budget.needed(wanted, BudgetBy.CODE)):
            return found
        needs = budget.needed(wanted, terms.budget_by)
        around = self._budget(wanted.project, needs)
        answer = budget.check_needs(wanted.origin, needs, wanted.currency, around, strict=terms.strict_budget)
        found.budget = tuple(over_budget.told(answer, around))
        held = budget.hold(answer, around)
        if held is not None and not over_budget.is_covered(record, content, answer):
            left = self._held(record, held.reason, held.message)
            return replace(left, stands=stored, new_vendor=new_vendor, budget=found.budget, wanted=wanted)
        self.reserved += [Reserved(wanted.origin, code, amount) for code, amount in needs.items()]
        return found

    def _held(self, record: Record, reason: str, why: str) -> Foreseen:
        Saved(self.slice_).hold(record, [Hold(reason, why)])
        return _as_left(record)

    def _writes(self, wanted: Commitment, stored: StoredCommitment | None) -> list[ProjectWrite]:
        there = stored.target_id if stored is not None else NOT_YET
        reopened = stored is not None and stored.status is not CommitmentStatus.DRAFT
        status = self.translator.terms.commitment_status
        return [
            *([StatusWrite(wanted.project, there, CommitmentStatus.DRAFT)] if reopened else []),
            HeaderWrite(wanted),
            LinesWrite(wanted.project, there, wanted.lines),
            *([StatusWrite(wanted.project, there, status)] if status is not CommitmentStatus.DRAFT else []),
        ]

    def _withdrawn(self, record: Record, why: str) -> Foreseen:
        """The walk back: closed, or taken away, by setting; what was billed stays with a person."""
        stored = self._stored(self._posting(record))
        if stored is None or stored.removed or stored.status is CommitmentStatus.CLOSED:
            return Foreseen(Work.WITHDRAWN, why=why)
        if stored.invoiced or stored.paid:
            return Foreseen(Work.HELD, "withdrawn-after-posting", f"{why} Bills stand against its commitment.")
        if self.translator.terms.deleted_orders is DeletedOrders.REMOVE:
            removal: ProjectWrite = CommitmentRemoval(stored.project, stored.target_id)
        else:
            removal = StatusWrite(stored.project, stored.target_id, CommitmentStatus.CLOSED)
        return Foreseen(why=why, writes=[removal], stands=stored)

    def _posting(self, record: Record) -> Posting | None:
        return Posting.objects.filter(record=record, kind=COMMITMENT, standing__in=written.LIVE).first()

    def _stored(self, posting: Posting | None) -> StoredCommitment | None:
        if posting is None or not posting.target_id:
            return None
        found = self.target.commitments(posting.project, [posting.target_id])
        return found[0] if found else None

    def _budget(self, project: str, codes: Collection[str]) -> Surroundings:
        """Each code of each project is read once."""
        unread = [code for code in codes if (project, code) not in self.lines]
        if unread:
            found = budgets.read_lines(self.target, project, unread)
            self.lines |= {(project, code): line for code, line in found.items()}
        row = ProjectBudget(connection=self.slice_.integration.target, project=project)
        standing, reserved = budgets.ours(row, self.began)
        lines = {code: self.lines[project, code] for code in codes if (project, code) in self.lines}
        names = budgets.names_of(row.connection, codes)
        taking = {each.origin for each in self.reserved}
        others = [each for each in reserved if each.origin not in taking]
        return Surroundings(lines, standing, [*others, *self.reserved], names)


def _as_left(record: Record) -> Foreseen:
    return Foreseen(record.work, record.hold_reason, record.explanation)
