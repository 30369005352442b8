"""The admin site that every page of Counterfoil lives in."""

from typing import cast

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from unfold.sites import UnfoldAdminSite

from portal.addresses import is_loopback


class CounterfoilSite(UnfoldAdminSite):  # type: ignore[misc]  # unfold ships no types
    """Django's admin, dressed by unfold. Its first page is the day's work."""

    index_title = "Today"

    def login(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """In the demo it also offers to enter with one click."""
        from portal.demonstration import entering

        offered = {"demo_doors": entering.doors()} if settings.DEMO and is_loopback(request) else {}
        response: HttpResponse = super().login(request, {**offered, **(extra_context or {})})
        return response

    def password_change(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """Leaves an audit entry, which the library's page does not."""
        from audit import trail

        with transaction.atomic():
            response: HttpResponse = super().password_change(request, extra_context)
            if request.method == "POST" and response.status_code == 302:
                person = cast("User", request.user)
                trail.log("user.password_set", trail.Subject("user", person.pk, person.get_username()), actor=person)
        return response
