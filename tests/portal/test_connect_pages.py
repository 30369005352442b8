"""Connecting Xero through its own pages (design 8): every way there, and every way it can go wrong."""

from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import time_machine
from django.contrib.auth.models import User
from django.db import connection as database
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from integrations import digests
from integrations.models import Connection, Health, TokenSet
from integrations.sandbox import Sandbox
from mappings.models import Books
from tests import world
from tests.portal.conftest import person
from tests.portal.consents import Desk, text, xero_app

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
MILLS, PIER = "Harbor Mills Ltd", "North Pier Contracting"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A Xero with two organisations; one person may sign in to both."""
    with Sandbox(limits=False) as running, world.addresses(running):
        running.xero.add_organisation(MILLS, "USD", country="US")
        running.xero.add_organisation(PIER, "USD", country="US")
        yield running


@pytest.fixture
def desk(sandbox: Sandbox, administrator: User) -> Desk:
    client = Client()
    client.force_login(administrator)
    return Desk(client, sandbox)


def fresh(connection: Connection) -> Connection:
    return Connection.objects.get(pk=connection.pk)


def actions(connection: Connection) -> list[str]:
    entries = Entry.objects.filter(subject_kind="connection", subject_id=str(connection.pk))
    return list(entries.order_by("id").values_list("action", flat=True))


@pytest.mark.promise(45)
def test_a_person_connects_xero_and_comes_back_to_a_connected_page(desk: Desk) -> None:
    connection = xero_app()
    page = desk.connect(connection, MILLS)
    assert f"is connected to {MILLS}" in text(page)
    stored = fresh(connection)
    assert (stored.health, stored.company_name, stored.country) == (Health.CONNECTED, MILLS, "US")
    assert stored.tenant_id == desk.sandbox.xero.organisation(MILLS).tenant_id
    assert stored.tenant_digest == digests.tenant_digest("xero", stored.tenant_id)
    assert stored.books is not None
    assert (stored.books.key_digest, stored.books.base_currency) == (stored.tenant_digest, "USD")
    assert actions(connection) == ["connection.connected"]


def test_the_request_for_consent_names_state_scopes_and_an_s256_challenge(desk: Desk) -> None:
    asked = parse_qs(urlsplit(desk.leave(xero_app())).query)
    assert asked["redirect_uri"] == ["http://localhost:8000/oauth/xero/callback"]
    assert asked["code_challenge_method"] == ["S256"]
    assert len(asked["state"][0]) >= 43
    # Before it has a role it may become a source as well: payments are read then, and never written.
    scopes = set(asked["scope"][0].split())
    assert {"offline_access", "accounting.invoices", "accounting.contacts", "accounting.payments.read"} <= scopes
    assert "accounting.payments" not in scopes


def test_a_refused_consent_changes_nothing_and_says_so(desk: Desk) -> None:
    connection = xero_app()
    page = desk.connect(connection, deny=True)
    assert page.status_code == 400
    assert "Xero says that access was not granted. Nothing was changed." in text(page)
    assert fresh(connection).health == Health.NEVER
    assert actions(connection) == ["connection.not_connected"]


@pytest.mark.parametrize("error", ["server_error", "temporarily_unavailable", "invalid_scope", "made_up"])
def test_every_error_comes_back_in_plain_words(desk: Desk, error: str) -> None:
    state = parse_qs(urlsplit(desk.leave(xero_app())).query)["state"][0]
    page = desk.client.get(f"/oauth/xero/callback?error={error}&state={state}")
    assert page.status_code == 400
    assert "Xero" in text(page)
    assert error not in text(page)


@pytest.mark.promise(45)
def test_a_state_works_once(desk: Desk) -> None:
    connection = xero_app()
    back = desk.consent(desk.leave(connection), MILLS)
    assert desk.client.get(back).status_code == 302
    again = desk.client.get(back)
    assert again.status_code == 400
    assert "was used already" in text(again)
    assert fresh(connection).health == Health.CONNECTED


@pytest.mark.promise(45)
def test_a_state_is_good_only_in_the_browser_that_left(desk: Desk, sandbox: Sandbox) -> None:
    connection = xero_app()
    back = desk.consent(desk.leave(connection), MILLS)
    other = Client()
    other.force_login(person("ida", "Integration administrator"))
    assert "was not started in this browser" in text(other.get(back))
    assert fresh(connection).health == Health.NEVER


def test_a_callback_that_nobody_asked_for_is_refused_without_a_call(desk: Desk) -> None:
    for query in ("", "?code=abc", "?code=abc&state=", "?code=abc&state=made-up", "?error=access_denied"):
        assert desk.client.get(f"/oauth/xero/callback{query}").status_code == 400
    assert desk.sandbox.log("xero") == []


def test_a_sign_in_is_good_for_ten_minutes(desk: Desk) -> None:
    connection = xero_app()
    address = desk.leave(connection)
    with time_machine.travel(timezone.now() + timedelta(minutes=10, seconds=1)):
        page = desk.client.get(desk.consent(address, MILLS))
    assert "longer than ten minutes" in text(page)
    assert fresh(connection).health == Health.NEVER


def test_the_code_is_worth_nothing_without_the_verifier_that_stayed_here(desk: Desk) -> None:
    back = desk.consent(desk.leave(xero_app()), MILLS)
    code = parse_qs(urlsplit(back).query)["code"][0]
    stolen = requests.post(
        f"{desk.sandbox.url('xero')}/connect/token",
        data={
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": "http://localhost:8000/oauth/xero/callback",
        },
        auth=("counterfoil-sandbox", "sandbox-secret-xero"),
        timeout=10,
    )
    assert stolen.status_code == 400


def test_several_organisations_are_a_choice(desk: Desk) -> None:
    connection = xero_app()
    page = text(desk.connect(connection, MILLS, PIER))
    assert "Which company is" in page
    for name in (MILLS, PIER):
        assert name in page
        assert desk.sandbox.xero.organisation(name).tenant_id not in page
    key = digests.tenant_digest("xero", desk.sandbox.xero.organisation(PIER).tenant_id)
    answer = desk.client.post(reverse("connect_choose", args=[connection.pk]), {"company": key}, follow=True)
    assert f"is connected to {PIER}" in text(answer)
    assert fresh(connection).company_name == PIER


def test_a_choice_that_was_not_offered_is_refused(desk: Desk) -> None:
    connection = xero_app()
    desk.connect(connection, MILLS, PIER)
    page = desk.client.post(reverse("connect_choose", args=[connection.pk]), {"company": "f" * 64})
    assert page.status_code == 400
    assert fresh(connection).health == Health.NEVER


def test_nobody_chooses_without_having_signed_in(desk: Desk) -> None:
    page = desk.client.get(reverse("connect_choose", args=[xero_app().pk]))
    assert page.status_code == 400
    assert "Start the sign-in again" in text(page)


def test_two_organisations_of_one_sign_in_share_one_set_of_tokens(desk: Desk) -> None:
    first, second = xero_app("Mills"), xero_app("Pier")
    desk.connect(first, MILLS)
    before = TokenSet.objects.get()
    desk.connect(second, PIER)
    after = TokenSet.objects.get()
    assert {fresh(first).token_set, fresh(second).token_set} == {after}
    assert after.generation == before.generation + 1
    assert after.access_token != before.access_token


def test_a_company_is_connected_once(desk: Desk) -> None:
    desk.connect(xero_app("Mills"), MILLS)
    second = xero_app("Mills again")
    page = desk.connect(second, MILLS)
    assert page.status_code == 400
    assert "is connected already, as “Mills”" in text(page)
    assert fresh(second).health == Health.NEVER


def test_reconnecting_keeps_company_and_books(desk: Desk) -> None:
    connection = xero_app()
    desk.connect(connection, MILLS)
    before = fresh(connection)
    Connection.objects.update(health=Health.RECONNECT)
    desk.connect(connection, MILLS)
    after = fresh(connection)
    assert after.health == Health.CONNECTED
    assert (after.books, after.tenant_digest) == (before.books, before.tenant_digest)
    assert Books.objects.count() == 1


def test_reconnecting_to_another_organisation_is_refused(desk: Desk) -> None:
    connection = xero_app()
    desk.connect(connection, MILLS)
    before = fresh(connection)
    page = desk.connect(connection, PIER)
    assert page.status_code == 400
    assert f"This connection belongs to {MILLS}, and you signed in to {PIER}" in text(page)
    after = fresh(connection)
    assert (after.tenant_id, after.books) == (before.tenant_id, before.books)
    assert actions(connection) == ["connection.connected", "connection.not_connected"]


def test_a_refused_reconnect_does_not_cost_the_sibling_its_tokens(desk: Desk) -> None:
    """The same user's new consent ends the older tokens there, so they are replaced here as well."""
    mills, pier = xero_app("Mills"), xero_app("Pier")
    desk.connect(mills, MILLS)
    desk.connect(pier, PIER)
    desk.connect(mills, PIER)
    Connection.objects.update(last_error="")
    page = desk.client.post(reverse("admin:integrations_connection_test", args=[pier.pk]))
    assert f"Xero answers, as {PIER}" in text(page)


