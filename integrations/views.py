"""The pages of a sign-in at another system, and the address that every document of ours carries (A106)."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from integrations import oauth, visibility
from integrations.engine import references
from integrations.errors import CounterfoilError
from integrations.explanations import sentence
from integrations.models import Connection, Posting, Record
from integrations.oauth import SignInError
from integrations.systems import SYSTEMS, system

View = Callable[..., HttpResponse]


def for_staff(permission: str) -> Callable[[View], View]:
    """Sends strangers to the sign-in page and refuses people without the permission."""

    def decorate(view: View) -> View:
        @wraps(view)
        @never_cache
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            user = request.user
            if not isinstance(user, User) or not admin.site.has_permission(request):
                return redirect_to_login(request.path, reverse("admin:login"))
            if not user.has_perm(permission):
                raise PermissionDenied
            return view(request, user, *args, **kwargs)

        return guarded

    return decorate


@require_POST
@for_staff("integrations.connect_connection")
def connect_start(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Leave for the system's own pages."""
    connection = _connection(user, pk)
    try:
        return HttpResponseRedirect(oauth.start(request, connection))
    except CounterfoilError as error:
        return _trouble(request, SignInError(sentence(error), connection))


@require_GET
@for_staff("integrations.connect_connection")
def oauth_callback(request: HttpRequest, user: User, system: str) -> HttpResponse:
    """Come back from there, with an answer or without one."""
    if system not in SYSTEMS:
        raise Http404
    try:
        arrival = oauth.finish(request, system, user)
    except SignInError as error:
        return _trouble(request, error)
    if arrival.must_choose:
        return HttpResponseRedirect(reverse("connect_choose", args=[arrival.connection.pk]))
    return _welcome(request, arrival.connection)


@require_http_methods(["GET", "POST"])
@for_staff("integrations.connect_connection")
def connect_choose(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Choose the company, when the sign-in opened several."""
    connection = _connection(user, pk)
    try:
        if request.method == "POST":
            oauth.choose(request, connection, request.POST.get("company", ""), user)
            return _welcome(request, connection)
        choices = oauth.choices(request, connection)
    except CounterfoilError as error:
        return _trouble(request, SignInError(sentence(error), connection))
    title = f"Which company is “{connection}”?"
    return _page(request, "integrations/choose.html", title=title, connection=connection, choices=choices)


@require_GET
@for_staff("integrations.view_record")
def record_link(request: HttpRequest, user: User, reference: str) -> HttpResponse:
    """From a document in the target to its record; 404 for links of other portals and for what is not for this eye."""
    found = references.token_and_reference(request.path)
    if found is None or not references.is_ours(request.path):
        raise Http404
    postings = Posting.objects.filter(reference=found[1], record__in=Record.objects.visible_to(user))
    posting = postings.order_by("pk").first()
    if posting is None:
        raise Http404
    return HttpResponseRedirect(reverse("admin:integrations_record_change", args=[posting.record_id]))


def _connection(user: User, pk: int) -> Connection:
    return get_object_or_404(visibility.connections(Connection.objects.all(), user), pk=pk)


def _welcome(request: HttpRequest, connection: Connection) -> HttpResponse:
    connection.refresh_from_db()
    messages.success(request, f"“{connection}” is connected to {connection.company_name}.")
    for warning in connection.warnings:
        messages.warning(request, warning)
    return HttpResponseRedirect(reverse("admin:integrations_connection_change", args=[connection.pk]))


def _trouble(request: HttpRequest, error: SignInError) -> HttpResponse:
    label = system(error.connection.system).label if error.connection else ""
    title = f"Not connected to {label}" if label else "Not connected"
    return _page(
        request,
        "integrations/trouble.html",
        status=400,
        title=title,
        why=str(error),
        connection=error.connection,
    )


def _page(request: HttpRequest, template: str, status: int = 200, **context: Any) -> HttpResponse:
    frame = admin.site.each_context(request) | {"opts": Connection._meta}
    return TemplateResponse(request, template, frame | context, status=status)
