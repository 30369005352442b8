"""The settings of an integration."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminSelect2Widget, UnfoldAdminTextareaWidget

from integrations.engine.files import costs
from integrations.engine.projects import cadence
from integrations.models import Integration
from integrations.pairs import pair
from integrations.setting_names import OF_INTEGRATION
from integrations.zones import zones

# What decides how many calls its runs take of a day.
COSTS_CALLS = frozenset({"schedule", "every_minutes", "cron", "vendors", "target"})


def _zones() -> list[tuple[str, str]]:
    return [(name, name.replace("_", " ")) for name in sorted(zones()) if "/" in name or name == "UTC"]


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
        labels = OF_INTEGRATION
        help_texts = {
            "include_card_orders": "Card and expense bills, and orders paid by card. They are owed to the card's "
            "provider or to the employee, whom you link to a contact of theirs, never to the shop. Otherwise they "
            "are left out by rule.",
        }
        exclude = ("trial", "vendors_confirmed_at", "next_run_at", "last_run_at", "lease_token", "lease_until")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("approval_rule") == "above" and cleaned.get("approval_above") is None:
            self.add_error("approval_above", "Above which amount, in the base currency?")
        if refusal := self._too_often(cleaned):
            self.add_error("schedule" if "schedule" in self.fields else None, refusal)
        return cleaned

    def _too_often(self, cleaned: dict[str, Any]) -> str:
        """Where it writes bills into books that projects read as well, their calls of a day are shared."""
        if not COSTS_CALLS & set(self.changed_data):
            return ""
        names = (*COSTS_CALLS, "pair")
        wanted = Integration(pk=self.instance.pk)
        for name in names:
            setattr(wanted, name, cleaned.get(name, getattr(self.instance, name, None)))
        if wanted.target_id is None or not wanted.pair or not pair(wanted.pair).bill_flows:
            return ""
        return cadence.refusal_of_ledger(wanted)
