"""Procore's token: one pair for every company, and no answer mistaken for a refusal."""

import json

import pytest

from integrations.errors import ConfigurationError, CounterfoilError, ReconnectError, RetryLaterError, ThrottledError
from integrations.systems.facts import Account
from integrations.systems.procore.client import ProcoreClient
from integrations.systems.procore.oauth import domain_of, fetch_token, place_of, revoke_token
from integrations.systems.procore.system import ENVIRONMENTS, PROCORE
from integrations.systems.tokens import App, TokenAnswer
from tests.systems.http.scripted import SECRET, Reply, Scripted, cut, nothing, whole
from tests.systems.procore.office import Office

GRANTED = b'{"access_token":"eyJ0","token_type":"bearer","expires_in":5400,"created_at":1767225600}'


def fetch(reply: Reply) -> tuple[TokenAnswer, bytes]:
    with Scripted([reply]) as server:
        token = fetch_token("7656", App("id-1", SECRET), urls={"login": server.url})
        return token, server.requests[0]


def test_the_three_fields_go_out_as_json_to_the_login_host() -> None:
    token, request = fetch(whole(GRANTED))
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /oauth/token HTTP/1.1")
    assert json.loads(body) == {"client_id": "id-1", "client_secret": SECRET, "grant_type": "client_credentials"}
    assert (token.access_token, token.expires_in, token.refresh_token) == ("eyJ0", 5400, "")


@pytest.mark.parametrize(
    ("reply", "meaning"),
    [
        (whole(b'{"error":"invalid_client","error_description":"Unknown."}', 401), ReconnectError),
        (whole(b"", 429), ThrottledError),
        (whole(b"", 503), RetryLaterError),
        (whole(b"<html>"), RetryLaterError),
        (whole(b'{"access_token":"t"}'), RetryLaterError),
        (cut, RetryLaterError),
        (nothing, RetryLaterError),
    ],
)
def test_only_a_refusal_is_a_refusal(reply: Reply, meaning: type[CounterfoilError]) -> None:
    with pytest.raises(meaning):
        fetch(reply)


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        (" 7656 ", "7656"),
        ("598134325000000", "598134325000000"),
        ("monthly-sandbox/7656", "monthly-sandbox/7656"),
        ("https://app.procore.com/7656/company/home/list?company_id=7656", "7656"),
        ("https://us02.procore.com/webclients/host/companies/7656/tools", "7656"),
    ],
)
def test_a_company_is_named_by_its_number_or_the_address_of_its_pages(typed: str, key: str) -> None:
    assert domain_of(typed) == key


@pytest.mark.parametrize("typed", ["", "Acme", "0", "7 656", "https://app.procore.com", "moon/7656", "1" * 20])
def test_what_names_no_company_is_refused(typed: str) -> None:
    with pytest.raises(ConfigurationError):
        domain_of(typed)


def test_every_environment_has_hosts_of_its_own_and_tokens_go_nowhere_else() -> None:
    assert place_of("federal/7656") == ("federal", "7656")
    assert PROCORE.url("login") == "https://login.procore.com"
    assert PROCORE.url("api", environment="federal") == "https://api.procoregov.com"
    assert PROCORE.url("api", {"api": "http://localhost:9103"}, "federal") == "http://localhost:9103"
    assert {each.label for each in ENVIRONMENTS.values()} == {
        "Developer sandbox", "Monthly sandbox", "On-demand sandbox", "Federal zone",
    }  # fmt: skip


def test_a_revoked_token_opens_nothing_any_more(office: Office) -> None:
    client = office.client()
    client.probe()
    app = App("counterfoil-procore", "sandbox-secret-procore")
    revoke_token(str(office.bench.company), app, office.bench.wires.token, urls=office.bench.urls())
    client.probe()
    assert office.bench.wires.refusals == 1


def test_a_company_that_the_keys_do_not_open_is_told_apart(office: Office) -> None:
    other = Account(str(office.people.add_company("Elsewhere")["id"]), office.bench.urls())
    stranger = ProcoreClient.open(other, office.bench.wires.wiring())
    assert stranger.probe().name == "Elsewhere"
    office.people.disconnect_app(office.bench.company)
    with pytest.raises(ReconnectError):
        office.client().probe()
