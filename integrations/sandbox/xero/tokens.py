"""Token sets: what Xero's identity host hands out, rotates, expires and revokes.

One set belongs to one app and one person, whatever number of organisations that person authorised. All times are
milliseconds of the sandbox's clock.
"""

from __future__ import annotations

import base64
import json
import secrets
import uuid
from typing import Any

from ..exchange import Json
from .dates import moment_of
from .problems import Denied, expired

ACCESS_MS = 30 * 60 * 1000
ID_TOKEN_MS = 5 * 60 * 1000
UNUSED_REFRESH_MS = 60 * 24 * 3600 * 1000
GRACE_MS = 30 * 60 * 1000


class InvalidGrantError(ValueError):
    """The refresh token or code is worth nothing (any more)."""


def unpadded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def jwt(claims: Json) -> str:
    """Shaped like a JWT; the signature is noise, since nobody but Xero may rely on it."""
    head = {"alg": "RS256", "kid": "1CAF8E66772D6DC028D6726FD0261581570EFC19", "typ": "JWT"}
    parts = [unpadded(json.dumps(each, separators=(",", ":")).encode()) for each in (head, claims)]
    return ".".join([*parts, unpadded(secrets.token_bytes(48))])


class TokenStore:
    """Sets by id, and the access and refresh tokens that lead to them."""

    def __init__(self) -> None:
        self.sets: dict[str, Json] = {}
        self.access: dict[str, Json] = {}
        self.refresh: dict[str, Json] = {}

    # Handing out

    def open_set(self, client_id: str, person: Json, scopes: list[str], auth_event: str, *, replace: bool) -> str:
        """A new set after a consent; with `replace` the person's older sets die."""
        if replace:
            for name in [name for name, each in self.sets.items() if each["person"] == person]:
                self.close_set(name)
        name = str(uuid.uuid4())
        self.sets[name] = {"client_id": client_id, "person": person, "scopes": scopes, "auth_event": auth_event}
        return name

    def issue(self, set_name: str, now: int) -> Json:
        """A fresh pair, as `/connect/token` answers it."""
        held = self.sets[set_name]
        scopes: list[str] = held["scopes"]
        token = jwt(self._claims(held, now))
        self._forget_old(now)
        self.access[token] = {"set": set_name, "expires": now + ACCESS_MS}
        answer: Json = {"access_token": token, "expires_in": ACCESS_MS // 1000, "token_type": "Bearer"}
        if "openid" in scopes:
            answer = {"id_token": jwt(self._identity_claims(held, now)), **answer}
        if "offline_access" in scopes:
            answer["refresh_token"] = unpadded(secrets.token_bytes(32))
            self.refresh[answer["refresh_token"]] = {"set": set_name, "issued": now, "used": None}
        return {**answer, "scope": " ".join(scopes)}

    def rotate(self, refresh_token: str, now: int) -> Json:
        """A fresh pair for a refresh token. The one before may be used again for 30 minutes, should the answer
        have been lost. Raises InvalidGrantError."""
        held = self.refresh.get(refresh_token)
        if held is None or held["set"] not in self.sets:
            raise InvalidGrantError
        if held["used"] is None:
            if now >= held["issued"] + UNUSED_REFRESH_MS:
                raise InvalidGrantError
            held["used"] = now
        elif now >= held["used"] + GRACE_MS:
            raise InvalidGrantError
        return self.issue(held["set"], now)

    # Checking

    def set_of(self, token: str, now: int) -> Json:
        """The set of an access token; raises Denied 401 where it is expired or unknown."""
        held = self.access.get(token)
        if held is None or held["set"] not in self.sets:
            raise Denied(401, "AuthenticationUnsuccessful")
        if now >= held["expires"]:
            raise expired(moment_of(held["expires"]))
        return self.sets[held["set"]]

    # Ending

    def expire_access(self, now: int) -> None:
        for held in self.access.values():
            held["expires"] = min(held["expires"], now)

    def close_set(self, name: str) -> None:
        """All tokens of the set are worth nothing."""
        self.sets.pop(name, None)

    def set_of_refresh(self, refresh_token: str) -> str | None:
        held = self.refresh.get(refresh_token)
        return held["set"] if held is not None and held["set"] in self.sets else None

    def _forget_old(self, now: int) -> None:
        if len(self.access) > 2_000:
            day = 24 * 3600 * 1000
            self.access = {token: held for token, held in self.access.items() if held["expires"] + day > now}
            self.refresh = {
                token: held for token, held in self.refresh.items() if held["used"] is None or held["used"] + day > now
            }

    def _claims(self, held: Json, now: int) -> Json:
        person = held["person"]
        return {
            "nbf": now // 1000,
            "exp": (now + ACCESS_MS) // 1000,
            "iss": "https://identity.xero.com",
            "aud": "https://identity.xero.com/resources",
            "client_id": held["client_id"],
            "sub": person["sub"],
            "auth_time": now // 1000,
            "xero_userid": person["xero_userid"],
            "global_session_id": held["auth_event"].replace("-", ""),
            "jti": secrets.token_hex(16),
            "authentication_event_id": held["auth_event"],
            "scope": held["scopes"],
            "amr": ["pwd"],
        }

    def _identity_claims(self, held: Json, now: int) -> Json:
        person = held["person"]
        claims: Json = {
            "nbf": now // 1000,
            "exp": (now + ID_TOKEN_MS) // 1000,
            "iss": "https://identity.xero.com",
            "aud": held["client_id"],
            "iat": now // 1000,
            "sub": person["sub"],
            "auth_time": now // 1000,
            "xero_userid": person["xero_userid"],
        }
        if "email" in held["scopes"]:
            claims["email"] = person["email"]
        if "profile" in held["scopes"]:
            given, _, family = person["name"].partition(" ")
            claims.update(given_name=given, family_name=family, name=person["name"])
        return claims

    # State

    def dump(self) -> dict[str, Any]:
        return {"sets": self.sets, "access": self.access, "refresh": self.refresh}

    def load(self, state: dict[str, Any]) -> None:
        self.sets, self.access, self.refresh = state["sets"], state["access"], state["refresh"]