def test_a_wrong_secret_is_told_in_words_and_shown_nowhere(desk: Desk) -> None:
    connection = xero_app(client_secret="PLANTED-SECRET")
    page = desk.connect(connection, MILLS)
    assert "The client id or the client secret of the application is refused" in text(page)
    assert "PLANTED-SECRET" not in text(page)
    assert fresh(connection).health == Health.NEVER


def test_a_connection_without_credentials_asks_for_them_first(desk: Desk) -> None:
    connection = Connection.objects.create(system="xero", label="Books")
    page = desk.client.post(reverse("connect_start", args=[connection.pk]))
    assert "Save the client id and the client secret" in text(page)


def test_leaving_takes_a_button_not_a_link(desk: Desk) -> None:
    assert desk.client.get(reverse("connect_start", args=[xero_app().pk])).status_code == 405


@pytest.mark.parametrize("role", ["Accounting staff", "Supervisor", "Auditor", "Operator"])
def test_only_integration_administrators_connect(sandbox: Sandbox, role: str) -> None:
    client = Client()
    client.force_login(person("someone", role))
    pk = xero_app().pk
    assert client.post(reverse("connect_start", args=[pk])).status_code == 403
    assert client.get("/oauth/xero/callback?code=a&state=b").status_code == 403
    assert client.post(reverse("admin:integrations_connection_disconnect", args=[pk])).status_code == 403


