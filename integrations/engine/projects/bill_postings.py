"""What of a bill stands in its project, as our own rows know it."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db import transaction

from integrations.engine.projects import standing
from integrations.engine.projects.around import LIVE, ORDERS
from integrations.engine.slice import Slice
from integrations.models import Billing, Posting, Record
from integrations.money import ZERO
from integrations.pairs.xero_procore.bills import StandsAs
from integrations.project_documents import DirectCost, DirectCostStatus, StoredDirectCost
from integrations.project_writes import DirectCostRemoval, DirectCostWrite
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
    def standing_total(self) -> Decimal | None:
        """What was written of the bill and stands; None where nothing does."""
        for posting in (self.requisition, self.direct_cost):
            if posting is not None and posting.standing in LIVE:
                return posting.source_total
        return None

    @property
    def standing_payments(self) -> dict[str, Posting]:
        return {reference: each for reference, each in self.payments.items() if each.standing in LIVE}


def _commitment(record: Record) -> Posting | None:
    order = Billing.objects.filter(bill=record).values_list("order", flat=True).first()
    if order is None:
        return None
    mine = Posting.objects.filter(record__integration=record.integration_id, record__flow=ORDERS)
    return mine.filter(kind=standing.COMMITMENT, record__document__source_id=order).first()


def take_away(slice_: Slice, posting: Posting) -> None:
    """It was looked up and is gone, as we wanted."""
    with transaction.atomic():
        slice_.fence()
        standing.gone(slice_, posting)
        posting.save(update_fields=[*standing.FIELDS, "sent_fingerprint"])


def stored_direct_cost(target: ProjectBooks, posting: Posting) -> StoredDirectCost | None:
    """Live. By its id where we know it, else by the supplier's number, and then known by our reference alone."""
    if posting.target_id:
        found = target.find(DirectCostRemoval(posting.project, posting.target_id))
    else:
        number, day = posting.number or posting.record.number, posting.record.document_date or date.min
        sought = DirectCost(posting.project, posting.reference, "", number, day, DirectCostStatus.DRAFT, (), ZERO)
        found = target.find(DirectCostWrite(sought))
    return next((each for each in found if isinstance(each, StoredDirectCost)), None)
