"""The page of one person, in words of an office: what they may do, and never what keeps their password.

What somebody may do comes from their roles. Single permissions are not given here; those that a person has from
elsewhere are shown, and can only be taken away.
"""

from typing import Any, ClassVar

from django.apps import apps
from django.contrib.auth.models import Group, User
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from portal import role_page

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
    "email": "Alerts go there, once the person has chosen them.",
    "is_active": "Take this away from whoever leaves. People are never deleted: the audit trail names them.",
    "is_staff": "Without it no page opens, whatever the roles are.",
    "is_superuser": "Every permission without any role, other such people's accounts included.",
    "groups": "What a role allows stands on its own page.",
    "user_permissions": "Beside those of the roles. Untick what is to be taken away; more is given by a role.",
}

LINK = "text-primary-600 dark:text-primary-500"  # on the admin's own pages, which have no styles of ours


class PersonForm(UserChangeForm):  # type: ignore[misc]  # unfold ships no types
    class Meta(UserChangeForm.Meta):  # type: ignore[misc]
        labels: ClassVar = LABELS
        help_texts: ClassVar = HELP

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Of single permissions only those the person has: none is given here."""
        super().__init__(*args, **kwargs)
        if single := self.fields.get("user_permissions"):
            single.queryset = self.instance.user_permissions.select_related("content_type")


class NewPersonForm(UserCreationForm):  # type: ignore[misc]
    """Everybody signs in with a password, so nobody is asked whether there is one."""

    usable_password = None

    class Meta(UserCreationForm.Meta):  # type: ignore[misc]
        labels: ClassVar = LABELS
        help_texts: ClassVar = HELP


class PasswordForm(AdminPasswordChangeForm):  # type: ignore[misc]
    """As for a new person: without one nobody signs in, and whoever leaves is made inactive."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("usable_password", None)


NEW = (
    (None, {"fields": ("username", "first_name", "last_name", "email", "password1", "password2")}),
    ("What they may do", {"fields": ("groups",)}),
)


def fieldsets(person: User, *, may_change: bool, may_take_away: bool) -> Any:
    password = "password_to_set" if may_change else "password_seen"
    may = ["is_active", "is_staff", "is_superuser", "groups"]
    if person.user_permissions.exists():
        may.append("user_permissions" if may_take_away else "single_permissions")
    return (
        (None, {"fields": ("username", password, "first_name", "last_name", "email")}),
        ("What they may do", {"fields": tuple(may)}),
        ("When", {"fields": ("last_login", "date_joined")}),
    )


def password_state(person: User, *, may_set: bool) -> SafeString | str:
    """Whether there is one, and where another is set; how it is kept is nobody's business."""
    said = "is set" if person.has_usable_password() else "none is set, so they cannot sign in with one"
    if not may_set:
        return said.capitalize()
    address = reverse("admin:auth_user_password_change", args=[person.pk])
    return format_html('{}. <a class="{}" href="{}">Set another one</a>', said.capitalize(), LINK, address)


def single_permissions(person: User) -> SafeString:
    return role_page.in_words(person.user_permissions.all())


def in_our_words() -> None:
    """What heads and breadcrumbs call them. Django's migrations look at what its classes say, which stays."""
    apps.get_app_config("auth").verbose_name = "People and roles"
    for model, one, many in ((User, "person", "people"), (Group, "role", "roles")):
        model._meta.verbose_name, model._meta.verbose_name_plural = one, many
