"""After a lost answer or a dead worker: what stands of a bill is read live, adopted, and its open lines closed (E2)."""

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from integrations.engine.projects import bill_postings, ending, open_lines, standing
from integrations.engine.projects.bill_postings import BillPostings
from integrations.engine.projects.chains import Chains
from integrations.engine.slice import Slice
from integrations.models import Posting, Record, RequestLine, Work
from integrations.project_documents import StoredContractPayment, StoredDirectCost, StoredRequisition
from integrations.systems.protocols import ProjectBooks

FLOW = "bills"
PAYMENT_DATE, LOCK = "payment-date", "lock"
REQUISITION_RESTORED, PAYMENT_RESTORED, VENDOR_RESTORED = "requisition-restored", "payment-restored", "vendor-restored"
KINDS = (standing.REQUISITION, standing.DIRECT_COST, standing.PAYMENT)


def recover(slice_: Slice, target: ProjectBooks) -> None:
    """Every bill in doubt whose writes must have ended; the others keep their time.

    One whose project is closed to us is held with its doubt, and comes back here when somebody lets it go on.
    """
    chains = Chains(target)
    unsure = Exists(open_lines.every().filter(posting__record=OuterRef("pk")))
    in_doubt = Record.objects.filter(Q(work=Work.DOUBT) | Q(unsure, work=Work.WAITING), flow=FLOW)
    in_doubt = in_doubt.filter(integration=slice_.integration)
    for record in in_doubt.select_related("document", "integration").order_by("pk"):
        ends = open_lines.settles_at(record)
        if ends is not None and ends > timezone.now():
            slice_.wake_at(ends)
            continue
        with ending.alone(slice_, record):
            _look_up(slice_, record, target, chains)


def _look_up(slice_: Slice, record: Record, target: ProjectBooks, chains: Chains) -> None:
    postings = BillPostings.of(record)
    found = {
        line.pk: _happened(slice_, line, target, chains, postings.commitment) for line in open_lines.of_record(record)
    }
    open_lines.settle(slice_, record, found)


def _direct_cost_happened(slice_: Slice, line: RequestLine, stored: StoredDirectCost | None) -> bool:
    if line.step == VENDOR_RESTORED:
        return _was_restored(slice_, line, stored)
    if not line.step.endswith("-removal"):
        if stored is not None:
            standing.adopt(slice_, line.posting, stored)
        if line.step == LOCK:
            return stored is not None and stored.locked
        if line.step == PAYMENT_DATE:
            return stored is not None and str(stored.payment_date) == _day_of(line)
        return stored is not None
    if stored is None:
        bill_postings.take_away(slice_, line.posting)
    return stored is None


def _happened(
    slice_: Slice, line: RequestLine, target: ProjectBooks, chains: Chains, commitment: Posting | None
) -> bool:
    """Whether the write took effect; what stands is then in our books. Only our exact reference proves it."""
    posting = line.posting
    if posting.kind == standing.DIRECT_COST:
        return _direct_cost_happened(slice_, line, bill_postings.stored_direct_cost(target, posting))
    assert commitment is not None
    at = (posting.project, commitment.target_id)
    there: list[StoredRequisition] | list[StoredContractPayment]
    there = chains.requisitions(*at) if posting.kind == standing.REQUISITION else chains.payments(*at)
    stored = next((each for each in there if each.reference == posting.reference), None)
    if line.step.endswith("-removal"):
        if stored is None:
            bill_postings.take_away(slice_, posting)
        return stored is None
    if line.step in (REQUISITION_RESTORED, PAYMENT_RESTORED):
        return _was_restored(slice_, line, stored)
    if stored is None:
        return False
    standing.adopt(slice_, posting, stored)
    if line.step == LOCK:
        return stored.locked
    if line.step != PAYMENT_DATE:
        return True
    return isinstance(stored, StoredRequisition) and str(stored.payment_date) == _day_of(line)


def _was_restored(
    slice_: Slice, line: RequestLine, stored: StoredRequisition | StoredContractPayment | StoredDirectCost | None
) -> bool:
    """As we wrote it; otherwise our books keep what we left, or nobody could tell any more what people changed."""
    match stored:
        case StoredContractPayment():
            there = stored.amount == line.expected_total
        case StoredRequisition():
            there = stored.total == line.expected_total
        case StoredDirectCost():
            there = stored.vendor == line.contact
        case None:
            return False
    if there:
        standing.adopt(slice_, line.posting, stored)
    return there


def _day_of(line: RequestLine) -> str:
    return line.content_version.rpartition(" ")[2]
