"""What happens to every request."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from portal import addresses, csp

View = Callable[[HttpRequest], HttpResponse]

# Asked by machines, which follow no redirects.
MACHINE_PATHS = ("/health", "/metrics")


def machine_pages(view: View) -> View:
    """Monitors ask a machine by its address, or by a name of the network, which no page answers to."""

    def answer(request: HttpRequest) -> HttpResponse:
        if request.path in MACHINE_PATHS:
            request.META["HTTP_HOST"] = urlsplit(settings.SITE_URL).netloc
        return view(request)

    return answer


def client_address(view: View) -> View:
    """Behind a proxy, let everything that follows see the client's address in the place of the proxy's."""

    def answer(request: HttpRequest) -> HttpResponse:
        request.META["REMOTE_ADDR"] = addresses.client_address(request)
        return view(request)

    return answer


def localhost(view: View) -> View:
    """Send 127.0.0.1 to localhost where the site is localhost: Xero refuses 127.0.0.1 in redirects (E36)."""

    def answer(request: HttpRequest) -> HttpResponse:
        host, _, port = request.META.get("HTTP_HOST", "").partition(":")
        reading = request.method in ("GET", "HEAD")
        if reading and host == "127.0.0.1" and settings.SITE_URL.startswith("http://localhost"):
            site = f"http://localhost:{port}" if port else "http://localhost"
            return HttpResponseRedirect(site + request.get_full_path())
        return view(request)

    return answer


def content_security_policy(view: View) -> View:
    """Set the policy on every answer; a view that sets its own keeps it."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = view(request)
        response.headers.setdefault("Content-Security-Policy", csp.policy())
        return response

    return answer


def no_null_characters(view: View) -> View:
    """Refuse a form with a NUL, which no browser sends and PostgreSQL does not store.

    Of people who are signed in alone: what machines send is read by whoever checks its signature.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        if request.method == "POST" and request.user.is_authenticated:
            typed = (text for values in request.POST.lists() for text in [values[0], *values[1]])
            if any("\x00" in str(text) for text in typed):
                raise BadRequest("The form holds a NUL character.")
        return view(request)

    return answer


def second_factor(view: View) -> View:
    """Send staff without a second factor in this session to the page that sets it up (E42)."""

    def answer(request: HttpRequest) -> HttpResponse:
        user = request.user
        if not settings.SECOND_FACTOR or not user.is_authenticated or user.is_verified():  # type: ignore[attr-defined]
            return view(request)
        page = reverse("second_factor")
        if request.path in (page, reverse("admin:logout"), *MACHINE_PATHS):
            return view(request)
        return HttpResponseRedirect(f"{page}?{urlencode({REDIRECT_FIELD_NAME: request.get_full_path()})}")

    return answer
