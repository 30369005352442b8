"""What stands above an integration's form: is it running, since when, and where its records are."""

from typing import Any

from django.contrib.auth.models import User
from django.utils.safestring import SafeString

from integrations import schedules
from integrations.engine import decisions, pause
from integrations.engine.decision_kinds import APPROVE_RECORD, START_POSTING
from integrations.engine.projects import cadence
from integrations.engine.projects.terms import settings_of
from integrations.models import Integration
from integrations.pairs import pair
from integrations.pairs.flow import Keeps
from integrations.places import Line, lines, place_label
from integrations.words import age, pill, pills, sums


def head(integration: Integration, user: User) -> dict[str, Any]:
    """What stands above the form: is it running, since when, and where its records are."""
    behind = pause.all_behind(integration)
    may_post, may_change = user.has_perm(START_POSTING), user.has_perm("integrations.change_integration")
    return {
        "integration": integration,
        "state": state_of(integration),
        "schedule": schedules.in_words(integration),
        "next_run": _next_run(integration),
        "paused": [(each, sums(each.amounts), age(each.oldest)) for each in behind],
        "may_pass_pause": user.has_perm("integrations.pass_pause_integration"),
        "asked": [
            (decision, decisions.others_who_could(decision).count())
            for decision in decisions.pending("integration", integration.pk)
        ],
        "deciders": decisions.people_who_could(APPROVE_RECORD, integration).count() if decisions.takes_two() else None,
        "whereabouts": [shown_line(line) for line in lines(Integration.objects.filter(pk=integration.pk))],
        "cadence": _cadence(integration),
        "last_runs": list(integration.runs.order_by("-started_at")[:5]),
        "may_preview": user.has_perm("integrations.view_record"),
        "may_sync": user.has_perm("integrations.sync_integration"),
        "may_switch": may_post or may_change,
    }


def _cadence(integration: Integration) -> dict[str, Any]:
    """How often each list of the books is read and what that costs a day; nothing where runs read everything."""
    if pair(integration.pair).keeps is not Keeps.PROJECTS:
        return {}
    chosen, source = settings_of(integration), integration.source
    lists = [(name, every, cadence.calls_a_day(chosen)[name]) for name, every in cadence.every(chosen).items()]
    others = cadence.of_others(integration, source)
    total = cadence.total(chosen) + others
    return {"lists": lists, "besides": cadence.BESIDES, "others": others, "total": total, "most": cadence.most(source)}


def _next_run(integration: Integration) -> str:
    if not integration.enabled:
        return ""
    moment = schedules.moment_in_words(integration.next_run_at, integration.time_zone)
    return f"{moment} {integration.time_zone}" if moment else ""


def shown_line(line: Line) -> dict[str, Any]:
    """One flow's line of A99, each place with its count, its amounts and its page."""
    places = []
    for place, amounts in line.places.items():
        if amounts.count:
            places.append((place, _label(place, line), amounts.count, sums(amounts.amounts)))
    return {
        "flow": line.flow,
        "integration": line.integration,
        "label": line.flow.replace("-", " "),
        "read": line.read.count,
        "read_sums": sums(line.read.amounts),
        "places": places,
        "adds_up": line.adds_up,
    }


def state_of(integration: Integration) -> SafeString:
    running_now = pill("on", "good") if integration.enabled else pill("off")
    posting = pill("trial mode", "busy") if integration.trial else pill("posts", "good")
    return pills(running_now, posting)


def _label(place: str, line: Line) -> str:
    """Project books have no ledger."""
    in_project = place == "ledger" and pair(line.integration.pair).keeps is Keeps.PROJECTS
    return "in the project" if in_project else place_label(place, line.flow)
