"""What is missing: unmapped keys first, with what waits for each, and the suggestions to tick."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince

from mappings import keys, missing, waiting
from mappings.accepting import Choice, RefusedRowError, accept, rehearse
from mappings.amounts import Documents
from mappings.authors import TABLES
from mappings.lists import Lists
from mappings.missing import Missing
from mappings.models import Scope
from mappings.suggestions import Suggestion
from mappings.waiting import Waiting

if TYPE_CHECKING:
    from mappings.admin.base import PageAdmin

PAGE = "admin:mappings_missing"
SHOWN = 50
MAY_LOOK = [f"mappings.view_{table._meta.model_name}" for table in TABLES.values()]


@dataclass(frozen=True)
class Shown:
    """One item as the page shows it; `tickable` where this person may accept one of its suggestions.

    `form` is "" for people who may not fill it in.
    """

    item: Missing
    title: str
    suggested: Sequence[Suggestion]
    tickable: bool
    age: str
    form: str

    @property
    def table(self) -> str:
        table = TABLES.get(self.item.key.table)
        return str(table._meta.verbose_name_plural).capitalize() if table else "Elsewhere"

    @property
    def decided_by_hand(self) -> bool:
        """Why it bears no tax, no rule can tell (A44)."""
        return self.item.key.table == keys.TAX and self.item.key.parts[0] == keys.NO_TAX


def page(model_admin: "PageAdmin", request: HttpRequest) -> HttpResponse:
    """Look, tick, confirm. Every POST is checked for itself."""
    if not any(request.user.has_perm(permission) for permission in MAY_LOOK):
        raise PermissionDenied
    scopes = list(Scope.objects.visible_to(request.user).select_related("source_books", "target_books").order_by("pk"))
    everything = list(waiting.in_scopes([scope.pk for scope in scopes], request.user))
    scope = _asked(request, scopes, everything)
    if scope is None:
        return model_admin.page(request, "mappings/missing.html", title="What is missing", scopes=[])
    rows = [each for each in everything if each.scope == scope.pk]
    items = missing.gathered(scope, rows)
    if request.method == "POST":
        return _accepted(model_admin, request, scope, items, rows)
    return _look(model_admin, request, scope, items, scopes, everything)


def summary(request: HttpRequest, table: str) -> dict[str, Any]:
    """What waits for rows of one table, for the head of its list; empty when nothing does."""
    scopes = Scope.objects.visible_to(request.user).values_list("pk", flat=True)
    rows = [each for each in waiting.in_scopes(scopes, request.user) if each.key.table == table]
    documents = Documents.of(rows)
    if not documents:
        return {}
    busiest = max({each.scope for each in rows}, key=lambda scope: sum(each.scope == scope for each in rows))
    return {"documents": documents, "address": f"{reverse(PAGE)}?scope={busiest}#{table}"}


def _asked(request: HttpRequest, scopes: Sequence[Scope], everything: Iterable[Waiting]) -> Scope | None:
    """The set of tables named in the address, else the one that most waits for."""
    number = request.GET.get("scope", "")
    named = next((scope for scope in scopes if str(scope.pk) == number), None)
    if named is not None or not scopes:
        return named
    waits = [each.scope for each in everything]
    return max(scopes, key=lambda scope: waits.count(scope.pk))


def _look(
    model_admin: "PageAdmin",
    request: HttpRequest,
    scope: Scope,
    items: Sequence[Missing],
    scopes: Sequence[Scope],
    everything: Sequence[Waiting],
) -> HttpResponse:
    lists = Lists(scope)
    titles = missing.titles(items[:SHOWN], lists)
    shown = [_shown(item, titles[item.token], lists, request) for item in items[:SHOWN]]
    waits = [each.scope for each in everything]
    return model_admin.page(
        request,
        "mappings/missing.html",
        title="What is missing",
        scope=scope,
        scopes=[(each.name, f"?scope={each.pk}", waits.count(each.pk), each == scope) for each in scopes],
        shown=shown,
        more=len(items) - len(shown),
        documents=Documents.of(each for each in everything if each.scope == scope.pk),
        anything_to_tick=any(each.tickable for each in shown),
    )


def _shown(item: Missing, title: str, lists: Lists, request: HttpRequest) -> Shown:
    suggested = item.suggested(lists)
    tickable = bool(suggested) and request.user.has_perm(_choice(item, suggested[0]).permission)
    table, verb = TABLES.get(item.key.table), "change" if item.row else "add"
    may = table is not None and request.user.has_perm(f"mappings.{verb}_{table._meta.model_name}")
    return Shown(item, title, suggested, tickable, _age(item.since), item.form if may else "")


def _accepted(
    model_admin: "PageAdmin", request: HttpRequest, scope: Scope, items: Sequence[Missing], rows: Sequence[Waiting]
) -> HttpResponse:
    from mappings.admin.base import person

    by, back = person(request), f"{reverse(PAGE)}?scope={scope.pk}"
    choices = _chosen(request, scope, items)
    if any(not by.has_perm(choice.permission) for choice in choices):
        raise PermissionDenied
    if not choices:
        messages.info(request, "Tick what you want to accept. What somebody else added meanwhile is no longer listed.")
        return HttpResponseRedirect(back)
    if request.POST.get("confirmed") != "yes":
        return _ask(model_admin, request, scope, choices, rows)
    try:
        released = accept(choices, by)
    except RefusedRowError as refused:
        messages.error(request, f"Nothing was changed. {refused}")
        return HttpResponseRedirect(back)
    done = "1 row was saved" if len(choices) == 1 else f"{len(choices)} rows were saved"
    goes_on = "1 record that waited goes on" if released == 1 else f"{released} records that waited go on"
    messages.success(request, f"{done}. {goes_on}.")
    return HttpResponseRedirect(back)


def _ask(
    model_admin: "PageAdmin", request: HttpRequest, scope: Scope, choices: Sequence[Choice], rows: Sequence[Waiting]
) -> HttpResponse:
    from mappings.admin.base import person

    made = rehearse(choices, person(request))
    return model_admin.page(
        request,
        "mappings/confirm_missing.html",
        title="Accept suggestions",
        scope=scope,
        made=made,
        refused=any(each.problem for each in made),
        documents=missing.closing([choice.item for choice in choices], rows),
        back=f"{reverse(PAGE)}?scope={scope.pk}",
    )


def _chosen(request: HttpRequest, scope: Scope, items: Sequence[Missing]) -> list[Choice]:
    """The ticked items that are still missing, each with the suggestion chosen for it."""
    names, lists, found = set(request.POST.getlist("accept")), Lists(scope), []
    ticked = [item for item in items if item.token in names]
    lists.learn(item.gaps[0] for item in ticked)
    for item in ticked:
        wanted = request.POST.get(f"entry-{item.token}", "")
        suggestion = next((each for each in item.suggested(lists) if str(each.entry.pk) == wanted), None)
        if suggestion is not None:
            found.append(_choice(item, suggestion))
    return found


def _choice(item: Missing, suggestion: Suggestion) -> Choice:
    return Choice(item, suggestion.entry, suggestion.evidence)


def _age(since: datetime) -> str:
    now = timezone.now()
    return f"for {timesince(since, now, depth=1)}" if now - since >= timedelta(minutes=1) else "just now"
