"""Access: tokens without the consent page, disconnecting, limits used up."""

from __future__ import annotations

from collections.abc import Sequence

from ...exchange import Json
from ..authorization import person_of
from ..dates import ms_of
from ..webhooks import CATEGORIES, SIGNING_KEY, Webhooks
from .desk import Desk

# What the connector of Procurify to Xero asks for.
USUAL_SCOPES = "offline_access accounting.invoices accounting.contacts accounting.settings.read accounting.attachments"


class Access(Desk):
    webhooks: Webhooks

    def set_webhook(self, url: str, *, key: str = SIGNING_KEY, categories: Sequence[str] = CATEGORIES) -> list[Json]:
        """Give the app's one address in the developer portal, or switch it on again: with the intent to receive.

        Returns what each of its requests met with; deliveries start only if every one of them was answered well.
        """
        return self.webhooks.subscribe(url, key, list(categories))

    def issue_tokens(
        self,
        tenants: Sequence[str] = (),
        scopes: str | Sequence[str] = USUAL_SCOPES,
        person: str = "",
    ) -> Json:
        """A token answer as after a consent, for organisations by name or id (all if none is named).

        `person` is a sign-in address. Exactly these scopes are granted, whatever was granted before.
        """
        chosen = [self.organisation(each).tenant_id for each in tenants] or list(self.organisations)
        granted = scopes.split() if isinstance(scopes, str) else list(scopes)
        user = person_of(person or str(self.knobs["signed_in_as"]))
        self.identity.granted[user["xero_userid"]] = granted
        return self.identity.grant(user, chosen, granted)

    def disconnect(self, tenant: str = "") -> None:
        """Somebody disconnects the app inside Xero: refreshing still works, calls answer 403."""
        self.identity.connections.drop_tenant(self.organisation(tenant).tenant_id)

    def use_up(self, kind: str, left: int = 0, *, tenant: str = "") -> None:
        """Leave `left` calls of the running "minute", "day" or "app" window."""
        organisation = self.organisation(tenant)
        self.api.limits.use_up(kind, organisation.tenant_id, ms_of(self.clock.now()), self.knobs, left)
