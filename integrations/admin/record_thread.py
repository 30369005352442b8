"""The thread of a record: which bills took what of an order, which orders a bill bills (A3, A8, A10)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from django.urls import reverse

from integrations.models import Billing, BillingStage, OrderLine, Record
from integrations.money import ZERO, figure

Named = Callable[[Billing], tuple[object, str, str]]
ORDERS, BILLS = "purchase-orders", "bills"
STAGES = {BillingStage.READ: "busy", BillingStage.TAKING: "busy", BillingStage.POSTED: "good"}


@dataclass(frozen=True, slots=True)
class OrderedLine:
    """One order line's ledger, net: what is still in the draft and what bills took."""

    position: int
    ordered: str
    received: str
    billed: str
    drafted: str


@dataclass(frozen=True, slots=True)
class Related:
    """Another document of the same spend."""

    label: str
    link: str
    amount: str
    state: str = ""
    tone: str = "calm"


@dataclass(frozen=True, slots=True)
class Thread:
    lines: list[OrderedLine] = field(default_factory=list)
    documents: list[Related] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.lines or self.documents)


def thread(record: Record) -> Thread:
    if record.flow == ORDERS:
        return Thread(_ledger(record), _bills_of(record))
    if record.flow == BILLS:
        return Thread([], _orders_of(record))
    return Thread()


def _ledger(order: Record) -> list[OrderedLine]:
    return [
        OrderedLine(
            line.position + 1, figure(line.ordered), figure(line.received), figure(line.billed), figure(line.drafted)
        )
        for line in OrderLine.objects.filter(record=order).order_by("position")
    ]


def _bills_of(order: Record) -> list[Related]:
    billed = Billing.objects.filter(order=order.document.source_id, bill__integration=order.integration_id)
    billings = billed.select_related("bill").order_by("pk")
    return _added_up(billings, lambda each: (each.bill.pk, str(each.bill), _page(each.bill)), order.currency)


def _orders_of(bill: Record) -> list[Related]:
    if not (billings := list(Billing.objects.filter(bill=bill).order_by("pk"))):
        return []
    orders = {
        order.document.source_id: order
        for order in Record.objects.filter(
            integration=bill.integration_id,
            flow=ORDERS,
            document__connection=bill.integration.source_id,
            document__source_id__in={each.order for each in billings},
        ).select_related("document")
    }

    def named(each: Billing) -> tuple[object, str, str]:
        order = orders.get(each.order)
        return (each.order, str(order), _page(order)) if order else (each.order, "an order that was not read yet", "")

    return _added_up(billings, named, bill.currency)


def _added_up(billings: Iterable[Billing], named: Named, currency: str) -> list[Related]:
    """Per document what was billed of it in all, with the earliest stage of its parts."""
    sums: dict[object, Decimal] = {}
    seen: dict[object, tuple[str, str, BillingStage]] = {}
    for each in billings:
        key, label, link = named(each)
        sums[key] = sums.get(key, ZERO) + each.net
        stage = BillingStage(each.stage)
        before = seen.get(key)
        seen[key] = (label, link, stage if before is None or stage != BillingStage.POSTED else before[2])
    return [
        Related(label, link, f"{figure(sums[key])} {currency} net", stage.label, STAGES[stage])
        for key, (label, link, stage) in seen.items()
    ]


def _page(record: Record) -> str:
    return reverse("admin:integrations_record_change", args=[record.pk])
