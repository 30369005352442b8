"""Tokens of the service account: client credentials against a bearer token; no refresh token, no scopes."""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from typing import Any

from ..clock import Clock
from ..exchange import Answer, Asked, Json
from .problems import GrantProblem, Problem

PART = re.compile(rb'name="([^"]+)"\r?\n(?:[^\r\n]+\r?\n)*\r?\n(.*?)\r?\n--', re.DOTALL)
CLIENT_ID, CLIENT_SECRET = "counterfoil-procore", "sandbox-secret-procore"


class Tokens:
    """Token -> when it was made and when it ends, in seconds since 1970. A new one leaves the older ones alone."""

    def __init__(self, clock: Clock, knobs: dict[str, Any]) -> None:
        self.clock, self.knobs = clock, knobs
        self.issued: dict[str, Json] = {}
        self.secret_revoked = False

    def now(self) -> int:
        return int(self.clock.now().timestamp())

    def grant(self, asked: Asked) -> Answer:
        """POST /oauth/token: JSON, form or multipart, the pair in the body or by HTTP Basic."""
        wanted = fields_of(asked)
        if not wanted.get("grant_type"):
            raise GrantProblem(400, ("invalid_request", "Missing required parameter: grant_type."))
        if wanted["grant_type"] != "client_credentials":
            raise GrantProblem(
                400,
                (
                    "unsupported_grant_type",
                    "The authorization grant type is not supported by the authorization server.",
                ),
            )
        self._check_client(wanted)
        return Answer.json(self.issue())

    def _check_client(self, wanted: Json) -> None:
        known = (wanted.get("client_id"), wanted.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
        if not known or self.secret_revoked:
            raise GrantProblem(401, ("invalid_client", "Client authentication failed due to unknown client."))

    def issue(self) -> Json:
        token, lifetime = f"eyJ{secrets.token_urlsafe(48)}", int(self.knobs["token_lifetime"])
        self.issued[token] = {"created_at": self.now(), "ends": self.now() + lifetime}
        return {
            "access_token": token,
            "token_type": "bearer",
            "expires_in": lifetime,
            "created_at": self.now(),
        }

    def check(self, asked: Asked) -> Json:
        """The bearer token of the request, alive; raises a 401."""
        kind, _, token = asked.headers.get("authorization", "").partition(" ")
        held = self.issued.get(token.strip())
        if kind.lower() != "bearer" or held is None:
            raise Problem(401, "The access token is invalid")
        if held["ends"] <= self.now():
            raise Problem(401, "The access token expired")
        return held

    def info(self, asked: Asked) -> Answer:
        held = self.check(asked)
        return Answer.json(
            {
                "resource_owner_id": 1,
                "scopes": [],
                "expires_in_seconds": held["ends"] - self.now(),
                "application": {"uid": CLIENT_ID},
                "created_at": held["created_at"],
            }
        )

    def revoke(self, asked: Asked) -> Answer:
        """200 even for an unknown token."""
        wanted = fields_of(asked)
        self._check_client(wanted)
        self.issued.pop(str(wanted.get("token")), None)
        return Answer.json({})

    def expire(self) -> None:
        for held in self.issued.values():
            held["ends"] = 0


def fields_of(asked: Asked) -> Json:
    """The fields of a request to the login host, in whatever form they were sent."""
    kind = asked.headers.get("content-type", "")
    try:
        wanted = asked.json() if "json" in kind else _multipart(asked) if "multipart" in kind else asked.form()
    except ValueError:
        wanted = None
    if not isinstance(wanted, dict):
        raise GrantProblem(400, ("invalid_request", "The request is malformed."))
    return {**_basic(asked), **wanted}


def _multipart(asked: Asked) -> dict[str, str]:
    return {name.decode(): value.decode("utf-8", "replace") for name, value in PART.findall(asked.body)}


def _basic(asked: Asked) -> dict[str, str]:
    kind, _, pair = asked.headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return {}
    try:
        client_id, _, secret = base64.b64decode(pair).decode().partition(":")
    except (binascii.Error, ValueError):
        return {}
    return {"client_id": client_id, "client_secret": secret}
