"""Which organisations a sign-in to Xero opened, and leaving one of them (identity pages, October 2026)."""

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from integrations.errors import (
    GoneError,
    InvalidSourceError,
    OutcomeUnknownError,
    RetryLaterError,
    UnreadableAnswerError,
)
from integrations.http import Http, JustGranted, Wiring, read_json
from integrations.systems.opening import door
from integrations.systems.reading import Code, Model, Words, read
from integrations.systems.tokens import Tenant
from integrations.systems.xero.errors import judge
from integrations.systems.xero.system import XERO

CONNECTIONS = "/connections"


class _Connection(Model):
    id: Code
    tenantId: Code  # noqa: N815  (Xero's name)
    tenantType: Code = ""  # noqa: N815
    tenantName: Words | None = None  # noqa: N815


class _Connections(Model):
    rows: list[_Connection]


class _Claims(Model):
    xero_userid: Code = ""
    authentication_event_id: Code = ""


def signed_in(access_token: str) -> tuple[str, str]:
    """(user, consent) by the claims of the token, ("", "") where it has none.

    The signature is not checked: the token came from Xero itself, over a verified connection.
    """
    parts = access_token.split(".")
    if len(parts) != 3:
        return "", ""
    try:
        padded = parts[1] + "=" * (-len(parts[1]) % 4)
        claims = read(_Claims, read_json(base64.urlsafe_b64decode(padded)), "The token")
    except (ValueError, InvalidSourceError):
        return "", ""
    return claims.xero_userid, claims.authentication_event_id


def tenants(
    access_token: str, *, event_id: str = "", urls: Mapping[str, str] | None = None, wiring: Wiring | None = None
) -> list[Tenant]:
    """The organisations this sign-in may be used for; with `event_id` only those of that consent."""
    http = _door(access_token, urls, wiring)
    try:
        found = http.read(CONNECTIONS, params={"authEventId": event_id} if event_id else None).json()
    finally:
        http.close()
    rows = _connections(found)
    return [
        Tenant(row.tenantId, row.tenantName or "", row.id, row.tenantType)
        for row in rows
        if row.tenantType == "ORGANISATION"
    ]


def disconnect(
    access_token: str, connection_id: str, *, urls: Mapping[str, str] | None = None, wiring: Wiring | None = None
) -> None:
    """Leave one organisation; already gone is as good. RetryLaterError when that is not known."""
    http = _door(access_token, urls, wiring)
    try:
        http.write(
            "DELETE", f"{CONNECTIONS}/{quote(connection_id, safe='')}", body=b"", template=f"{CONNECTIONS}/{{id}}"
        )
    except GoneError:
        return
    except OutcomeUnknownError:
        raise RetryLaterError("Xero did not say whether the organisation was disconnected.") from None
    finally:
        http.close()


def _connections(found: Any) -> list[_Connection]:
    try:
        return read(_Connections, {"rows": found}, "The list of connections").rows
    except InvalidSourceError as error:
        raise UnreadableAnswerError(str(error)) from None


def _door(access_token: str, urls: Mapping[str, str] | None, wiring: Wiring | None) -> Http:
    given = wiring or Wiring()
    wired = Wiring(JustGranted(access_token), given.pace, given.log, given.heart, given.deadline_seconds)
    headers = {"Accept": "application/json", "Content-Type": "application/json", "User-Agent": "Counterfoil"}
    return door(XERO, "api", overrides=urls or {}, headers=headers, judge=judge, wiring=wired)
