"""Forms of the lookup tables: one scope per form, targets and source values from the reference lists."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget

from mappings.admin.pickers import EntryField, SourceField
from mappings.models import AccountRow, Dimension, Kind, MappingRow, Scope, TrackingRow
from mappings.models.tracking import NAMED_DIMENSIONS


class RowForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only for the type checker
    """`scope` and `request` are set by the admin page. A row that somebody changed meanwhile is not overwritten."""

    scope: ClassVar[Scope]
    source_lists: ClassVar[dict[str, str]] = {}

    version_seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row: MappingRow = self.instance
        if row.pk is None:
            row.scope = self.scope
        self.initial["version_seen"] = row.version if row.pk else None
        for name, use in row.target_uses.items():
            self._replace(name, EntryField(self.scope, use, **self._kept(name)))
        for name, kind in self.source_lists.items():
            self._replace(name, SourceField(self.scope, kind, **self._kept(name)))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        seen = cleaned.get("version_seen")
        if self.instance.pk and seen is not None:
            now = type(self.instance).objects.filter(pk=self.instance.pk).values_list("version", flat=True).first()
            if now != seen:
                raise ValidationError("Somebody changed this row meanwhile. Open it again and repeat your change.")
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        """The scope is in no field of the form, and yet part of what must be unique."""
        inherited: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # a method of ModelForm
        return inherited - {"scope"}

    def _replace(self, name: str, field: forms.Field) -> None:
        if name in self.fields:
            self.fields[name] = field

    def _kept(self, name: str) -> dict[str, Any]:
        old = self.fields.get(name)
        return {} if old is None else {"label": old.label, "help_text": old.help_text, "required": old.required}


class AccountForm(RowForm):
    source_lists: ClassVar[dict[str, str]] = {
        "source_code": Kind.ACCOUNT_CODE,
        "department": Kind.DEPARTMENT,
        "location": Kind.LOCATION,
        "item_category": Kind.ITEM_CATEGORY,
    }

    class Meta:
        model = AccountRow
        fields = "__all__"


class TrackingForm(RowForm):
    """One picker per dimension; the chosen dimension's is shown."""

    department = forms.CharField(required=False)
    location = forms.CharField(required=False)
    item_category = forms.CharField(required=False)

    class Meta:
        model = TrackingRow
        fields = ("dimension", "target")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given = self.initial.get("source_key") or self.instance.source_key
        dimension = self.initial.get("dimension") or self.instance.dimension
        for each in Dimension:
            name = _field_of(each)
            kept = {"label": each.label.capitalize(), "required": False}
            self._replace(name, SourceField(self.scope, NAMED_DIMENSIONS[each], **kept))
            if dimension == each:
                self.initial[name] = given

    def clean(self) -> dict[str, Any]:
        dimension = self.cleaned_data.get("dimension", "")
        if dimension:
            name = _field_of(Dimension(dimension))
            self.instance.source_key = self.cleaned_data.get(name) or ""
            if not self.instance.source_key:
                self.add_error(name, f"Choose the {dimension}.")
        return super().clean()

    def _get_validation_exclusions(self) -> set[str]:
        """The value is in three fields of the form; an empty one has been refused there."""
        inherited = super()._get_validation_exclusions()
        return inherited - {"source_key"} if self.instance.source_key else inherited


class ScopeChoice(forms.Form):
    """Which set of tables a new row belongs to."""

    scope = forms.ModelChoiceField(queryset=Scope.objects.none(), widget=UnfoldAdminSelectWidget, label="Set of tables")

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scope"].queryset = Scope.objects.visible_to(request.user).order_by("name")  # type: ignore[attr-defined]


def _field_of(dimension: Dimension) -> str:
    return dimension.value.replace(" ", "_")
