"""Asking for an approval of an order that is over its budget: the request waits for somebody else (A88).

It is bound to the order and to the figures that were shown, and lapses when either no longer holds. The order stays
among those that the budget may let go.
"""

from collections.abc import Iterable

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction

from integrations import events
from integrations.engine import decisions, trail
from integrations.engine.decision_kinds import ASK_OVER_BUDGET, OVER_BUDGET
from integrations.engine.projects import ending, over_budget
from integrations.engine.release import Result, each
from integrations.models import BudgetCheck, Decision, Record, Work


def ask(records: Iterable[Record], by: User, note: str) -> Result:
    """Ask those who may to approve them; nobody approves what they asked for (A95)."""
    if not by.has_perm(ASK_OVER_BUDGET):
        raise PermissionDenied
    return each(records, lambda record: _ask(record, by, note.strip()))


def _ask(record: Record, by: User, note: str) -> str:
    if not note:
        return "needs a note that says why."
    with transaction.atomic():
        fresh = Record.objects.select_for_update(of=("self",)).select_related("integration").get(pk=record.pk)
        shown = BudgetCheck.objects.filter(record=record).first()
        if (fresh.work, fresh.hold_reason) != (Work.HELD, OVER_BUDGET) or shown is None:
            return "was already handled by someone else."
        decision = decisions.ask(
            OVER_BUDGET, "record", record.pk, shown.content, by, note, {"figures": shown.figures},
            integration=fresh.integration, label=trail.subject(fresh).label, amount=fresh.amount,
            currency=fresh.currency or shown.currency, kept_out=shown.kept_out,
        )  # fmt: skip
        ending.leave(fresh, Work.APPROVAL, OVER_BUDGET, f"{fresh.explanation}\n{over_budget.asked_in_words(decision)}")
        people = list(decisions.others_who_could(decision))
        events.tell(events.approval_asked, decision=decision, people=people)
    if not people:
        return "waits for an approval, but nobody else here may give it. An administrator can give the role."
    return "waits for an approval."


def _approve(decision: Decision, by: User, reason: str) -> str:
    """From the request's own page: with the budget read at that moment, as from the order's."""
    record = Record.objects.select_related("integration__target").get(pk=decision.subject_id)
    return over_budget.approve(record, by, reason)


def _put_back(decision: Decision) -> None:
    """Refused, or taken back: the order is held as it was."""
    record = Record.objects.select_for_update().get(pk=decision.subject_id)
    if (record.work, record.hold_reason) == (Work.APPROVAL, OVER_BUDGET):
        ending.leave(record, Work.HELD, OVER_BUDGET, record.explanation.partition("\n")[0])


def register() -> None:
    decisions.register(OVER_BUDGET, refused=_put_back, instead=_approve)
