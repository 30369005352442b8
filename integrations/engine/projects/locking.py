"""Locking what is paid in full, where the integration says so: the project's people can change it no more.

Our reference becomes its origin id as well, last of all, since the target then takes nothing else either. What bears
somebody else's, and what it refuses to lock, stays as it is.
"""

from integrations.engine.projects import bill_postings
from integrations.engine.projects.bill_doubts import LOCK
from integrations.engine.projects.bill_walk import BillCase, BillWalk
from integrations.engine.projects.steps import Step
from integrations.models import Outcome, Posting, RequestLine
from integrations.pairs.xero_procore import bills
from integrations.project_documents import StoredRequisition
from integrations.project_writes import DirectCostChange, PaymentLock, ProjectWrite, RequisitionChange

ANSWERED = (Outcome.DONE, Outcome.FOUND, Outcome.REFUSED)


def of_requisition(walk: BillWalk, case: BillCase, requisition: StoredRequisition) -> bool:
    """Whether nothing is left to be locked: each of its payments, then itself, if it is the newest of its commitment,
    since no other may be changed."""
    if not _is_to_be_locked(walk, case):
        return True
    at = (requisition.project, requisition.commitment)
    open_ones = {each.target_id: each for each in case.postings.standing_payments.values() if not _was_asked(each)}
    for payment in walk.chains.payments(*at) if open_ones else ():
        posting = open_ones.get(payment.target_id)
        if posting is None or payment.locked:
            continue
        if not _take(walk, case, posting, PaymentLock(*at, payment.target_id, posting.reference), at[1]):
            return False
    posting = case.postings.requisition
    chain = walk.chains.requisitions(*at)
    if posting is None or requisition.locked or _was_asked(posting) or chain[-1].target_id != requisition.target_id:
        return True
    return _take(walk, case, posting, RequisitionChange(*at, requisition.target_id, origin=posting.reference), at[1])


def of_direct_cost(walk: BillWalk, case: BillCase, posting: Posting) -> bool:
    """As of a requisition; it has no payments there."""
    if not _is_to_be_locked(walk, case) or _was_asked(posting):
        return True
    stored = bill_postings.stored_direct_cost(walk.target, posting)
    if stored is None or stored.locked:
        return True
    return _take(walk, case, posting, DirectCostChange(stored.project, stored.target_id, origin=posting.reference), "")


def _is_to_be_locked(walk: BillWalk, case: BillCase) -> bool:
    return walk.terms.lock_settled and bills.settled_on(case.bill) is not None


def _was_asked(posting: Posting) -> bool:
    return RequestLine.objects.filter(posting=posting, step=LOCK, outcome__in=ANSWERED).exists()


def _take(walk: BillWalk, case: BillCase, posting: Posting, write: ProjectWrite, commitment: str) -> bool:
    step = Step(
        case.record, posting.kind, posting.reference, LOCK, write, posting.reference, posting.project,
        may_be_left_out=True,
    )  # fmt: skip
    return walk.take(step, commitment) is not None or _was_asked(posting)
