"""From the lines of a document to the lines of a bill: one per allocation, then extra costs, discount and rest."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from integrations.documents import Allocation, BillLine, ExtraCost, Line, Tracked
from integrations.money import ZERO, figure, rounded, share
from integrations.pairs.flow import Terms
from integrations.pairs.lookups import Lookups
from integrations.pairs.order_totals import IN_ALL, PER_LINE, OrderFigures, allocated
from mappings.tables import TaxRow


@dataclass(frozen=True, slots=True)
class _Coded:
    """One allocation with everything looked up; `tax` is its share of the item's recoverable tax."""

    description: str
    net: Decimal
    account: str
    tracking: tuple[Tracked, ...]


def bill_lines(
    items: Sequence[Line],
    extra_costs: Sequence[ExtraCost],
    found: OrderFigures,
    lookups: Lookups,
    terms: Terms,
    left: Sequence[Decimal] | None = None,
) -> tuple[list[BillLine], Decimal]:
    """The lines to be booked and the tax in them. Gaps and holds are noted in `lookups`; then the lines are void.

    `left` is what bills have left of each item's net; tax and allocations shrink in step with it.
    """
    items = [_without_tax_accounts(line, lookups) for line in items]
    lines: list[BillLine] = []
    coded: list[_Coded] = []
    rows = zip(items, allocated(items, found), found.line_taxes, found.nets, strict=True)
    for at, (line, nets, tax, net) in enumerate(rows):
        if left is not None and left[at] != net:
            if not left[at]:
                continue
            line, tax = _shrunk(line, left[at]), rounded(tax * left[at] / net, found.unit)
            nets = share(left[at], nets, found.unit)
        parts = _coded(line, nets, lookups, terms)
        coded.extend(parts)
        lines.extend(_taxed(line, parts, tax, lookups, terms, found.unit))
    costs = list(extra_costs)
    if found.shipping:
        costs.append(ExtraCost("Shipping", found.shipping))
    if found.header_tax:
        costs.append(ExtraCost("Tax", found.header_tax))
    # Tax is of the items: it is shared over their lines before other costs have lines of their own.
    for cost in sorted((each for each in costs if each.amount), key=lambda cost: not _is_tax(cost, lookups)):
        rounded_cost = replace(cost, amount=rounded(cost.amount, found.unit))
        lines = _with_cost(rounded_cost, lines, coded, lookups, terms, found.unit)
    if found.discount:
        lines.extend(_spread("Discount", -found.discount, coded, lookups.no_tax("the discount"), found.unit))
    if found.rest:
        lines.extend(_rest(found.rest, lookups))
    return lines, sum((line.tax_amount or ZERO for line in lines), ZERO)


def _shrunk(line: Line, left: Decimal) -> Line:
    """The line with the quantity that is left, where the price gives it exactly; else as one (A16)."""
    quantity = (left / line.price).quantize(Decimal("0.0001")) if line.price else Decimal(0)
    exact = bool(quantity) and quantity * line.price == left
    return replace(line, quantity=quantity if exact else Decimal(1), price=line.price if exact else left)


def _without_tax_accounts(line: Line, lookups: Lookups) -> Line:
    """What is allocated to an account marked as tax is tax, not a line, and must equal the item's tax (A25)."""
    rows = [lookups.account(part, line.description) for part in line.allocations]
    marked = [row is not None and row.mark == "tax account" for row in rows]
    if not any(marked):
        return line
    taxes = sum((part.amount for part, is_tax in zip(line.allocations, marked, strict=True) if is_tax), ZERO)
    if taxes != line.tax_amount:
        lookups.hold(
            "invalid-source",
            f"“{line.description}” allocates {figure(taxes)} to a tax account, but its tax is "
            f"{figure(line.tax_amount)}.",
        )
    kept = tuple(part for part, is_tax in zip(line.allocations, marked, strict=True) if not is_tax)
    return replace(line, allocations=kept)


def _coded(line: Line, nets: Sequence[Decimal], lookups: Lookups, terms: Terms) -> list[_Coded]:
    return [
        _coded_part(line.description, allocation, net, lookups, terms)
        for allocation, net in zip(line.allocations, nets, strict=True)
    ]


def _coded_part(name: str, allocation: Allocation, net: Decimal, lookups: Lookups, terms: Terms) -> _Coded:
    row = lookups.account(allocation, name)
    if row is not None and not row.code:
        marked = f"Account code {allocation.account_code} is marked “{row.mark}” and leads to no account."
        lookups.hold("cannot-represent", f"{marked} Give it an account, or code “{name}” otherwise.")
    tracking = lookups.tracking(allocation, name, terms.max_tracking)
    return _Coded(name, net, row.code if row else "", tracking)


