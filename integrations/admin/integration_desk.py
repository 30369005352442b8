"""Preview and progress: what a run would do, and how far one is, without reloading the page (E35)."""

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from integrations.admin.base import PageAdmin, person
from integrations.admin.preview_page import context, head
from integrations.desk import previewing
from integrations.models import Integration, Preview, Run

# A worker takes a task within seconds; after this the page stops asking.
TAKEN_WITHIN = timedelta(minutes=2)
ROWS_PER_PAGE = 25
DONE = "X-Done"


class IntegrationDesk(PageAdmin):
    """What the integrations section is built on."""

    def integration(self, request: HttpRequest, pk: int) -> Integration:
        found = Integration.objects.visible_to(request.user).select_related("source", "target").filter(pk=pk).first()
        if found is None:
            raise Http404
        return found

    def permit(self, request: HttpRequest, permission: str) -> None:
        if not request.user.has_perm(permission):
            raise PermissionDenied

    def desk_urls(self) -> list[URLPattern]:
        own = (
            ("<int:pk>/progress/", self.progress_view, "progress"),
            ("<int:pk>/preview/", self.preview_view, "preview"),
            ("<int:pk>/preview/progress/", self.preview_progress_view, "preview_progress"),
        )
        wrap = self.admin_site.admin_view
        return [path(where, wrap(view), name=f"integrations_integration_{name}") for where, view, name in own]

    def remember_asking(self, request: HttpRequest, integration: Integration) -> None:
        """So that its page waits for the run that this person asked for."""
        asked = request.session.get("asked_to_sync", {})
        request.session["asked_to_sync"] = {**asked, str(integration.pk): timezone.now().isoformat()}

    def progress(self, request: HttpRequest, integration: Integration) -> dict[str, Any]:
        """The run that is open or was asked for just now; `done` says that there is nothing to wait for."""
        run = Run.objects.filter(integration=integration).select_related("asked_by").order_by("-started_at").first()
        asked = request.session.get("asked_to_sync", {}).get(str(integration.pk), "")
        asked_at = datetime.fromisoformat(asked) if asked else None
        recently = asked_at is not None and asked_at > timezone.now() - TAKEN_WITHIN
        waits = asked_at is not None and recently and (run is None or run.started_at < asked_at)
        under_way = run is not None and run.finished_at is None
        came = asked_at is not None and recently and not waits
        return {
            "run": run,
            "waits": waits and not under_way,
            "under_way": under_way,
            "shows": waits or under_way or came,
        }

    def progress_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """A piece of the page, asked for again and again until it says that it is done."""
        self.permit(request, "integrations.view_integration")
        integration = self.integration(request, pk)
        shown = self.progress(request, integration)
        answer = render(request, "integrations/progress.html", {**shown, "integration": integration})
        answer[DONE] = "no" if shown["waits"] or shown["under_way"] else "yes"
        answer["Cache-Control"] = "no-store"
        return answer

    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the latest one; a POST asks for another, which a worker makes."""
        self.permit(request, "integrations.view_record")
        integration = self.integration(request, pk)
        if request.method == "POST":
            self.permit(request, "integrations.sync_integration")
            previewing.ask(integration, person(request))
            return HttpResponseRedirect(reverse("admin:integrations_integration_preview", args=[pk]))
        preview = Preview.objects.filter(integration=integration).order_by("-pk").first()
        shown = context(preview, request.GET.get("place", ""))
        page = Paginator(shown.pop("rows"), ROWS_PER_PAGE).get_page(request.GET.get("p"))
        return self.page(
            request,
            "integrations/preview.html",
            title=f"Preview of {integration}",
            integration=integration,
            may_ask=request.user.has_perm("integrations.sync_integration"),
            page=page,
            **shown,
        )

    def preview_progress_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.permit(request, "integrations.view_record")
        preview = Preview.objects.filter(integration=self.integration(request, pk)).order_by("-pk").first()
        answer = render(request, "integrations/preview_progress.html", head(preview))
        answer[DONE] = "yes" if preview is None or preview.finished_at else "no"
        answer["Cache-Control"] = "no-store"
        return answer
