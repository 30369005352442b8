"""The auditor's page of one record, and the search that leads to it from any document in the target (A105, A106)."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from integrations import visibility
from integrations.admin.project_settings import keeps_projects
from integrations.admin.target_links import web_link
from integrations.desk.bill_words import Names
from integrations.documents import Tracked
from integrations.engine.decision_kinds import kind_of
from integrations.models import Outcome, Record
from integrations.money import figure
from integrations.places import posting_label
from integrations.reconciliation import auditing, project_evidence
from integrations.reconciliation.auditing import Evidence
from integrations.views import for_staff
from mappings.authors import TABLES
from mappings.versions import Past


@require_GET
@for_staff("integrations.view_record")
def search(request: HttpRequest, user: User) -> HttpResponse:
    """One hit leads straight to its page."""
    sought = request.GET.get("q", "")[:500]
    found = auditing.find(sought, visibility.belonging(Record.objects.all(), "integration", user))
    if len(found.records) == 1:
        return HttpResponseRedirect(reverse("record_evidence", args=[found.records[0].pk]))
    return _page(request, "reconciliation/search.html", title="Find a document", sought=sought, found=found)


@require_GET
@for_staff("integrations.view_record")
def page(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    rows = visibility.belonging(Record.objects.all(), "integration", user)
    record = rows.select_related("document", "integration__source", "integration__target").filter(pk=pk).first()
    if record is None:
        raise Http404
    kept = auditing.of(record)
    return _page(
        request,
        "reconciliation/evidence.html",
        title=f"Evidence: {record}",
        record=record,
        kept=kept,
        postings=[(each, posting_label(each, record.flow), web_link(each)) for each in kept.postings],
        rows=[(row, _history(row)) for row in kept.rows],
        of_project=_of_project(kept),
        decisions=[(each, kind_of(each.kind).label) for each in kept.decisions],
        requests=[(each, Outcome(each.outcome).label) for each in kept.requests],
        **_of_bill(kept),
    )


def _of_bill(kept: Evidence) -> dict[str, Any]:
    if not kept.bill:
        return {}
    contact = kept.bill.get("contact", "")
    names = Names.of(kept.record.integration, [contact])
    return {
        "lines": [_line(line, names) for line in kept.bill.get("lines", [])],
        "contact": names.contact(contact),
        "totals": [(name, figure(Decimal(kept.bill[name]))) for name in ("net", "tax", "total") if kept.bill.get(name)],
    }


def _of_project(kept: Evidence) -> dict[str, Any] | None:
    found = project_evidence.of(kept) if keeps_projects(kept.record.integration) else None
    if found is None:
        return None
    here, there = found.totals
    return {
        "found": found,
        "totals": (figure(here), figure(there)),
        "codes": [(code, figure(wrote), figure(had)) for code, wrote, had in found.codes],
        "payments": [(each, posting_label(each, kept.record.flow)) for each in found.payments],
    }


def _line(line: dict[str, Any], names: Names) -> dict[str, Any]:
    """By the names that the target gives things; the ids it was sent with stand in the entry of the trail."""
    net = Decimal(line["net"])
    return {
        "description": line["description"],
        "account": names.coded("account", line.get("account", "")),
        "tax_code": names.coded("tax_rate", line.get("tax_code", "")),
        "tracking": [names.tracked(Tracked(*each)) for each in line.get("tracking", [])],
        "shown": figure(net) if line.get("account") else "",
    }


def _history(row: Past) -> str:
    """The address of the page that shows how the row changed."""
    table = TABLES.get(row.table)
    return reverse(f"admin:mappings_{table._meta.model_name}_history", args=[row.row]) if table else ""


def _page(request: HttpRequest, template: str, **context: Any) -> HttpResponse:
    frame = admin.site.each_context(request) | {"model_admin": admin.site.get_model_admin(Record)}
    return TemplateResponse(request, template, frame | context)
