"""Where a purchase order belongs: `place` tells from the list's row alone, `judge` from the order with its lines."""

from integrations.days import in_full
from integrations.documents import LineKind, OrderState, PurchaseOrder, PurchaseOrderSummary
from integrations.money import CENT, ZERO, figure, rounded
from integrations.pairs.flow import ALONE, GOES_ON, Around, Place, Terms, Verdict
from integrations.pairs.procurify_xero import payees
from integrations.pairs.procurify_xero.drafts import items_left, received_net


def place(order: PurchaseOrderSummary, terms: Terms) -> Verdict:
    """What the list's row alone tells. An order exists only for approved items: its date bounds its approval (A64)."""
    if order.state is OrderState.CANCELLED:
        return Verdict(Place.WITHDRAWN, "The order was cancelled in procurement.")
    if order.state is OrderState.UNSTATED:
        return Verdict(Place.NOT_APPROVED, "Procurement does not say yet that it was purchased.")
    if order.state is OrderState.LEGACY:
        return Verdict(Place.EXCLUDED, "An order of procurement's old kind, kept there for its history.")
    if not order.active:
        return Verdict(Place.EXCLUDED, "The order is not active in procurement.")
    if order.date < terms.start_date:
        return Verdict(Place.BEFORE_START, f"Dated and approved before the start date {in_full(terms.start_date)}.")
    if terms.bills_from == "bills":
        return Verdict(Place.EXCLUDED, "Orders are read for comparison only: bills come from Procurify bills.")
    if order.has_blanket_lines:
        return Verdict(Place.EXCLUDED, "A blanket order never becomes a draft bill; only its bills do.")
    return GOES_ON


def judge(order: PurchaseOrder, terms: Terms, around: Around = ALONE) -> Verdict:
    """What only the lines can tell (A5, A6, A32, A35, A64, A72)."""
    if any(line.kind is not LineKind.ONE_TIME for line in order.lines):
        return Verdict(Place.EXCLUDED, "It holds a blanket or recurring line; only its bills become bills.")
    by_card = payees.concerns(order)
    if by_card and (verdict := payees.judge(order, terms)) is not GOES_ON:
        return verdict
    if around.billed and order.lines and not any(items_left(order, terms, around.billed)):
        return Verdict(Place.COVERED, "Its bills have taken over all of it.")
    if order.approved_on is not None and order.approved_on < terms.start_date:
        return Verdict(
            Place.HELD,
            f"Approved on {in_full(order.approved_on)}, before the start date, but dated "
            f"{in_full(order.summary.date)}, after it.",
            "straddles-start",
        )
    if order.summary.state is OrderState.PAID:
        return Verdict(Place.HELD, "The order was already paid in procurement when first seen.", "paid-at-source")
    if not by_card and (verdict := payees.judge_supplier(order)) is not GOES_ON:
        return verdict
    if not order.lines:
        return Verdict(Place.HELD, "The order has no lines.", "invalid-source")
    amounts = _judge_amounts(order)
    return _judge_receipts(order, terms, around) if amounts is GOES_ON else amounts


def _judge_receipts(order: PurchaseOrder, terms: Terms, around: Around) -> Verdict:
    """Closed is not the same as short: compare received with ordered (A13)."""
    short = [line for line in order.lines if line.received < line.quantity]
    if order.summary.state is not OrderState.CLOSED or not short:
        return GOES_ON
    value = sum(received_net(order, terms), ZERO)
    billed = sum((around.billed.get(line.source_id, ZERO) for line in order.lines), ZERO)
    return Verdict(
        Place.HELD,
        f"The order was closed with less received than ordered: {len(short)} of {len(order.lines)} lines are short. "
        f"Received so far: {figure(rounded(value, CENT))} {order.summary.currency} net of {figure(order.subtotal)} "
        f"ordered, billed {figure(rounded(billed, CENT))}. Approve it for a draft of "
        f"{figure(rounded(max(value - billed, ZERO), CENT))}.",
        "closed-short",
    )


def _judge_amounts(order: PurchaseOrder) -> Verdict:
    total, currency = order.summary.total, order.summary.currency
    others = {line.currency for line in order.lines if line.currency} - {currency}
    if others:
        return Verdict(
            Place.HELD, f"The order is in {currency}, but lines are in {', '.join(sorted(others))}.", "invalid-source"
        )
    if total == 0:
        return Verdict(Place.HELD, "The order's total is exactly zero.", "zero-total")
    if total < 0:
        return Verdict(Place.HELD, f"The order's total is {figure(total)} {currency}.", "credit")
    return GOES_ON
