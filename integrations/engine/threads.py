"""The ledger of a spend: what of each order is billed, by which bill, and what its draft still holds (A3, A8 to A10).

A bill's claims go through stages. `read`: the source bills it. `taking`: the bill is checked completely, and its
orders' drafts are being reduced; until they are, it waits. `posted`: its own intent is committed. So whatever a worker
dies of, draft and bill never stand in full beside each other: the draft shrinks first, by just that claim.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils import timezone

from integrations.engine import bulk, references
from integrations.errors import InvalidSourceError
from integrations.models import (
    Billing,
    BillingStage,
    Flag,
    Integration,
    OrderLine,
    Posting,
    Record,
    SourceDocument,
    Standing,
    Work,
)
from integrations.money import ZERO
from integrations.pairs import pair
from integrations.pairs.flow import Claim, Flow, Ordered, Terms
from integrations.source_documents import Detailed
from integrations.systems import system

LIVE = (Standing.DRAFT, Standing.LEDGER)
FIRM = (BillingStage.TAKING, BillingStage.POSTED)
# Where an order's record may be sent back to be translated again, since its bills changed.
WAKES = (Work.DONE, Work.COVERED, Work.HELD, Work.APPROVAL, Work.WITHDRAWN)
WITH_DRAFT = (*WAKES, Work.EXCLUDED_RULE, Work.BEFORE_START, Work.NOT_APPROVED)
STOPPED = (Work.HELD, Work.APPROVAL)
Items = dict[str, Decimal]


@dataclass
class Standpoint:
    """One order that a bill names: the order itself, our record of it, and what stands of it in the target."""

    source_id: str
    ordered: Ordered | None = None
    record: Record | None = None
    posting: Posting | None = None
    edited: bool = False
    drafted: Items = field(default_factory=dict)
    billed: Items = field(default_factory=dict)

    @property
    def draft_stands(self) -> bool:
        return self.posting is not None and self.posting.standing == Standing.DRAFT

    @property
    def is_booked(self) -> bool:
        """Somebody approved, edited, paid or removed the draft, or took it out of our hands (A11)."""
        if self.posting is None or self.posting.removed_by_us:
            return False
        if self.posting.standing in (Standing.LEDGER, Standing.REMOVED):
            return True
        left_alone = self.record is not None and self.record.work == Work.EXCLUDED_PERSON
        return self.draft_stands and (self.edited or left_alone)

    def must_shrink(self, claims: Sequence[Claim]) -> bool:
        """Whether its draft holds more than these claims, with those of other bills, leave of it."""
        if not self.draft_stands or self.ordered is None:
            return False
        mine = {claim.item: claim.net for claim in claims if claim.order == self.source_id}
        return any(
            self.drafted.get(item, ZERO) > max(self.ordered.items.get(item, ZERO) - self._taken(item, net), ZERO)
            for item, net in mine.items()
        )

    def _taken(self, item: str, net: Decimal) -> Decimal:
        return self.billed.get(item, ZERO) + net


class BillsOrders:
    """The orders that a chunk of bills names, loaded in a handful of statements."""

    def __init__(self, integration: Integration, terms: Terms) -> None:
        self.integration, self.terms = integration, terms
        self.flow = pair(integration.pair).orders
        self.points: dict[str, Standpoint] = {}
        self.own: dict[int, dict[tuple[str, str], Billing]] = {}

    def load(self, bills: Sequence[tuple[Record, Detailed]], orders_of: "dict[int, Sequence[str]]") -> None:
        wanted = {order for record, _ in bills for order in orders_of.get(record.pk, ())}
        self.points = {source_id: Standpoint(source_id) for source_id in wanted}
        self.own = defaultdict(dict)
        if self.flow is None or not wanted:
            return
        self._read(wanted)
        self._stand(wanted)
        self._count(wanted, {record.pk for record, _ in bills})

    def _read(self, wanted: Iterable[str]) -> None:
        flow = self.flow
        assert flow is not None
        assert flow.as_ordered is not None
        parse = system(self.integration.source.system).load_parse()
        found = SourceDocument.objects.filter(
            connection=self.integration.source, feed=flow.feed, source_id__in=wanted
        ).exclude(detail="")
        for document in found.defer("summary"):
            try:
                order = parse.document(flow.feed, parse.loads(document.detail))
                self.points[document.source_id].ordered = flow.as_ordered(order, self.terms)
            except InvalidSourceError:
                continue  # the order's own record says so; its bill is judged without it

    def _stand(self, wanted: Iterable[str]) -> None:
        flow = self.flow
        assert flow is not None
        records = Record.objects.filter(
            integration=self.integration, flow=flow.slug, document__source_id__in=wanted
        ).select_related("document", "integration")
        for record in records.defer("document__summary", "document__detail"):
            self.points[record.document.source_id].record = record
        by_reference = {references.of(self.integration, flow, source_id): source_id for source_id in wanted}
        postings = Posting.objects.filter(
            connection=self.integration.target, kind=flow.kind, reference__in=list(by_reference)
        ).select_related("record")
        for posting in postings:
            self.points[by_reference[posting.reference]].posting = posting
        by_record = {point.record.pk: point for point in self.points.values() if point.record is not None}
        edited = Flag.objects.filter(record__in=by_record, kind="edited-in-target", closed_at=None)
        for record_id in edited.values_list("record_id", flat=True):
            by_record[record_id].edited = True
        for record_id, item, drafted in OrderLine.objects.filter(record__in=by_record).values_list(
            "record_id", "item", "drafted"
        ):
            by_record[record_id].drafted[item] = drafted

    def _count(self, wanted: Iterable[str], mine: set[int]) -> None:
        """What other bills firmly took; the rows of these bills themselves are kept apart."""
        rows = Billing.objects.filter(Q(order__in=wanted) | Q(bill__in=mine), bill__integration=self.integration)
        for row in rows:
            if row.bill_id in mine:
                self.own[row.bill_id][row.order, row.item] = row
            if row.stage in FIRM and row.order in self.points:
                self._add(row.order, row.item, row.net)

    def around(self, record: Record, orders: Sequence[str]) -> dict[str, Ordered]:
        """The orders as this bill meets them, with what others took; its own claims are left out."""
        found = {}
        for source_id in orders:
            point = self.points[source_id]
            if point.ordered is not None:
                billed = self._by_others(record, source_id)
                found[source_id] = replace(point.ordered, billed=billed)
        return found

    def others(self, record: Record, source_id: str) -> Standpoint:
        """The order's standpoint with its `billed` as others have it."""
        return replace(self.points[source_id], billed=self._by_others(record, source_id))

    def took(self, record: Record, claims: Sequence[Claim]) -> None:
        """Later bills of this chunk meet what this one is about to take."""
        for (order, item), row in self.own.get(record.pk, {}).items():
            if row.stage in FIRM:
                self._add(order, item, -row.net)
        for claim in claims:
            self._add(claim.order, claim.item, claim.net)
        self.own[record.pk] = {
            (claim.order, claim.item): Billing(
                bill=record, order=claim.order, item=claim.item, net=claim.net, stage=BillingStage.TAKING
            )
            for claim in claims
        }

    def _by_others(self, record: Record, source_id: str) -> Items:
        billed = dict(self.points[source_id].billed)
        for (order, item), row in self.own.get(record.pk, {}).items():
            if order == source_id and row.stage in FIRM:
                billed[item] = billed.get(item, ZERO) - row.net
        return billed

    def _add(self, order: str, item: str, net: Decimal) -> None:
        if order in self.points:
            billed = self.points[order].billed
            billed[item] = billed.get(item, ZERO) + net