def _taxed(
    line: Line, parts: Sequence[_Coded], tax: Decimal, lookups: Lookups, terms: Terms, unit: Decimal
) -> list[BillLine]:
    """The item's lines with their tax, rounded once and shared (A50); what is not recoverable is cost (A47)."""
    row = lookups.tax(line)
    if row is None or not parts:
        return []
    net = sum((part.net for part in parts), ZERO)
    recoverable = _recoverable(row, net, tax, unit)
    taxes = share(recoverable, [part.net for part in parts], unit)
    costs = share(tax - recoverable, [part.net for part in parts], unit)
    _compare_with_rate(line, row, net, recoverable, lookups, terms, unit)
    quantity, price = (line.quantity, line.price) if len(parts) == 1 else (Decimal(1), None)
    lines = []
    for part, tax_part, cost_part in zip(parts, taxes, costs, strict=True):
        only_cost = cost_part and not recoverable
        booked = part.net + cost_part if only_cost else part.net
        lines.append(
            BillLine(
                description=part.description,
                net=booked,
                quantity=Decimal(1) if only_cost else quantity,
                unit_amount=None if only_cost else price,
                account=part.account,
                tax_code=row.code,
                tax_amount=tax_part,
                tracking=part.tracking,
            )
        )
        if cost_part and recoverable:
            lines.append(
                BillLine(
                    description=f"{part.description}: tax not recoverable",
                    net=cost_part,
                    account=part.account,
                    tax_code=lookups.no_tax("the tax that is not recoverable"),
                    tax_amount=ZERO,
                    tracking=part.tracking,
                )
            )
    return lines


def _recoverable(row: TaxRow, net: Decimal, tax: Decimal, unit: Decimal) -> Decimal:
    """`row.recoverable` is in percentage points of the net: 5 of the 12 in GST 5 % + PST 7 % (A46)."""
    if row.recoverable >= row.percent:
        return tax
    return min(rounded(net * row.recoverable / 100, unit), tax, key=abs)


def _compare_with_rate(
    line: Line, row: TaxRow, net: Decimal, tax: Decimal, lookups: Lookups, terms: Terms, unit: Decimal
) -> None:
    """The source's tax may differ from the code's rate by 0.01 a line (A49)."""
    rate = terms.tax_rates.get(row.code)
    if rate is None or row.reverse_charge:
        return
    computed = rounded(net * rate / 100, unit)
    if abs(computed - tax) > PER_LINE:
        lookups.hold(
            "tax-differs",
            f"“{line.description}” bears {figure(tax)} tax, but {row.name} at {rate.normalize():f} % of {figure(net)} "
            f"is {figure(computed)}.",
        )


def _is_tax(cost: ExtraCost, lookups: Lookups) -> bool:
    row = lookups.extra_cost(cost.name)
    return row is not None and row.treatment == "tax"


def _with_cost(
    cost: ExtraCost, lines: list[BillLine], coded: Sequence[_Coded], lookups: Lookups, terms: Terms, unit: Decimal
) -> list[BillLine]:
    """Each named cost by its own row: an account, the items' accounts, or tax (A53)."""
    row = lookups.extra_cost(cost.name)
    if row is None:
        return lines
    if row.treatment == "tax":
        return _with_tax(cost.amount, row.tax_code, lines, unit)
    tax_code = row.tax_code or lookups.no_tax(f"the extra cost “{cost.name}”")
    if row.treatment == "as allocated" and cost.allocation is not None:
        own = _coded_part(cost.name, cost.allocation, cost.amount, lookups, terms)
        line = BillLine(cost.name, cost.amount, account=own.account, tax_code=tax_code, tax_amount=ZERO)
        return [*lines, replace(line, tracking=own.tracking)]
    if row.treatment == "account":
        return [
            *lines,
            BillLine(cost.name, cost.amount, account=row.account, tax_code=tax_code, tax_amount=ZERO),
        ]
    return [*lines, *_spread(cost.name, cost.amount, coded, tax_code, unit)]


def _with_tax(amount: Decimal, tax_code: str, lines: list[BillLine], unit: Decimal) -> list[BillLine]:
    """A cost that is tax: shared over the item lines as their tax, under the row's code where it names one."""
    shares = share(amount, [line.net for line in lines], unit) if lines else []
    return [
        replace(line, tax_amount=(line.tax_amount or ZERO) + part, tax_code=tax_code or line.tax_code)
        for line, part in zip(lines, shares, strict=True)
    ]


def _spread(name: str, amount: Decimal, coded: Sequence[_Coded], tax_code: str, unit: Decimal) -> list[BillLine]:
    """Lines of their own over the items' accounts and dimensions, by net (A53, A55)."""
    groups: dict[tuple[str, tuple[Tracked, ...]], Decimal] = {}
    for part in coded:
        groups[part.account, part.tracking] = groups.get((part.account, part.tracking), ZERO) + part.net
    parts = share(amount, list(groups.values()), unit) if groups else []
    return [
        BillLine(name, part, account=account, tax_code=tax_code, tax_amount=ZERO, tracking=tracking)
        for (account, tracking), part in zip(groups, parts, strict=True)
        if part
    ]


def _rest(rest: Decimal, lookups: Lookups) -> list[BillLine]:
    """A rest within the tolerance goes to the rounding account, untaxed; without one it holds (A27)."""
    account = lookups.tables.rounding_account
    if not account:
        lookups.lacks_rounding_account(rest)
        return []
    return [BillLine("Rounding", rest, account=account, tax_code=lookups.no_tax("the rounding"), tax_amount=ZERO)]


def tax_within_tolerance(sent: Decimal, computed: Decimal) -> bool:
    return abs(sent - computed) <= IN_ALL
