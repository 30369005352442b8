"""What a role allows, thing by thing in words: on its own page, and where roles are chosen."""

from collections import defaultdict
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db.models import Q, QuerySet
from django.forms import ModelForm, ModelMultipleChoiceField
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from portal.roles import FOR, ROLES

# What Django makes for every table, in the order in which people read it.
VERBS = {"view": "see", "add": "add", "change": "change", "delete": "delete"}

PART = '<p class="mb-1 font-semibold">{}</p><ul class="mb-4 list-disc pl-5">{}</ul>'


class Ticks(UnfoldAdminCheckboxSelectMultipleWidget):  # type: ignore[misc]  # unfold ships no types
    """Boxes to tick, one below the other; a long label goes on in the next line."""

    option_template_name = "portal/tick.html"


class RolesField(ModelMultipleChoiceField):  # type: ignore[type-arg]  # Django's own takes none at run time
    def label_from_instance(self, role: Any) -> SafeString | str:
        """With what it is for."""
        if not (meaning := FOR.get(role.name, "")):
            return str(role)
        return format_html('<strong>{}</strong><br><span class="text-xs">{}</span>', role.name, meaning)


class PermissionsField(ModelMultipleChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, permission: Any) -> str:
        return f"{_part(permission)}: {said(permission)}"


class RoleForm(ModelForm):  # type: ignore[type-arg]  # Django's own takes none at run time
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Nothing that the role holds already is lost for want of a box."""
        super().__init__(*args, **kwargs)
        if isinstance(chosen := self.fields.get("permissions"), ModelMultipleChoiceField):
            held = self.instance.permissions.values("pk") if self.instance.pk else []
            chosen.queryset = Permission.objects.filter(Q(pk__in=offered()) | Q(pk__in=held)).select_related(
                "content_type"
            )


def said(permission: Permission) -> str:
    """ "Can release held records" is what a role lets people do; "can add x" is made by Django of a table's name."""
    verb, _, model = permission.codename.partition("_")
    if verb in VERBS and model == permission.content_type.model:
        return f"{VERBS[verb]} {_plural(permission)}"
    return permission.name.removeprefix("Can ").removeprefix("can ")


def in_words(permissions: QuerySet[Permission]) -> SafeString:
    """By part of the portal; what may be done with the rows of one table in one line."""
    parts: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for each in permissions.select_related("content_type"):
        verb, _, model = each.codename.partition("_")
        of_rows = verb in VERBS and model == each.content_type.model
        part = parts[_part(each)]
        part[_plural(each) if of_rows else ""].append(VERBS[verb] if of_rows else said(each))
    told = ((part, _lines(rows)) for part, rows in sorted(parts.items()))
    return format_html_join("", PART, told) or format_html("{}", "Nothing yet.")


def offered() -> list[int]:
    """What a role of one's own may hold: all that any of the five roles allows; the rest are tables behind pages."""
    names = set().union(*ROLES.values())
    found = Permission.objects.values_list("pk", "content_type__app_label", "codename")
    return [pk for pk, app, codename in found if f"{app}.{codename}" in names]


def held(role: Group) -> QuerySet[Permission]:
    return role.permissions.select_related("content_type")


def meaning(role: Group) -> str:
    return FOR.get(role.name, "Made here.")


def _lines(rows: dict[str, list[str]]) -> SafeString:
    order = list(VERBS.values())
    lines = [f"{row}: {', '.join(sorted(verbs, key=order.index))}" for row, verbs in sorted(rows.items()) if row]
    own = sorted(rows.get("", ()))
    return format_html_join("", "<li>{}</li>", ((line[:1].upper() + line[1:],) for line in (*own, *lines)))


def _part(permission: Permission) -> str:
    return str(apps.get_app_config(permission.content_type.app_label).verbose_name)


def _plural(permission: Permission) -> str:
    model = permission.content_type.model_class()
    return str(model._meta.verbose_name_plural) if model else permission.content_type.model
