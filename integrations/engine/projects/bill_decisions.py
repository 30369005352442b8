"""What people decide on bills of projects: the order, a line of it, or that nothing of the bill is project cost.

Bound to what the bill says, so that each lapses when it says something else. Above the approval threshold a second
person decides (A96).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Sum
from django.utils import timezone

from audit.trail import log_many
from integrations.engine import approval_rule, approvals, decisions, trail
from integrations.engine.decision_kinds import CHOOSE_LINE, LINK_ORDER, NOT_PROJECT_COST
from integrations.engine.projects import around, choices
from integrations.engine.projects.content import content_of
from integrations.engine.record_decisions import common, go_on, wait_for_second_person
from integrations.engine.release import Result, allowed, each, let_go
from integrations.hold_reasons import Action, label_of
from integrations.models import Billing, Decision, Gap, Record, SourceDocument, Work
from integrations.money import ZERO, figure
from integrations.pairs.xero_procore import linking, reading
from integrations.pairs.xero_procore.documents import Bill, Order, SourceLine
from integrations.pairs.xero_procore.linking import LinkableOrder
from integrations.systems import system

PAIR = "xero-procore"


@dataclass(frozen=True, slots=True)
class OrderChoice:
    """An order of the bill's supplier, with what is left of it; `named`: the bill's number names it."""

    order: LinkableOrder
    date: date | None
    named: bool

    @property
    def ordered(self) -> Decimal:
        return sum((line.amount for line in self.order.lines), ZERO)


@dataclass(frozen=True, slots=True)
class LineChoice:
    """A line of the bill, and a line of its order that could take it."""

    mine: SourceLine
    its: SourceLine
    unbilled: Decimal

    @property
    def value(self) -> str:
        return f"{self.mine.line_id} {self.its.line_id}"


def is_project_bill(record: Record) -> bool:
    return record.flow == "bills" and record.integration.pair == PAIR


def may_be_entered(record: Record, action: Action) -> bool:
    """Whether a person may say this of the bill now; an order of another project that was chosen may be changed."""
    if record.work != Work.HELD or not is_project_bill(record):
        return False
    if action is Action.LINK and record.hold_reason == "no-project":
        chosen = Decision.objects.about("record", record.pk).filter(kind=LINK_ORDER, lapsed_at=None)
        return chosen.exists()
    return allowed(record, action)


# What may be chosen


def orders(record: Record) -> list[OrderChoice]:
    """The supplier's orders that the bill names, then those that have anything left, most first; no call is made."""
    found = around.orders_of(record.integration, record.vendor_key)
    named = linking.named(bill_of(record), found)
    dates = dict(
        Record.objects.filter(
            integration=record.integration_id,
            flow=around.ORDERS,
            document__source_id__in=[each.source_id for each in found],
        ).values_list("document__source_id", "document_date")
    )
    offered = [
        OrderChoice(each, dates.get(each.source_id), each in named) for each in found if each in named or each.unbilled
    ]
    return sorted(offered, key=lambda each: (not each.named, -each.order.unbilled))


def lines(record: Record) -> list[LineChoice]:
    """Every line of the bill with every line of the order that it belongs to; those with room first."""
    bill = bill_of(record)
    order = _order_record(record, bill)
    if order is None:
        return []
    taken = Billing.objects.filter(order=order.document.source_id, bill__integration=record.integration_id)
    billed = {row["item"]: row["net"] for row in taken.exclude(bill=record).values("item").annotate(net=Sum("net"))}
    there = [line for line in order_of(order).lines if not line.is_text]
    offered = [
        LineChoice(mine, its, its.amount - billed.get(its.line_id, ZERO))
        for mine in bill.lines
        if not mine.is_text
        for its in there
    ]
    return sorted(offered, key=lambda each: (each.mine.line_id, each.unbilled < each.mine.amount))


def _order_record(record: Record, bill: Bill) -> Record | None:
    """That of the order which was chosen, or which the bill names."""
    decided = approvals.load([record])[record.pk]
    chosen = choices.chosen(decided, content_of(bill))
    order = linking.link(bill, around.orders_of(record.integration, record.vendor_key), chosen.order)
    if not isinstance(order, LinkableOrder):
        return None
    mine = Record.objects.filter(integration=record.integration_id, flow=around.ORDERS)
    return mine.filter(document__source_id=order.source_id).select_related("document", "integration__source").first()


# Deciding


