"""Procurify's token: one domain's keys open that domain only, and no answer is mistaken for a refusal."""

import json

import pytest

from integrations.errors import ConfigurationError, CounterfoilError, ReconnectError, RetryLaterError, ThrottledError
from integrations.systems.procurify.oauth import domain_of, fetch_token
from integrations.systems.tokens import App, TokenAnswer
from tests.systems.http.scripted import SECRET, Reply, Scripted, cut, nothing, whole
from tests.systems.procurify.orders import SAMPLES

GRANTED = (SAMPLES / "oauth_token_response.json").read_bytes()


def fetch(reply: Reply, domain: str = "harbormills") -> tuple[TokenAnswer, bytes]:
    with Scripted([reply]) as server:
        token = fetch_token(domain, App("id-1", SECRET), urls={"api": server.url + "/{domain}"})
        return token, server.requests[0]


def test_the_four_fields_go_out_as_json_with_the_literal_audience() -> None:
    token, request = fetch(whole(GRANTED))
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /harbormills/oauth/token HTTP/1.1")
    assert json.loads(body) == {
        "client_id": "id-1",
        "client_secret": SECRET,
        "audience": "https://api.procurify.com/",
        "grant_type": "client_credentials",
    }
    assert (token.access_token, token.expires_in, token.refresh_token) == ("eyJ...synthetic", 86_400, "")
    assert token.warnings == ()


def test_keys_of_another_domain_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="keys of harbormills, not of kestrel"):
        fetch(whole(GRANTED), "kestrel")


def test_a_scope_that_names_no_domain_is_warned_of_only() -> None:
    token, _ = fetch(whole(b'{"access_token":"t","expires_in":60,"scope":"all"}'))
    assert "did not say which domain" in token.warnings[0]


@pytest.mark.parametrize(
    ("reply", "meaning"),
    [
        (whole(b'{"error":"invalid_client"}', 401), ReconnectError),
        (whole(b"{}", 400), ReconnectError),
        (whole(b"{}", 403), ReconnectError),
        (whole(b"<html>", 404), ConfigurationError),
        (whole(b"", 429), ThrottledError),
        (whole(b"", 500), RetryLaterError),
        (whole(b"<html>maintenance</html>"), RetryLaterError),
        (whole(b'{"token": 1}'), RetryLaterError),
        (nothing, RetryLaterError),
        (cut, RetryLaterError),
    ],
)
def test_every_answer_to_a_request_for_a_token_means_one_thing(reply: Reply, meaning: type[CounterfoilError]) -> None:
    with pytest.raises(meaning) as raised:
        fetch(reply)
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize(
    "typed", ["acme", "ACME ", "acme.procurify.com", "https://acme.procurify.com/", "http://acme.procurify.com/#/x"]
)
def test_a_domain_may_be_typed_as_people_see_it(typed: str) -> None:
    assert domain_of(typed) == "acme"


@pytest.mark.parametrize(
    "typed", ["", "acme.example.com", "evil.example", "-acme", "a_b", "acme.procurify.com.evil.example", "a" * 64]
)
def test_what_is_no_domain_is_refused(typed: str) -> None:
    with pytest.raises(ConfigurationError):
        domain_of(typed)
