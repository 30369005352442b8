"""What a posting remembers of what the target answered or showed, and how people call each write."""

import hashlib
from typing import Any

from django.db import transaction
from django.utils import timezone

from integrations.documents import Vendor
from integrations.engine.slice import Slice
from integrations.models import Posting, Standing
from integrations.project_documents import (
    CommitmentStatus,
    DirectCostStatus,
    RequisitionStatus,
    StoredCommitment,
    StoredContractPayment,
    StoredDirectCost,
    StoredDocument,
    StoredRequisition,
)
from integrations.project_writes import (
    CommitmentRemoval,
    DirectCostChange,
    DirectCostRemoval,
    DirectCostWrite,
    HeaderWrite,
    LineRemoval,
    LinesWrite,
    PaymentChange,
    PaymentLock,
    PaymentRemoval,
    PaymentWrite,
    ProjectVendorWrite,
    ProjectWrite,
    RequisitionChange,
    RequisitionItemsChange,
    RequisitionRemoval,
    RequisitionWrite,
    StatusWrite,
)
from integrations.vendor_documents import VendorWrite

COMMITMENT, REQUISITION, DIRECT_COST = "commitment", "requisition", "direct-cost"
PAYMENT, VENDOR = "contract-payment", "project-vendor"
KINDS = (COMMITMENT, REQUISITION, DIRECT_COST, PAYMENT, VENDOR)
REMOVALS = (CommitmentRemoval, RequisitionRemoval, PaymentRemoval, DirectCostRemoval)
# What stops being there by these; whoever finds it gone has what they wanted.
TAKES_AWAY = (*REMOVALS, LineRemoval)
FIELDS = (
    "project",
    "target_id",
    "target_version",
    "stored_fingerprint",
    "standing",
    "status_word",
    "number",
    "currency",
    "target_total",
    "document_date",
    "removed_by_us",
    "posted_at",
    "run",
)
WORDS: dict[type, str] = {
    HeaderWrite: "the commitment's header",
    LinesWrite: "the commitment's lines",
    LineRemoval: "the removal of a line",
    StatusWrite: "the commitment's status",
    CommitmentRemoval: "the removal of the commitment",
    RequisitionWrite: "the requisition",
    RequisitionChange: "a change of the requisition",
    RequisitionItemsChange: "the amounts of the requisition",
    RequisitionRemoval: "the removal of the requisition",
    PaymentWrite: "a payment",
    PaymentChange: "the amount of a payment",
    PaymentLock: "the lock of a payment",
    PaymentRemoval: "the removal of a payment",
    DirectCostWrite: "the direct cost",
    DirectCostChange: "the day of payment of the direct cost",
    DirectCostRemoval: "the removal of the direct cost",
    ProjectVendorWrite: "the vendor on the project's list",
    VendorWrite: "the vendor",
}
_KINDS: dict[type, str] = {
    StoredCommitment: COMMITMENT,
    StoredRequisition: REQUISITION,
    StoredContractPayment: PAYMENT,
    StoredDirectCost: DIRECT_COST,
    Vendor: VENDOR,
}


def words(write: ProjectWrite | VendorWrite) -> str:
    if isinstance(write, VendorWrite) and write.before is not None:
        return "our mark on the vendor"
    if isinstance(write, RequisitionChange | DirectCostChange) and write.origin:
        return f"the lock of the {'requisition' if isinstance(write, RequisitionChange) else 'direct cost'}"
    if isinstance(write, DirectCostChange) and write.vendor:
        return "the vendor of the direct cost"
    return WORDS[type(write)]


def stand(slice_: Slice, posting: Posting, stored: StoredDocument) -> None:
    """Remember what stands. The posting is saved by whoever calls, with `FIELDS`."""
    if _KINDS[type(stored)] != posting.kind:
        return
    now: dict[str, Any] = {"target_id": _id_of(stored), "standing": standing(stored), "removed_by_us": False}
    if not isinstance(stored, Vendor):
        now |= {"project": stored.project, "number": stored.number}
        now |= {"target_total": stored.amount if isinstance(stored, StoredContractPayment) else stored.total}
    if isinstance(stored, (StoredCommitment, StoredRequisition, StoredDirectCost)):
        now["status_word"] = stored.status_word
    if isinstance(stored, StoredCommitment):
        now |= {"currency": stored.currency, "target_version": stored.version}
    elif not isinstance(stored, Vendor):
        now["document_date"] = stored.date
    if isinstance(stored, StoredDirectCost):
        now["stored_fingerprint"] = fingerprint(stored)
    for name, value in now.items():
        setattr(posting, name, value)
    posting.posted_at, posting.run = timezone.now(), slice_.run


def fingerprint(stored: StoredDirectCost) -> str:
    """What people would change of it there."""
    facts = (stored.number, stored.vendor, stored.date, stored.status_word, str(stored.total.normalize()))
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def adopt(slice_: Slice, posting: Posting, stored: StoredDocument) -> None:
    """It was looked up and is there."""
    with transaction.atomic():
        slice_.fence()
        stand(slice_, posting, stored)
        posting.save(update_fields=FIELDS)


def gone(slice_: Slice, posting: Posting) -> None:
    """We took it away."""
    posting.standing, posting.removed_by_us, posting.sent_fingerprint = Standing.NOTHING, True, ""
    posting.posted_at, posting.run = timezone.now(), slice_.run


def standing(stored: StoredDocument) -> Standing:
    """A vendor is no document of ours, and a closed commitment is none any more."""
    match stored:
        case Vendor():
            return Standing.NOTHING
        case StoredCommitment():
            if stored.removed:
                return Standing.REMOVED
            if stored.status is CommitmentStatus.CLOSED:
                return Standing.NOTHING
            return Standing.DRAFT if stored.status is CommitmentStatus.DRAFT else Standing.LEDGER
        case StoredRequisition():
            return Standing.DRAFT if stored.status is RequisitionStatus.DRAFT else Standing.LEDGER
        case StoredDirectCost():
            return Standing.DRAFT if stored.status_word == DirectCostStatus.DRAFT else Standing.LEDGER
    return Standing.LEDGER


def _id_of(stored: StoredDocument) -> str:
    return stored.source_id if isinstance(stored, Vendor) else stored.target_id
