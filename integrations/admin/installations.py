"""Which installation this is, and the one thing to do about it: to confirm that this copy may post (E5)."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse

from integrations import installation
from integrations.admin.base import ReadOnlyAdmin, person
from integrations.models import Installation, Record
from integrations.visibility import Viewer
from integrations.words import at

CONFIRM = "integrations.confirm_installation"


@admin.register(Installation)
class InstallationAdmin(ReadOnlyAdmin):
    list_display = ("site", "state")
    fields = ("site", "state", "confirmed", "confirmed_by")
    change_form_outer_before_template = "integrations/installation_head.html"

    def visible(self, rows: QuerySet[Installation], user: Viewer) -> QuerySet[Installation]:
        return rows

    @admin.display(description="state")
    def state(self, _row: Installation) -> str:
        return installation.in_doubt() or "This is the installation that posts."

    @admin.display(description="confirmed")
    def confirmed(self, row: Installation) -> str:
        return at(row.confirmed_at)

    def get_urls(self) -> list[URLPattern]:
        own = path("confirm/", self.admin_site.admin_view(self.confirm_view), name="integrations_installation_confirm")
        return [own, *super().get_urls()]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        head = {"doubt": installation.in_doubt(), "may_confirm": request.user.has_perm(CONFIRM)}
        answer: HttpResponse = super().changeform_view(request, object_id, form_url, {**(extra_context or {}), **head})
        return answer

    def confirm_view(self, request: HttpRequest) -> HttpResponse:
        """Ask with what it means, then confirm; every unposted record is looked up before its first write."""
        if not request.user.has_perm(CONFIRM):
            raise PermissionDenied
        back = HttpResponseRedirect(reverse("admin:integrations_installation_changelist"))
        why = installation.in_doubt()
        if why is None:
            return back
        if request.method != "POST":
            unposted = Record.objects.exclude(postings__target_id__gt="").count()
            return self.page(
                request,
                "integrations/confirm_installation.html",
                title="May this copy post?",
                why=why,
                unposted=unposted,
            )
        looked_up = installation.confirm(person(request))
        messages.success(request, f"Confirmed. {looked_up:,} records are looked up before their first write.")
        return back
