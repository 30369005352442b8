"""Xero's identity host: codes and refresh tokens become token pairs; revocation."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from ..exchange import Answer, Asked, Json
from .authorization import CLIENT_ID
from .connections import Connections
from .organisation import Organisation
from .tokens import InvalidGrantError, TokenStore, unpadded

CLIENT_SECRET = "sandbox-secret-xero"  # noqa: S105  (the sandbox's own, known to everybody)
CODE_MS = 5 * 60 * 1000
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class TokenRefusedError(ValueError):
    """A token request is refused; the text is the OAuth error code."""


class Identity:
    """All times are milliseconds of the sandbox's clock."""

    def __init__(
        self, organisations: Mapping[str, Organisation], knobs: Mapping[str, Any], now: Callable[[], int]
    ) -> None:
        self.organisations, self.knobs, self.now = organisations, knobs, now
        self.tokens = TokenStore()
        self.connections = Connections()
        self.granted: dict[str, list[str]] = {}  # user -> scopes; they add up until revoked
        self.codes: dict[str, Json] = {}

    def token(self, asked: Asked) -> Answer:
        """`POST /connect/token`."""
        try:
            form = self._authenticated(asked)
            match form.get("grant_type"):
                case "authorization_code":
                    answer = self._exchange(form)
                case "refresh_token":
                    answer = self.tokens.rotate(form.get("refresh_token", ""), self.now())
                case "client_credentials":
                    return _refusal("unauthorized_client")
                case _:
                    return _refusal("unsupported_grant_type")
        except InvalidGrantError:
            return _refusal("invalid_grant")
        except TokenRefusedError as refused:
            return _refusal(str(refused))
        return Answer.json(answer, headers=NO_STORE)

    def revoke(self, asked: Asked) -> Answer:
        """`POST /connect/revocation`: ends the set and every connection of its user; unknown tokens are no error."""
        try:
            form = self._authenticated(asked)
        except TokenRefusedError as refused:
            return _refusal(str(refused))
        if (name := self.tokens.set_of_refresh(form.get("token", ""))) is not None:
            user = self.tokens.sets[name]["person"]["xero_userid"]
            self.forget(user)
        return Answer.empty(200)

    def forget(self, user: str) -> None:
        """End every set, connection and granted scope of a user."""
        for name in [name for name, each in self.tokens.sets.items() if each["person"]["xero_userid"] == user]:
            self.tokens.close_set(name)
        self.connections.drop(self.connections.of(user))
        self.granted.pop(user, None)

    def _authenticated(self, asked: Asked) -> dict[str, str]:
        """The form, once client id and secret are right, whether sent by Basic or in the form."""
        if "application/x-www-form-urlencoded" not in asked.headers.get("content-type", ""):
            raise TokenRefusedError("invalid_request")
        form = asked.form()
        client, secret = form.get("client_id", ""), form.get("client_secret", "")
        scheme, _, credentials = asked.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                client, _, secret = base64.b64decode(credentials, validate=True).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError) as wrong:
                raise TokenRefusedError("invalid_client") from wrong
        if not client:
            raise TokenRefusedError("unauthorized_client")
        if client != CLIENT_ID or secret != CLIENT_SECRET:
            raise TokenRefusedError("invalid_client")
        return form

    def _exchange(self, form: dict[str, str]) -> Json:
        held = self.codes.pop(form.get("code", ""), None)
        if held is None or self.now() >= held["at"] + CODE_MS:
            raise InvalidGrantError
        if form.get("redirect_uri") != held["redirect_uri"] or not _proves(form, held):
            raise InvalidGrantError
        person, user = held["person"], held["person"]["xero_userid"]
        asked_for = held["scope"].split()
        self.granted[user] = list(dict.fromkeys([*self.granted.get(user, []), *asked_for]))
        return self.grant(person, held["tenants"], self.granted[user])

    def grant(self, person: Json, tenants: list[str], granted: list[str]) -> Json:
        """Connect organisations and issue the first pair, as after a consent."""
        auth_event = str(uuid.uuid4())
        user, now = person["xero_userid"], self.now()
        for tenant in tenants:
            name = self.organisations[tenant].name
            self.connections.connect(user, tenant, name, auth_event, now)
        replace = bool(self.knobs["consent_replaces"])
        return self.tokens.issue(self.tokens.open_set(CLIENT_ID, person, granted, auth_event, replace=replace), now)

    # State

    def dump(self) -> Json:
        return {
            "tokens": self.tokens.dump(),
            "connections": self.connections.rows,
            "granted": self.granted,
            "codes": self.codes,
        }

    def load(self, state: Json) -> None:
        self.tokens.load(state["tokens"])
        self.connections.rows = state["connections"]
        self.granted = state["granted"]
        self.codes.update(state["codes"])


def _refusal(error: str) -> Answer:
    return Answer.json({"error": error}, 400, NO_STORE)


def _proves(form: dict[str, str], held: Json) -> bool:
    """PKCE: a code asked for with a challenge needs its verifier, one without takes none."""
    verifier, challenge = form.get("code_verifier"), held.get("code_challenge")
    if challenge is None or verifier is None:
        return challenge is None and verifier is None
    digest = unpadded(hashlib.sha256(verifier.encode()).digest())
    return bool(_VERIFIER.fullmatch(verifier)) and secrets.compare_digest(digest, challenge)
