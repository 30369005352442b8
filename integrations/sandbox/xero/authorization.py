"""Xero's login host: the request for consent, the page, what the person decides."""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from ..exchange import Answer, Asked, Json
from . import consent, scopes
from .organisation import Organisation

CLIENT_ID = "counterfoil-sandbox"
TICKET_MS = 30 * 60 * 1000


def person_of(email: str) -> Json:
    """The Xero user behind a sign-in address; the name is read off the address."""
    name = " ".join(part.capitalize() for part in re.split(r"[._]", email.split("@")[0]))
    user = str(uuid.uuid5(uuid.NAMESPACE_URL, f"mailto:{email}"))
    return {"email": email, "name": name, "xero_userid": user, "sub": user.replace("-", "")}


class LoginHost:
    """Makes codes out of consents; `codes` is shared with the identity host. Times are milliseconds."""

    def __init__(
        self,
        organisations: Mapping[str, Organisation],
        codes: dict[str, Json],
        knobs: Mapping[str, Any],
        now: Callable[[], int],
    ) -> None:
        self.organisations, self.codes, self.knobs, self.now = organisations, codes, knobs, now
        self._tickets: dict[str, Json] = {}

    def authorize(self, asked: Asked) -> Answer:
        """`GET /identity/connect/authorize`."""
        wanted = {name: values[0] for name, values in asked.query.items()}
        if problem := self._problem(wanted):
            return consent.refusal(*problem)
        ticket = secrets.token_urlsafe(18)
        self._tickets[ticket] = {**wanted, "person": person_of(str(self.knobs["signed_in_as"])), "at": self.now()}
        if self.knobs["deny_consent"]:
            return self._denied(self._tickets.pop(ticket))
        if self.knobs["auto_consent"]:
            return self._allowed(self._tickets.pop(ticket), self._automatic())
        return self._page(ticket)

    def decide(self, asked: Asked) -> Answer:
        """`POST /identity/connect/authorize`: the form of the consent page."""
        form = parse_qs(asked.body.decode("utf-8", "replace"))
        ticket = form.get("ticket", [""])[0]
        wanted = self._tickets.get(ticket)
        if wanted is None or self.now() >= wanted["at"] + TICKET_MS:
            return consent.refusal("invalid_request", "This page has expired. Start again from the app.")
        if form.get("choice") != ["allow"]:
            return self._denied(self._tickets.pop(ticket))
        chosen = [each for each in form.get("tenant", []) if each in self.organisations]
        if not chosen or (len(chosen) > 1 and not self._several(wanted)):
            return self._page(ticket, "Choose an organisation to connect.")
        return self._allowed(self._tickets.pop(ticket), chosen)

    def _problem(self, wanted: Json) -> tuple[str, str] | None:
        if wanted.get("client_id") != CLIENT_ID:
            return "unauthorized_client", "Unknown client or client not enabled"
        if not self._is_registered(wanted.get("redirect_uri", "")):
            return "invalid_request", "Invalid redirect_uri"
        if wanted.get("response_type") != "code":
            return "unsupported_response_type", "Only response_type=code is possible"
        asked_for = wanted.get("scope", "").split()
        if not asked_for:
            return "invalid_scope", "No scope was asked for"
        if refused := scopes.refused(asked_for, broad=bool(self.knobs["broad_scopes"])):
            return "unauthorized_client", f"Invalid scope for client: {' '.join(refused)}"
        if "code_challenge" in wanted and wanted.get("code_challenge_method") != "S256":
            return "invalid_request", "Transform algorithm not supported"
        return None

    def _is_registered(self, uri: str) -> bool:
        """Any port of http://localhost is registered here; 127.0.0.1 is refused as by the real service."""
        parts = urlsplit(uri)
        if parts.scheme == "http":
            return parts.hostname == "localhost"
        return uri in self.knobs["redirect_uris"]

    def _several(self, wanted: Json) -> bool:
        return "bulk_connect:false" not in wanted.get("acr_values", "") and bool(self.knobs["bulk_connect"])

    def _page(self, ticket: str, complaint: str = "") -> Answer:
        wanted = self._tickets[ticket]
        facts = [each.facts for each in self.organisations.values()]
        return consent.choice(
            str(self.knobs["app_name"]),
            wanted["person"],
            facts,
            wanted["scope"].split(),
            ticket,
            several=self._several(wanted),
            complaint=complaint,
        )

    def _automatic(self) -> list[str]:
        chosen = set(self.knobs["auto_consent_organisations"])
        return [tenant for tenant, each in self.organisations.items() if not chosen or {tenant, each.name} & chosen]

    def _denied(self, wanted: Json) -> Answer:
        return _back(wanted, error="access_denied", error_description="The user denied access")

    def _allowed(self, wanted: Json, tenants: list[str]) -> Answer:
        code = secrets.token_urlsafe(32)
        self.codes[code] = {**wanted, "tenants": tenants, "at": self.now()}
        return _back(wanted, code=code, scope=wanted["scope"], session_state=secrets.token_hex(12))


def _back(wanted: Json, **answer: str) -> Answer:
    if "state" in wanted:
        answer["state"] = wanted["state"]
    joint = "&" if "?" in wanted["redirect_uri"] else "?"
    return Answer.redirect(f"{wanted['redirect_uri']}{joint}{urlencode(answer)}")