def link_order(records: Sequence[Record], by: User, reason: str, order: str) -> Result:
    """Enter the bill against this order, whatever its number names."""

    def choice(record: Record) -> Mapping[str, Any] | None:
        found = next((one.order for one in orders(record) if one.order.source_id == order), None)
        if found is None:
            return None
        left = f"{figure(found.unbilled)} {found.currency}"
        return {"order": order, "number": found.number, "unbilled": left, "billed": _amount(record)}

    return _decide(records, by, reason, LINK_ORDER, choice)


def choose_line(records: Sequence[Record], by: User, reason: str, value: str) -> Result:
    """Enter this line of the bill against that line of its order, without a limit: they see the figures (A86)."""

    def choice(record: Record) -> Mapping[str, Any] | None:
        found = next((one for one in lines(record) if one.value == value), None)
        if found is None:
            return None
        said = {"line": found.mine.description, "of order": found.its.description}
        amounts = {"bills": figure(found.mine.amount), "unbilled": figure(found.unbilled)}
        return {"lines": {found.mine.line_id: found.its.line_id}, **said, **amounts}

    return _decide(records, by, reason, CHOOSE_LINE, choice)


def leave_out(records: Sequence[Record], by: User, reason: str) -> Result:
    """Nothing of the bill is project cost: it is listed until somebody reviewed it (A96)."""
    return _decide(records, by, reason, NOT_PROJECT_COST, lambda record: {"billed": _amount(record)})


def _decide(records: Sequence[Record], by: User, reason: str, kind: str, choice: Any) -> Result:
    if not reason.strip():
        return [(record, "needs a reason.") for record in records]
    return each(records, lambda record: _decide_one(record, by, reason.strip(), kind, choice))


def _decide_one(record: Record, by: User, reason: str, kind: str, choice: Any) -> str:
    action = Action.EXCLUDE if kind == NOT_PROJECT_COST else Action.LINK
    if record.work != Work.HELD:
        return "was already handled by someone else."
    if not may_be_entered(record, action):
        return f"cannot be handled this way while it is held as “{label_of(record.hold_reason)}”."
    chosen = choice(record)
    if chosen is None:
        return "cannot be entered there: that order, or its line, is gone or another supplier's."
    content = content_of(bill_of(record))
    if approval_rule.takes_two(record) and decisions.takes_two():
        decision = decisions.ask(kind, "record", record.pk, content, by, reason, chosen, **common(record))
        return wait_for_second_person(record, decision)
    _follow(decisions.record(kind, "record", record.pk, content, by, reason, chosen, **common(record)))
    return "is left out of the project." if kind == NOT_PROJECT_COST else "goes on with that on the next run."


def _follow(decision: Decision) -> None:
    """Carry it out, whether one person decided or two."""
    if decision.kind == NOT_PROJECT_COST:
        _take_out(decision)
        return
    record = Record.objects.select_related("document", "integration").get(pk=decision.subject_id)
    by, reason = decision.asked_by or decision.decided_by, decision.asked_because or decision.reason
    what = decision.choice.get("number") or decision.choice.get("of order") or ""
    log_many([trail.event_by("record.entered_against", record, by, {"what": what, "reason": reason})])
    let_go([record], f"it belongs to {what}", by)


def _take_out(decision: Decision) -> None:
    record = Record.objects.select_related("document").get(pk=decision.subject_id)
    by, reason = decision.asked_by or decision.decided_by, decision.asked_because or decision.reason
    said = f"Left out by {by} as no project cost: {reason}"
    now = timezone.now()
    Record.objects.filter(pk=record.pk).exclude(work__in=[Work.POSTING, Work.DOUBT]).update(
        work=Work.EXCLUDED_PERSON, hold_reason="", explanation=said, changed_at=now
    )
    Gap.objects.filter(record=record, closed_at=None).update(closed_at=now)
    log_many([trail.event_by("record.excluded", record, decision.decided_by, {"reason": said})])


def register() -> None:
    for kind in (LINK_ORDER, CHOOSE_LINE, NOT_PROJECT_COST):
        decisions.register(kind, approved=_follow, refused=go_on, content=_content)


def _content(decision: Decision) -> str:
    found = Record.objects.select_related("document", "integration__source").filter(pk=decision.subject_id).first()
    return content_of(bill_of(found)) if found else ""


def _amount(record: Record) -> str:
    return f"{figure(record.amount)} {record.currency}"


# As they were read


def bill_of(record: Record) -> Bill:
    """The bill apart from what was paid or credited of it."""
    return reading.bill(replace(_read(record), credits=()))


def order_of(record: Record) -> Order:
    return reading.order(_read(record))


def _read(record: Record) -> Any:
    parse = system(record.integration.source.system).load_parse()
    document: SourceDocument = record.document
    return parse.document(document.feed, parse.loads(document.detail))
