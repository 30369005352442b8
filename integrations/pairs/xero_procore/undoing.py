"""Taking back what a bill stands for in its project, after a void, a deleted payment or a change (A89).

Requisitions of a commitment are a chain of which only the newest may be changed. So nothing is taken out of its
middle, and nothing that somebody in the project has decided on.
"""

from collections.abc import Sequence

from integrations.pairs.flow import Hold
from integrations.pairs.xero_procore.documents import Bill, payment_reference
from integrations.pairs.xero_procore.terms import ProjectTerms
from integrations.project_documents import StoredContractPayment, StoredRequisition
from integrations.project_writes import PaymentRemoval, RequisitionRemoval

Removal = PaymentRemoval | RequisitionRemoval


def changed(before: Bill, now: Bill) -> bool:
    """Whether a bill says something else than what stands for it; being paid is no change (A38)."""
    return before.content != now.content


def whole(
    requisition: StoredRequisition,
    chain: Sequence[StoredRequisition],
    payments: Sequence[StoredContractPayment],
    terms: ProjectTerms,
) -> tuple[Removal, ...] | Hold:
    """Everything of a bill that was voided or changed: its contract payments first, then its requisition."""
    mine = [payment for payment in payments if payment.requisition == requisition.target_id]
    refused = _refusal(requisition, chain, mine, terms)
    if refused is not None:
        return refused
    removal = RequisitionRemoval(requisition.project, requisition.commitment, requisition.target_id)
    return (*(_removal(payment) for payment in mine), removal)


def taken_back(
    bill: Bill, requisition: StoredRequisition, payments: Sequence[StoredContractPayment], terms: ProjectTerms
) -> tuple[PaymentRemoval, ...] | Hold:
    """The contract payments of payments that were taken back: they are no part of the chain, so of any requisition."""
    gone = {payment_reference(each.payment_id) for each in bill.payments if each.deleted}
    theirs = [each for each in payments if each.requisition == requisition.target_id and each.reference in gone]
    if any(payment.locked for payment in theirs):
        return _locked(requisition, terms)
    return tuple(_removal(payment) for payment in theirs)


def _refusal(
    requisition: StoredRequisition,
    chain: Sequence[StoredRequisition],
    payments: Sequence[StoredContractPayment],
    terms: ProjectTerms,
) -> Hold | None:
    later = [each.number for each in chain if each.sequence > requisition.sequence]
    if later:
        said = f"Requisition {requisition.number} is followed by {', '.join(later)} on the same commitment"
        return Hold("later-requisition", f"{said}; only the newest can be taken back. Correct it by hand.")
    if requisition.locked or any(payment.locked for payment in payments):
        return _locked(requisition, terms)
    if requisition.status is not terms.requisition_status:
        said = f"Requisition {requisition.number} is {requisition.status_word or 'changed'} in {terms.target_label}"
        return Hold("withdrawn-after-posting", f"{said}, which is not how we wrote it. Correct it by hand.")
    return None


def _locked(requisition: StoredRequisition, terms: ProjectTerms) -> Hold:
    said = f"Requisition {requisition.number} or its payment is locked in {terms.target_label}"
    return Hold("withdrawn-after-posting", f"{said}. Unlock it there, or correct it by hand.")


def _removal(payment: StoredContractPayment) -> PaymentRemoval:
    return PaymentRemoval(payment.project, payment.commitment, payment.target_id)
