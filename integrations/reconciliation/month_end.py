"""What stands between the books and the end of a month: four lists, each by count and amount (A65, A22)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import BooleanField, Count, ExpressionWrapper, F, Field, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone

from integrations.documents import PurchaseOrder
from integrations.errors import InvalidSourceError
from integrations.models import Integration, OrderLine, Record
from integrations.money import ZERO
from integrations.places import FOUR_DECIMALS
from integrations.reconciliation.sides import records_of
from integrations.systems import system

Rows = QuerySet[Any]
YES_OR_NO: "Field[Any, Any]" = BooleanField()
NOT_OPEN = (
    "ledger", "not-yet-approved", "before-start", "excluded-by-rule", "excluded-by-person", "covered", "withdrawn",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class MonthEndList:
    """One list: its question, and which of the `documents` answer it for a day."""

    slug: str
    label: str
    explained: str
    which: Callable[[date], Q]

    def rows(self, integration: Integration, day: date) -> Rows:
        return documents(integration).filter(self.which(day))


@dataclass
class Counted:
    """How many, and how much per currency."""

    count: int = 0
    amounts: dict[str, Decimal] = field(default_factory=dict)

    def add(self, many: int, currency: str, summed: Decimal) -> None:
        self.count += many
        self.amounts[currency] = self.amounts.get(currency, ZERO) + _exact(summed)


def documents(integration: Integration) -> Rows:
    """All of them, with what the lists ask of what stands; asked of `stands` itself, each would join it once more."""
    found: Rows = records_of(integration).annotate(
        posted_on=F("stands__document_date"),
        written_at=F("stands__posted_at"),
        month_here=TruncMonth("document_date"),
        month_there=TruncMonth("stands__document_date"),
    )
    return found


def _not_booked(day: date) -> Q:
    return Q(document_date__lte=day) & ~Q(where__in=NOT_OPEN)


def _other_month(day: date) -> Q:
    return Q(where="ledger", posted_on__lte=day) & ~Q(month_here=F("month_there"))


def _late(day: date) -> Q:
    end = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
    return Q(where__in=("ledger", "draft"), written_at__gte=end, posted_on__lte=day)


LISTS: Mapping[str, MonthEndList] = {
    each.slug: each
    for each in (
        MonthEndList(
            "not-booked",
            "Approved, but not in the ledger",
            "Dated up to the day: drafts, what waits or is held, and what was removed in the target.",
            _not_booked,
        ),
        MonthEndList(
            "other-month",
            "In the ledger in another month than at the source",
            "The month of the posting date there differs from the month of the document's date at the source.",
            _other_month,
        ),
        MonthEndList(
            "late",
            "Posted after the day, dated before it",
            "Dated up to the day, but written to the target only afterwards.",
            _late,
        ),
    )
}


def counted(integration: Integration, day: date) -> dict[str, Counted]:
    """Of every list, by its slug: one question, which goes through the documents once."""
    found = {slug: Counted() for slug in LISTS}
    listed = {f"list_{place}": each.which(day) for place, each in enumerate(LISTS.values())}
    marked = documents(integration).annotate(
        **{name: ExpressionWrapper(which, YES_OR_NO) for name, which in listed.items()}
    )
    grouped = marked.values("currency", *listed).annotate(many=Count("pk"), summed=Sum("amount"))
    for row in grouped.order_by("currency"):
        for name, counts in zip(listed, found.values(), strict=True):
            if row[name]:
                counts.add(row["many"], row["currency"], row["summed"])
    return found


def _exact(summed: Decimal) -> Decimal:
    """SQLite adds in floats; what is kept has four decimals."""
    return summed.quantize(FOUR_DECIMALS)


def not_billed(integration: Integration, day: date) -> QuerySet[OrderLine]:
    """Order lines of which more was received than billed, in value; as last read, of orders dated up to the day.

    The source's orders tell what was received so far, not when, so this is exact on the day itself only (A22).
    """
    open_lines = OrderLine.objects.filter(record__integration=integration, received__gt=F("billed"))
    dated = Q(record__document_date=None) | Q(record__document_date__lte=day)
    return open_lines.filter(dated).exclude(record__work="withdrawn").order_by("record_id", "position")


def accruals(lines: QuerySet[OrderLine]) -> Counted:
    found = Counted()
    grouped = lines.values("record__currency").annotate(many=Count("pk"), summed=Sum(F("received") - F("billed")))
    for row in grouped.order_by("record__currency"):
        found.add(row["many"], row["record__currency"], row["summed"])
    return found


@dataclass(frozen=True, slots=True)
class Accrual:
    """One order line to be accrued, with the account and department it is charged to at the source."""

    line: OrderLine
    record: Record
    description: str
    charged_to: str
    amount: Decimal


def shown_accruals(lines: "list[OrderLine]") -> list[Accrual]:
    """The lines of one page with their account and department, as the order was last read."""
    orders: dict[int, dict[str, Any]] = {}
    found = []
    for line in lines:
        if line.record_id not in orders:
            orders[line.record_id] = _items(line.record)
        item = orders[line.record_id].get(line.item)
        parts = [
            " · ".join(word for word in (part.account_code, part.department_name) if word)
            for part in (item.allocations if item else ())
        ]
        name = item.description if item else line.item
        found.append(Accrual(line, line.record, name, ", ".join(dict.fromkeys(parts)), line.received - line.billed))
    return found


def _items(record: Record) -> dict[str, Any]:
    parse = system(record.integration.source.system).load_parse()
    try:
        order = parse.order(parse.loads(record.document.detail)) if record.document.detail else None
    except InvalidSourceError:
        order = None
    return {line.source_id: line for line in order.lines} if isinstance(order, PurchaseOrder) else {}