def billed_of(integration: Integration, orders: Mapping[str, bool]) -> dict[str, tuple[Items, bool]]:
    """Per order what bills took of it, and whether a draft has to shrink for one that waits.

    `orders` says of each whether its draft stands: then only firm claims count, else whatever was read.
    """
    found: dict[str, tuple[Items, bool]] = {source_id: ({}, False) for source_id in orders}
    for order, item, net, stage in _billed(integration, orders):
        if stage == BillingStage.READ and orders[order]:
            continue
        items, waiting = found[order]
        items[item] = items.get(item, ZERO) + net
        found[order] = (items, waiting or stage == BillingStage.TAKING)
    return found


def last_bill_of(integration: Integration, orders: Iterable[str]) -> dict[str, int]:
    """Per order the bill that claimed of it last."""
    rows = Billing.objects.filter(bill__integration=integration, order__in=list(orders)).order_by("pk")
    return dict(rows.values_list("order", "bill"))


def write(claims: Mapping[int, Sequence[Claim]], stage: BillingStage, *, keep_larger: bool = False) -> set[str]:
    """Make these the claims of these bills (by record). Returns the orders that are billed less than before.

    With `keep_larger` nothing shrinks yet: until a bill's own step is settled, the larger of both counts.
    """
    if not claims:
        return set()
    before: dict[int, dict[tuple[str, str], Billing]] = defaultdict(dict)
    for row in Billing.objects.filter(bill__in=list(claims)):
        before[row.bill_id][row.order, row.item] = row
    new: list[tuple[int, str, str, Decimal, str]] = []
    gone: list[Billing] = []
    less: set[str] = set()
    for bill, wanted in claims.items():
        rows = before[bill]
        for claim in wanted:
            known = rows.pop((claim.order, claim.item), None)
            net = max(claim.net, known.net) if known and keep_larger else claim.net
            if known and (net < known.net or (stage == BillingStage.READ and known.stage != stage)):
                less.add(claim.order)
            new.append((bill, claim.order, claim.item, net, stage))
        if not keep_larger:
            gone += rows.values()
    less |= {row.order for row in gone}
    Billing.objects.filter(pk__in=[row.pk for row in gone]).delete()
    names = ("bill", "order", "item", "net", "stage")
    bulk.insert_or_save(Billing, names, new, fields=["net", "stage"], unique=["bill", "order", "item"])
    return less


