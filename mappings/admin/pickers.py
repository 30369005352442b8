"""Choosing from the reference lists by code or name; the ids stay out of sight (E25)."""

from collections.abc import Callable
from typing import Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.urls import reverse
from unfold.widgets import UnfoldAdminAutocompleteWidget

from mappings import offered
from mappings.models import Kind, ReferenceEntry, Scope

CHOICES = "admin:mappings_referenceentry_choices"
SOURCE = "source "  # before the kind of a list of the source; some kinds are lists of both sides


class Picker(UnfoldAdminAutocompleteWidget):  # type: ignore[misc]  # unfold ships no types
    """A select that asks the server for what was typed and renders nothing but the chosen option."""

    option_template_name = "django/forms/widgets/select_option.html"

    def __init__(self, scope: Scope, asked: str, label_of: Callable[[str], str]) -> None:
        super().__init__(attrs={"class": "w-full max-w-2xl"})
        self.scope = scope
        self.asked = asked
        self.label_of = label_of

    is_required = False

    def build_attrs(self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None) -> dict[str, Any]:
        attrs: dict[str, Any] = super().build_attrs(base_attrs, extra_attrs)
        query = urlencode({"scope": self.scope.pk, "list": self.asked})
        attrs["data-ajax--url"] = f"{reverse(CHOICES)}?{query}"
        attrs["data-allow-clear"] = "false" if self.is_required else "true"
        attrs["data-placeholder"] = "Search by code or name"
        return attrs

    def optgroups(
        self, name: str, value: list[str], attrs: dict[str, Any] | None = None
    ) -> list[tuple[str | None, list[dict[str, Any]], int]]:
        options = [self.create_option(name, "", "", selected=False, index=0)]
        chosen = [each for each in value if each not in ("", "None")]
        options += [
            self.create_option(name, each, self.label_of(each), selected=True, index=index)
            for index, each in enumerate(chosen, 1)
        ]
        return [(None, options, 0)]


def named(entry: ReferenceEntry | None) -> str:
    """An entry as a picker shows it; one that a saved row still names says that it is gone."""
    if entry is None:
        return ""
    return str(entry) if entry.active else f"{entry} (archived or gone)"


class EntryField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic only for the type checker
    """One entry of a list of the target; whether it suits is for the row's own rules to say."""

    def __init__(self, scope: Scope, use: str, **kwargs: Any) -> None:
        entries = ReferenceEntry.objects.filter(books=scope.target_books_id, kind=offered.KINDS[use])
        super().__init__(
            queryset=entries, widget=Picker(scope, use, lambda pk: named(entries.filter(pk=pk).first())), **kwargs
        )


class CodeField(forms.CharField):
    """The code of entries that each project has its own of; whether any has it is for the row's own rules to say."""

    def __init__(self, scope: Scope, use: str, **kwargs: Any) -> None:
        entries = ReferenceEntry.objects.filter(books=scope.target_books_id, kind=offered.KINDS[use])

        def label(code: str) -> str:
            found = entries.filter(code=code).order_by("-active").first()
            return named(found) if found else code

        super().__init__(widget=Picker(scope, use, label), **kwargs)


class SourceField(forms.CharField):
    """The key (or, for account codes, the code) of an entry of the source's list, shown by its name."""

    by: ClassVar[dict[str, str]] = {Kind.ACCOUNT_CODE: "code", Kind.ACCOUNT: "code"}

    def __init__(self, scope: Scope, kind: str, **kwargs: Any) -> None:
        entries = ReferenceEntry.objects.filter(books=scope.source_books_id, kind=kind)
        field = self.by.get(kind, "key")

        def label(value: str) -> str:
            entry = entries.filter(**{field: value}).first()
            return named(entry) if entry else value

        if not entries.filter(active=True).exists():
            none = f"{scope.source_books} names no {Kind(kind).label}."
            kwargs["help_text"] = f"{none} {kwargs.get('help_text', '')}".strip()
        super().__init__(widget=Picker(scope, SOURCE + kind, label), **kwargs)
