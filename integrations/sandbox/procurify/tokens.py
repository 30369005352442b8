"""Tokens: client credentials of one customer against a bearer token (documentation, OAuth section, 2026)."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from ..clock import Clock
from ..exchange import Answer, Asked, Json
from .problems import Problem, detail
from .tenant import Tenant

AUDIENCE = "https://api.procurify.com/"
WANTED = ("client_id", "client_secret", "audience", "grant_type")


def _refused(status: int, error: str, sentence: str) -> Problem:
    return Problem(Answer.json({"error": error, "error_description": sentence}, status))


class Tokens:
    """All tokens of all tenants: token -> domain and end of life (seconds since 1970)."""

    def __init__(self, clock: Clock, knobs: dict[str, Any]) -> None:
        self.clock, self.knobs = clock, knobs
        self.issued: dict[str, Json] = {}

    def grant(self, tenant: Tenant, asked: Asked) -> Answer:
        """POST /oauth/token. Takes JSON only; whatever is wrong is told as OAuth tells it."""
        wanted = self._wanted(asked)
        tenant.tokens_issued += 1
        budget = int(self.knobs["token_budget"])
        if budget and tenant.tokens_issued > budget:
            raise detail(429, "Too many tokens were asked for. Keep a token until it expires.", {"Retry-After": "60"})
        if wanted["audience"] != AUDIENCE:
            raise _refused(403, "access_denied", f"Service not enabled within domain: {wanted['audience']}")
        if wanted["grant_type"] != "client_credentials":
            raise _refused(403, "unauthorized_client", "Grant type not allowed for the client.")
        known = (wanted["client_id"], wanted["client_secret"]) == (tenant.client_id, tenant.client_secret)
        if not known or tenant.secret_revoked or tenant.user_deactivated:
            raise _refused(401, "invalid_client", "Unauthorized")
        return Answer.json(self.issue(tenant))

    def _wanted(self, asked: Asked) -> dict[str, str]:
        try:
            wanted = asked.json()
        except ValueError:
            wanted = None
        if not isinstance(wanted, dict) or "json" not in asked.headers.get("content-type", ""):
            raise _refused(400, "invalid_request", "The body is to be JSON.")
        missing = [name for name in WANTED if not isinstance(wanted.get(name), str)]
        if missing:
            raise _refused(400, "invalid_request", f"Missing required parameter: {missing[0]}")
        return wanted

    def issue(self, tenant: Tenant) -> Json:
        if self.knobs["one_token"]:
            self.drop(tenant.domain)
        token = f"eyJhbGciOiJSUzI1NiJ9.{secrets.token_urlsafe(40)}.{secrets.token_urlsafe(16)}"
        lifetime = int(self.knobs["token_lifetime"])
        ends = self.clock.now() + timedelta(seconds=lifetime)
        self.issued[token] = {"domain": tenant.domain, "ends": ends.timestamp()}
        scope = f"urn:procurify-api:domain:{tenant.domain} urn:procurify-api:email:{tenant.email}"
        return {"access_token": token, "scope": scope, "expires_in": lifetime, "token_type": "Bearer"}

    def check(self, tenant: Tenant, asked: Asked) -> None:
        """A bearer token of this customer, still alive, whose user still may; else 401."""
        kind, _, token = asked.headers.get("authorization", "").partition(" ")
        held = self.issued.get(token.strip())
        if kind.lower() != "bearer" or held is None or held["domain"] != tenant.domain or tenant.user_deactivated:
            raise detail(401, "Invalid token.", {"WWW-Authenticate": "Bearer"})
        if held["ends"] <= self.clock.now().timestamp():
            raise detail(401, "Token has expired.", {"WWW-Authenticate": "Bearer"})

    def expire(self) -> None:
        for held in self.issued.values():
            held["ends"] = 0.0

    def drop(self, domain: str = "") -> None:
        self.issued = {token: held for token, held in self.issued.items() if domain and held["domain"] != domain}
