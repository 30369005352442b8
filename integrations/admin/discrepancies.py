"""What concerns no one record: fewer documents than before, unknown ones with our mark; and the sweeps that look."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from audit.trail import Subject, log
from integrations import visibility
from integrations.admin.base import ReadOnlyAdmin, person
from integrations.models import Discrepancy, Sweep
from integrations.systems import system
from integrations.visibility import Viewer
from integrations.words import BAD, CALM, ago, at, pill

CLOSE = "integrations.close_discrepancy"


@admin.register(Discrepancy)
class DiscrepancyAdmin(ReadOnlyAdmin):
    list_display = ("what", "explanation", "connection", "since")
    list_display_links = ("explanation",)
    list_filter = ("kind",)
    list_filter_submit = False
    list_select_related = ("connection",)
    nothing = "No discrepancy was found: every weekly sweep and every reading met only what the records explain."

    def visible(self, rows: QuerySet[Discrepancy], user: Viewer) -> QuerySet[Discrepancy]:
        return visibility.of_connections(rows, "connection", user)

    @admin.display(description="what")
    def what(self, discrepancy: Discrepancy) -> SafeString:
        return pill(discrepancy.kind.replace("-", " "), BAD if discrepancy.closed_at is None else CALM)

    @admin.display(description="found")
    def since(self, discrepancy: Discrepancy) -> str:
        return ago(discrepancy.opened_at)

    def get_urls(self) -> list[URLPattern]:
        close = self.admin_site.admin_view(require_POST(self.close_view))
        return [path("<int:pk>/close/", close, name="integrations_discrepancy_close"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        found = self._found(request, object_id)
        may_close = found.closed_at is None and request.user.has_perm(CLOSE)
        return self.page(
            request, "reconciliation/discrepancy.html", title="Discrepancy", original=found, found=found, may=may_close
        )

    def close_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not request.user.has_perm(CLOSE):
            raise PermissionDenied
        found = self._found(request, pk)
        back = HttpResponseRedirect(reverse("admin:integrations_discrepancy_change", args=[found.pk]))
        reason = request.POST.get("reason", "").strip()[:500]
        if not reason:
            messages.error(request, "Say in a sentence why it is settled.")
            return back
        with transaction.atomic():
            mine = Discrepancy.objects.filter(pk=found.pk, closed_at=None).update(closed_at=timezone.now())
            if mine:
                about = Subject("discrepancy", found.pk, found.explanation)
                log("discrepancy.closed", about, actor=person(request), details={"reason": reason})
        return back

    def _found(self, request: HttpRequest, pk: int | str) -> Discrepancy:
        if not request.user.has_perm("integrations.view_discrepancy"):
            raise PermissionDenied
        rows = self.get_queryset(request).select_related("connection", "record__document")
        found: Discrepancy | None = rows.filter(pk=pk).first() if str(pk).isdecimal() else None
        if found is None:
            raise Http404
        return found


@admin.register(Sweep)
class SweepAdmin(ReadOnlyAdmin):
    list_display = ("started", "connection", "feed", "finished", "seen", "missed", "missing", "gap_count", "calls")
    list_select_related = ("connection",)
    fields = ("connection", "feed", "started", "finished", "seen", "missed", "missing", "calls", "gap_count", "numbers")
    nothing = (
        "No sweep has finished yet. Once a week everything at both systems is read once more; "
        "“Sweep now” on the page of an integration does it at once."
    )

    def visible(self, rows: QuerySet[Sweep], user: Viewer) -> QuerySet[Sweep]:
        return visibility.of_connections(rows, "connection", user)

    @admin.display(description="started")
    def started(self, sweep: Sweep) -> str:
        return at(sweep.started_at)

    @admin.display(description="finished")
    def finished(self, sweep: Sweep) -> str:
        return at(sweep.finished_at)

    @admin.display(description="numbers that nobody has")
    def numbers(self, sweep: Sweep) -> str:
        if sweep.feed not in system(sweep.connection.system).numbers_itself:
            return f"not looked for: {sweep.connection.label} gives these no numbers in a row"
        return ", ".join(first if first == last else f"{first} to {last}" for first, last, _ in sweep.gaps) or "none"
