"""Whether an order fits into what its project's budget has left (A88).

Nothing locks a budget between reading and writing. So the check is made with everything of ours that the budget does
not count yet, again at the moment of approval, and an approval holds no more than the excess that it was shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from integrations.money import ZERO
from integrations.money import figure as written
from integrations.pairs.flow import Hold
from integrations.pairs.xero_procore.terms import BudgetBy, ProjectTerms
from integrations.project_documents import (
    COUNTED_AS_COMMITTED,
    COUNTED_AS_PENDING,
    BudgetLine,
    Commitment,
    CommitmentStatus,
)

WHOLE_PROJECT = ""
Amounts = Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class OwnOrder:
    """An order of ours that stands in the project, with its amounts per code, in the status that was read."""

    origin: str
    status: CommitmentStatus
    amounts: Amounts


@dataclass(frozen=True, slots=True)
class Reserved:
    """What an order of ours is about to hold of one code."""

    origin: str
    code: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Figure:
    """One code, or the whole project (`code` ""): what it has left for this order, and what the order needs."""

    code: str
    available: Decimal
    needed: Decimal

    @property
    def excess(self) -> Decimal:
        """How far beyond what is left it goes; what takes nothing exceeds nothing."""
        return max(self.needed - self.available, ZERO) if self.needed > 0 else ZERO


@dataclass(frozen=True, slots=True)
class BudgetAnswer:
    """Every code of an order with its figures; what a person is shown, and what an approval is bound to."""

    figures: tuple[Figure, ...]
    currency: str

    @property
    def over(self) -> tuple[Figure, ...]:
        return tuple(figure for figure in self.figures if figure.excess)

    @property
    def fits(self) -> bool:
        return not self.over


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What was read of the budget, by code, and what of ours it may not count yet.

    A code that was read and has no budget line stands in `lines` all the same, with what was spent on it.
    """

    lines: Mapping[str, BudgetLine]
    orders: Sequence[OwnOrder] = ()
    reserved: Sequence[Reserved] = ()
    names: Mapping[str, str] = field(default_factory=dict)


def needed(commitment: Commitment, by: BudgetBy) -> dict[str, Decimal]:
    """What the order needs, per code or in all."""
    if by is BudgetBy.PROJECT:
        return {WHOLE_PROJECT: commitment.total}
    found: dict[str, Decimal] = {}
    for line in commitment.lines:
        found[line.code] = found.get(line.code, ZERO) + line.amount
    return found


def check(commitment: Commitment, around: Surroundings, terms: ProjectTerms) -> BudgetAnswer:
    """What each code of the order has left and needs; needing exactly what is left is allowed."""
    needs = needed(commitment, terms.budget_by)
    return check_needs(commitment.origin, needs, commitment.currency, around, strict=terms.strict_budget)


def check_needs(origin: str, needs: Amounts, currency: str, around: Surroundings, *, strict: bool) -> BudgetAnswer:
    """As `check`, for an order of which only the needs are at hand."""
    figures = [Figure(code, _available(code, origin, around, strict), amount) for code, amount in needs.items()]
    return BudgetAnswer(tuple(figures), currency)


def taking(reserved: Sequence[Reserved], origin: str, amounts: Amounts) -> list[Reserved]:
    """The reservations after an order took these: in place of what it had, and as much of each code at least."""
    had = {each.code: each.amount for each in reserved if each.origin == origin}
    takes = {code: max(amounts.get(code, ZERO), had.get(code, ZERO)) for code in {**had, **amounts}}
    others = [each for each in reserved if each.origin != origin]
    return [*others, *(Reserved(origin, code, amount) for code, amount in takes.items())]


def hold(answer: BudgetAnswer, around: Surroundings) -> Hold | None:
    """Over budget, with the figures of every code that is."""
    if answer.fits:
        return None
    said = "; ".join(_said(figure, answer.currency, around) for figure in answer.over)
    return Hold("over-budget", f"The order is more than the budget has left. {said}.")


def lapses(shown: BudgetAnswer, now: BudgetAnswer) -> bool:
    """Whether an approval given on the figures `shown` no longer covers what the order exceeds `now`."""
    approved = {figure.code: figure.excess for figure in shown.figures}
    return any(figure.excess > approved.get(figure.code, ZERO) for figure in now.figures)


def _available(code: str, origin: str, around: Surroundings, strict: bool) -> Decimal:
    line = around.lines.get(code)
    left = ZERO if line is None else line.revised - line.committed - line.direct
    if line is not None and strict:
        left -= line.pending_costs
    for each in {*(order.origin for order in around.orders), *(one.origin for one in around.reserved)}:
        counted, uncounted = _held(each, code, around, strict)
        left += counted if each == origin else -uncounted
    return left


def _held(origin: str, code: str, around: Surroundings, strict: bool) -> tuple[Decimal, Decimal]:
    """Of one order of ours: what the budget counts of it already, and what it does not.

    An order that grows holds its new amount from its reservation on, and the budget counts the old one; so no amount
    is taken off twice.
    """
    standing = [order for order in around.orders if order.origin == origin]
    stands = sum((_of(order.amounts, code) for order in standing if _open(order)), ZERO)
    counted = sum((_of(order.amounts, code) for order in standing if _counts(order, strict)), ZERO)
    reserved = [one.amount for one in around.reserved if one.origin == origin and code in (one.code, WHOLE_PROJECT)]
    claimed = max(stands, sum(reserved, ZERO)) if reserved else stands
    return counted, max(claimed - counted, ZERO)


def _of(amounts: Amounts, code: str) -> Decimal:
    return sum(amounts.values(), ZERO) if code == WHOLE_PROJECT else amounts.get(code, ZERO)


def _open(order: OwnOrder) -> bool:
    return order.status is not CommitmentStatus.CLOSED


def _counts(order: OwnOrder, strict: bool) -> bool:
    """Whether the figures that are taken off hold it: pending ones only where they are (Procore, August 2026)."""
    return order.status in COUNTED_AS_COMMITTED or (strict and order.status in COUNTED_AS_PENDING)


def _said(figure: Figure, currency: str, around: Surroundings) -> str:
    what = f"Budget code {around.names.get(figure.code, figure.code)}" if figure.code else "The project"
    has = f"{what} has {written(figure.available)} {currency} left"
    return f"{has}, the order needs {written(figure.needed)}: {written(figure.excess)} too much"
