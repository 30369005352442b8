"""The page of one person, in words of an office: what they may do, and never what keeps their password."""

from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.forms import UserChangeForm

# What Django calls these is about its own site.
LABELS = {
    "username": "Name to sign in with",
    "email": "E-mail",
    "is_active": "May sign in",
    "is_staff": "Works here",
    "is_superuser": "May do everything",
    "groups": "Roles",
    "user_permissions": "Single permissions",
    "last_login": "Last signed in",
    "date_joined": "Added",
}
HELP = {
    "username": "Letters, digits and @ . + - _ only.",
    "is_active": "Take this away from whoever leaves. People are never deleted: the audit trail names them.",
    "is_staff": "Without it no page opens, whatever the roles are.",
    "is_superuser": "Every permission without any role, other such people's accounts included.",
    "groups": "What a role allows stands on its own page.",
    "user_permissions": "Beside those of the roles, for exceptions.",
}


LINK = "text-primary-600 dark:text-primary-500"  # on the admin's own pages, which have no styles of ours


class PersonForm(UserChangeForm):  # type: ignore[misc]  # unfold ships no types
    class Meta(UserChangeForm.Meta):  # type: ignore[misc]
        labels: ClassVar = LABELS
        help_texts: ClassVar = HELP


def fieldsets(*, may_change: bool) -> Any:
    password = "password_to_set" if may_change else "password_seen"
    return (
        (None, {"fields": ("username", password, "first_name", "last_name", "email")}),
        ("What they may do", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("When", {"fields": ("last_login", "date_joined")}),
    )


def password_state(person: User, *, may_set: bool) -> SafeString | str:
    """Whether there is one, and where another is set; how it is kept is nobody's business."""
    said = "is set" if person.has_usable_password() else "none is set, so they cannot sign in with one"
    if not may_set:
        return said.capitalize()
    address = reverse("admin:auth_user_password_change", args=[person.pk])
    return format_html('{}. <a class="{}" href="{}">Set another one</a>', said.capitalize(), LINK, address)
