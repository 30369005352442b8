"""What is held: the same records with the columns and filters of somebody who clears them."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, Min, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from integrations.admin.record_actions import STOPPED
from integrations.admin.record_filters import COMMON, ReasonFilter, WaitsForFilter
from integrations.admin.records import RecordAdmin
from integrations.hold_reasons import HOLD_REASONS, label_of
from integrations.models import HeldRecord, Record
from integrations.pairs import PAIRS, pair
from integrations.words import age


@admin.register(HeldRecord)
class HeldAdmin(RecordAdmin):
    """Everything that waits for a person. A record's own page is the one of Records."""

    saved_as = "held"
    list_display_links: Any = None
    nothing = "Nothing is held. What cannot be posted honestly waits here, each with what is missing."
    list_display = ("state", "number_shown", "vendor", "amount_shown", "wants", "since", "assigned", "integration")
    list_filter: Any = (ReasonFilter, WaitsForFilter, *COMMON)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Record]:
        """Naming the flows lets the index by work be used; they are few."""
        flows = {flow for slug in PAIRS for flow in pair(slug).labels}
        rows: QuerySet[Record] = super().get_queryset(request).filter(work__in=STOPPED, flow__in=flows)
        return rows

    def get_urls(self) -> list[URLPattern]:
        """Without those of single records, which the records section has under the same names."""
        return [url for url in super().get_urls() if "integrations_record_" not in (url.name or "")]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("integrations.view_record")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("integrations.view_record")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"title": "Held", "reasons": self._reasons(request)})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:integrations_record_change", args=[object_id]))

    def _reasons(self, request: HttpRequest) -> list[dict[str, Any]]:
        """Every reason that something is held for now, most often first, with how long the oldest has waited."""
        rows = self.visible(HeldRecord.objects.filter(work__in=STOPPED), request.user)
        counted = rows.values("hold_reason").annotate(count=Count("pk"), oldest=Min("changed_at")).order_by("-count")
        return [
            {
                "slug": row["hold_reason"],
                "label": label_of(row["hold_reason"]) or "held",
                "count": row["count"],
                "oldest": age(row["oldest"]),
                "chosen": request.GET.get("reason") == row["hold_reason"],
            }
            for row in counted
        ]

    @admin.display(description="number")
    def number_shown(self, record: Record) -> SafeString:
        address = reverse("admin:integrations_record_change", args=[record.pk])
        return format_html('<a class="cf-link" href="{}">{}</a>', address, record.number or "(no number)")

    @admin.display(description="cleared by")
    def wants(self, record: Record) -> str:
        reason = HOLD_REASONS.get(record.hold_reason)
        return reason.owner if reason else "-"
