"""What a bill takes out of its orders' drafts, joined item by item by the order item's id (A3, A8 to A10, A19, A35)."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from integrations.documents import Line
from integrations.money import ZERO, figure, unit_of
from integrations.pairs.flow import Around, Claim, Hold, Note, Ordered, Terms
from integrations.pairs.order_totals import nets_of
from integrations.pairs.procurify_xero import payees
from integrations.pairs.procurify_xero.drafts import cost_item, received_part
from integrations.source_documents import SupplierBill


def orders_of(bill: SupplierBill) -> Sequence[str]:
    """The orders that it bills, by id."""
    return list(dict.fromkeys(line.order for line in bill.lines if line.order))


def claims(bill: SupplierBill, terms: Terms, around: Around) -> tuple[Claim, ...]:
    """What it bills of its orders, whether or not it can be posted."""
    return claims_of(bill, nets_of(bill.lines, unit_of(bill.summary.currency, terms.target_decimals)), around)


def claims_of(bill: SupplierBill, nets: Sequence[Decimal], around: Around) -> tuple[Claim, ...]:
    """Per order item what is billed of it, then the extra costs that the orders have still open.

    A supplier's credit takes nothing back of what was billed: the order is not open again.
    """
    if bill.summary.total < 0:
        return ()
    found: dict[tuple[str, str], Decimal] = {}
    for line, net in zip(bill.lines, nets, strict=True):
        item = _item_of(line, around.orders.get(line.order)) if line.order else ""
        if item:
            found[line.order, item] = found.get((line.order, item), ZERO) + net
    claims = [Claim(order, item, net) for (order, item), net in found.items()]
    return (*claims, *_costs(bill, claims, around))


def unjoined(bill: SupplierBill, around: Around) -> list[Hold]:
    """Items of a known order that no line of it answers to; which one is never guessed (A18)."""
    return [
        Hold(
            "needs-link",
            f"“{line.description}” bills order {around.orders[line.order].number}, but none of its items, or several, "
            "answer to it. Name the ordered item at the source.",
        )
        for line in bill.lines
        if line.order in around.orders and not _item_of(line, around.orders[line.order])
    ]


def mismatches(bill: SupplierBill, around: Around, terms: Terms) -> list[Hold]:
    """A vendor or currency that differs between bill and order (A35)."""
    summary, owed = bill.summary, payees.owed_to(bill, terms)
    found = []
    for order in around.orders.values():
        if order.currency != summary.currency:
            said = f"The bill is in {summary.currency}, its order {order.number} in {order.currency}."
            found.append(Hold("invalid-source", f"{said} Correct one of them at the source."))
        if order.vendor != owed.source_id:
            said = f"The bill is of {owed.name}, its order {order.number} was placed with {order.vendor_name}."
            found.append(Hold("invalid-source", f"{said} Correct one of them at the source."))
    return found


def over_billed(claims: Sequence[Claim], around: Around, terms: Terms) -> list[Hold]:
    """Per item and per order, what is billed in all against what was ordered and what may go beyond it (A19)."""
    found = []
    for order in around.orders.values():
        mine = {claim.item: claim.net for claim in claims if claim.order == order.source_id}
        figures = [
            (order.items.get(item, ZERO), order.billed.get(item, ZERO) + net, item)
            for item, net in mine.items()
            if not item.startswith("cost:")
        ]
        names = {line.source_id: line.description for line in order.lines}
        for ordered, billed, item in figures:
            found += _beyond(ordered, billed, f"“{names.get(item, item)}” on order {order.number}", terms)
        goods = [item for item in order.items if not item.startswith("cost:")]
        ordered = sum((max(order.items[item], ZERO) for item in goods), ZERO)
        billed = sum((max(order.billed.get(item, ZERO) + mine.get(item, ZERO), ZERO) for item in goods), ZERO)
        if not found:
            found += _beyond(ordered, billed, f"order {order.number}", terms)
    return found


def before_receipt(claims: Sequence[Claim], around: Around, terms: Terms) -> list[Note]:
    """Items of which more is billed in all than was received: a flag, since paying ahead may be agreed (A34)."""
    found = []
    for order in around.orders.values():
        mine = {claim.item: claim.net for claim in claims if claim.order == order.source_id}
        unit = unit_of(order.currency, terms.target_decimals)
        for line in order.lines:
            got = received_part(line, order.items[line.source_id], unit)
            billed = order.billed.get(line.source_id, ZERO) + mine.get(line.source_id, ZERO)
            if mine.get(line.source_id, ZERO) > 0 and billed > got:
                of = f"of “{line.description}” on order {order.number}"
                found.append(
                    f"{figure(billed)} {order.currency} billed and {figure(got)} {order.currency} received {of}"
                )
    return [Note("billed-before-receipt", f"Billed before receipt: {'; '.join(found)}.")] if found else []


def takes_whole(claims: Sequence[Claim], around: Around) -> str:
    """The one order that these claims cover in full, with nothing of it billed before; "" if there is none (A9)."""
    if len({claim.order for claim in claims}) != 1 or len(around.orders) != 1:
        return ""
    [order] = around.orders.values()
    mine = {claim.item: claim.net for claim in claims}
    goods = {item: net for item, net in order.items.items() if not item.startswith("cost:")}
    if any(order.billed.get(item) for item in goods):
        return ""
    whole = all(abs(mine.get(item, ZERO)) >= abs(net) for item, net in goods.items())
    return order.source_id if goods and whole else ""


def _item_of(line: Line, order: Ordered | None) -> str:
    """By the order item's id; else by item code, else by description and price, where that is unique (A18)."""
    if order is None or line.order_item in order.items:
        return line.order_item
    by_code = [each for each in order.lines if line.item_code and each.item_code == line.item_code]
    same = [each for each in order.lines if (each.description, each.price) == (line.description, line.price)]
    for candidates in (by_code, same):
        if len(candidates) == 1:
            return candidates[0].source_id
    return ""


def _costs(bill: SupplierBill, claims: Sequence[Claim], around: Around) -> Iterator[Claim]:
    """An extra cost of the bill is taken off the cost of that name on its orders, as far as they have it open."""
    rest: dict[str, Decimal] = {}
    for cost in bill.extra_costs:
        rest[cost_item(cost.name)] = rest.get(cost_item(cost.name), ZERO) + cost.amount
    for source_id in dict.fromkeys(claim.order for claim in claims):
        order = around.orders.get(source_id)
        for item in rest if order else ():
            assert order is not None
            open_ = order.items.get(item, ZERO) - order.billed.get(item, ZERO)
            taken = min(open_, rest[item])
            if taken > 0:
                rest[item] -= taken
                yield Claim(source_id, item, taken)


def _beyond(ordered: Decimal, billed: Decimal, what: str, terms: Terms) -> list[Hold]:
    limit = ordered + _tolerance(ordered, terms)
    if ordered <= 0 or billed <= limit:
        return []
    return [
        Hold(
            "over-billed",
            f"With this bill {figure(billed)} would be billed of {figure(ordered)} ordered as {what}: "
            f"{figure(billed - limit)} beyond the limit of {figure(limit)} and {figure(billed - ordered)} beyond the "
            "order.",
        )
    ]


def _tolerance(ordered: Decimal, terms: Terms) -> Decimal:
    """The smaller where both are set; nothing where neither is."""
    allowed: Mapping[str, Decimal | None] = {
        "percent": None if terms.over_billing_percent is None else ordered * terms.over_billing_percent / 100,
        "amount": terms.over_billing_amount,
    }
    return min((each for each in allowed.values() if each is not None), default=ZERO)
