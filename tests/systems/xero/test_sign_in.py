"""Xero's sign-in at the wire: what is asked, what comes back, and which refusals need a person."""

import base64
import hashlib
import json
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from integrations.errors import (
    ConfigurationError,
    CounterfoilError,
    ProgrammingError,
    ReconnectError,
    RetryLaterError,
    ThrottledError,
    UnreadableAnswerError,
)
from integrations.systems import grants, system
from integrations.systems.tokens import App, TokenAnswer
from integrations.systems.xero import oauth
from tests.systems.http.scripted import SECRET, Reply, Scripted, cut, nothing, whole

XERO = system("xero")
APP = App("client-1", SECRET)


def jwt(claims: object) -> str:
    middle = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"e30.{middle}.c2ln"


ACCESS = jwt({"xero_userid": "user-1", "authentication_event_id": "event-1", "exp": 1})
GRANTED = json.dumps(
    {
        "access_token": ACCESS,
        "refresh_token": "refresh-2",
        "expires_in": 1800,
        "token_type": "Bearer",
        "scope": "offline_access accounting.invoices",
    }
).encode()


def test_the_browser_is_sent_with_state_and_pkce() -> None:
    verifier, challenge = grants.new_verifier()
    address = grants.authorize_url(
        XERO, APP, redirect_uri="https://portal.example/back", scope="a b", state="st", challenge=challenge
    )
    parts = urlsplit(address)
    assert (parts.netloc, parts.path) == ("login.xero.com", "/identity/connect/authorize")
    assert parse_qs(parts.query) == {
        "response_type": ["code"],
        "client_id": ["client-1"],
        "redirect_uri": ["https://portal.example/back"],
        "scope": ["a b"],
        "state": ["st"],
        "code_challenge": [challenge],
        "code_challenge_method": ["S256"],
    }
    assert SECRET not in address
    assert 43 <= len(verifier) <= 128
    digest = hashlib.sha256(verifier.encode()).digest()
    assert challenge == base64.urlsafe_b64encode(digest).decode().rstrip("=")


def exchanged(reply: Reply) -> tuple[TokenAnswer, bytes]:
    with Scripted([reply]) as server:
        answer = grants.exchange(
            XERO,
            APP,
            code="c0de",
            redirect_uri="https://portal.example/back",
            verifier="v",
            urls={"identity": server.url},
        )
        return answer, server.requests[0]


def refreshed(reply: Reply) -> tuple[TokenAnswer, bytes]:
    with Scripted([reply]) as server:
        return grants.refresh(XERO, APP, "refresh-1", urls={"identity": server.url}), server.requests[0]


def test_a_code_is_exchanged_with_the_apps_own_credentials() -> None:
    answer, request = exchanged(whole(GRANTED))
    head, _, body = request.decode().partition("\r\n\r\n")
    assert head.startswith("POST /connect/token HTTP/1.1")
    assert f"Authorization: Basic {base64.b64encode(f'client-1:{SECRET}'.encode()).decode()}" in head
    assert "application/x-www-form-urlencoded" in head
    assert parse_qs(body) == {
        "grant_type": ["authorization_code"],
        "code": ["c0de"],
        "redirect_uri": ["https://portal.example/back"],
        "code_verifier": ["v"],
    }
    assert (answer.access_token, answer.refresh_token, answer.expires_in) == (ACCESS, "refresh-2", 1800)
    assert (answer.subject, answer.event_id) == ("user-1", "event-1")
    assert answer.scopes == "offline_access accounting.invoices"


def test_a_refresh_sends_the_old_token_and_brings_a_new_one() -> None:
    answer, request = refreshed(whole(GRANTED))
    assert parse_qs(request.partition(b"\r\n\r\n")[2].decode()) == {
        "grant_type": ["refresh_token"],
        "refresh_token": ["refresh-1"],
    }
    assert answer.refresh_token == "refresh-2"


