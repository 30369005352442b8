"""Taking back what a bill stands for: payments first, then its requisition, each a step of its own (A89)."""

from collections.abc import Sequence
from dataclasses import replace

from integrations.engine.projects import standing
from integrations.engine.projects.bill_walk import BillCase, BillWalk
from integrations.engine.projects.steps import Step
from integrations.models import Posting
from integrations.money import ZERO
from integrations.pairs.flow import Hold
from integrations.pairs.xero_procore import undoing
from integrations.pairs.xero_procore.documents import Bill, Payment, payment_reference
from integrations.pairs.xero_procore.undoing import Removal
from integrations.project_documents import PaymentRemoval, StoredRequisition


def with_reversed(case: BillCase) -> Bill:
    """The bill with every payment that stands in the project and that it no longer shows, as taken back."""
    shown = {payment_reference(each.payment_id) for each in case.bill.payments}
    prefix = len(payment_reference(""))
    gone = [
        Payment(reference[prefix:], posting.paid_on or case.bill.date, ZERO, deleted=True)
        for reference, posting in case.postings.standing_payments.items()
        if reference not in shown
    ]
    return replace(case.bill, payments=(*case.bill.payments, *gone))


def reversed_payments(case: BillCase) -> bool:
    """Whether a payment that stands in the project was taken back at the source."""
    gone = {payment_reference(each.payment_id) for each in case.bill.payments if each.deleted}
    return not gone.isdisjoint(case.postings.standing_payments)


def whole(walk: BillWalk, case: BillCase, requisition: StoredRequisition) -> bool:
    """Everything of it; False where something keeps it from being taken back, and the record says what."""
    return _take_back(walk, case, undoing.whole(requisition, *_there(walk, requisition), walk.terms))


def payments(walk: BillWalk, case: BillCase, requisition: StoredRequisition) -> bool:
    """What was taken back at the source; with the last one, by setting, the requisition as well."""
    removals = undoing.taken_back(case.bill, requisition, *_there(walk, requisition), walk.terms)
    return _take_back(walk, case, removals)


def _there(walk: BillWalk, requisition: StoredRequisition) -> tuple[list, list]:  # type: ignore[type-arg]
    at = (requisition.project, requisition.commitment)
    return walk.chains.requisitions(*at), walk.chains.payments(*at)


def _take_back(walk: BillWalk, case: BillCase, removals: Sequence[Removal] | Hold) -> bool:
    if isinstance(removals, Hold):
        walk.hold(case.record, removals)
        return False
    postings = [_posting(case, each) for each in removals]
    if None in postings:
        said = f"Somebody entered a payment of it in {walk.terms.target_label}. Take that one back there first."
        walk.hold(case.record, Hold("withdrawn-after-posting", said))
        return False
    return all(
        _remove(walk, case, removal, posting)
        for removal, posting in zip(removals, postings, strict=True)
        if posting is not None
    )


def _posting(case: BillCase, removal: Removal) -> Posting | None:
    """That of ours which it takes away; None for what is not ours."""
    if isinstance(removal, PaymentRemoval):
        ours = case.postings.standing_payments.values()
        return next((each for each in ours if each.target_id == removal.payment), None)
    return case.postings.requisition


def _remove(walk: BillWalk, case: BillCase, removal: Removal, posting: Posting) -> bool:
    name = f"{'payment' if posting.kind == standing.PAYMENT else 'requisition'}-removal"
    step = Step(case.record, posting.kind, posting.reference, name, removal, posting.target_id, removal.project)
    return walk.take(step, removal.commitment) is not None
