"""The auditor's page of one record, and the search that leads to it from any document in the target (A105, A106)."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from integrations.admin.target_links import web_link
from integrations.engine.decision_kinds import kind_of
from integrations.models import Outcome, Record, Standing
from integrations.money import figure
from integrations.reconciliation import auditing
from integrations.views import for_staff


@require_GET
@for_staff("integrations.view_record")
def search(request: HttpRequest, user: User) -> HttpResponse:
    """One hit leads straight to its page."""
    sought = request.GET.get("q", "")[:500]
    found = auditing.find(sought, Record.objects.visible_to(user))
    if len(found) == 1:
        return HttpResponseRedirect(reverse("record_evidence", args=[found[0].pk]))
    return _page(request, "reconciliation/search.html", title="Find a document", sought=sought, found=found)


@require_GET
@for_staff("integrations.view_record")
def page(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    rows = Record.objects.visible_to(user).select_related("document", "integration__source", "integration__target")
    record = rows.filter(pk=pk).first()
    if record is None:
        raise Http404
    kept = auditing.of(record)
    return _page(
        request,
        "reconciliation/evidence.html",
        title=f"Evidence: {record}",
        record=record,
        kept=kept,
        postings=[(each, Standing(each.standing).label, web_link(each)) for each in kept.postings],
        lines=[_line(line) for line in kept.bill.get("lines", [])],
        totals=[(name, figure(Decimal(kept.bill[name]))) for name in ("net", "tax", "total") if kept.bill.get(name)],
        decisions=[(each, kind_of(each.kind).label) for each in kept.decisions],
        requests=[(each, Outcome(each.outcome).label) for each in kept.requests],
    )


def _line(line: dict[str, Any]) -> dict[str, Any]:
    net = Decimal(line["net"])
    return {**line, "shown": figure(net) if line.get("account") else ""}


def _page(request: HttpRequest, template: str, **context: Any) -> HttpResponse:
    frame = admin.site.each_context(request) | {"opts": Record._meta}
    return TemplateResponse(request, template, frame | context)
