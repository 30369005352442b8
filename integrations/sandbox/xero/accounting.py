"""The Accounting API: what every call must pass before it reaches its endpoint."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ..exchange import Answer, Asked, Json
from . import scopes
from .call import Call
from .identity import Identity
from .limits import Limits
from .organisation import Organisation
from .problems import Denied, Problem, TextProblem, not_found
from .replays import Replays
from .routes import CONTENT, ROUTES, Endpoint, pattern_of, scopes_for

PREFIX = "/api.xro/2.0/"
LARGEST_BODY = 10_000_000
WRITES = frozenset({"PUT", "POST"})


def bearer(asked: Asked, identity: Identity) -> Json:
    """The token set of the caller; raises Denied 401."""
    scheme, _, token = asked.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Denied(401, "AuthenticationUnsuccessful")
    return identity.tokens.set_of(token, identity.now())


class AccountingApi:
    """Answers everything under `/api.xro/2.0/`."""

    def __init__(
        self, identity: Identity, knobs: Mapping[str, Any], limits_on: Callable[[], bool], base_url: Callable[[], str]
    ) -> None:
        self.identity, self.knobs = identity, knobs
        self._limits_on, self._base_url = limits_on, base_url
        self.limits = Limits()
        self.replays = Replays()

    def answer(self, asked: Asked, in_flight: int) -> Answer:
        """`in_flight` counts this organisation's requests at this moment, this one included."""
        correlation = str(uuid.uuid4())
        try:
            held = bearer(asked, self.identity)
            organisation = self._organisation(asked, held)
            if self._limits_on():
                self.limits.admit(organisation.tenant_id, self.identity.now(), in_flight, self.knobs)
            found = self._admitted(asked, held, organisation, correlation)
        except Problem as problem:
            found = problem.answer(correlation)
        return replace(found, headers={"Xero-Correlation-Id": correlation, **found.headers, **self._left(asked)})

    def _organisation(self, asked: Asked, held: Json) -> Organisation:
        """The organisation named by the header, if its connection stands; else 403."""
        tenant = asked.headers.get("xero-tenant-id", "").lower()
        user = held["person"]["xero_userid"]
        if tenant not in self.identity.organisations or not self.identity.connections.is_connected(user, tenant):
            raise Denied(403, "AuthenticationUnsuccessful")
        return self.identity.organisations[tenant]

    def _left(self, asked: Asked) -> dict[str, str]:
        tenant = asked.headers.get("xero-tenant-id", "").lower()
        return self.limits.headers(tenant, self.identity.now(), self.knobs)

    def _admitted(self, asked: Asked, held: Json, organisation: Organisation, correlation: str) -> Answer:
        words = tuple(asked.path[len(PREFIX) :].rstrip("/").split("/"))
        pattern = pattern_of(words)
        endpoint = self._endpoint(asked, pattern)
        write = asked.method in WRITES
        if not scopes.suffices(held["scopes"], scopes_for(pattern), write=write):
            raise Denied(int(self.knobs["missing_scope_status"]), "AuthorizationUnsuccessful")
        _check_headers(asked, pattern)
        call = Call(
            asked,
            organisation,
            words,
            self.knobs,
            str(self.knobs["app_name"]),
            self.identity.now(),
            correlation,
            self._base_url(),
        )
        key = asked.headers.get("idempotency-key", "") if write else ""
        return self._once(call, endpoint, key) if key else endpoint(call)

    def _endpoint(self, asked: Asked, pattern: str) -> Endpoint:
        methods = ROUTES.get(pattern)
        if methods is None:
            raise not_found()
        if asked.method not in methods:
            raise TextProblem(405, "The requested resource does not support this method")
        return methods[asked.method]

    def _once(self, call: Call, endpoint: Endpoint, key: str) -> Answer:
        """Answer a write with an Idempotency-Key, or repeat what was answered the first time."""
        tenant = call.organisation.tenant_id
        again = self.replays.find(tenant, key, call.asked, call.now)
        if again is not None:
            return again
        try:
            answer = endpoint(call)
        except Problem as problem:
            answer = problem.answer(call.correlation)
        answer = replace(answer, headers={**answer.headers, "Xero-Correlation-Id": call.correlation})
        self.replays.keep(tenant, key, call.asked, answer, call.now)
        return answer


def _check_headers(asked: Asked, pattern: str) -> None:
    """JSON must be asked for and sent. The real service answers XML otherwise, which no caller here can want."""
    if pattern in CONTENT and asked.method == "GET":
        return
    if "application/json" not in asked.headers.get("accept", ""):
        raise TextProblem(406, "Accept: application/json is missing, so the answer would be XML")
    if asked.method not in WRITES:
        return
    if len(asked.body) > LARGEST_BODY and pattern not in CONTENT:
        raise TextProblem(413, "The request is larger than 10 MB")
    if pattern not in CONTENT and "application/json" not in asked.headers.get("content-type", ""):
        raise TextProblem(415, "Content-Type must be application/json")
