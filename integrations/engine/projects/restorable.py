"""Which edits in a project may be written over with what we wrote, as far as our own rows tell (A42)."""

from integrations.engine.projects.standing import COMMITMENT
from integrations.models import Billing, Flag, Posting, Standing, Work
from integrations.pairs.xero_procore import ORDERS
from integrations.project_documents import CommitmentStatus

BY_HAND = "cannot be restored from here: correct it in the project, or accept what stands there."
BY_OTHERS = "entered there"


def posting_of(flag: Flag) -> Posting | None:
    """The commitment of the order that it is about, as far as one stands."""
    rows = Posting.objects.filter(
        record=flag.record_id, kind=COMMITMENT, standing__in=(Standing.DRAFT, Standing.LEDGER)
    )
    return rows.exclude(target_id="").select_related("connection").first()


def refused(flag: Flag) -> str:
    """Why not; "" for an order's commitment that nobody billed, paid or closed: what of it changed is written again as
    for an order that changed. Requisitions, payments and direct costs are people's to correct.
    """
    posting = posting_of(flag)
    if flag.record.flow != ORDERS.slug or posting is None:
        return BY_HAND
    if flag.record.work != Work.DONE:
        return "cannot be restored now: decide first what its record waits for."
    ours = Billing.objects.filter(order=flag.record.document.source_id, bill__integration=flag.record.integration_id)
    if any(BY_OTHERS in field for field, *_ in flag.details.get("fields", [])) or ours.exists():
        return "cannot be restored: it is billed or paid, in whole or in part."
    if posting.status_word.lower() == CommitmentStatus.CLOSED.value.lower():
        return "cannot be restored: it is closed."
    return ""
