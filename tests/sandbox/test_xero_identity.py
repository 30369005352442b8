"""Xero's login and identity hosts in the stand-in: consent, codes, rotation, connections."""

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from integrations.sandbox.xero.identity import CLIENT_SECRET
from tests.sandbox.xero_office import XeroOffice, xero_office

REDIRECT = "http://localhost:8000/oauth/xero/callback"
SCOPES = "openid offline_access accounting.invoices accounting.contacts"
BASIC = ("counterfoil-sandbox", CLIENT_SECRET)


@pytest.fixture
def office() -> Iterator[XeroOffice]:
    with xero_office() as office:
        yield office


def authorize(office: XeroOffice, **changes: Any) -> requests.Response:
    query = {
        "response_type": "code",
        "client_id": "counterfoil-sandbox",
        "redirect_uri": REDIRECT,
        "scope": SCOPES,
        "state": "s-123",
        **changes,
    }
    url = f"{office.sandbox.url('xero')}/identity/connect/authorize"
    wanted = {name: value for name, value in query.items() if value is not None}
    return office.session.get(url, params=wanted, allow_redirects=False, timeout=10)


def decide(office: XeroOffice, page: requests.Response, choice: str, *tenants: str) -> requests.Response:
    ticket = re.search(r'name="ticket" value="([^"]+)"', page.text)
    assert ticket, page.text
    url = f"{office.sandbox.url('xero')}/identity/connect/authorize"
    form = {"ticket": ticket[1], "choice": choice, "tenant": list(tenants)}
    return office.session.post(url, data=form, allow_redirects=False, timeout=10)


def returned(answer: requests.Response) -> dict[str, str]:
    """What the person brings back to the app."""
    assert answer.status_code == 302, answer.text
    assert answer.headers["Location"].startswith(REDIRECT)
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def code_from(office: XeroOffice, **changes: Any) -> str:
    return returned(decide(office, authorize(office, **changes), "allow", office.tenant))["code"]


def token(office: XeroOffice, auth: tuple[str, str] | None = BASIC, **form: str) -> requests.Response:
    return office.session.post(f"{office.sandbox.url('xero')}/connect/token", data=form, auth=auth, timeout=10)


def exchange(office: XeroOffice, code: str, code_verifier: str = "") -> requests.Response:
    proof = {"code_verifier": code_verifier} if code_verifier else {}
    return token(office, BASIC, grant_type="authorization_code", code=code, redirect_uri=REDIRECT, **proof)


def refresh(office: XeroOffice, refresh_token: str) -> requests.Response:
    return token(office, grant_type="refresh_token", refresh_token=refresh_token)


def claims(jwt: str) -> dict[str, Any]:
    payload = jwt.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return found


def connections(office: XeroOffice, tokens: dict[str, Any], **query: str) -> list[dict[str, Any]]:
    answer = office.session.get(
        f"{office.sandbox.url('xero')}/connections",
        params=query,
        headers={"Authorization": f"Bearer {tokens['access_token']}"},
        timeout=10,
    )
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()
    return rows


