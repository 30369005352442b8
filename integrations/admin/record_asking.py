"""Asking before something is done to records: how many, how much, what would be sent, what may be chosen."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from integrations.admin.base import PageAdmin, person
from integrations.admin.project_budget import budget_view
from integrations.admin.record_actions import ITS_HOLD, Answer, Choice, RecordAction, Result, totals
from integrations.engine import record_decisions
from integrations.engine.decision_kinds import OVER_BUDGET
from integrations.engine.rehearsal import Rehearsal, Rehearser
from integrations.engine.release import is_vendor
from integrations.models import Record
from integrations.money import figure
from integrations.words import sums

MOST_REHEARSED = 50


def ask_or_do(
    desk: PageAdmin, request: HttpRequest, action: RecordAction, records: list[Record], back: str = ""
) -> HttpResponse | None:
    """The confirmation page; after it, what became of each. None when messages already say it all."""
    if not request.user.has_perm(action.full_permission):
        raise PermissionDenied
    fitting = [record for record in records if action.fits(record)]
    answer = Answer(request.POST.get("reason", "").strip(), request.POST.get("choice", ""), _shown(request, fitting))
    lacks = _lacks(action, fitting, answer) if request.POST.get("confirmed") == "yes" and fitting else None
    if lacks is None or lacks:
        return _ask(desk, request, action, records, fitting, back, lacks or "")
    return _report(desk, request, action, action.carry_out(fitting, person(request), answer))


def _shown(request: HttpRequest, records: Sequence[Record]) -> dict[int, str]:
    return {record.pk: request.POST.get(f"shown-{record.pk}", "") for record in records}


def _bound_to(action: RecordAction, records: Sequence[Record]) -> dict[int, str]:
    """What the answer will be about: sent along with it, so that nobody approves what came after their page."""
    if not action.binds:
        return {}
    kind = "" if action.binds == ITS_HOLD else action.binds
    return record_decisions.contents(records[:MOST_REHEARSED], kind)


def _lacks(action: RecordAction, fitting: Sequence[Record], answer: Answer) -> str:
    """What is still missing in the answer, as a sentence for the page."""
    if action.choosing is not None:
        if len(fitting) != 1:
            return "Choose for one record at a time, on its own page."
        if answer.choice not in {choice.value for choice in action.choosing.offers(fitting[0])}:
            return "Choose one of these."
    if action.needs_reason and not answer.reason:
        return "Give a reason; it stays on record."
    return ""


def _ask(
    desk: PageAdmin,
    request: HttpRequest,
    action: RecordAction,
    records: list[Record],
    fitting: list[Record],
    back: str,
    lacks: str,
) -> HttpResponse:
    choices: Sequence[Choice] = ()
    if action.choosing is not None and len(fitting) == 1:
        choices = action.choosing.offers(fitting[0])
    shown: dict[str, Any] = {
        "title": _title(action, fitting),
        "action": action,
        "fitting": fitting,
        "others": [record for record in records if record not in fitting],
        "sums": sums(totals(fitting)),
        "lacks": lacks,
        "choices": choices,
        "one_at_a_time": action.choosing is not None and len(fitting) > 1,
        "bound_to": _bound_to(action, fitting).items(),
        "rehearsed": _rehearsed(fitting) if action.rehearses else (),
        "budgets": [(record, budget_view(record, person(request))) for record in _over_budget(fitting)],
        "not_rehearsed": max(0, len(fitting) - MOST_REHEARSED) if action.rehearses else 0,
        "reason": request.POST.get("reason", ""),
        "back": back or request.get_full_path(),
        "from_list": "_selected_action" in request.POST,
    }
    return desk.page(request, "integrations/confirm.html", **shown)


def _over_budget(fitting: Sequence[Record]) -> list[Record]:
    return [record for record in fitting[:MOST_REHEARSED] if record.hold_reason == OVER_BUDGET]


def _title(action: RecordAction, fitting: Sequence[Record]) -> str:
    return f"{action.label}: {fitting[0]}" if len(fitting) == 1 else f"{action.label} {len(fitting)} records"


def _rehearsed(records: Sequence[Record]) -> list[dict[str, Any]]:
    """What each would send, with today's tables; nothing is written for it."""
    known: dict[tuple[int, str], Rehearser] = {}
    found = []
    for record in (each for each in records[:MOST_REHEARSED] if not is_vendor(each)):
        key = (record.integration_id, record.flow)
        known.setdefault(key, Rehearser.load(record.integration, record.flow))
        found.append(_in_words(known[key].rehearse(record)))
    return found


def _in_words(seen: Rehearsal) -> dict[str, Any]:
    bill = seen.bill
    steps = {"create": "would create", "update": "would update its draft", "delete": "would delete its draft"}
    if seen.action is not None:
        says = steps[seen.action.value]
    elif seen.changes_nothing:
        says = "would send nothing: what stands is what would be written"
    else:
        says = f"would not be sent yet: {seen.outcome}"
    lines = bill.lines if bill else ()
    return {
        "record": seen.record,
        "says": says,
        "why": seen.why,
        "differences": seen.differences,
        "bill": bill,
        "total": f"{figure(bill.total)} {bill.currency}" if bill else "",
        "lines": [(line.description, line.account, line.tax_code, figure(line.net)) for line in lines],
    }


def _report(desk: PageAdmin, request: HttpRequest, action: RecordAction, result: Result) -> HttpResponse | None:
    if len(result) > 1:
        title = f"{action.label}: what happened"
        return desk.page(request, "integrations/outcome.html", title=title, result=result)
    for record, outcome in result:
        messages.info(request, f"{record} {outcome}")
    return None
