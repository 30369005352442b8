"""The form of a connection. Credentials are typed here and never shown again."""

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from integrations import connecting
from integrations.errors import CounterfoilError
from integrations.explanations import sentence
from integrations.models import Connection
from integrations.systems import system
from integrations.systems.facts import ClientCredentials, System
from integrations.systems.tokens import App
from integrations.systems.webhooks import sender
from integrations.webhooks import addresses

SHORTEST_WEBHOOK_SECRET = 20
KEEP = "Leave empty to keep the one that is saved."
Outcome = connecting.Checked | CounterfoilError


def _secret(label: str) -> forms.CharField:
    widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "off", "spellcheck": "false"}, render_value=False)
    return forms.CharField(label=label, required=False, max_length=500, strip=True, widget=widget)


class ConnectionForm(forms.ModelForm):  # type: ignore[type-arg]  # generic only for the type checker
    """`checked` is what the system said of the credentials, asked before the database's transaction began (E22)."""

    checked: Outcome | None = None

    environment = forms.ChoiceField(required=False, widget=UnfoldAdminSelectWidget)
    domain = forms.CharField(required=False, max_length=200, widget=UnfoldAdminTextInputWidget)
    client_id = _secret("Client id")
    client_secret = _secret("Client secret")
    webhook_secret = _secret("Webhooks key")

    class Meta:
        model = Connection
        fields = ("label",)
        widgets = {"label": UnfoldAdminTextInputWidget}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        facts = system(self.instance.system)
        self.fields["environment"].initial = self._account().rpartition("/")[0]
        self.fields["domain"].initial = self.instance.domain
        self._ask_for_account(facts)
        if self.instance.client_id:
            self.fields["client_id"].help_text = KEEP
        if self.instance.client_secret:
            self.fields["client_secret"].help_text = KEEP
        self._shape_webhook_secret()

    def _ask_for_account(self, facts: System) -> None:
        """Which account it is and, where there are several installations of the system, at which of them."""
        choices = [("", "Production"), *((word, each.label) for word, each in facts.environments.items())]
        cast(forms.ChoiceField, self.fields["environment"]).choices = choices
        if isinstance(facts.auth, ClientCredentials):
            kept = bool(self._account()) and not facts.auth.shown
            self.fields["domain"].label = facts.auth.account
            self.fields["domain"].help_text = KEEP if kept else facts.auth.hint
        else:
            del self.fields["domain"]
        if not facts.environments:
            del self.fields["environment"]

    def _account(self) -> str:
        """The account that is saved, as its system names it."""
        return str(self.instance.domain or self.instance.tenant_id)

    def _shape_webhook_secret(self) -> None:
        """Only where the system sends webhooks, and once the application is known that its address follows from."""
        sent_by = sender(self.instance.system)
        if sent_by is None or not self.instance.client_id:
            del self.fields["webhook_secret"]
            return
        self.fields["webhook_secret"].label = sent_by.secret_label
        self.fields["webhook_secret"].help_text = KEEP if addresses.of(self.instance) else sent_by.where

    def clean_webhook_secret(self) -> str:
        secret: str = self.cleaned_data.get("webhook_secret") or ""
        if secret and len(secret) < SHORTEST_WEBHOOK_SECRET:
            raise ValidationError("This is too short to prove anything. Copy all of it.")
        return secret

    def typed(self) -> tuple[str, App]:
        """The domain and the credentials as they would be saved."""
        own = self.instance
        environment = self.cleaned_data.get("environment", "")
        domain = self.cleaned_data.get("domain", "") or self._account().rpartition("/")[2]
        return f"{environment}/{domain}" if environment and domain else domain, App(
            self.cleaned_data.get("client_id") or own.client_id,
            self.cleaned_data.get("client_secret") or own.client_secret,
        )

    def needs_check(self) -> bool:
        """Only systems that are connected by keys alone, and only when something about them was typed."""
        typed = ("environment", "domain", "client_id", "client_secret")
        return by_keys(self.instance.system) and (
            any(name in self.changed_data for name in typed) or not self.instance.token_set_id
        )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        domain, app = self.typed()
        for name, value in (("client_id", app.client_id), ("client_secret", app.client_secret)):
            if not value:
                self.add_error(name, "Both come from the application that you made there.")
        auth = system(self.instance.system).auth
        if isinstance(auth, ClientCredentials) and not domain:
            self.add_error("domain", auth.missing)
        if isinstance(self.checked, CounterfoilError):
            raise ValidationError(sentence(self.checked))
        if isinstance(self.checked, connecting.Checked):
            self._refuse_another_company(self.checked)
        return cleaned

    def _refuse_another_company(self, checked: connecting.Checked) -> None:
        refusal = connecting.refusal(self.instance, checked.tenant)
        if refusal:
            self.add_error("domain", refusal)


def by_keys(system_slug: str) -> bool:
    """Whether this system is connected by an id and a secret alone, without a page to sign in at."""
    return isinstance(system(system_slug).auth, ClientCredentials)


def check(form: ConnectionForm) -> Outcome | None:
    """Ask the system whether it takes what was typed; None when there is nothing to ask. Not inside a transaction."""
    if not form.is_valid() or not form.needs_check():
        return None
    domain, app = form.typed()
    try:
        return connecting.check_credentials(form.instance.system, domain, app)
    except CounterfoilError as error:
        return error
