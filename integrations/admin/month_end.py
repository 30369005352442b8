"""The month-end page: what is not booked, booked elsewhere, booked late, received and not billed (A65, A22, A96)."""

from datetime import date
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from integrations.models import Decision, Integration, ReportRun
from integrations.money import figure
from integrations.pairs import ledger_pairs
from integrations.places import PLACES
from integrations.reconciliation import month_end
from integrations.views import for_staff
from integrations.words import sums

ROWS_A_PAGE = 50
NOT_BILLED = "not-billed"


@require_GET
@for_staff("integrations.view_reportrun")
def page(request: HttpRequest, user: User) -> HttpResponse:
    """The four lists with count and amounts, and the rows of the one that was chosen."""
    seen = list(
        Integration.objects.visible_to(user)
        .filter(pair__in=ledger_pairs())
        .select_related("source", "target")
        .order_by("name")
    )
    chosen = request.GET.get("integration", "")
    integration = next((each for each in seen if str(each.pk) == chosen), seen[0] if seen else None)
    day, wrong_day = _day(request.GET.get("day", ""))
    shown: dict[str, Any] = {"integrations": seen, "integration": integration, "day": day, "wrong_day": wrong_day}
    if integration is not None:
        shown |= _lists(request, integration, day)
    frame = admin.site.each_context(request) | {
        "model_admin": admin.site.get_model_admin(ReportRun),
        "title": "Month end",
    }
    return TemplateResponse(request, "reconciliation/month_end.html", frame | shown)


def _day(written: str) -> tuple[date, bool]:
    try:
        return date.fromisoformat(written), False
    except ValueError:
        return timezone.localdate(), bool(written)


def _page_of(rows: QuerySet[Any], count: int, request: HttpRequest) -> Any:
    """A page of what has been counted: asking again would go through all of it again."""
    paginator = Paginator(rows, ROWS_A_PAGE)
    paginator.count = count
    return paginator.get_page(request.GET.get("p"))


def _lists(request: HttpRequest, integration: Integration, day: date) -> dict[str, Any]:
    chosen = request.GET.get("list", "not-booked")
    counted = month_end.counted(integration, day)
    open_lines = month_end.not_billed(integration, day)
    accrued = month_end.accruals(open_lines)
    labels = [*((each.slug, each.label) for each in month_end.LISTS.values()), (NOT_BILLED, "Received, not billed")]
    counted[NOT_BILLED] = accrued
    tiles = [(slug, label, counted[slug].count, sums(counted[slug].amounts)) for slug, label in labels]
    removals = Decision.objects.unreviewed().filter(integration=integration).select_related("decided_by")
    shown: dict[str, Any] = {"tiles": tiles, "chosen": chosen, "removals": removals.order_by("-pk")[:ROWS_A_PAGE]}
    if chosen == NOT_BILLED:
        lines = open_lines.select_related("record__document", "record__integration__source")
        rows = _page_of(lines, accrued.count, request)
        return shown | {"rows": rows, "accruals": month_end.shown_accruals(list(rows)), "about": _ABOUT_ACCRUALS}
    listed = month_end.LISTS.get(chosen) or month_end.LISTS["not-booked"]
    records = listed.rows(integration, day).order_by("document_date", "pk").select_related("document")
    shown_page = _page_of(records, counted[listed.slug].count, request)
    found = [(each, PLACES.get(each.where, each.where), figure(each.amount)) for each in shown_page]
    return shown | {"rows": shown_page, "records": found, "about": listed.explained, "chosen": listed.slug}


_ABOUT_ACCRUALS = (
    "Per order line: received at its price, less what is billed, net. The source tells what was received so far, not "
    "when, so these figures are those of today."
)