class TestConsent:
    def test_the_page_shows_who_is_signed_in_and_the_organisations(self, office: XeroOffice) -> None:
        office.xero.add_organisation("Kestrel & Sons <Interiors>")
        page = authorize(office)
        assert page.status_code == 200
        assert page.headers["Content-Type"].startswith("text/html")
        assert page.headers["X-Frame-Options"] == "DENY"
        assert "Morgan Reyes" in page.text
        assert page.text.count('type="checkbox"') == 2
        assert "Kestrel &amp; Sons &lt;Interiors&gt;" in page.text

    def test_allowing_brings_back_a_code_and_the_state(self, office: XeroOffice) -> None:
        back = returned(decide(office, authorize(office), "allow", office.tenant))
        assert back["state"] == "s-123"
        assert exchange(office, back["code"]).status_code == 200

    def test_cancelling_brings_back_access_denied(self, office: XeroOffice) -> None:
        back = returned(decide(office, authorize(office), "deny"))
        assert (back["error"], back["state"], back.get("code")) == ("access_denied", "s-123", None)

    def test_allowing_without_a_choice_shows_the_page_again(self, office: XeroOffice) -> None:
        again = decide(office, authorize(office), "allow")
        assert again.status_code == 200
        assert "Choose an organisation" in again.text
        assert "code" in returned(decide(office, again, "allow", office.tenant))

    def test_only_the_chosen_organisations_are_connected(self, office: XeroOffice) -> None:
        other = office.xero.add_organisation("Kestrel Interiors Ltd")["OrganisationID"]
        office.xero.revoke_tokens()
        tokens = exchange(office, returned(decide(office, authorize(office), "allow", other))["code"]).json()
        assert [row["tenantName"] for row in connections(office, tokens)] == ["Kestrel Interiors Ltd"]

    def test_bulk_connect_off_allows_one_organisation_only(self, office: XeroOffice) -> None:
        other = office.xero.add_organisation("Kestrel Interiors Ltd")["OrganisationID"]
        page = authorize(office, acr_values="bulk_connect:false")
        assert 'type="radio"' in page.text
        assert decide(office, page, "allow", office.tenant, other).status_code == 200

    def test_a_ticket_serves_once(self, office: XeroOffice) -> None:
        page = authorize(office)
        decide(office, page, "allow", office.tenant)
        assert decide(office, page, "allow", office.tenant).status_code == 400

    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"client_id": "somebody"}, "unauthorized_client"),
            ({"client_id": ""}, "unauthorized_client"),
            ({"redirect_uri": "http://127.0.0.1:8000/oauth/xero/callback"}, "redirect_uri"),
            ({"redirect_uri": "https://elsewhere.example/"}, "redirect_uri"),
            ({"response_type": "token"}, "unsupported_response_type"),
            ({"scope": "accounting.everything"}, "Invalid scope for client"),
            ({"scope": "accounting.transactions"}, "Invalid scope for client"),
            ({"scope": None}, "invalid_scope"),
            ({"code_challenge": "x", "code_challenge_method": "plain"}, "Transform algorithm"),
        ],
    )
    def test_a_wrong_request_stays_on_the_page(self, office: XeroOffice, changes: Any, error: str) -> None:
        page = authorize(office, **changes)
        assert page.status_code == 400
        assert error in page.text
        assert "Location" not in page.headers

    def test_an_old_app_may_ask_for_broad_scopes(self, office: XeroOffice) -> None:
        office.xero.turn(broad_scopes=True)
        assert authorize(office, scope="accounting.transactions").status_code == 200

    def test_a_registered_https_address_is_taken(self, office: XeroOffice) -> None:
        office.xero.turn(redirect_uris=["https://portal.example/cb"])
        assert authorize(office, redirect_uri="https://portal.example/cb").status_code == 200

    def test_the_page_can_answer_by_itself(self, office: XeroOffice) -> None:
        office.xero.add_organisation("Kestrel Interiors Ltd")
        office.xero.turn(auto_consent=True, auto_consent_organisations=["Kestrel Interiors Ltd"])
        tokens = exchange(office, returned(authorize(office))["code"]).json()
        since = claims(tokens["access_token"])["authentication_event_id"]
        assert [each["tenantName"] for each in connections(office, tokens, authEventId=since)] == [
            "Kestrel Interiors Ltd"
        ]
        office.xero.turn(deny_consent=True)
        assert returned(authorize(office))["error"] == "access_denied"


