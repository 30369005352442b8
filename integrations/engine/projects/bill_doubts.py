"""After a lost answer or a dead worker: what stands of a bill is read live, adopted, and its open lines closed (E2)."""

from django.utils import timezone

from integrations.engine.projects import bill_postings, standing, steps
from integrations.engine.projects.bill_postings import BillPostings
from integrations.engine.projects.chains import Chains
from integrations.engine.slice import Slice
from integrations.models import Posting, Record, RequestLine, Work
from integrations.project_documents import StoredContractPayment, StoredRequisition
from integrations.systems.protocols import ProjectBooks

FLOW = "bills"
KINDS = (standing.REQUISITION, standing.DIRECT_COST, standing.PAYMENT)


def recover(slice_: Slice, target: ProjectBooks) -> None:
    """Every bill in doubt whose writes must have ended; the others keep their time."""
    chains = Chains(target)
    in_doubt = Record.objects.filter(integration=slice_.integration, flow=FLOW, work=Work.DOUBT)
    for record in in_doubt.select_related("document", "integration").order_by("pk"):
        ends = steps.settles_at(record)
        if ends is not None and ends > timezone.now():
            slice_.wake_at(ends)
            continue
        _look_up(slice_, record, target, chains)


def _look_up(slice_: Slice, record: Record, target: ProjectBooks, chains: Chains) -> None:
    postings = BillPostings.of(record)
    found = {line.pk: _happened(slice_, line, target, chains, postings.commitment) for line in steps.open_lines(record)}
    steps.settle(slice_, record, found)


def _happened(
    slice_: Slice, line: RequestLine, target: ProjectBooks, chains: Chains, commitment: Posting | None
) -> bool:
    """Whether the write took effect; what stands is then in our books. Only our exact reference proves it."""
    posting = line.posting
    if posting.kind == standing.DIRECT_COST:
        direct = bill_postings.stored_direct_cost(target, posting)
        if direct is not None:
            bill_postings.adopt(slice_, posting, direct)
        return direct is not None
    assert commitment is not None
    at = (posting.project, commitment.target_id)
    there: list[StoredRequisition] | list[StoredContractPayment]
    there = chains.requisitions(*at) if posting.kind == standing.REQUISITION else chains.payments(*at)
    stored = next((each for each in there if each.reference == posting.reference), None)
    if line.step.endswith("-removal"):
        if stored is None:
            bill_postings.take_away(slice_, posting)
        return stored is None
    if stored is None:
        return False
    bill_postings.adopt(slice_, posting, stored)
    return line.step != "payment-date" or (isinstance(stored, StoredRequisition) and stored.payment_date is not None)
