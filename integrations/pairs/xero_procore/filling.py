"""How a bill fills the lines of its commitment: code by code, line by line, up to what is unbilled (A86)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from integrations.money import ZERO, figure
from integrations.pairs.flow import Hold
from integrations.pairs.xero_procore.costs import Cost
from integrations.pairs.xero_procore.linking import LinkableOrder, OpenLine
from integrations.pairs.xero_procore.terms import ProjectTerms
from integrations.project_documents import RequisitionItem


@dataclass
class Filled:
    """What each line of the commitment takes, in the commitment's order."""

    taken: dict[str, Decimal] = field(default_factory=dict)
    holds: list[Hold] = field(default_factory=list)

    def take(self, line: OpenLine, amount: Decimal) -> None:
        self.taken[line.line_id] = self.taken.get(line.line_id, ZERO) + amount

    def items(self, order: LinkableOrder) -> tuple[RequisitionItem, ...]:
        return tuple(
            RequisitionItem(line.line_id, self.taken[line.line_id])
            for line in order.lines
            if self.taken.get(line.line_id)
        )


def fill(costs: Sequence[Cost], order: LinkableOrder, terms: ProjectTerms, chosen: Mapping[str, str]) -> Filled:
    """The items of the requisition, which add up to the costs, or a hold for each code that does not fit.

    `chosen` are lines of the commitment that a person chose, by line of the bill; they are filled without a limit.
    """
    filled = Filled()
    by_id = {line.line_id: line for line in order.lines}
    rest: dict[str, list[Cost]] = {}
    for cost in costs:
        line = by_id.get(chosen.get(cost.line.line_id, ""))
        if line is not None:
            filled.take(line, cost.amount)
        else:
            rest.setdefault(cost.code, []).append(cost)
    for code, some in rest.items():
        _fill_code(some, [line for line in order.lines if line.code == code], order, terms, filled)
    return filled


def _fill_code(
    costs: Sequence[Cost], lines: Sequence[OpenLine], order: LinkableOrder, terms: ProjectTerms, filled: Filled
) -> None:
    """Discounts of the bill first take up those of the order; what is left of them lessens the bill's other lines."""
    if not lines:
        said = _said(costs, sum((cost.amount for cost in costs), ZERO), order)
        filled.holds.append(Hold("needs-link", f"{said}, and no line of it has that code. Choose the line."))
        return
    taken_off = sum((cost.amount for cost in costs if cost.amount < 0), ZERO)
    left = sum((cost.amount for cost in costs if cost.amount > 0), ZERO)
    left += _take(taken_off, [line for line in lines if line.amount < 0], filled)
    if left < 0:
        said = _said(costs, left, order)
        filled.holds.append(Hold("credit", f"{said}: it takes back more than it bills. Enter it by hand."))
        return
    ahead = [line for line in lines if line.amount >= 0]
    left = _take(left, ahead, filled)
    if left and ahead and left <= _tolerance(ahead, terms):
        filled.take(ahead[-1], left)
    elif left:
        unbilled = sum((line.unbilled for line in ahead), ZERO)
        said = (
            f"{_said(costs, left + unbilled, order)}, of which {figure(unbilled)} is unbilled: {figure(left)} too much"
        )
        filled.holds.append(Hold("needs-link", f"{said}. Choose the line, or correct the bill."))


def _take(amount: Decimal, lines: Sequence[OpenLine], filled: Filled) -> Decimal:
    """Fill lines in order and return what is left."""
    for line in lines:
        open_ = line.unbilled - filled.taken.get(line.line_id, ZERO)
        if open_ * line.amount <= 0:
            continue
        part = max(amount, open_) if amount < 0 else min(amount, open_)
        if part:
            filled.take(line, part)
            amount -= part
    return amount


def _tolerance(lines: Sequence[OpenLine], terms: ProjectTerms) -> Decimal:
    """The smaller where both are set, nothing where neither is; less what earlier bills went beyond their lines."""
    beyond = sum((max(line.billed - line.amount, ZERO) for line in lines), ZERO)
    ordered = sum((line.amount for line in lines), ZERO)
    percent = None if terms.tolerance_percent is None else ordered * terms.tolerance_percent / 100
    return min((each for each in (percent, terms.tolerance_amount) if each is not None), default=ZERO) - beyond


def _said(costs: Sequence[Cost], amount: Decimal, order: LinkableOrder) -> str:
    what = ", ".join(dict.fromkeys(f"“{cost.line.description}”" for cost in costs))
    return f"{what} bills {figure(amount)} {order.currency} of order {order.number}"
