"""Writing again what people changed of a bill in its project, where somebody asked for it (A42).

What differs by a reading of just now must be among what was shown when it was decided; what does not differ any more is
as we wrote it. Each difference is a step of its own, so a restoring that was cut goes on where it stopped. Afterwards
the bill's own walk looks at what stands, as ever.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from integrations.engine import drift_decisions
from integrations.engine.projects import bill_postings, bill_written, edits, ending, restorable, steps
from integrations.engine.projects.bill_doubts import PAYMENT_RESTORED, REQUISITION_RESTORED, VENDOR_RESTORED
from integrations.engine.projects.bill_postings import BillPostings
from integrations.engine.projects.edits import Difference
from integrations.engine.projects.restorable import LOCKED, PAID
from integrations.engine.projects.standing import DIRECT_COST, PAYMENT, REQUISITION
from integrations.engine.projects.steps import Step
from integrations.engine.slice import Slice
from integrations.models import Flag, Posting, Record, Work
from integrations.money import ZERO, figure
from integrations.project_documents import (
    StoredContractPayment,
    StoredDirectCost,
    StoredDocument,
    StoredRequisition,
    StoredRequisitionItem,
)
from integrations.project_writes import (
    DirectCostChange,
    ItemChange,
    PaymentChange,
    PaymentWrite,
    RequisitionItemsChange,
)
from integrations.systems.protocols import ProjectBooks

GONE = "it no longer stands in the target."
NO_EVIDENCE = "the trail does not hold what we wrote: correct it in the project, or accept what stands there."


class _CannotBeRestoredError(Exception):
    """Why not, as it stands now."""


@dataclass(frozen=True, slots=True)
class _Bill:
    """What of it is ours, and what of that is there by a reading of just now."""

    flag: Flag
    postings: BillPostings
    chain: Sequence[StoredRequisition] = ()
    payments: Sequence[StoredContractPayment] = ()
    cost: StoredDirectCost | None = None
    open_periods: frozenset[str] = frozenset()

    @property
    def paid_by_us(self) -> set[str]:
        return {each.target_id for each in self.postings.standing_payments.values()}

    @property
    def shown(self) -> list[Difference]:
        return [(name, before, now) for name, before, now in self.flag.details.get("fields", [])]


def restore(slice_: Slice, target: ProjectBooks, flag: Flag) -> None:
    """Everything of it, or nothing where something stands in the way; the flag then waits for another decision."""
    bill = _read(target, flag)
    try:
        repairs = _repairs(bill)
    except _CannotBeRestoredError as why:
        drift_decisions.settle(slice_, flag, str(why))
        return
    if all(_take(slice_, target, flag, step) for step in repairs):
        drift_decisions.settle(slice_, flag, "")


def _read(target: ProjectBooks, flag: Flag) -> _Bill:
    postings = BillPostings.of(flag.record)
    cost, commitment = postings.direct_cost, postings.commitment
    if cost is not None and cost.standing in restorable.LIVE:
        return _Bill(flag, postings, cost=bill_postings.stored_direct_cost(target, cost))
    if postings.requisition is None or commitment is None:
        return _Bill(flag, postings)
    at = (commitment.project, commitment.target_id)
    periods = target.billing_periods(commitment.project)
    return _Bill(
        flag, postings, target.requisitions(*at), target.payments(*at),
        open_periods=frozenset(each.period_id for each in periods if each.is_open),
    )  # fmt: skip


def _repairs(bill: _Bill) -> list[Step]:
    cost = bill.postings.direct_cost
    if cost is not None and cost.standing in restorable.LIVE:
        return _of_cost(bill, cost)
    posting = bill.postings.requisition
    stored = next((each for each in bill.chain if posting is not None and each.target_id == posting.target_id), None)
    if posting is None or stored is None:
        raise _CannotBeRestoredError(GONE)
    found = _of_requisition(bill, posting, stored)
    for each in bill.postings.standing_payments.values():
        found += _of_payment(bill, each, stored)
    return found


def _is_as_shown(bill: _Bill, found: Sequence[Difference]) -> None:
    if any(each not in bill.shown for each in found):
        raise _CannotBeRestoredError("it was changed again since.")


# A requisition


def _of_requisition(bill: _Bill, posting: Posting, stored: StoredRequisition) -> list[Step]:
    found = edits.of_requisition(posting, stored)
    _is_as_shown(bill, found)
    if not found:
        return []
    if why := _refusal(bill, stored):
        raise _CannotBeRestoredError(why)
    wanted = bill_written.items(posting)
    if wanted is None:
        raise _CannotBeRestoredError(NO_EVIDENCE)
    write = RequisitionItemsChange(stored.project, stored.commitment, stored.target_id, _items(stored, wanted))
    return [_step(bill, posting, REQUISITION_RESTORED, write, posting.source_total)]


def _refusal(bill: _Bill, stored: StoredRequisition) -> str:
    later = [each.number for each in bill.chain if each.sequence > stored.sequence]
    if stored.locked:
        return LOCKED
    if later:
        return f"it is followed by {', '.join(later)} on the same commitment, and only the newest can be changed."
    if any(each.requisition == stored.target_id for each in bill.payments):
        return PAID
    return "" if stored.period in bill.open_periods else "its billing period is not open any more."


def _items(stored: StoredRequisition, wanted: dict[str, Decimal]) -> tuple[ItemChange, ...]:
    """Only the lines of a commitment are told with their items; what else is claimed would stay."""
    there = stored.items or ()
    told = sum((each.amount for each in there), ZERO)
    if told != stored.total or not all(each.item_id for each in there):
        raise _CannotBeRestoredError("it claims something beside the commitment's lines: take that away there first.")
    if not wanted.keys() <= {each.line for each in there}:
        raise _CannotBeRestoredError("a line that it claimed is no longer on its commitment.")
    return tuple(ItemChange(each.item_id, wanted.get(each.line, ZERO)) for each in there if _differs(each, wanted))


def _differs(item: StoredRequisitionItem, wanted: dict[str, Decimal]) -> bool:
    return bool(item.materials) or item.amount != wanted.get(item.line, ZERO)


# A payment


def _of_payment(bill: _Bill, posting: Posting, requisition: StoredRequisition) -> list[Step]:
    """One that was changed gets its amount again; one that was removed is written anew, with its own mark."""
    found = edits.of_payment(posting, bill.payments)
    _is_as_shown(bill, found)
    if not found:
        return []
    stored = next((each for each in bill.payments if each.target_id == posting.target_id), None)
    if stored is not None and stored.locked:
        raise _CannotBeRestoredError(LOCKED)
    wanted = bill_written.payment(posting)
    if wanted is None or wanted.amount != posting.target_total or wanted.requisition != requisition.target_id:
        raise _CannotBeRestoredError(NO_EVIDENCE)
    if any(each.target_id not in bill.paid_by_us for each in bill.payments if each.requisition == wanted.requisition):
        raise _CannotBeRestoredError("somebody entered a payment of it there: take that one back first.")
    if stored is None:
        return [_step(bill, posting, PAYMENT_RESTORED, PaymentWrite(wanted), wanted.amount)]
    change = PaymentChange(stored.project, stored.commitment, stored.target_id, wanted.amount)
    return [_step(bill, posting, PAYMENT_RESTORED, change, wanted.amount)]


# A direct cost


def _of_cost(bill: _Bill, posting: Posting) -> list[Step]:
    """Its vendor alone: its lines are not read."""
    stored = bill.cost
    if stored is None:
        raise _CannotBeRestoredError(GONE)
    found = edits.of_direct_cost(posting, stored)
    _is_as_shown(bill, found)
    if not found:
        return []
    if stored.locked:
        raise _CannotBeRestoredError(LOCKED)
    if stored.payment_date is not None:
        raise _CannotBeRestoredError(PAID)
    if stored.total != posting.target_total:
        raise _CannotBeRestoredError(restorable.NO_LINES)
    vendor = bill_written.vendor_of_cost(posting)
    write = DirectCostChange(stored.project, stored.target_id, vendor=vendor)
    return [_step(bill, posting, VENDOR_RESTORED, write, posting.target_total, vendor)]


# Writing


def _step(
    bill: _Bill, posting: Posting, name: str,
    write: RequisitionItemsChange | PaymentChange | PaymentWrite | DirectCostChange, total: Decimal | None,
    contact: str = "",
) -> Step:  # fmt: skip
    """Bound to exactly what was shown."""
    kinds = {REQUISITION_RESTORED: REQUISITION, PAYMENT_RESTORED: PAYMENT, VENDOR_RESTORED: DIRECT_COST}
    content = str(bill.flag.details["fingerprint"])
    record = bill.flag.record
    return Step(record, kinds[name], posting.reference, name, write, content, posting.project, total, contact)


def _take(slice_: Slice, target: ProjectBooks, flag: Flag, step: Step) -> bool:
    was_done = flag.record.work == Work.DONE
    _let_wait(flag.record)
    outcome = steps.take(slice_, target, step)
    if outcome is not None:
        return _stands(slice_, flag, step, outcome.stored)
    if flag.record.work == Work.HELD:
        why = flag.record.explanation.partition("\n")[0]
        with transaction.atomic():
            slice_.fence()
            ending.leave(flag.record, Work.DONE if was_done else Work.WAITING, "", "")
        drift_decisions.settle(slice_, flag, why)
    return False


def _let_wait(record: Record) -> None:
    """Only what waits is written; the bill's walk takes it on afterwards."""
    Record.objects.filter(pk=record.pk, work__in=(Work.DONE, Work.HELD)).update(
        work=Work.WAITING, hold_reason="", explanation="", not_before=None, changed_at=timezone.now()
    )
    record.refresh_from_db()


def _stands(slice_: Slice, flag: Flag, step: Step, stored: StoredDocument | None) -> bool:
    """As it was answered; what is locked takes an amount without a word and keeps its own."""
    match stored:
        case StoredRequisition() | StoredDirectCost():
            there = stored.total
        case StoredContractPayment():
            there = stored.amount
        case _:
            return True
    if there != step.total:
        drift_decisions.settle(slice_, flag, f"it was written, and stands as {figure(there)} all the same.")
    return there == step.total
