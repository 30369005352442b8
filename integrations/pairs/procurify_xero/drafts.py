"""An order's draft bill: what was ordered less what its bills took over (A7, A12)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from integrations.days import in_full
from integrations.documents import Bill, BillLine, ExtraCost, Line, PurchaseOrder
from integrations.errors import InvalidSourceError
from integrations.money import ZERO, rounded, unit_of
from integrations.pairs.flow import ALONE, Around, LedgerLine, Note, Ordered, Terms, TotalsRule, Translation
from integrations.pairs.lookups import Lookups
from integrations.pairs.order_lines import bill_lines
from integrations.pairs.order_totals import OrderFigures, figures, nets_of
from integrations.pairs.procurify_xero import payees
from integrations.pairs.procurify_xero.checking import checked, nothing, unseen_approval, used
from mappings import keys
from mappings.tables import Tables


def translate(
    order: PurchaseOrder, tables: Tables, terms: Terms, link: str, totals: TotalsRule, around: Around = ALONE
) -> Translation:
    """The draft bill, or every gap and hold there is; never a guess. Nothing left is no bill and no gap."""
    summary = order.summary
    lookups = Lookups(tables, summary.currency, summary.vendor.country)
    contact = lookups.vendor(payees.owed_to(order, terms), terms.doubtful_vendors)
    if summary.currency not in terms.currencies:
        lookups.lacks_currency(terms.target_label)
    try:
        found = figures(order, terms.target_decimals)
        left = _left(order, found, terms, around)
        ledger = ledger_of(order, found, left, around.billed)
        whole = left == found.nets
        costs = order.extra_costs if whole else _costs_left(order, around.billed)
        lines, tax = bill_lines(order.lines, costs, found if whole else _shrunk(found, left), lookups, terms, left)
    except InvalidSourceError as error:
        lookups.hold(error.reason, str(error))
        return nothing(lookups)
    if order.lines and not any(left) and any(found.nets):
        return Translation(None, ledger=ledger)
    if lookups.gaps or lookups.holds:
        return nothing(lookups)
    net = sum((line.net for line in lines), ZERO)
    bill = Bill(
        contact=contact,
        number=summary.number,
        date=_draft_date(summary.date, terms),
        due_date=None,
        currency=summary.currency,
        lines=(*_texts(order, terms), *lines),
        net=net,
        tax=tax,
        total=summary.total if whole else net + tax,
        link=link,
    )
    chosen, flags = checked(bill, lookups, terms, totals)
    if chosen is None:
        return nothing(lookups)
    return Translation(chosen, flags=(*_flags(bill, order), *flags), used=used(lookups), ledger=ledger)


def _texts(order: PurchaseOrder, terms: Terms) -> list[BillLine]:
    said = (f"Order {order.summary.number}, supplier's invoice not yet received", payees.bought_from(order, terms))
    return [BillLine(text) for text in said if text]


def as_ordered(order: PurchaseOrder, terms: Terms) -> Ordered:
    """The order as its bills meet it (A8)."""
    summary = order.summary
    nets = nets_of(order.lines, unit_of(summary.currency, terms.target_decimals))
    items = {line.source_id: net for line, net in zip(order.lines, nets, strict=True)}
    for cost in order.extra_costs:
        items[cost_item(cost.name)] = cost.amount
    owed = payees.owed_to(order, terms)
    return Ordered(
        summary.source_id, summary.number, owed.source_id, owed.name, summary.currency, items, order.lines,
    )  # fmt: skip


def cost_item(name: str) -> str:
    """An extra cost as an item of the order ledger."""
    return f"cost:{keys.cost_name(name)}"


def items_left(order: PurchaseOrder, terms: Terms, billed: Mapping[str, Decimal]) -> tuple[Decimal, ...]:
    """What bills have left of each item's net, never past zero."""
    nets = nets_of(order.lines, unit_of(order.summary.currency, terms.target_decimals))
    return tuple(
        _beyond_zero(net, net - billed.get(line.source_id, ZERO)) for line, net in zip(order.lines, nets, strict=True)
    )


def received_net(order: PurchaseOrder, terms: Terms) -> tuple[Decimal, ...]:
    """The received part of each item's net, by quantity (A13)."""
    unit = unit_of(order.summary.currency, terms.target_decimals)
    nets = nets_of(order.lines, unit)
    return tuple(received_part(line, net, unit) for line, net in zip(order.lines, nets, strict=True))


def ledger_of(
    order: PurchaseOrder, found: OrderFigures, left: Sequence[Decimal], billed: Mapping[str, Decimal]
) -> tuple[LedgerLine, ...]:
    items = tuple(
        LedgerLine(line.source_id, net, received_part(line, net, found.unit), rest)
        for line, net, rest in zip(order.lines, found.nets, left, strict=True)
    )
    rest = order.extra_costs if tuple(left) == found.nets else _costs_left(order, billed) if any(left) else ()
    drafted = {cost_item(cost.name): cost.amount for cost in rest}
    costs = {cost_item(cost.name): cost.amount for cost in order.extra_costs}
    return (*items, *(LedgerLine(item, amount, ZERO, drafted.get(item, ZERO)) for item, amount in costs.items()))


def _left(order: PurchaseOrder, found: OrderFigures, terms: Terms, around: Around) -> tuple[Decimal, ...]:
    """Ordered less billed; where a person accepted that it is short, received less billed (A13)."""
    if "closed-short" not in around.accepted:
        return items_left(order, terms, around.billed) if around.billed else found.nets
    received = received_net(order, terms)
    return tuple(
        _beyond_zero(net, got - around.billed.get(line.source_id, ZERO))
        for line, net, got in zip(order.lines, found.nets, received, strict=True)
    )


def _costs_left(order: PurchaseOrder, billed: Mapping[str, Decimal]) -> tuple[ExtraCost, ...]:
    """Extra costs are read again from the order; what a bill named of them is taken off (A12)."""
    return tuple(
        replace(cost, amount=_beyond_zero(cost.amount, cost.amount - billed.get(cost_item(cost.name), ZERO)))
        for cost in order.extra_costs
    )


def _shrunk(found: OrderFigures, left: Sequence[Decimal]) -> OrderFigures:
    """What stands on the header shrinks in step with the items; a rounding rest belonged to the whole order."""
    whole, rest = sum(found.nets, ZERO), sum(left, ZERO)
    part = rest / whole if whole else ZERO
    return replace(
        found,
        header_tax=rounded(found.header_tax * part, found.unit),
        shipping=rounded(found.shipping * part, found.unit),
        discount=rounded(found.discount * part, found.unit),
        rest=ZERO,
    )


def _beyond_zero(whole: Decimal, left: Decimal) -> Decimal:
    return max(left, ZERO) if whole >= 0 else min(left, ZERO)


def received_part(line: Line, net: Decimal, unit: Decimal) -> Decimal:
    """What of a line's net was received, by quantity."""
    share = min(line.received / line.quantity, Decimal(1)) if line.quantity else ZERO
    return rounded(net * share, unit)


def _flags(bill: Bill, order: PurchaseOrder) -> list[Note]:
    notes = []
    if bill.date != order.summary.date:
        sentence = (
            f"The order is dated {in_full(order.summary.date)}, in a closed period; its draft carries the first open "
            f"day, {in_full(bill.date)}."
        )
        notes.append(Note("re-dated", sentence))
    return [*notes, *unseen_approval(order.approved_by, order.created_by, "order")]


def _draft_date(written: date, terms: Terms) -> date:
    """An order's draft posts nothing, so in a closed period it takes the first open day (A7)."""
    first = terms.first_open_day
    return first if first is not None and written < first else written
