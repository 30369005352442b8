"""Every write that was ever meant for a target, with its outcome (E1): to be read only."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import TabularInline

from integrations import visibility
from integrations.admin.base import ReadOnlyAdmin
from integrations.models import Outcome, Request, RequestLine
from integrations.money import figure
from integrations.visibility import Viewer
from integrations.words import OUTCOME_TONES, at, pill


class RequestLineInline(TabularInline):  # type: ignore[misc]  # unfold ships no types
    model = RequestLine
    fields = ("record", "step", "attempt", "total", "what_came_of_it")
    readonly_fields = (*fields, "number")
    can_delete = False
    hide_title = True
    extra = 0
    verbose_name_plural = "What it carried"

    def get_queryset(self, request: HttpRequest) -> QuerySet[RequestLine]:
        rows: QuerySet[RequestLine] = super().get_queryset(request).select_related("posting__record__document")
        return visibility.belonging(rows, "posting__record__integration", request.user)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """An operator sees which document it was, without the way to a page that is not theirs."""
        return self.fields if request.user.has_perm("integrations.view_record") else ("number", *self.fields[1:])

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="record")
    def record(self, line: RequestLine) -> SafeString:
        address = reverse("admin:integrations_record_change", args=[line.posting.record_id])
        return format_html('<a class="cf-link" href="{}">{}</a>', address, line.posting.record)

    @admin.display(description="record")
    def number(self, line: RequestLine) -> str:
        return str(line.posting.record)

    @admin.display(description="total sent")
    def total(self, line: RequestLine) -> str:
        return figure(line.expected_total)

    @admin.display(description="outcome")
    def what_came_of_it(self, line: RequestLine) -> SafeString:
        return _outcome(line.outcome)


@admin.register(Request)
class RequestAdmin(ReadOnlyAdmin):
    list_display = ("intended", "connection", "method", "template", "documents", "what_came_of_it", "explanation")
    list_filter = ("outcome",)
    list_filter_submit = False
    list_select_related = ("connection",)
    fields = ("connection", "intended", "answered", "method", "template", "what_came_of_it", "explanation", "body_hash")
    inlines = (RequestLineInline,)

    def visible(self, rows: QuerySet[Request], user: Viewer) -> QuerySet[Request]:
        """Looked up request by request: joined, PostgreSQL reads all that was ever sent."""
        if not visibility.is_limited(user):
            return rows
        mine = visibility.belonging(RequestLine.objects.all(), "posting__record__integration", user)
        rows = visibility.of_connections(rows, "connection", user)
        return rows.alias(one=Subquery(mine.filter(request=OuterRef("pk")).values("pk")[:1])).exclude(one=None)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Request]:
        """Lines are counted for those that are shown, not for all that the paginator counts."""
        lines = RequestLine.objects.filter(request=OuterRef("pk")).order_by().values("request")
        counted = lines.annotate(count=Count("pk")).values("count")
        rows: QuerySet[Request] = super().get_queryset(request).annotate(carried=Subquery(counted))
        return rows

    @admin.display(description="intended")
    def intended(self, request: Request) -> str:
        return at(request.intended_at)

    @admin.display(description="answered")
    def answered(self, request: Request) -> str:
        return at(request.answered_at)

    @admin.display(description="documents")
    def documents(self, request: Any) -> int:
        return int(request.carried or 0)

    @admin.display(description="outcome")
    def what_came_of_it(self, request: Request) -> SafeString:
        return _outcome(request.outcome)


def _outcome(outcome: str) -> SafeString:
    return pill(Outcome(outcome).label, OUTCOME_TONES.get(outcome, "calm"))
