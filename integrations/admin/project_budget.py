"""What an order of a project is over its budget by: the figures it was held with, who may approve it, and who did."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User

from audit.trail import story
from integrations.admin.project_settings import keeps_projects
from integrations.desk import project_words
from integrations.engine import decisions
from integrations.engine.decision_kinds import APPROVE_OVER_BUDGET, OVER_BUDGET
from integrations.engine.projects.over_budget import STOPPED
from integrations.models import BudgetCheck, Decision, Record
from integrations.money import ZERO, figure
from integrations.pairs.xero_procore import ORDERS


@dataclass(frozen=True, slots=True)
class Line:
    """One budget code, or the project in total."""

    code: str
    available: str
    needed: str
    excess: str


@dataclass(frozen=True, slots=True)
class BudgetView:
    """`checked` is what the last reading of the budget found after somebody approved it, code by code."""

    lines: list[Line]
    currency: str
    project: str = ""
    read_at: datetime | None = None
    approval: Decision | None = None
    checked: tuple[str, ...] = ()
    checked_at: datetime | None = None
    why_not: str = ""
    others: tuple[str, ...] = ()
    request: Decision | None = None


def budget_view(record: Record, user: User) -> BudgetView | None:
    """None for whatever was never over budget."""
    if record.flow != ORDERS.slug or not keeps_projects(record.integration):
        return None
    check = BudgetCheck.objects.filter(record=record).first()
    made = Decision.objects.about("record", record.pk).filter(kind=OVER_BUDGET).select_related("asked_by", "decided_by")
    request = made.pending().first()
    approval = made.exclude(decided_by=None).order_by("-decided_at").first()
    if check is None and approval is None:
        return None
    checked, checked_at = _checked_after(record, approval) if approval else ((), None)
    if check is None:
        figures = approval.choice.get("figures", ()) if approval else ()
        return BudgetView(lines(figures), record.currency, approval=approval, checked=checked, checked_at=checked_at)
    held = record.work in STOPPED and record.hold_reason == OVER_BUDGET
    why_not, others = _who(record, check, user, request) if held else ("", ())
    project = project_words.project(record.integration.target.books_id, check.project)
    return BudgetView(
        lines(check.figures), check.currency, project, check.checked_at, approval, checked, checked_at, why_not, others,
        request,
    )  # fmt: skip


def lines(figures: Iterable[Mapping[str, Any]]) -> list[Line]:
    """As they were kept; an excess only where there is one."""
    return [_line(each, Decimal(each["available"]), Decimal(each["needed"])) for each in figures]


def _line(kept: Mapping[str, Any], available: Decimal, needed: Decimal) -> Line:
    excess = figure(needed - available) if needed - available > ZERO else ""
    return Line(kept["name"] or "the project in total", figure(available), figure(needed), excess)


def _checked_after(record: Record, approval: Decision) -> tuple[tuple[str, ...], datetime | None]:
    """The newest reading since the approval; the one in front of it stands a moment before."""
    entry = story("record", record.pk).filter(action="budget.checked").order_by("-at").first()
    if entry is None or approval.decided_at is None or entry.at <= approval.decided_at:
        return (), None
    return tuple(entry.details.get("figures", ())), entry.at


def _who(record: Record, check: BudgetCheck, user: User, request: Decision | None) -> tuple[str, tuple[str, ...]]:
    """Why this person may not approve it, and then who could."""
    asked_by = request.asked_by if request else None
    wish = Decision(kind=OVER_BUDGET, kept_out=check.kept_out, integration=record.integration, asked_by=asked_by)
    if not user.has_perm(APPROVE_OVER_BUDGET):
        why_not = "Your role may not approve it."
    else:
        why_not = decisions.why_not(user, wish)
    if not why_not:
        return "", ()
    people = decisions.others_who_could(wish).exclude(pk=user.pk)
    return why_not, tuple(people.order_by("username").values_list("username", flat=True)[:10])
