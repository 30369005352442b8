"""Reconciliations: prepare one, look at it, print it, take it along as CSV, review it (A102 to A104)."""

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldBooleanSwitchWidget

from audit.export import neutral
from audit.trail import log
from integrations import visibility
from integrations.admin.base import ReadOnlyAdmin, person
from integrations.models import Integration, ReportDifference, ReportLine, ReportRun
from integrations.money import figure
from integrations.reconciliation import making
from integrations.reconciliation.causes import CAUSES
from integrations.reconciliation.projects import KINDS
from integrations.visibility import Viewer
from integrations.words import BAD, BUSY, GOOD, at, pill

RUN, REVIEW = "integrations.run_report", "integrations.review_report"
LINES_A_PAGE = 50
PRINTED_AT_MOST = 5000
PARTS = ("lines", "differences", "balances")


class PrepareForm(forms.Form):
    """What a reconciliation is made of."""

    integration = forms.ModelChoiceField(Integration.objects.none(), widget=UnfoldAdminSelectWidget)
    as_of = forms.DateField(label="As of", widget=forms.DateInput({"type": "date", "class": "cf-area cf-one-line"}))
    with_balances = forms.BooleanField(label="With vendor balances", required=False, widget=UnfoldBooleanSwitchWidget)

    def __init__(self, user: Viewer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seen = Integration.objects.visible_to(user).order_by("name")
        self.fields["integration"].queryset = seen  # type: ignore[attr-defined]
        self.fields["integration"].initial = seen.first()
        self.fields["as_of"].initial = timezone.localdate()


@admin.register(ReportRun)
class ReportRunAdmin(ReadOnlyAdmin):
    list_display = ("named", "as_of", "outcome", "made", "prepared_by", "reviewed_by")
    list_display_links = ("named",)
    list_select_related = ("integration", "prepared_by", "reviewed_by")
    list_before_template = "reconciliation/runs.html"
    nothing = (
        "No reconciliation was prepared yet. It compares what was approved at the source with what stands in the "
        "books, per vendor, currency and month; every difference is a listed record."
    )

    def visible(self, rows: QuerySet[ReportRun], user: Viewer) -> QuerySet[ReportRun]:
        return visibility.belonging(rows, "integration", user)

    @admin.display(description="integration")
    def named(self, run: ReportRun) -> str:
        return str(run.integration)

    @admin.display(description="made")
    def made(self, run: ReportRun) -> str:
        return at(run.made_at)

    @admin.display(description="outcome")
    def outcome(self, run: ReportRun) -> SafeString:
        return outcome(run)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("prepare/", view(self.prepare_view), name="integrations_reportrun_prepare"),
            path("<int:pk>/review/", view(self.review_view), name="integrations_reportrun_review"),
            path("<int:pk>/print/", view(self.print_view), name="integrations_reportrun_print"),
            path("<int:pk>/<slug:part>.csv", view(self.csv_view), name="integrations_reportrun_csv"),
        ]
        return [*own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        more = {"title": "Reconciliation", "may_run": request.user.has_perm(RUN), **(extra_context or {})}
        return super().changelist_view(request, more)

    def prepare_view(self, request: HttpRequest) -> HttpResponse:
        self._permit(request, RUN)
        form = PrepareForm(request.user, request.POST or None)
        if request.method == "POST" and form.is_valid():
            chosen = form.cleaned_data
            run = making.ask(
                chosen["integration"], chosen["as_of"], person(request), with_balances=chosen["with_balances"]
            )
            return HttpResponseRedirect(reverse("admin:integrations_reportrun_change", args=[run.pk]))
        warned = [
            (each, str(warning))
            for each in Integration.objects.visible_to(request.user).select_related("source").order_by("name")
            for warning in each.source.warnings
        ]
        return self.page(
            request, "reconciliation/prepare.html", title="Prepare a reconciliation", form=form, warned=warned
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        run = self._run(request, object_id)
        part = request.GET.get("part", "lines")
        if part not in PARTS:
            raise Http404
        page = Paginator(self._rows(request, run, part), LINES_A_PAGE).get_page(request.GET.get("p"))
        shown = _facts(run) | {"part": part, "parts": PARTS, "rows": page, "query": _query(request)}
        may_review = run.made_at is not None and run.reviewed_by_id is None and request.user.has_perm(REVIEW)
        shown["may_review"] = may_review
        return self.page(request, "reconciliation/run.html", title=str(run), original=run, **shown)

    def review_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        self._permit(request, REVIEW)
        run = self._run(request, pk)
        if request.method == "POST":
            messages.info(request, f"{run} {making.review(run, person(request), request.POST.get('remark', ''))}")
        return HttpResponseRedirect(reverse("admin:integrations_reportrun_change", args=[run.pk]))

    def print_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The stored figures again, and whether they are still those that were stored (A104)."""
        run = self._run(request, pk)
        shown = _facts(run) | {
            "lines": [_line(row) for row in run.lines.order_by("position")[:PRINTED_AT_MOST]],
            "differences": [_difference(row) for row in run.differences.order_by("position")[:PRINTED_AT_MOST]],
            "balances": run.balances.order_by("position")[:PRINTED_AT_MOST],
            "unchanged": making.is_unchanged(run),
            "at_most": PRINTED_AT_MOST,
        }
        return self.page(request, "reconciliation/print.html", title=str(run), original=run, **shown)

    def csv_view(self, request: HttpRequest, pk: int, part: str) -> HttpResponseBase:
        run = self._run(request, pk)
        if part not in PARTS:
            raise Http404
        log("report.exported", making.subject(run), actor=person(request), details={"what": part})
        answer = StreamingHttpResponse(csv_lines(run, part), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="reconciliation-{run.as_of}-{part}.csv"'
        return answer

    def _rows(self, request: HttpRequest, run: ReportRun, part: str) -> Any:
        if part == "balances":
            return run.balances.order_by("position")
        if part == "lines":
            lines = run.lines.order_by("position")
            return _Shown(lines.exclude(rest=0) if request.GET.get("only") == "rest" else lines, _line)
        rows = run.differences.order_by("position")
        for name in ("vendor", "currency", "cause", "project", "kind"):
            value = request.GET.get(name)
            if value or (name == "project" and value is not None):
                rows = rows.filter(**{name: value})
        if written := request.GET.get("month"):
            month = _first_of(written)
            rows = rows.filter(month=month) if month else rows.none()
        return _Shown(rows, _difference)

    def _run(self, request: HttpRequest, pk: int | str) -> ReportRun:
        self._permit(request, "integrations.view_reportrun")
        rows = self.get_queryset(request).select_related("integration", "prepared_by", "reviewed_by")
        run: ReportRun | None = rows.filter(pk=pk).first() if str(pk).isdecimal() else None
        if run is None:
            raise Http404
        return run

    def _permit(self, request: HttpRequest, permission: str) -> None:
        if not request.user.has_perm(permission):
            raise PermissionDenied


class _Shown:
    """Rows of a page, turned into what is shown only once they are on it."""

    def __init__(self, rows: QuerySet[Any], show: Any) -> None:
        self._rows, self._show = rows, show

    def count(self) -> int:
        return int(self._rows.count())

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, part: slice) -> list[Any]:
        return [self._show(row) for row in self._rows[part]]


def outcome(run: ReportRun) -> SafeString:
    if run.failure:
        return pill("not made", BAD)
    if run.made_at is None:
        return pill("being made", BUSY)
    return pill("rest 0.00", GOOD) if run.adds_up else pill("unexplained rest", BAD)


def _facts(run: ReportRun) -> dict[str, Any]:
    totals = [_total(kind, currency, total) for kind, currency, total in making.totals_of(run.figures)]
    unread = [(currency, count, _money(amount)) for currency, (count, amount) in run.figures.get("unread", {}).items()]
    there = "In the project" if run.of_projects else "In the ledger"
    return {"run": run, "outcome": outcome(run), "totals": totals, "unread": unread, "there": there}


def _total(kind: str, currency: str, total: dict[str, Any]) -> dict[str, Any]:
    amounts = {name: _money(total[name]) for name in ("source", "ledger", "draft", "rest")}
    causes = [(cause, CAUSES[cause], _money(amount)) for cause, amount in sorted(total["causes"].items())]
    counts = (total["source_count"], total["ledger_count"])
    return {
        "kind": kind, "label": KINDS.get(kind, ""), "currency": currency, "counts": counts, "causes": causes, **amounts,
    }  # fmt: skip


def _first_of(month: str) -> date | None:
    """Of a month written 2026-03; None for anything else."""
    try:
        return date.fromisoformat(f"{month}-01")
    except ValueError:
        return None


def _money(text: str) -> str:
    return figure(Decimal(text))


def _line(row: ReportLine) -> dict[str, Any]:
    causes = [(cause, CAUSES[cause], _money(amount)) for cause, amount in sorted(row.causes.items())]
    return {"row": row, "month": _month(row), "causes": causes, "label": KINDS.get(row.kind, "")}


def _difference(row: ReportDifference) -> dict[str, Any]:
    return {"row": row, "month": _month(row), "why": CAUSES[row.cause], "label": KINDS.get(row.kind, "")}


def _month(row: ReportLine | ReportDifference) -> str:
    return f"{row.month:%Y-%m}" if row.month else ""


def _query(request: HttpRequest) -> str:
    kept = request.GET.copy()
    kept.pop("p", None)
    return kept.urlencode()


def csv_lines(run: ReportRun, part: str) -> Iterator[str]:
    """A line at a time; amounts as plain figures, texts so that no spreadsheet runs them."""
    writer = csv.writer(_Echo())
    causes = [cause for cause in CAUSES if cause != "unexplained"]
    of_project = ["project", "compared"] if run.of_projects else []
    if part == "lines":
        there = ["in project", "project amount"] if run.of_projects else ["in ledger", "ledger"]
        yield writer.writerow(
            [*of_project, "vendor", "currency", "month", "documents", "source", *there, *causes, "rest"]
        )
        for row in run.lines.order_by("position").iterator():
            figures = [row.source_count, row.source, row.ledger_count, row.ledger]
            listed = [row.causes.get(cause, "0.0000") for cause in causes]
            key = (*_of_project(row), row.vendor, row.currency, row.month or "")
            yield writer.writerow(_cells(*key, *figures, *listed, row.rest))
    elif part == "differences":
        yield writer.writerow(
            [*of_project, "record", "number", "vendor", "currency", "month", "cause", "amount", "words"]
        )
        for each in run.differences.order_by("position").iterator():
            named = (each.record_id or "", each.number, each.vendor, each.currency, each.month or "")
            yield writer.writerow(_cells(*_of_project(each), *named, CAUSES[each.cause], each.amount, each.words))
    else:
        names = ("ours", "others", "drafts", "credits", "balance", "rest")
        yield writer.writerow(["vendor", "currency", *names, "comparable"])
        for open_now in run.balances.order_by("position").iterator():
            figures = [getattr(open_now, name) for name in names]
            yield writer.writerow(_cells(open_now.vendor, open_now.currency, *figures, open_now.comparable))


def _of_project(row: ReportLine | ReportDifference) -> list[str]:
    return [row.project, KINDS[row.kind]] if row.kind else []


def _cells(*values: Any) -> list[str]:
    return [neutral(str(value)) for value in values]


class _Echo:
    """A file for csv.writer that hands each line back."""

    def write(self, line: str) -> str:
        return line