def forget(integration: Integration, bills: Iterable[int]) -> set[str]:
    """These bills bill nothing any more. Returns the orders that they had billed."""
    rows = Billing.objects.filter(bill__in=list(bills))
    orders = set(rows.values_list("order", flat=True))
    rows.delete()
    recount(integration, orders)
    return orders


def recount(integration: Integration, orders: Iterable[str]) -> None:
    """The ledger's column “billed”: what bills of ours have posted, or are about to (A8)."""
    orders = list(orders)
    flow = pair(integration.pair).orders if orders else None
    if flow is None:
        return
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for order, item, net, stage in _billed(integration, orders):
        if stage == BillingStage.POSTED:
            sums[order, item] += net
    changed = []
    for pk, order, item, before in _lines(integration, flow, orders, billed={order for order, _ in sums}):
        if before != (billed := sums.get((order, item), ZERO)):
            changed.append(OrderLine(pk=pk, billed=billed))
    bulk.save(changed, ["billed"])


def recount_new(integration: Integration, orders: Iterable[str]) -> None:
    """As `recount`, of orders whose bills have not changed: only lines that are new can miss what bills had posted."""
    recount(integration, {order for order, *_ in _billed(integration, orders)})


# SQLite keeps no statistics and takes every equation for selective: told the integration as well, it walks all of its
# records to find the rows of fifty orders. So the two below ask by order alone, and leave others' rows out themselves.


def _billed(integration: Integration, orders: Iterable[str]) -> Iterator[tuple[str, str, Decimal, str]]:
    """Order, item, net and stage of what this integration's bills bill of these orders."""
    rows = Billing.objects.filter(order__in=list(orders))
    for owner, order, item, net, stage in rows.values_list("bill__integration", "order", "item", "net", "stage"):
        if owner == integration.pk:
            yield order, item, net, stage


def _lines(
    integration: Integration, flow: Flow[Any], orders: Iterable[str], billed: Collection[str]
) -> Iterator[tuple[int, str, str, Decimal]]:
    """Key, order, item and what is billed so far, of the lines of these orders that are `billed` now or were before."""
    documents = SourceDocument.objects.filter(connection=integration.source_id, feed=flow.feed, source_id__in=orders)
    known = dict(documents.values_list("pk", "source_id"))
    now = [document for document, order in known.items() if order in billed]
    rows = OrderLine.objects.filter(record__document__in=list(known)).filter(Q(record__document__in=now) | ~Q(billed=0))
    named = ("record__integration", "record__document", "pk", "item", "billed")
    for owner, document, pk, item, before in rows.values_list(*named):
        if owner == integration.pk:
            yield pk, known[document], item, before


def wake(integration: Integration, orders: Iterable[str], works: Sequence[Work] = WAKES) -> int:
    """Orders whose bills changed are translated again, from what was read of them. In a transaction."""
    orders = list(orders)
    flow = pair(integration.pair).orders if orders else None
    if flow is None:
        return 0
    return Record.objects.filter(
        integration=integration, flow=flow.slug, document__source_id__in=orders, work__in=works
    ).update(work=Work.WAITING, hold_reason="", explanation="", not_before=None, changed_at=timezone.now())


def count_as_posted(bill: Record) -> None:
    """A document that people made was linked to this bill: what it bills stands, and covered orders draft no more."""
    rows = Billing.objects.filter(bill=bill)
    rows.update(stage=BillingStage.POSTED)
    OrderLine.objects.filter(record__in=bill.covers.all()).update(drafted=0)
    recount(bill.integration, set(rows.values_list("order", flat=True)))
