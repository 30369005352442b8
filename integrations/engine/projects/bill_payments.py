"""What was paid of a bill: a contract payment for each of its payments, then the day it was settled (A84, A85)."""

import hashlib
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from audit.trail import log_many
from integrations.days import in_full
from integrations.engine import trail
from integrations.engine.projects import bill_undoing, locking, standing
from integrations.engine.projects.bill_walk import BillCase, BillWalk
from integrations.engine.projects.steps import Step
from integrations.models import Posting
from integrations.money import ZERO, figure
from integrations.pairs.flow import Hold
from integrations.pairs.xero_procore import bills
from integrations.pairs.xero_procore.documents import payment_reference
from integrations.pairs.xero_procore.payments import contract_payments
from integrations.project_documents import ContractPayment, StoredContractPayment, StoredDocument, StoredRequisition
from integrations.project_writes import PaymentWrite, RequisitionChange


class Paid(NamedTuple):
    """Of the requisition in all, and of that by this walk."""

    total: Decimal
    now: Decimal


def pay(walk: BillWalk, case: BillCase, requisition: StoredRequisition) -> None:
    """Write what is still to be written, oldest payment first; the record is done when nothing is left."""
    if refused := bills.deductions(case.bill):
        walk.hold(case.record, *refused)
        return
    posted = _posted(case)
    wanted = contract_payments(case.bill, requisition, posted, walk.terms)
    if isinstance(wanted, Hold):
        walk.hold(case.record, wanted)
        return
    for payment in wanted:
        if not _write(walk, case, payment):
            return
    now = sum((each.amount for each in wanted), ZERO)
    paid = Paid(sum(posted.values(), ZERO) + now, now)
    if not _say_when_settled(walk, case, requisition, paid=paid):
        return
    if paid.total != requisition.total or locking.of_requisition(walk, walk.again(case), requisition):
        walk.done(case.record)


def _posted(case: BillCase) -> dict[str, Decimal]:
    there = case.postings.standing_payments
    ids = (payment.payment_id for payment in case.bill.payments)
    return {
        each: there[reference].target_total or ZERO for each in ids if (reference := payment_reference(each)) in there
    }


def _write(walk: BillWalk, case: BillCase, payment: ContractPayment) -> bool:
    stored: StoredDocument | None = _found(walk, case, payment)
    if stored is None:
        content = hashlib.sha256(repr(payment).encode()).hexdigest()
        step = Step(
            case.record, standing.PAYMENT, payment.reference, "payment", PaymentWrite(payment), content,
            payment.project, payment.amount,
        )  # fmt: skip
        outcome = walk.take(step, payment.commitment, inside=lambda posting: _meant(posting, case, payment))
        stored = outcome.stored if outcome else None
    if not isinstance(stored, StoredContractPayment):
        return False
    if stored.amount == payment.amount:
        return True
    there, here = figure(stored.amount), figure(payment.amount)
    said = f"The payment of {in_full(payment.date)} was written as {here} {case.bill.currency}, and stands as {there}."
    walk.hold(case.record, Hold("differs-in-project", f"{said} Correct it in {walk.terms.target_label}."))
    return False


def _meant(posting: Posting, case: BillCase, payment: ContractPayment) -> None:
    posting.source_total, posting.currency, posting.paid_on = payment.amount, case.bill.currency, payment.date
    posting.save(update_fields=["source_total", "currency", "paid_on"])


def _found(walk: BillWalk, case: BillCase, payment: ContractPayment) -> StoredContractPayment | None:
    """After a restored or copied database what stands is looked up before its first write (E5)."""
    if not case.record.look_up_first:
        return None
    there = walk.chains.payments(payment.project, payment.commitment)
    stored = next((each for each in there if each.reference == payment.reference), None)
    if stored is not None:
        with walk.fenced():
            posting = walk.posting(case.record, standing.PAYMENT, payment.reference, payment.project)
            standing.adopt(walk.slice_, posting, stored)
            _meant(posting, case, payment)
    return stored


def _say_when_settled(walk: BillWalk, case: BillCase, requisition: StoredRequisition, *, paid: Paid) -> bool:
    """The day of the last payment, on a requisition that is paid in full and may still be changed: the newest one.

    It mostly came with the requisition. What may not be changed keeps its contract payments, which bear their days.
    """
    if bill_undoing.says_paid_wrongly(case, requisition):
        return _says_paid(walk, case, requisition)
    day = bills.settled_on(case.bill) if paid.total == requisition.total else None
    if day is None or day == requisition.payment_date:
        return True
    chain = walk.chains.requisitions(requisition.project, requisition.commitment)
    later = [each.number for each in chain if each.sequence > requisition.sequence]
    if requisition.locked or later:
        if paid.now:
            _tell_that_it_is_left(walk, case, requisition, day, later)
        return True
    return _write_day(walk, case, requisition, day)


def _write_day(walk: BillWalk, case: BillCase, requisition: StoredRequisition, day: date) -> bool:
    assert case.postings.requisition is not None
    write = RequisitionChange(requisition.project, requisition.commitment, requisition.target_id, payment_date=day)
    step = Step(
        case.record, standing.REQUISITION, case.postings.requisition.reference, "payment-date", write,
        f"{case.content[:50]} {day}", requisition.project,
    )  # fmt: skip

    def inside(posting: Posting) -> None:
        posting.paid_on = day
        posting.save(update_fields=["paid_on"])

    return walk.take(step, requisition.commitment, inside=inside) is not None


def _says_paid(walk: BillWalk, case: BillCase, requisition: StoredRequisition) -> bool:
    """It could not be taken back, or this would not be reached."""
    said = (
        f"Requisition {requisition.number} says that it was paid on {in_full(requisition.payment_date)}, and a payment "
        f"of it was taken back since. It may not be changed from here any more: correct its date in "
        f"{walk.terms.target_label}."
    )
    walk.hold(case.record, Hold("differs-in-project", said))
    return False


def _tell_that_it_is_left(
    walk: BillWalk, case: BillCase, requisition: StoredRequisition, day: date, later: Sequence[str]
) -> None:
    label = walk.terms.target_label
    why = f"it is followed by {', '.join(later)}" if later else f"it is locked in {label}"
    with walk.fenced():
        details = {"number": requisition.number, "day": day, "why": why, "target": label}
        log_many([trail.event("requisition.day_left", case.record, **details)])
