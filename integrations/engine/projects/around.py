"""What is known beside a bill: its supplier's orders, what stands and what is billed of each, and what people chose.

What our own rows know costs no call. Live is read only the one order that a bill belongs to, when nothing is left to
wait for.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from django.db.models import Prefetch, Sum

from integrations.engine.projects import standing
from integrations.engine.projects.chains import Chains
from integrations.models import Billing, Integration, Posting, Record, Standing, Work
from integrations.money import ZERO, unit_of
from integrations.pairs.xero_procore import linking, periods
from integrations.pairs.xero_procore.bills import Around, StandsAs
from integrations.pairs.xero_procore.documents import Bill, bill_reference, line_of
from integrations.pairs.xero_procore.linking import LinkableOrder, OpenLine
from integrations.pairs.xero_procore.terms import ProjectTerms, Trigger
from integrations.project_documents import StoredCommitment, StoredRequisition

ORDERS = "purchase-orders"
LIVE = (Standing.DRAFT, Standing.LEDGER)
POSTED_DECIMALS = 4
# An order in one of these may still become a commitment; bills wait for it.
MAY_COME = (Work.WAITING, Work.POSTING, Work.DOUBT, Work.HELD, Work.APPROVAL, Work.NOT_APPROVED)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What people decided of a bill: its order by source id, and lines of that order by line of the bill."""

    order: str = ""
    lines: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Surroundings:
    """For one slice: the orders of each supplier, and the chains of the commitments that were needed."""

    integration: Integration
    chains: Chains
    terms: ProjectTerms
    _orders: dict[str, list[LinkableOrder]] = field(default_factory=dict)

    def of(self, bill: Bill, stands_as: StandsAs = StandsAs.NOTHING, chosen: Chosen | None = None) -> Around:
        """As much as is needed to say what becomes of this bill now."""
        chosen = chosen or Chosen()
        orders = self.orders_of(bill.vendor.source_id)
        order = linking.link(bill, orders, chosen.order)
        around = Around(orders=orders, chosen_order=chosen.order, stands_as=stands_as)
        if not isinstance(order, LinkableOrder) or not order.commitment or self._unpaid(bill):
            return around
        there = self.chains.periods(order.project)
        around = replace(around, periods={order.project: there})
        if periods.choose(bill.date, there, "").period is None:
            return around
        live = self.live(order, bill_reference(bill.source_id))
        at = orders.index(order)
        return replace(
            around,
            orders=[*orders[:at], live, *orders[at + 1 :]],
            chosen_lines=self._line_ids(live, chosen.lines),
        )

    def expect(self, bills: Iterable[tuple[str, str]]) -> None:
        """Have the commitments that these bills name, by number and supplier, read in as few calls as there are."""
        for number, supplier in bills:
            named = linking.named_by(number, supplier, self.orders_of(supplier))
            if len(named) == 1 and named[0].commitment:
                self.chains.expected.setdefault(named[0].project, set()).add(named[0].commitment)

    def orders_of(self, supplier: str) -> list[LinkableOrder]:
        """Those that stand in a project or may come to, each as one line, by what our own rows say of it."""
        if supplier not in self._orders:
            self._orders[supplier] = orders_of(self.integration, supplier)
        return self._orders[supplier]

    def forget(self, supplier: str) -> None:
        """One of its bills took something of an order, or gave it back."""
        self._orders.pop(supplier, None)

    def live(self, order: LinkableOrder, without: str = "") -> LinkableOrder:
        """The order as it stands now, billed by all requisitions but the one with the reference `without`."""
        stored = self.chains.commitment(order.project, order.commitment)
        if stored is None:
            return replace(order, status=None, lines=())
        chain = self.chains.requisitions(order.project, order.commitment)
        return as_it_stands(order, stored, [each for each in chain if each.reference != without])

    def _unpaid(self, bill: Bill) -> bool:
        return self.terms.trigger is Trigger.PAID and not bill.standing_payments

    def _line_ids(self, order: LinkableOrder, chosen: Mapping[str, str]) -> dict[str, str]:
        """People choose lines of the order; its commitment has ids of its own for them."""
        if not chosen:
            return {}
        stored = self.chains.commitment(order.project, order.commitment)
        ids = {line_of(line.origin): line.line_id for line in (stored.lines or ())} if stored else {}
        return {mine: ids[its] for mine, its in chosen.items() if its in ids}


def as_it_stands(order: LinkableOrder, stored: StoredCommitment, chain: Iterable[StoredRequisition]) -> LinkableOrder:
    billed: dict[str, Decimal] = {}
    for item in (item for each in chain for item in each.items or ()):
        billed[item.line] = billed.get(item.line, ZERO) + item.amount
    return replace(
        order,
        status=stored.status,
        own_schedule=stored.bills_own_schedule,
        lines=tuple(
            OpenLine(line.line_id, line.code, line.amount, billed.get(line.line_id, ZERO))
            for line in stored.lines or ()
        ),
    )


def orders_of(integration: Integration, supplier: str) -> list[LinkableOrder]:
    """The supplier's orders, oldest first, without a call: from records, postings and what our bills took."""
    records = (
        Record.objects.filter(integration=integration, flow=ORDERS, vendor_key=supplier)
        .select_related("document")
        .defer("document__summary", "document__detail")
        .prefetch_related(Prefetch("postings", Posting.objects.filter(kind=standing.COMMITMENT), to_attr="commitments"))
        .order_by("document_date", "pk")
    )
    found = [(record, _commitment(record)) for record in records]
    kept = [(record, posting) for record, posting in found if posting is not None or record.work in MAY_COME]
    billed = _billed(integration, [record.document.source_id for record, _ in kept])
    return [_order(record, posting, billed.get(record.document.source_id, ZERO)) for record, posting in kept]


def _commitment(record: Record) -> Posting | None:
    """One that is still being written is none yet."""
    postings: list[Posting] = record.commitments  # type: ignore[attr-defined]  # prefetched
    written = (Standing.LEDGER, Standing.DRAFT) if record.work == Work.DONE else (Standing.LEDGER,)
    return next((each for each in postings if each.standing in written), None)


def _billed(integration: Integration, orders: list[str]) -> dict[str, Decimal]:
    rows = Billing.objects.filter(bill__integration=integration, order__in=orders).values("order")
    return {row["order"]: row["net"] for row in rows.annotate(net=Sum("net"))}


def _order(record: Record, posting: Posting | None, billed: Decimal) -> LinkableOrder:
    amount = posting.target_total if posting and posting.target_total is not None else record.amount
    unit = unit_of(record.currency, POSTED_DECIMALS)
    return LinkableOrder(
        source_id=record.document.source_id,
        number=record.number,
        contact=record.vendor_key,
        project=posting.project if posting else "",
        currency=record.currency,
        commitment=posting.target_id if posting else "",
        lines=(OpenLine("", "", amount.quantize(unit), billed.quantize(unit)),),
    )
