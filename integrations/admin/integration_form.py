"""The settings of an integration."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from unfold.widgets import UnfoldAdminSelect2Widget, UnfoldAdminTextareaWidget

from integrations.engine.files import costs
from integrations.models import Integration


def _zones() -> list[tuple[str, str]]:
    return [(name, name.replace("_", " ")) for name in sorted(available_timezones()) if "/" in name or name == "UTC"]


class IntegrationForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only for the type checker
    why = forms.CharField(
        label="Reason",
        required=False,
        max_length=400,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text="For the second person, who decides before a loosened setting acts.",
    )
    time_zone = forms.ChoiceField(choices=_zones, initial="UTC", widget=UnfoldAdminSelect2Widget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is not None and "attach_files" in self.fields:
            self.fields["attach_files"].help_text = costs.in_words(self.instance)

    class Meta:
        model = Integration
        labels = {
            "scope": "Set of tables",
            "enabled": "On",
            "every_minutes": "Minutes between runs",
            "cron": "Cron expression",
            "on_gap": "When something is missing",
            "bills_from": "Bills come from",
            "tax_from": "Tax comes from",
            "include_card_orders": "What is paid by card, too",
            "date_from": "Bills are dated on",
            "bills_paid_at_source": "Bills are paid in procurement",
            "hold_without_number": "Hold bills without a number",
            "over_billing_percent": "Over-billing, percent",
            "over_billing_amount": "Over-billing, amount",
            "approval_rule": "Needs an approval",
            "approval_above": "Approval above",
            "vendors": "Vendors are kept in step",
            "new_vendors_need_approval": "New vendors need an approval",
            "vendor_changes_need_approval": "Changes into accounting need an approval",
            "vendor_group": "Contact group",
            "attach_files": "Attach suppliers' invoice files",
            "limited_to": "Only these people",
        }
        exclude = ("trial", "vendors_confirmed_at", "next_run_at", "last_run_at", "lease_token", "lease_until")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("approval_rule") == "above" and cleaned.get("approval_above") is None:
            self.add_error("approval_above", "Above which amount, in the base currency?")
        return cleaned
