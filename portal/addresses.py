"""Where a request comes from."""

from django.conf import settings
from django.http import HttpRequest

LOOPBACK = ("127.0.0.1", "::1")


def client_address(request: HttpRequest) -> str:
    """The address of the client: behind a proxy the last one in X-Forwarded-For, which our proxy wrote."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.BEHIND_PROXY else ""
    return forwarded.rsplit(",", 1)[-1].strip() or request.META.get("REMOTE_ADDR", "")


def is_loopback(request: HttpRequest) -> bool:
    """True only for a caller on this machine itself, never for one that a proxy here forwards."""
    forwarded = "HTTP_X_FORWARDED_FOR" in request.META or "HTTP_FORWARDED" in request.META
    return not forwarded and request.META.get("REMOTE_ADDR") in LOOPBACK