def test_strangers_are_sent_to_sign_in_without_the_code_in_the_address(sandbox: Sandbox, db: None) -> None:
    answer = Client().get("/oauth/xero/callback?code=SECRETCODE&state=s")
    assert answer.status_code == 302
    assert "SECRETCODE" not in answer["Location"]


def test_an_unknown_system_has_no_callback(desk: Desk) -> None:
    assert desk.client.get("/oauth/myspace/callback?code=a&state=b").status_code == 404


@pytest.mark.promise(42)
def test_tokens_and_company_ids_lie_encrypted(desk: Desk) -> None:
    connection = xero_app()
    desk.connect(connection, MILLS)
    stored = fresh(connection)
    assert stored.token_set is not None
    secrets = [stored.token_set.access_token, stored.token_set.refresh_token, stored.tenant_id, stored.client_secret]
    assert all(secrets)
    with database.cursor() as cursor:
        cursor.execute("SELECT * FROM integrations_connection")
        rows = repr(cursor.fetchall())
        cursor.execute("SELECT * FROM integrations_tokenset")
        rows += repr(cursor.fetchall())
        cursor.execute("SELECT * FROM audit_entrydetails")
        rows += repr(cursor.fetchall())
    assert not [secret for secret in secrets if secret in rows]


def test_tokens_of_a_choice_that_was_never_made_are_forgotten(desk: Desk) -> None:
    connection = xero_app()
    desk.connect(connection, MILLS, PIER)
    assert TokenSet.objects.count() == 1
    desk.leave(connection)
    assert TokenSet.objects.count() == 1
    TokenSet.objects.update(refreshed_at=timezone.now() - timedelta(hours=2))
    desk.leave(connection)
    assert not TokenSet.objects.exists()


def test_what_others_edited_during_a_sign_in_stays_edited(desk: Desk) -> None:
    connection = xero_app()
    desk.connect(connection, MILLS, PIER)
    Connection.objects.update(label="Renamed meanwhile")
    key = digests.tenant_digest("xero", desk.sandbox.xero.organisation(PIER).tenant_id)
    desk.client.post(reverse("connect_choose", args=[connection.pk]), {"company": key})
    assert fresh(connection).label == "Renamed meanwhile"


# Disconnecting