@pytest.mark.parametrize("ask", [exchanged, refreshed])
@pytest.mark.parametrize(
    ("reply", "meaning"),
    [
        (whole(b'{"error":"invalid_grant"}', 400), ReconnectError),
        (whole(b'{"error":"invalid_client"}', 400), ConfigurationError),
        (whole(b'{"error":"unauthorized_client"}', 401), ConfigurationError),
        (whole(b'{"error":"unsupported_grant_type"}', 400), ProgrammingError),
        (whole(b"", 429), ThrottledError),
        (whole(b"", 503), RetryLaterError),
        (whole(b"<html/>"), RetryLaterError),
        (whole(b'{"access_token": 5}'), RetryLaterError),
        (whole(b'{"access_token": "a", "expires_in": 1800}'), ConfigurationError),
        (nothing, RetryLaterError),
        (cut, RetryLaterError),
    ],
    ids=[
        "invalid grant", "invalid client", "unauthorised client", "our mistake", "throttled", "down", "html",
        "no token", "no lasting access", "hangs up", "cut",
    ],
)  # fmt: skip
def test_only_a_dead_grant_asks_a_person_to_sign_in_again(
    ask: Callable[[Reply], object], reply: Reply, meaning: type[CounterfoilError]
) -> None:
    with pytest.raises(meaning) as raised:
        ask(reply)
    assert isinstance(raised.value, meaning)
    assert isinstance(raised.value, ReconnectError) == (meaning is ReconnectError)
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize("token", ["", "opaque", "a.b.c", jwt([]), jwt({"xero_userid": 5}), "é.é.é", "a.%%%.c"])
def test_a_token_without_claims_tells_nobody(token: str) -> None:
    assert oauth.signed_in(token) == ("", "")


def test_a_sign_in_is_revoked_by_its_refresh_token() -> None:
    with Scripted([whole(b"")]) as server:
        grants.revoke(XERO, APP, "refresh-1", urls={"identity": server.url})
    assert server.requests[0].startswith(b"POST /connect/revocation ")
    assert server.requests[0].endswith(b"token=refresh-1")


CONNECTIONS = json.dumps(
    [
        {"id": "c-1", "tenantId": "t-1", "tenantType": "ORGANISATION", "tenantName": "Harbor Mills Ltd"},
        {"id": "c-2", "tenantId": "t-2", "tenantType": "PRACTICE", "tenantName": "Accountants"},
    ]
).encode()


def test_organisations_are_offered_and_practices_are_not() -> None:
    with Scripted([whole(CONNECTIONS)]) as server:
        found = oauth.tenants(ACCESS, event_id="event-1", urls={"api": server.url})
    assert [(one.tenant_id, one.name, one.connection_id) for one in found] == [("t-1", "Harbor Mills Ltd", "c-1")]
    assert server.requests[0].startswith(b"GET /connections?authEventId=event-1 ")
    assert f"Bearer {ACCESS}".encode() in server.requests[0]


@pytest.mark.parametrize("body", [b"{}", b"<html/>", b'[{"id": 5}]', b"null"])
def test_an_unreadable_list_of_organisations_is_not_an_empty_one(body: bytes) -> None:
    with Scripted([whole(body)]) as server, pytest.raises(UnreadableAnswerError):
        oauth.tenants(ACCESS, urls={"api": server.url})


@pytest.mark.parametrize("reply", [whole(b"", 204), whole(b"gone", 404)])
def test_an_organisation_is_left_by_its_connection_id(reply: Reply) -> None:
    with Scripted([reply]) as server:
        oauth.disconnect(ACCESS, "c-1", urls={"api": server.url})
    assert server.requests[0].startswith(b"DELETE /connections/c-1 ")


def test_a_disconnection_without_an_answer_is_not_believed() -> None:
    with Scripted([nothing]) as server, pytest.raises(RetryLaterError):
        oauth.disconnect(ACCESS, "c-1", urls={"api": server.url})


def test_a_system_without_such_a_sign_in_is_a_bug() -> None:
    with pytest.raises(ProgrammingError):
        grants.refresh(system("procurify"), APP, "r")
