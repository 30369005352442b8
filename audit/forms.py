"""What the two pages of the trail ask."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget


class ExportForm(forms.Form):
    """Format and days; both days are included, either may be left open."""

    format = forms.ChoiceField(
        choices=[("csv", "CSV, for spreadsheets"), ("jsonl", "JSON Lines, for programs")],
        widget=UnfoldAdminSelectWidget,
    )
    first = forms.DateField(label="From", required=False, widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}))
    last = forms.DateField(label="To", required=False, widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", "The last day lies before the first.")
        return cleaned


class VerifyForm(forms.Form):
    """The digest of a seal as it left this machine."""

    expected = forms.CharField(
        label="Digest of a seal, from the log or a digest mail",
        required=False,
        max_length=64,
        widget=UnfoldAdminTextInputWidget,
        help_text="Without it nobody can see that the newest entries were cut off together with their seals.",
    )
