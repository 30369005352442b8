"""How a document's figures hang together: which reading of tax, shipping and allocations closes to its total."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from integrations.documents import HeaderAmount, Line, PurchaseOrder
from integrations.errors import InvalidSourceError
from integrations.money import ZERO, figure, rounded, share, unit_of
from integrations.source_documents import SupplierBill

PER_LINE, IN_ALL = Decimal("0.01"), Decimal("0.05")


@dataclass(frozen=True, slots=True)
class OrderFigures:
    """One document's amounts, each a multiple of `unit`; `rest` is what is still missing to the total (A27)."""

    unit: Decimal
    nets: tuple[Decimal, ...]
    line_taxes: tuple[Decimal, ...]
    header_tax: Decimal
    shipping: Decimal
    discount: Decimal
    rest: Decimal


def amount_of(header: HeaderAmount, subtotal: Decimal, unit: Decimal) -> Decimal:
    """A percentage is of the subtotal (documentation of purchase orders, 2025)."""
    return rounded(subtotal * header.value / 100 if header.is_percentage else header.value, unit)


def figures(order: PurchaseOrder, target_decimals: int) -> OrderFigures:
    """Choose the first reading that closes, exactly if one does; lines win over the header (A52), no shipping over
    shipping (A54).

    Raises InvalidSourceError with both figures where none closes within the tolerance of A27.
    """
    unit = unit_of(order.summary.currency, target_decimals)
    total = order.summary.total
    if rounded(total, unit) != total:
        raise InvalidSourceError(
            f"The total {figure(total)} {order.summary.currency} has more decimals than the target can hold.",
            field="total",
        )
    nets = nets_of(order.lines, unit)
    taxes = tuple(rounded(line.tax_amount, unit) for line in order.lines)
    costs = sum((rounded(cost.amount, unit) for cost in order.extra_costs), ZERO)
    discount = amount_of(order.discount, order.subtotal, unit)
    base = sum(nets, ZERO) + costs - discount
    header = amount_of(order.tax, order.subtotal, unit)
    tolerance = min(IN_ALL, PER_LINE * max(len(order.lines), 1))
    within_tolerance: list[OrderFigures] = []
    for used, header_share, shipping in _readings(order, nets, taxes, header, unit):
        rest = total - base - shipping - sum(used, ZERO) - header_share
        reading = OrderFigures(unit, nets, used, header_share, shipping, discount, rest)
        if not rest:
            return reading
        if abs(rest) <= tolerance:
            within_tolerance.append(reading)
    if within_tolerance:
        return within_tolerance[0]
    raise InvalidSourceError(
        f"The order's parts do not add up to its total: lines {figure(sum(nets, ZERO))}, other costs "
        f"{figure(costs)}, discount {figure(discount)}, tax {figure(sum(taxes, ZERO))} on lines and {figure(header)} "
        f"on the header, but the total is {figure(total)} {order.summary.currency}. Correct the order at the source.",
        field="total",
    )


def _readings(
    order: PurchaseOrder, nets: tuple[Decimal, ...], taxes: tuple[Decimal, ...], header: Decimal, unit: Decimal
) -> Iterator[tuple[tuple[Decimal, ...], Decimal, Decimal]]:
    """Taxes of the lines, tax of the header and shipping, the likeliest first.

    A header that repeats its lines is usual, one that adds to them is not: shipping explains a total before it does.
    """
    shipping = sum((rounded(line.shipping, unit) for line in order.lines), ZERO)
    for with_shipping in dict.fromkeys((ZERO, shipping)):
        yield taxes, ZERO, with_shipping
        yield *_on_items(order, nets, header, unit), with_shipping
    for with_shipping in dict.fromkeys((ZERO, shipping)):
        yield taxes, header, with_shipping


def _on_items(
    order: PurchaseOrder, nets: tuple[Decimal, ...], header: Decimal, unit: Decimal
) -> tuple[tuple[Decimal, ...], Decimal]:
    """Tax written on the header alone belongs to the items that name a tax; where none does it stays a cost "Tax"."""
    weights = [net if line.taxes else ZERO for net, line in zip(nets, order.lines, strict=True)]
    if not any(weights):
        return tuple(ZERO for _ in nets), header
    return tuple(share(header, weights, unit)), ZERO


def nets_of(lines: Sequence[Line], unit: Decimal) -> tuple[Decimal, ...]:
    return tuple(_net(line, unit) for line in lines)


def bill_figures(bill: SupplierBill, target_decimals: int) -> OrderFigures:
    """The figures of a supplier's bill: taxes stand on its items alone, shipping counts only where the total needs it.

    Raises InvalidSourceError with both figures where it does not close within the tolerance of A27.
    """
    summary = bill.summary
    unit = unit_of(summary.currency, target_decimals)
    if rounded(summary.total, unit) != summary.total:
        raise InvalidSourceError(
            f"The total {figure(summary.total)} {summary.currency} has more decimals than the target can hold.",
            field="total_cost_with_tax",
        )
    nets = nets_of(bill.lines, unit)
    taxes = tuple(rounded(line.tax_amount, unit) for line in bill.lines)
    costs = sum((rounded(cost.amount, unit) for cost in bill.extra_costs), ZERO)
    shipping = sum((rounded(line.shipping, unit) for line in bill.lines), ZERO)
    tolerance = min(IN_ALL, PER_LINE * max(len(bill.lines), 1))
    readings = []
    for with_shipping in dict.fromkeys((ZERO, shipping)):
        rest = summary.total - sum(nets, ZERO) - sum(taxes, ZERO) - costs - with_shipping
        readings.append(OrderFigures(unit, nets, taxes, ZERO, with_shipping, ZERO, rest))
    closing = [reading for reading in readings if abs(reading.rest) <= tolerance]
    if closing:
        return min(closing, key=lambda reading: (abs(reading.rest) > 0, readings.index(reading)))
    raise InvalidSourceError(
        f"The bill's parts do not add up to its total: items {figure(sum(nets, ZERO))}, other costs "
        f"{figure(costs)}, tax {figure(sum(taxes, ZERO))}, but the total is {figure(summary.total)} "
        f"{summary.currency}. Correct the bill at the source.",
        field="total_cost_with_tax",
    )


def _net(line: Line, unit: Decimal) -> Decimal:
    """The item's net; an inclusive item gives up its tax (A51)."""
    return rounded(line.amount - line.tax_amount if line.tax_inclusive else line.amount, unit)


def allocated(lines: Sequence[Line], found: OrderFigures) -> list[list[Decimal]]:
    """The net of every allocation of every line, adding up to the line (A24, A26).

    One reading for the whole document: allocations net, or gross of tax; neither is InvalidSourceError.
    """
    for gross in (False, True):
        if all(_closes(line, net, gross) for line, net in zip(lines, found.nets, strict=True)):
            return [
                share(net, [part.amount for part in line.allocations], found.unit)
                for line, net in zip(lines, found.nets, strict=True)
            ]
    line = next(
        (
            line
            for line, net in zip(lines, found.nets, strict=True)
            if not (_closes(line, net, False) or _closes(line, net, True))
        ),
        lines[0],
    )
    parts = sum((part.amount for part in line.allocations), ZERO)
    raise InvalidSourceError(
        f"The allocations of “{line.description}” add up to {figure(parts)}, but the line is {figure(line.amount)}. "
        "Correct the coding at the source.",
        field="spend_allocation",
    )


def _closes(line: Line, net: Decimal, gross: bool) -> bool:
    expected = net + (line.tax_amount if gross else ZERO)
    return abs(sum((part.amount for part in line.allocations), ZERO) - expected) <= PER_LINE
