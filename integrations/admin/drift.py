"""Flags: what people should look at beside the held queue, and what to do about what was edited in the target (A42)."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from integrations import flag_words, visibility
from integrations.admin.base import ReadOnlyAdmin, person
from integrations.engine import decisions, drift_decisions
from integrations.engine.decision_kinds import DRIFT_ACCEPT, DRIFT_RESTORE, kind_of
from integrations.models import Flag
from integrations.visibility import Viewer
from integrations.words import BUSY, CALM, ago, of_flag, pill

WARNS = {
    DRIFT_ACCEPT: "What stands in the target is right. The difference stays listed in the reconciliation.",
    DRIFT_RESTORE: "The next run writes again, to the last digit, what we wrote. Refused when it is paid, locked, in a "
    "locked month, or changed once more until then.",
}


class OpenFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("closed", "settled"), ("all", "all")]

    def choices(self, changelist: Any) -> Any:
        for choice in super().choices(changelist):
            yield choice | ({"display": "open"} if choice["display"] == "All" else {})

    def queryset(self, request: HttpRequest, queryset: QuerySet[Flag]) -> QuerySet[Flag]:
        if self.value() == "all":
            return queryset
        return queryset.filter(closed_at__isnull=self.value() != "closed")


class KindFilter(admin.SimpleListFilter):
    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        kinds = Flag.objects.order_by("kind").values_list("kind", flat=True).distinct()
        return [(kind, of_flag(kind)) for kind in kinds]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Flag]) -> QuerySet[Flag]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Flag)
class FlagAdmin(ReadOnlyAdmin):
    list_display = ("what", "document", "told", "since")
    list_display_links = ("document",)
    list_filter = (OpenFilter, KindFilter)
    list_filter_submit = False
    list_select_related = ("record__document",)
    nothing = "No flag is open. What was posted and needs a look all the same stands here."

    def visible(self, rows: QuerySet[Flag], user: Viewer) -> QuerySet[Flag]:
        return visibility.flags(rows, user)

    @admin.display(description="flag")
    def what(self, flag: Flag) -> SafeString:
        return pill(of_flag(flag.kind), BUSY if flag.closed_at is None else CALM)

    @admin.display(description="explanation", ordering="explanation")
    def told(self, flag: Flag) -> str:
        return flag_words.said(flag)

    @admin.display(description="document")
    def document(self, flag: Flag) -> str:
        return str(flag.record)

    @admin.display(description="flagged")
    def since(self, flag: Flag) -> str:
        return ago(flag.opened_at)

    def get_urls(self) -> list[URLPattern]:
        decide = self.admin_site.admin_view(require_POST(self.decide_view))
        return [path("<int:pk>/decide/<slug:kind>/", decide, name="integrations_flag_decide"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        flag = self._flag(request, object_id)
        choices = []
        if flag.closed_at is None and flag.details.get("fingerprint") and not flag.details.get("restore"):
            refusal = drift_decisions.refused(flag)
            choices = [
                (kind, drift_decisions.LABELS[kind], WARNS[kind], refusal if kind == DRIFT_RESTORE else "")
                for kind in (DRIFT_ACCEPT, DRIFT_RESTORE)
                if request.user.has_perm(kind_of(kind).permission)
            ]
        waiting = [each for each in decisions.pending("record", flag.record_id) if each.kind in WARNS]
        shown = {
            "flag": flag,
            "fields": flag_words.shown(flag),
            "choices": [] if waiting else choices,
            "waiting": waiting,
            "restoring": bool(flag.details.get("restore")) and flag.closed_at is None,
        }
        return self.page(request, "reconciliation/flag.html", title=str(flag.record), original=flag, **shown)

    def decide_view(self, request: HttpRequest, pk: int, kind: str) -> HttpResponse:
        flag = self._flag(request, pk)
        if kind not in WARNS:
            raise Http404
        if not request.user.has_perm(kind_of(kind).permission):
            raise PermissionDenied
        reason, shown = request.POST.get("reason", ""), request.POST.get("shown", "")
        outcome = drift_decisions.decide(kind, flag, person(request), reason, shown)
        messages.info(request, f"{flag.record} {outcome}")
        return HttpResponseRedirect(reverse("admin:integrations_flag_change", args=[flag.pk]))

    def _flag(self, request: HttpRequest, pk: int | str) -> Flag:
        if not request.user.has_perm("integrations.view_flag"):
            raise PermissionDenied
        rows = self.get_queryset(request).select_related("record__document", "record__integration__target")
        flag: Flag | None = rows.filter(pk=pk).first() if str(pk).isdecimal() else None
        if flag is None:
            raise Http404
        return flag
