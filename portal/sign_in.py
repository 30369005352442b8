"""Signing in: password, code of the second factor, and the page after too many attempts."""

from typing import Any

from axes.signals import user_locked_out
from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_login_failed
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_otp import devices_for_user, match_token
from unfold.forms import AuthenticationForm
from unfold.widgets import BASE_INPUT_CLASSES

from audit import actions, trail


class SignInForm(AuthenticationForm):  # type: ignore[misc]  # unfold ships no types
    """Asks for the code of those who have a second factor; others set one up right after."""

    code = forms.CharField(
        required=False,
        label="Code",
        help_text="From your authenticator app, or a spare code.",
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "class": " ".join(BASE_INPUT_CLASSES),
            }
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not settings.SECOND_FACTOR:
            del self.fields["code"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        user = self.get_user()
        if settings.SECOND_FACTOR and user is not None and any(devices_for_user(user)):
            user.otp_device = self._device_of(user, cleaned.get("code", ""))
        return cleaned

    def _device_of(self, user: User, code: str) -> Any:
        """The device that this code belongs to; django-otp slows down guessing, per device."""
        device = match_token(user, code.replace(" ", "")) if code else None
        if device is None:
            # Counted like a wrong password, so that guessing codes locks out too.
            user_login_failed.send(sender=__name__, credentials={"username": user.get_username()}, request=self.request)
            raise ValidationError("Type the code that your authenticator app shows now.", code="second_factor")
        return device


def register() -> None:
    """Give our audit actions their sentences, once, when the app is ready. Sign-ins are audit's own."""
    actions.register(
        {
            "user.locked_out": "was locked out after too many attempts to sign in",
            "user.unlocked": "let {subject} try to sign in again",
            "user.password_set": "set a new password for {subject}",
            "user.added": "added {subject}",
            "user.changed": "changed {subject}, before: {before}; after: {after}",
            "role.added": "made the role {subject}",
            "role.changed": "changed what the role {subject} allows, before: {before}; after: {after}",
            "role.deleted": "deleted the role {subject}, which allowed: {before}",
            "second_factor.added": "set up a second factor",
            "second_factor.removed": "removed the second factor of {subject}",
            "second_factor.codes_made": "made new spare codes",
        }
    )
    user_locked_out.connect(_locked_out, dispatch_uid="portal.sign_in.locked_out")


def subject(user: User) -> trail.Subject:
    return trail.Subject("user", user.pk, user.get_username())


def locked_out(request: HttpRequest, *_details: Any) -> HttpResponse:
    """The page of somebody who tried too often, in the place of axes' plain text."""
    return render(request, "registration/locked_out.html", admin.site.each_context(request), status=429)


def _locked_out(username: str | None = None, **_signal: Any) -> None:
    """Told only of people who exist: what was typed otherwise may be a password in the wrong field."""
    user = User.objects.filter(username=username).first()
    if user is not None:
        with transaction.atomic():
            trail.log("user.locked_out", subject(user))
