"""What was paid of a bill: a contract payment for each of its payments, then the day it was settled (A84, A85)."""

import hashlib
from decimal import Decimal

from integrations.engine.projects import bill_postings, standing
from integrations.engine.projects.bill_walk import BillCase, BillWalk
from integrations.engine.projects.steps import Step
from integrations.models import Posting
from integrations.money import ZERO, figure
from integrations.pairs.flow import Hold
from integrations.pairs.xero_procore import bills
from integrations.pairs.xero_procore.documents import BillStatus, payment_reference
from integrations.pairs.xero_procore.payments import contract_payments
from integrations.project_documents import (
    ContractPayment,
    PaymentWrite,
    RequisitionChange,
    StoredContractPayment,
    StoredDocument,
    StoredRequisition,
)


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
    paid = sum(posted.values(), ZERO) + sum((each.amount for each in wanted), ZERO)
    if _say_when_settled(walk, case, requisition, paid):
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
    said = f"The payment of {payment.date:%d %B %Y} was written as {here} {case.bill.currency}, and stands as {there}."
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
            bill_postings.adopt(walk.slice_, posting, stored)
            _meant(posting, case, payment)
    return stored


def _say_when_settled(walk: BillWalk, case: BillCase, requisition: StoredRequisition, paid: Decimal) -> bool:
    """The day of the last payment, on a requisition that is paid in full and may still be changed: the newest one."""
    bill, payments = case.bill, case.bill.standing_payments
    settled = bill.status is BillStatus.PAID and payments and paid == requisition.total
    day = payments[-1].date if settled else None
    chain = walk.chains.requisitions(requisition.project, requisition.commitment)
    is_newest = all(each.sequence <= requisition.sequence for each in chain)
    if day is None or day == requisition.payment_date or requisition.locked or not is_newest:
        return True
    assert case.postings.requisition is not None
    write = RequisitionChange(requisition.project, requisition.commitment, requisition.target_id, payment_date=day)
    step = Step(
        case.record, standing.REQUISITION, case.postings.requisition.reference, "payment-date", write,
        f"{case.content[:50]} {day}", requisition.project,
    )  # fmt: skip
    return walk.take(step, requisition.commitment) is not None
