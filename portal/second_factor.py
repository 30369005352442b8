"""The page where staff set up their second factor and make spare codes (E42)."""

from base64 import b32encode, b64encode
from typing import Any, cast

import qrcode
from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django_otp import devices_for_user, login, match_token
from qrcode.image.svg import SvgPathImage

from audit import trail
from portal.devices import Authenticator, SpareCodes
from portal.sign_in import subject

WRONG = "That is not the code it shows now. Wait for the next one and check the clock of your phone."


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """What the visitor needs: set one up, show its code for this session, or make new spare codes."""
    user = request.user
    if user.is_verified():  # type: ignore[union-attr]  # put there by OTPMiddleware
        return _spare_codes(request)
    return _confirm(request) if any(devices_for_user(user)) else _set_up(request)


def _set_up(request: HttpRequest) -> HttpResponse:
    device, _made = Authenticator.objects.get_or_create(
        user=request.user, confirmed=False, defaults={"name": "Authenticator"}
    )
    if request.method == "POST" and device.verify_token(_code(request)):
        return _show(request, spare_codes=_added(request, device))
    return _show(request, qr_code=_picture(device), key=_readable_key(device), error=_error(request))


def _added(request: HttpRequest, device: Authenticator) -> list[str]:
    with transaction.atomic():
        device.confirmed = True
        device.save(update_fields=["confirmed"])
        trail.log("second_factor.added", subject(_user(request)), actor=_user(request))
        codes = _new_codes(_user(request))
    login(request, device)
    return codes


def _confirm(request: HttpRequest) -> HttpResponse:
    device = match_token(request.user, _code(request)) if request.method == "POST" else None
    if device is None:
        return _show(request, confirm=True, error=_error(request))
    login(request, device)
    return redirect(_next(request))


def _spare_codes(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        spare = SpareCodes.objects.filter(user=request.user).first()
        return _show(request, left=len(spare.left) if spare else 0)
    with transaction.atomic():
        codes = _new_codes(_user(request))
        trail.log("second_factor.codes_made", subject(_user(request)), actor=_user(request))
    return _show(request, spare_codes=codes)


def _new_codes(user: User) -> list[str]:
    spare, _made = SpareCodes.objects.get_or_create(user=user, defaults={"name": "Spare codes"})
    return cast("list[str]", spare.renew())


def _show(request: HttpRequest, **parts: Any) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": "Second factor", "next": _next(request), **parts}
    return render(request, "registration/second_factor.html", context)


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)  # login_required


def _code(request: HttpRequest) -> str:
    return request.POST.get("code", "").replace(" ", "")


def _error(request: HttpRequest) -> str:
    return WRONG if request.method == "POST" else ""


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours else reverse("admin:index")


def _picture(device: Authenticator) -> str:
    """The QR code as an address that an img may hold."""
    drawing = qrcode.make(device.config_url, image_factory=SvgPathImage, box_size=12, border=2)
    return "data:image/svg+xml;base64," + b64encode(drawing.to_string()).decode()


def _readable_key(device: Authenticator) -> str:
    """For those who cannot scan: the key in groups of four."""
    key = b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(key[start : start + 4] for start in range(0, len(key), 4))
