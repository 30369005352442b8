"""Both sides as the tables have them, each from its own: records on the left, the target's index on the right."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    FilteredRelation,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, TruncMonth

from integrations.documents import BillStatus
from integrations.flag_words import EDITED
from integrations.models import Billing, Flag, Integration, Posting, Record, Tally, TargetBill
from integrations.places import STANDING_PLACES, WORK_PLACES
from integrations.reconciliation.causes import Sides

KIND = "bill"
FLOWS = ("purchase-orders", "bills")
AT_A_TIME = 2000
LineKey = tuple[str, str, date | None]


def records_of(integration: Integration) -> "QuerySet[Any]":
    """Records of what is owed or will be, with what stands of them as `stands__…` and their place as `where`."""
    rows = Record.objects.filter(integration=integration, flow__in=FLOWS)
    joined = rows.annotate(stands=FilteredRelation("postings", condition=Q(postings__kind=KIND)))
    places = [
        *(When(stands__standing=standing, then=Value(place)) for standing, place in STANDING_PLACES.items()),
        *(When(work=work, then=Value(place)) for work, place in WORK_PLACES.items()),
    ]
    found: QuerySet[Any] = joined.annotate(where=Case(*places, default=Value("lost"), output_field=CharField()))
    return found


def approved(integration: Integration) -> "QuerySet[Any]":
    """All but what the source has not approved; what stands in the target counts, whatever the source says now."""
    return records_of(integration).exclude(where="not-yet-approved")


def left(integration: Integration, as_of: date) -> Iterator[tuple[LineKey, int, Decimal]]:
    """Approved source documents dated up to the day, per vendor, currency and month."""
    rows = approved(integration).filter(Q(document_date=None) | Q(document_date__lte=as_of))
    grouped = (
        rows.annotate(month=TruncMonth("document_date"))
        .values("vendor_name", "currency", "month")
        .annotate(found=Count("pk"), summed=Sum("amount"))
        .order_by()
    )
    for row in grouped.iterator():
        yield (row["vendor_name"], row["currency"], row["month"]), row["found"], row["summed"]


def right(integration: Integration, as_of: date) -> Iterator[tuple[LineKey, int, Decimal]]:
    """Our documents in the target's ledger, as its own index shows them; not as our postings remember them."""
    grouped = (
        booked(integration, as_of)
        .exclude(holder=None)
        .annotate(vendor=Subquery(_posting().values("record__vendor_name")[:1]), month=TruncMonth("date"))
        .values("vendor", "currency", "month")
        .annotate(found=Count("pk"), summed=Sum("total"))
        .order_by()
    )
    for row in grouped.iterator():
        yield (row["vendor"] or "", row["currency"], row["month"]), row["found"], row["summed"]


def booked(integration: Integration, as_of: date) -> "QuerySet[Any]":
    """The index's bills in the ledger that are of this integration; `holder` is None for those without a record."""
    holder = Subquery(_posting().values("record__integration")[:1])
    rows = TargetBill.objects.filter(connection=integration.target_id, status=BillStatus.IN_LEDGER)
    rows = rows.filter(Q(date=None) | Q(date__lte=as_of))
    found: QuerySet[Any] = rows.annotate(holder=holder).filter(Q(holder=integration.pk) | Q(holder=None, ours=True))
    return found


def _posting() -> QuerySet[Posting]:
    return Posting.objects.filter(connection=OuterRef("connection"), target_id=OuterRef("target_id"), kind=KIND)


def each(integration: Integration, as_of: date) -> Iterator[tuple[dict[str, Any], Sides]]:
    """Record by record, for those that may stand differently on both sides."""
    agrees = Q(where="ledger", stands__target_total=F("amount"), stands__currency=F("currency")) & Q(
        stands__document_date=F("document_date")
    )
    counted = Q(document_date=None) | Q(document_date__lte=as_of)
    rows = (
        approved(integration)
        .filter(counted | Q(where="ledger", stands__document_date__lte=as_of))
        .exclude(agrees)
        .annotate(
            edited=Exists(Flag.objects.filter(record=OuterRef("pk"), kind=EDITED)),
            billed=Exists(Billing.objects.filter(order=OuterRef("document__source_id"))),
        )
        .order_by("pk")
        .values(
            "pk",
            "number",
            "vendor_name",
            "currency",
            "amount",
            "document_date",
            "where",
            "edited",
            "billed",
            "explanation",
            "hold_reason",
            "stands__target_total",
            "stands__currency",
            "stands__document_date",
        )
    )
    for row in rows.iterator(chunk_size=AT_A_TIME):
        yield (
            row,
            Sides(
                row["where"],
                row["currency"],
                row["amount"],
                row["document_date"],
                row["stands__currency"] or row["currency"],
                row["stands__target_total"] or Decimal(0),
                row["stands__document_date"],
                row["edited"],
                row["billed"],
            ),
        )


def unread(integration: Integration) -> dict[str, tuple[int, Decimal]]:
    """Per currency what the pull's own tally counted and no record holds, the other way round negative (E13)."""
    tallied = {
        row["currency"]: (row["found"], row["summed"])
        for row in Tally.objects.filter(integration=integration, flow__in=FLOWS)
        .values("currency")
        .annotate(found=Coalesce(Sum("count"), 0), summed=Sum("amount"))
    }
    held = {
        row["currency"]: (row["found"], row["summed"])
        for row in Record.objects.filter(integration=integration, flow__in=FLOWS)
        .values("currency")
        .annotate(found=Count("pk"), summed=Sum("amount"))
        .order_by()
    }
    nothing = (0, Decimal(0))
    found = {}
    for currency in sorted({*tallied, *held}):
        read, kept = tallied.get(currency, nothing), held.get(currency, nothing)
        if read != kept:
            found[currency] = (read[0] - kept[0], read[1] - kept[1])
    return found


def size(integration: Integration, at_most: int) -> int:
    """How many records there are, counted no further than asked."""
    return Record.objects.filter(integration=integration, flow__in=FLOWS).order_by()[: at_most + 1].count()


__all__ = ["FLOWS", "KIND", "approved", "booked", "each", "left", "records_of", "right", "size", "unread"]