class TestCodes:
    def test_a_code_serves_once(self, office: XeroOffice) -> None:
        code = code_from(office)
        assert exchange(office, code).status_code == 200
        assert exchange(office, code).json() == {"error": "invalid_grant"}

    def test_a_code_lives_five_minutes(self, office: XeroOffice) -> None:
        young, old = code_from(office), code_from(office)
        office.sandbox.clock.forward(minutes=4, seconds=50)
        assert exchange(office, young).status_code == 200
        office.sandbox.clock.forward(seconds=11)
        assert exchange(office, old).json() == {"error": "invalid_grant"}

    def test_the_redirect_address_must_be_the_same(self, office: XeroOffice) -> None:
        answer = token(
            office, grant_type="authorization_code", code=code_from(office), redirect_uri="http://localhost:1/"
        )
        assert (answer.status_code, answer.json()) == (400, {"error": "invalid_grant"})

    def test_a_challenge_needs_its_verifier(self, office: XeroOffice) -> None:
        verifier = secrets.token_urlsafe(48)
        digest = hashlib.sha256(verifier.encode()).digest()
        pkce = {
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        assert exchange(office, code_from(office, **pkce), code_verifier=verifier).status_code == 200
        assert exchange(office, code_from(office, **pkce)).json() == {"error": "invalid_grant"}
        assert exchange(office, code_from(office, **pkce), code_verifier="x" * 50).json() == {"error": "invalid_grant"}
        assert exchange(office, code_from(office), code_verifier=verifier).json() == {"error": "invalid_grant"}

    def test_credentials_go_by_basic_or_in_the_form(self, office: XeroOffice) -> None:
        inside = {"client_id": BASIC[0], "client_secret": BASIC[1]}
        first = token(
            office, None, grant_type="authorization_code", code=code_from(office), redirect_uri=REDIRECT, **inside
        )
        assert first.status_code == 200
        again = token(office, None, grant_type="refresh_token", refresh_token=first.json()["refresh_token"], **inside)
        assert again.status_code == 200

    @pytest.mark.parametrize(
        ("auth", "form", "error"),
        [
            ((BASIC[0], "wrong"), {"grant_type": "refresh_token"}, "invalid_client"),
            (("", ""), {"grant_type": "refresh_token"}, "unauthorized_client"),
            (BASIC, {"grant_type": "password"}, "unsupported_grant_type"),
            (BASIC, {"grant_type": "client_credentials"}, "unauthorized_client"),
            (BASIC, {"grant_type": "refresh_token", "refresh_token": "x"}, "invalid_grant"),
            (BASIC, {"grant_type": "authorization_code", "code": "x"}, "invalid_grant"),
        ],
    )
    def test_a_wrong_token_request_is_refused_as_json(
        self, office: XeroOffice, auth: tuple[str, str], form: dict[str, str], error: str
    ) -> None:
        answer = token(office, auth, **form)
        assert (answer.status_code, answer.json()) == (400, {"error": error})


class TestTokens:
    def test_the_answer_has_what_was_granted(self, office: XeroOffice) -> None:
        answer = exchange(office, code_from(office)).json()
        assert set(answer) == {"id_token", "access_token", "expires_in", "token_type", "refresh_token", "scope"}
        assert (answer["expires_in"], answer["token_type"]) == (1800, "Bearer")
        assert set(SCOPES.split()) <= set(answer["scope"].split())
        told = claims(answer["access_token"])
        assert {"authentication_event_id", "xero_userid", "scope", "exp"} <= told.keys()
        assert told["exp"] - told["nbf"] == 1800
        assert claims(answer["id_token"])["exp"] - claims(answer["id_token"])["nbf"] == 300

    def test_no_refresh_token_without_offline_access_and_no_id_token_without_openid(self, office: XeroOffice) -> None:
        office.xero.revoke_tokens()
        answer = exchange(office, code_from(office, scope="accounting.contacts")).json()
        assert set(answer) == {"access_token", "expires_in", "token_type", "scope"}

    def test_scopes_add_up_until_revoked(self, office: XeroOffice) -> None:
        office.xero.revoke_tokens()
        exchange(office, code_from(office, scope="accounting.contacts"))
        answer = exchange(office, code_from(office, scope="offline_access accounting.invoices.read")).json()
        assert set(answer["scope"].split()) == {"accounting.contacts", "offline_access", "accounting.invoices.read"}
        revoke(office, answer["refresh_token"])
        again = exchange(office, code_from(office, scope="accounting.settings.read")).json()
        assert again["scope"] == "accounting.settings.read"

    def test_every_refresh_rotates(self, office: XeroOffice) -> None:
        first = office.tokens["refresh_token"]
        second = refresh(office, first).json()
        assert second["refresh_token"] != first
        office.carry(second)
        assert office.get("Organisation").status_code == 200

    def test_the_token_before_serves_thirty_more_minutes(self, office: XeroOffice) -> None:
        first = office.tokens["refresh_token"]
        lost = refresh(office, first).json()
        office.sandbox.clock.forward(minutes=29)
        found = refresh(office, first).json()
        assert found["refresh_token"] != lost["refresh_token"]
        office.sandbox.clock.forward(minutes=2)
        assert refresh(office, first).json() == {"error": "invalid_grant"}
        assert refresh(office, found["refresh_token"]).status_code == 200

    def test_an_unused_refresh_token_dies_after_sixty_days(self, office: XeroOffice) -> None:
        office.sandbox.clock.forward(days=59)
        second = refresh(office, office.tokens["refresh_token"]).json()["refresh_token"]
        office.sandbox.clock.forward(days=60, seconds=1)
        assert refresh(office, second).json() == {"error": "invalid_grant"}

    def test_an_access_token_lives_thirty_minutes(self, office: XeroOffice) -> None:
        office.sandbox.clock.forward(minutes=29)
        assert office.get("Organisation").status_code == 200
        office.sandbox.clock.forward(minutes=2)
        answer = office.get("Organisation")
        assert answer.status_code == 401
        assert answer.json()["Detail"].startswith("TokenExpired: token expired at ")

    def test_a_new_consent_of_the_same_person_ends_the_older_set(self, office: XeroOffice) -> None:
        exchange(office, code_from(office))
        assert refresh(office, office.tokens["refresh_token"]).json() == {"error": "invalid_grant"}

    def test_the_older_set_may_also_survive(self, office: XeroOffice) -> None:
        office.xero.turn(consent_replaces=False)
        exchange(office, code_from(office))
        assert refresh(office, office.tokens["refresh_token"]).status_code == 200

    def test_another_persons_consent_leaves_the_set_alone(self, office: XeroOffice) -> None:
        office.xero.turn(signed_in_as="sam.okafor@harbormills.example")
        exchange(office, code_from(office))
        assert refresh(office, office.tokens["refresh_token"]).status_code == 200

    def test_faults_expire_and_revoke_tokens(self, office: XeroOffice) -> None:
        office.sandbox.faults.add("xero", "expire_token", path="/Organisation")
        assert "TokenExpired" in office.get("Organisation").text
        office.carry(refresh(office, office.tokens["refresh_token"]).json())
        assert office.get("Organisation").status_code == 200
        office.sandbox.faults.add("xero", "revoke_token", path="/Organisation")
        answer = office.get("Organisation")
        assert (answer.status_code, answer.json()["Detail"]) == (401, "AuthenticationUnsuccessful")
        assert refresh(office, office.tokens["refresh_token"]).json() == {"error": "invalid_grant"}

    def test_a_lost_refresh_answer_can_be_asked_for_again(self, office: XeroOffice) -> None:
        office.sandbox.faults.add("xero", "lose_answer", path="/connect/token")
        with pytest.raises(requests.ConnectionError):
            refresh(office, office.tokens["refresh_token"])
        assert refresh(office, office.tokens["refresh_token"]).status_code == 200


def revoke(office: XeroOffice, refresh_token: str) -> requests.Response:
    return office.session.post(
        f"{office.sandbox.url('xero')}/connect/revocation", data={"token": refresh_token}, auth=BASIC, timeout=10
    )


class TestConnections:
    def test_each_consent_has_its_own_event(self, office: XeroOffice) -> None:
        other = office.xero.add_organisation("Kestrel Interiors Ltd")["OrganisationID"]
        tokens = exchange(office, returned(decide(office, authorize(office), "allow", other))["code"]).json()
        assert {row["tenantId"] for row in connections(office, tokens)} == {office.tenant, other}
        event = claims(tokens["access_token"])["authentication_event_id"]
        assert [row["tenantId"] for row in connections(office, tokens, authEventId=event)] == [other]

    def test_rows_look_as_documented(self, office: XeroOffice) -> None:
        row = connections(office, office.tokens)[0]
        assert set(row) == {
            "id", "authEventId", "tenantId", "tenantType", "tenantName", "createdDateUtc", "updatedDateUtc",
        }  # fmt: skip
        assert row["tenantType"] == "ORGANISATION"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}", row["createdDateUtc"])

    def test_deleting_takes_the_connection_id_not_the_tenant_id(self, office: XeroOffice) -> None:
        row = connections(office, office.tokens)[0]
        base, headers = f"{office.sandbox.url('xero')}/Connections", {"Authorization": office.headers["Authorization"]}
        assert requests.delete(f"{base}/{row['tenantId']}", headers=headers, timeout=10).status_code == 404
        assert requests.delete(f"{base}/{row['id']}", headers=headers, timeout=10).status_code == 204
        assert requests.delete(f"{base}/{row['id']}", headers=headers, timeout=10).status_code == 404
        assert connections(office, office.tokens) == []
        assert office.get("Organisation").status_code == 403

    def test_disconnected_inside_xero_refreshing_works_and_calls_do_not(self, office: XeroOffice) -> None:
        office.xero.disconnect()
        answer = office.get("Organisation")
        assert (answer.status_code, answer.json()["Detail"]) == (403, "AuthenticationUnsuccessful")
        assert refresh(office, office.tokens["refresh_token"]).status_code == 200
        assert connections(office, office.tokens) == []

    def test_a_reconnect_shows_in_its_dates(self, office: XeroOffice) -> None:
        office.xero.disconnect()
        office.sandbox.clock.forward(hours=1)
        tokens = exchange(office, code_from(office)).json()
        row = connections(office, tokens)[0]
        assert row["createdDateUtc"] < row["updatedDateUtc"]

    def test_revoking_ends_every_connection_of_the_person(self, office: XeroOffice) -> None:
        answer = revoke(office, office.tokens["refresh_token"])
        assert (answer.status_code, answer.content) == (200, b"")
        assert refresh(office, office.tokens["refresh_token"]).json() == {"error": "invalid_grant"}
        assert office.get("Organisation").status_code == 401
        assert revoke(office, "unknown").status_code == 200
