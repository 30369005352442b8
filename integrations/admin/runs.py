"""Runs, and every call they made: to be read only."""

from datetime import timedelta

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from integrations import visibility
from integrations.admin.base import ReadOnlyAdmin
from integrations.admin.record_filters import IntegrationFilter
from integrations.desk.figures import figures
from integrations.models import Exchange, Run
from integrations.visibility import Viewer
from integrations.words import at

FIGURES = ("read", "changed", "posted", "held", "calls")


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = ("started", "integration", "took", *FIGURES, "outcome")
    list_filter = (IntegrationFilter,)
    list_select_related = ("integration",)
    nothing = (
        "Nothing has run yet. An integration that is on runs by its schedule; “Sync now” on its page runs it at once."
    )
    ordering = ("-started_at",)
    fields = ("integration", "started", "took", "asked_by", *FIGURES, "slices", "deaths", "outcome")

    def visible(self, rows: QuerySet[Run], user: Viewer) -> QuerySet[Run]:
        return visibility.belonging(rows, "integration", user)

    def get_urls(self) -> list[URLPattern]:
        own = path("figures/", self.admin_site.admin_view(self.figures_view), name="integrations_run_figures")
        return [own, *super().get_urls()]

    def figures_view(self, request: HttpRequest) -> HttpResponse:
        """What people would rather look at than read."""
        if not request.user.has_perm("integrations.view_record"):
            raise PermissionDenied
        return self.page(request, "integrations/figures.html", title="Figures", figures=figures(request.user))

    @admin.display(description="started")
    def started(self, run: Run) -> str:
        return at(run.started_at)

    @admin.display(description="took")
    def took(self, run: Run) -> str:
        return _span(run.finished_at - run.started_at) if run.finished_at else "under way"

    @admin.display(description="outcome")
    def outcome(self, run: Run) -> str:
        return run.failure or ("finished" if run.finished_at else "under way")


@admin.register(Exchange)
class ExchangeAdmin(ReadOnlyAdmin):
    """Every call over the network without its contents; for operators, kept fourteen days."""

    list_display = ("started", "connection", "method", "template", "status", "took", "error", "correlation_id")
    list_select_related = ("connection",)
    ordering = ("-pk",)
    fields = ("connection", "started", "method", "template", "status", "took", "error", "correlation_id")

    def visible(self, rows: QuerySet[Exchange], user: Viewer) -> QuerySet[Exchange]:
        return visibility.of_connections(rows, "connection", user)

    def get_list_filter(self, request: HttpRequest) -> tuple[str, ...]:
        return ("connection",) if not visibility.is_limited(request.user) else ()

    @admin.display(description="when")
    def started(self, exchange: Exchange) -> str:
        return at(exchange.started_at)

    @admin.display(description="took")
    def took(self, exchange: Exchange) -> str:
        return f"{exchange.milliseconds:,} ms"


def _span(time: timedelta) -> str:
    seconds = int(time.total_seconds())
    minutes, rest = divmod(seconds, 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
