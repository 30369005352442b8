"""The settings of an integration into project books, as a part of its form: shown only where they mean something."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import StackedInline
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from audit.trail import Subject, log
from integrations.engine.projects import cadence
from integrations.models import Integration, ProjectSettings
from integrations.pairs import pair
from integrations.pairs.flow import Keeps
from integrations.setting_names import OF_PROJECTS
from mappings.models import Kind, ReferenceEntry

CATEGORIES = ("project_category", "budget_category")
NAMED = {"project_category": "projects_named_by", "budget_category": "budget_lines_named_by"}
TOLD = tuple(field.name for field in ProjectSettings._meta.concrete_fields if field.name not in ("id", "integration"))
# What of an integration's own settings means something for project books.
KEPT = ("vendors", "new_vendors_need_approval")


def keeps_projects(integration: Integration | None) -> bool:
    return integration is not None and bool(integration.pair) and pair(integration.pair).keeps is Keeps.PROJECTS


def fieldsets(given: Any) -> list[Any]:
    """Without what is said of bills in a ledger."""
    named = [each for each in given if each[0] not in ("How it posts", "Vendors", "Afterwards")]
    return [*named[:2], ("Vendors", {"fields": KEPT}), *named[2:], ("Afterwards", {"fields": ("watch_accounts",)})]


class ProjectSettingsForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only for the type checker
    class Meta:
        model = ProjectSettings
        fields = TOLD
        labels = OF_PROJECTS
        widgets: ClassVar[dict[str, Any]] = {
            name: UnfoldAdminTextareaWidget(attrs={"rows": 2})
            for name in ("taxed_projects", "cost_taxes", "claimed_taxes")
        }

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        integration = cleaned.get("integration") or self.instance.integration
        chosen = {name: cleaned.get(name) for name in ("orders_every", "bills_every", "payments_every")}
        if all(chosen.values()):
            wanted = ProjectSettings(integration=integration, **chosen)
            if refusal := cadence.refusal(wanted, integration.source):
                self.add_error("orders_every", refusal)
        if cleaned.get("budget_category") and cleaned["budget_category"] == cleaned.get("project_category"):
            self.add_error("budget_category", "One category cannot name both projects and budget lines.")
        return cleaned


class ProjectSettingsInline(StackedInline):  # type: ignore[misc]  # unfold ships no types
    """Whoever may change the integration may change these."""

    model = ProjectSettings
    form = ProjectSettingsForm
    can_delete = False
    extra = 1
    max_num = 1
    verbose_name = verbose_name_plural = "Projects"
    readonly_fields = tuple(NAMED.values())

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("integrations.view_integration"))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("integrations.change_integration"))

    has_add_permission = has_change_permission

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Who may only look reads the categories' names, not their ids."""
        chooses = self.has_change_permission(request, obj)
        return [name if chooses else NAMED.get(name, name) for name in TOLD]

    @admin.display(description="Projects are named by")
    def projects_named_by(self, settings: ProjectSettings) -> str:
        return _category(settings, settings.project_category)

    @admin.display(description="Budget lines are named by")
    def budget_lines_named_by(self, settings: ProjectSettings) -> str:
        return _category(settings, settings.budget_category)

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Categories are chosen among those that were read of the books, never typed."""
        formset: Any = super().get_formset(request, obj, **kwargs)
        offered = categories(obj)
        for name in CATEGORIES:
            if name in formset.form.base_fields:
                field = formset.form.base_fields[name]
                formset.form.base_fields[name] = forms.ChoiceField(
                    label=field.label,
                    help_text=field.help_text,
                    required=False,
                    choices=[("", "none"), *offered],
                    widget=UnfoldAdminSelectWidget,
                )
        return formset


def _category(settings: ProjectSettings, key: str) -> str:
    return dict(categories(settings.integration)).get(key, key or "none")


def categories(integration: Integration | None) -> list[tuple[str, str]]:
    if integration is None:
        return []
    entries = ReferenceEntry.objects.filter(books=integration.source.books_id, kind=Kind.TRACKING_CATEGORY, active=True)
    return list(entries.order_by("name").values_list("key", "name"))


def tell(before: ProjectSettings | None, after: ProjectSettings, by: Any) -> None:
    """An entry with both sides of what changed."""
    new = {name: _said(after, name) for name in TOLD}
    old = {name: _said(before, name) for name in TOLD} if before else {}
    changed = [name for name in TOLD if old.get(name) != new[name]]
    if changed:
        details = {side: {name.replace("_", " "): values[name] for name in changed if name in values}
                   for side, values in (("before", old), ("after", new))}  # fmt: skip
        integration = after.integration
        subject = Subject("integration", integration.pk, integration.name)
        log("integration.changed", subject, actor=by, details=details)


def _said(chosen: Model, name: str) -> Any:
    display = getattr(chosen, f"get_{name}_display", None)
    value = display() if display else getattr(chosen, name)
    return value if isinstance(value, bool | int) or value is None else str(value)
