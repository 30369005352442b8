"""Which edits in a project may be written over with what we wrote, as far as our own rows tell (A42)."""

from integrations.engine.projects.bill_doubts import LOCK
from integrations.engine.projects.bill_postings import BillPostings
from integrations.engine.projects.edits import REMOVED
from integrations.engine.projects.standing import COMMITMENT
from integrations.models import Billing, Flag, Outcome, Posting, RequestLine, Standing, Work
from integrations.pairs.xero_procore import BILLS, ORDERS
from integrations.pairs.xero_procore.bills import StandsAs
from integrations.project_documents import CommitmentStatus

BY_HAND = "cannot be restored from here: correct it in the project, or accept what stands there."
NOT_NOW = "cannot be restored now: decide first what its record waits for."
NO_LINES = "the lines of a direct cost are not read from here: correct its total in the project, or accept it."
LOCKED = "it is locked in the project."
PAID = "it is paid, in whole or in part."
BY_OTHERS = "entered there"
# Held until a bill's documents are corrected there, which restoring does.
DIFFERS = "differs-in-project"
LIVE = (Standing.DRAFT, Standing.LEDGER)


def posting_of(flag: Flag) -> Posting | None:
    """The commitment of the order that it is about, as far as one stands."""
    rows = Posting.objects.filter(record=flag.record_id, kind=COMMITMENT, standing__in=LIVE)
    return rows.exclude(target_id="").select_related("connection").first()


def refused(flag: Flag) -> str:
    """Why not; "" for what may be written again, as far as is known here: it is asked once more right before."""
    if flag.record.flow == BILLS.slug:
        return _of_bill(flag)
    return _of_order(flag) if flag.record.flow == ORDERS.slug else BY_HAND


def _of_order(flag: Flag) -> str:
    """A commitment that nobody billed, paid or closed: what of it changed is written again as for a changed order."""
    posting = posting_of(flag)
    if posting is None:
        return BY_HAND
    if flag.record.work != Work.DONE:
        return NOT_NOW
    ours = Billing.objects.filter(order=flag.record.document.source_id, bill__integration=flag.record.integration_id)
    if any(BY_OTHERS in field for field, *_ in flag.details.get("fields", [])) or ours.exists():
        return "cannot be restored: it is billed or paid, in whole or in part."
    if posting.status_word.lower() == CommitmentStatus.CLOSED.value.lower():
        return "cannot be restored: it is closed."
    return ""


def _of_bill(flag: Flag) -> str:
    """The amounts of its requisition, as long as nothing of it is paid; its payments; the vendor of a direct cost."""
    if flag.record.work != Work.DONE and flag.record.hold_reason != DIFFERS:
        return NOT_NOW
    postings = BillPostings.of(flag.record)
    fields = [(name, now) for name, _, now in flag.details.get("fields", [])]
    total = any(name == "total" for name, _ in fields)
    cost = postings.direct_cost if postings.direct_cost and postings.direct_cost.standing in LIVE else None
    if cost is not None and total:
        return f"cannot be restored: {NO_LINES}"
    left = len(postings.standing_payments) - sum(now == REMOVED for _, now in fields)
    if (cost is not None and cost.paid_on is not None) or (total and left > 0):
        return f"cannot be restored: {PAID}"
    edited = cost or (postings.requisition if total else None)
    if edited is not None and _is_locked(edited):
        return f"cannot be restored: {LOCKED}"
    return BY_HAND if postings.stands_as is StandsAs.NOTHING else ""


def _is_locked(posting: Posting) -> bool:
    done = (Outcome.DONE, Outcome.FOUND)
    return RequestLine.objects.filter(posting=posting, step=LOCK, outcome__in=done).exists()