def test_disconnecting_one_of_two_leaves_the_other_working(desk: Desk) -> None:
    mills, pier = xero_app("Mills"), xero_app("Pier")
    desk.connect(mills, MILLS)
    desk.connect(pier, PIER)
    page = desk.client.get(reverse("admin:integrations_connection_disconnect", args=[mills.pk]))
    assert "The same sign-in also opens" in text(page)
    desk.client.post(reverse("admin:integrations_connection_disconnect", args=[mills.pk]))
    stored = fresh(mills)
    assert (stored.health, stored.token_set, stored.tenant_id) == (Health.DISCONNECTED, None, "")
    assert stored.tenant_digest
    asked = [(each["method"], each["path"]) for each in desk.sandbox.log("xero")]
    assert [path for method, path in asked if method == "DELETE"]
    assert ("POST", "/connect/revocation") not in asked
    assert fresh(pier).token_set is not None
    assert "Xero answers" in text(desk.client.post(reverse("admin:integrations_connection_test", args=[pier.pk])))


def test_the_last_disconnect_revokes_the_sign_in_and_deletes_the_tokens(desk: Desk) -> None:
    connection = xero_app()
    desk.connect(connection, MILLS)
    desk.client.post(reverse("admin:integrations_connection_disconnect", args=[connection.pk]))
    assert not TokenSet.objects.exists()
    assert "/connect/revocation" in [each["path"] for each in desk.sandbox.log("xero")]
    assert actions(connection)[-1] == "connection.disconnected"


def test_after_a_disconnect_only_the_same_company_comes_back(desk: Desk) -> None:
    connection = xero_app()
    desk.connect(connection, MILLS)
    desk.client.post(reverse("admin:integrations_connection_disconnect", args=[connection.pk]))
    assert "belongs to" in text(desk.connect(connection, PIER))
    assert f"is connected to {MILLS}" in text(desk.connect(connection, MILLS))


def test_a_disconnect_that_xero_did_not_hear_changes_nothing_here(desk: Desk) -> None:
    connection = xero_app()
    desk.connect(connection, MILLS)
    desk.sandbox.faults.add("xero", "status", path="^/connections", status=503, times=-1)
    page = desk.client.post(reverse("admin:integrations_connection_disconnect", args=[connection.pk]), follow=True)
    assert "Still connected" in text(page)
    assert fresh(connection).token_set is not None


def test_a_sign_in_that_has_ended_there_can_be_disconnected_here(desk: Desk) -> None:
    connection = xero_app()
    desk.connect(connection, MILLS)
    desk.sandbox.xero.revoke_tokens()
    TokenSet.objects.update(access_expires_at=timezone.now())
    page = desk.client.post(reverse("admin:integrations_connection_disconnect", args=[connection.pk]), follow=True)
    assert "Remove Counterfoil there as well" in text(page)
    assert fresh(connection).health == Health.DISCONNECTED


# Testing


@pytest.mark.promise(54)
def test_the_test_button_says_company_permissions_clock_and_speed(desk: Desk) -> None:
    connection = xero_app()
    desk.connect(connection, MILLS)
    page = text(desk.client.post(reverse("admin:integrations_connection_test", args=[connection.pk])))
    for said in (
        f"Xero answers, as {MILLS}",
        "Base currency",
        "USD",
        "everything that is needed",
        "ms a call",
        "agrees",
    ):
        assert said in page
    assert fresh(connection).tenant_id not in page
    assert actions(connection)[-1] == "connection.tested"


@pytest.mark.promise(54)
def test_the_test_button_names_a_missing_permission(desk: Desk) -> None:
    connection = xero_app()
    desk.connect(connection, MILLS)
    desk.sandbox.xero.refuse_actions("CreateDraftBill", tenant=fresh(connection).tenant_id)
    page = text(desk.client.post(reverse("admin:integrations_connection_test", args=[connection.pk])))
    assert "some are missing" in page
    assert "draft bills" in page.lower()


def test_the_test_button_says_when_it_does_not_work(desk: Desk) -> None:
    connection = xero_app()
    desk.connect(connection, MILLS)
    desk.sandbox.xero.disconnect(fresh(connection).tenant_id)
    page = text(desk.client.post(reverse("admin:integrations_connection_test", args=[connection.pk])))
    assert "does not work" in page
    assert fresh(connection).health == Health.RECONNECT


def test_a_clock_that_is_wrong_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = xero_app()
    desk.connect(connection, MILLS)
    ahead = format_datetime(timezone.now() + timedelta(minutes=5), usegmt=True)
    monkeypatch.setattr("integrations.sandbox.server.formatdate", lambda usegmt: ahead)
    page = text(desk.client.post(reverse("admin:integrations_connection_test", args=[connection.pk])))
    assert "The clocks differ too much" in page
    assert "seconds ahead of ours" in page
