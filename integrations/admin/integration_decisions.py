"""What people decide about an integration: posting at all, loosened settings, and going on past a pause."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from audit.trail import Subject, log
from integrations.admin.base import PageAdmin, person
from integrations.engine import decisions, leaving_trial, pause
from integrations.engine.decision_kinds import START_POSTING, kind_of
from integrations.models import Decision, Integration, Record, Work
from integrations.words import age, sums

CHANGE = "integrations.change_integration"


def posting_page(desk: PageAdmin, request: HttpRequest, integration: Integration) -> HttpResponse:
    """Ask, then switch between trial mode and posting. On takes two people; off whoever may change settings (A66)."""
    if not (request.user.has_perm(START_POSTING) or request.user.has_perm(CHANGE)):
        raise PermissionDenied
    reason = request.POST.get("reason", "").strip()
    if request.method != "POST" or (request.POST.get("to") == "posting" and not reason):
        return _ask_to_post(desk, request, integration)
    if request.POST.get("to") == "trial":
        _stop(request, integration)
    elif not integration.trial:
        messages.info(request, f"“{integration}” posts already.")
    else:
        _start(request, integration, reason)
    return _back(integration)


def pause_page(desk: PageAdmin, request: HttpRequest, integration: Integration) -> HttpResponse:
    """Let the rest of a paused batch go on, with a reason (A69)."""
    by = person(request)
    if not by.has_perm("integrations.pass_pause_integration"):
        raise PermissionDenied
    reason = request.POST.get("reason", "").strip()
    if request.method != "POST" or not reason:
        shown = [(each, sums(each.amounts), age(each.oldest)) for each in pause.all_behind(integration)]
        title = f"Let the rest of {integration} go on?"
        lacks = "Give a reason; it stays on record." if request.method == "POST" else ""
        return desk.page(
            request, "integrations/pass_pause.html", title=title, integration=integration, paused=shown, lacks=lacks
        )
    messages.info(request, pause.let_rest_go_on(integration, by, reason))
    return _back(integration)


def said_of_proposal(request: HttpRequest, decision: Decision) -> None:
    """What the person reads whose loosened settings wait."""
    what = "; ".join(sides["words"] for sides in decision.choice.values())
    messages.warning(request, f"Not in force yet: {what}. A second person decides. {left_to_decide(decision)}")


def left_to_decide(decision: Decision) -> str:
    """Who could decide, or that nobody can (A95)."""
    count = decisions.others_who_could(decision).count()
    if not count:
        return "Nobody else here may decide it: it waits until an administrator gives somebody the role."
    return f"{count} {'person' if count == 1 else 'people'} could."


def _ask_to_post(desk: PageAdmin, request: HttpRequest, integration: Integration) -> HttpResponse:
    shown: dict[str, Any] = {"integration": integration}
    if integration.trial:
        seen = leaving_trial.look_through(integration)
        people = decisions.people_who_could(kind_of("leave-trial").permission, integration)
        shown |= {
            "seen": seen,
            "waiting": seen.count,
            "sums": sums(seen.amounts),
            "deciders": people.exclude(pk=person(request).pk).count(),
            "second_person": decisions.takes_two(),
            "lacks": "Give a reason; it stays on record." if request.method == "POST" else "",
        }
    else:
        waiting = Record.objects.filter(integration=integration, work=Work.WAITING)
        totals = waiting.values_list("currency").annotate(Sum("amount")).order_by()
        shown |= {"waiting": waiting.count(), "sums": sums(dict(totals))}
    title = f"Start posting of {integration}?" if integration.trial else f"Stop posting of {integration}?"
    return desk.page(request, "integrations/posting.html", title=title, **shown)


def _start(request: HttpRequest, integration: Integration, reason: str) -> None:
    decision = leaving_trial.ask(integration, person(request), reason)
    if decision is None:
        messages.success(request, f"“{integration}” posts from its next run on.")
    else:
        messages.warning(request, f"A second person decides whether “{integration}” posts. {left_to_decide(decision)}")


def _stop(request: HttpRequest, integration: Integration) -> None:
    with transaction.atomic():
        waiting = Record.objects.filter(integration=integration, work=Work.WAITING).count()
        if Integration.objects.filter(pk=integration.pk, trial=False).update(trial=True):
            subject = Subject("integration", integration.pk, integration.name)
            log("integration.posting_stopped", subject, actor=person(request), details={"waiting": waiting})
    messages.success(request, f"“{integration}” is in trial mode: nothing more is sent.")


def _back(integration: Integration) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:integrations_integration_change", args=[integration.pk]))
