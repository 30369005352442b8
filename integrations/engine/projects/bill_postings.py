"""What of a bill stands in its project, as our own rows know it."""

from dataclasses import dataclass, field
from datetime import date

from django.db import transaction

from integrations.engine.projects import standing
from integrations.engine.projects.around import LIVE
from integrations.engine.slice import Slice
from integrations.models import Billing, Posting, Record
from integrations.money import ZERO
from integrations.pairs.xero_procore.bills import StandsAs
from integrations.pairs.xero_procore.documents import order_origin
from integrations.project_documents import (
    DirectCost,
    DirectCostStatus,
    DirectCostWrite,
    StoredDirectCost,
    StoredDocument,
)
from integrations.systems.protocols import ProjectBooks


@dataclass
class BillPostings:
    """`commitment` is that of the order which the bill was written against, if it ever was."""

    requisition: Posting | None = None
    direct_cost: Posting | None = None
    payments: dict[str, Posting] = field(default_factory=dict)
    commitment: Posting | None = None

    @classmethod
    def of(cls, record: Record) -> "BillPostings":
        found = cls(commitment=_commitment(record))
        for posting in Posting.objects.filter(record=record).order_by("pk"):
            if posting.kind == standing.REQUISITION:
                found.requisition = posting
            elif posting.kind == standing.DIRECT_COST:
                found.direct_cost = posting
            elif posting.kind == standing.PAYMENT:
                found.payments[posting.reference] = posting
        return found

    @property
    def stands_as(self) -> StandsAs:
        if self.requisition is not None and self.requisition.standing in LIVE:
            return StandsAs.REQUISITION
        if self.direct_cost is not None and self.direct_cost.standing in LIVE:
            return StandsAs.DIRECT_COST
        return StandsAs.NOTHING

    @property
    def standing_payments(self) -> dict[str, Posting]:
        return {reference: each for reference, each in self.payments.items() if each.standing in LIVE}


def _commitment(record: Record) -> Posting | None:
    order = Billing.objects.filter(bill=record).values_list("order", flat=True).first()
    if order is None:
        return None
    return Posting.objects.filter(
        connection=record.integration.target_id, kind=standing.COMMITMENT, reference=order_origin(order)
    ).first()


def adopt(slice_: Slice, posting: Posting, stored: StoredDocument) -> None:
    """It was looked up and is there."""
    with transaction.atomic():
        slice_.fence()
        standing.stand(slice_, posting, stored)
        posting.save(update_fields=standing.FIELDS)


def take_away(slice_: Slice, posting: Posting) -> None:
    """It was looked up and is gone, as we wanted."""
    with transaction.atomic():
        slice_.fence()
        standing.gone(slice_, posting)
        posting.save(update_fields=[*standing.FIELDS, "sent_fingerprint"])


def stored_direct_cost(target: ProjectBooks, posting: Posting) -> StoredDirectCost | None:
    """Live. It is looked for by the supplier's number, and known by our reference alone."""
    record = posting.record
    sought = DirectCost(
        posting.project, posting.reference, "", posting.number or record.number, record.document_date or date.min,
        DirectCostStatus.DRAFT, (), ZERO,
    )  # fmt: skip
    found = (each for each in target.find(DirectCostWrite(sought)) if isinstance(each, StoredDirectCost))
    return next(found, None)
