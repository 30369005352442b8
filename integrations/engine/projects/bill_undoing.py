"""Taking back what a bill stands for: payments first, then its requisition, each a step of its own (A89)."""

from collections.abc import Sequence
from dataclasses import replace

from integrations.engine.projects import standing
from integrations.engine.projects.bill_walk import BillCase, BillWalk
from integrations.engine.projects.steps import Step
from integrations.models import Posting
from integrations.money import ZERO
from integrations.pairs.flow import Hold
from integrations.pairs.xero_procore import bills, undoing
from integrations.pairs.xero_procore.documents import Bill, Payment, payment_reference
from integrations.pairs.xero_procore.terms import Trigger
from integrations.pairs.xero_procore.undoing import Removal
from integrations.project_documents import StoredRequisition
from integrations.project_writes import PaymentRemoval


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
    return not _taken_back(case).isdisjoint(case.postings.standing_payments)


def _taken_back(case: BillCase) -> set[str]:
    return {payment_reference(each.payment_id) for each in case.bill.payments if each.deleted}


def goes_as_well(walk: BillWalk, case: BillCase, requisition: StoredRequisition) -> bool:
    """Whether a requisition goes with the payments that were taken back: where payments bring bills along, with the
    last of them; and where it says that it was paid, which only a new one can say otherwise."""
    lost = any(each.removed_by_us for each in case.postings.payments.values())
    if walk.terms.trigger is Trigger.PAID and lost and not case.bill.standing_payments:
        return True
    return says_paid_wrongly(case, requisition) and not isinstance(_whole(walk, requisition), Hold)


def says_paid_wrongly(case: BillCase, requisition: StoredRequisition) -> bool:
    """Whether the day we wrote stands on it although the bill is open again; a day that people wrote is theirs."""
    posting, stands = case.postings.requisition, requisition.payment_date
    if stands is None or posting is None:
        return False
    return posting.paid_on == stands and bills.settled_on(case.bill) is None


def whole(walk: BillWalk, case: BillCase, requisition: StoredRequisition) -> bool:
    """Everything of it; False where something keeps it from being taken back, and the record says what."""
    return _take_back(walk, case, _whole(walk, requisition))


def payments(walk: BillWalk, case: BillCase, requisition: StoredRequisition) -> bool:
    """The contract payments of what was taken back at the source; those that people removed there are gone already.

    False where nothing may be sent: then they still stand.
    """
    there = walk.chains.payments(requisition.project, requisition.commitment)
    ids, back = {each.target_id for each in there}, _taken_back(case)
    for reference, posting in case.postings.standing_payments.items():
        if reference in back and posting.target_id not in ids and walk.sends:
            walk.let_go(posting)
    return _take_back(walk, case, undoing.taken_back(case.bill, requisition, there, walk.terms)) and walk.sends


def _whole(walk: BillWalk, requisition: StoredRequisition) -> Sequence[Removal] | Hold:
    at = (requisition.project, requisition.commitment)
    return undoing.whole(requisition, walk.chains.requisitions(*at), walk.chains.payments(*at), walk.terms)


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
