"""The connections section: credentials go in and never come out; what it shows is for the right eyes."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection as database
from django.test import Client
from django.urls import reverse

from audit.models import Entry
from integrations import connecting
from integrations.models import Connection, Health, Integration, PaceWindow, TokenSet
from integrations.sandbox import Sandbox
from mappings.models import ReferenceEntry
from tests import world
from tests.engine.rows import a_connection, an_integration
from tests.portal.conftest import person
from tests.portal.consents import text

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
ADD = "/integrations/connection/add/?system=procurify"
KEYS = {"client_id": "harbormills-id", "client_secret": "sandbox-secret-harbormills"}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(limits=False) as running, world.addresses(running):
        running.procurify.add_tenant(world.DOMAIN, client_id=KEYS["client_id"], client_secret=KEYS["client_secret"])
        running.procurify.add_tenant("kestrel", client_id="kestrel-id", client_secret="sandbox-secret-kestrel")
        yield running


@pytest.fixture
def desk(administrator: User) -> Client:
    client = Client()
    client.force_login(administrator)
    return client


def typed(**changes: str) -> dict[str, str]:
    return {"label": "Purchasing", "domain": world.DOMAIN, **KEYS, **changes}


def change_page(connection: Connection) -> str:
    return reverse("admin:integrations_connection_change", args=[connection.pk])


@pytest.mark.parametrize(
    "domain", ["harbormills", "harbormills.procurify.com", "https://HarborMills.procurify.com/#/x"]
)
def test_procurify_is_connected_by_saving_its_keys_however_the_domain_is_typed(
    desk: Client, sandbox: Sandbox, domain: str
) -> None:
    page = desk.post(ADD, typed(domain=domain), follow=True)
    stored = Connection.objects.get()
    assert (stored.domain, stored.health) == (world.DOMAIN, Health.CONNECTED)
    assert stored.books is not None
    assert stored.books.base_currency == "USD"
    assert "is connected to harbormills" in text(page)
    assert [each["path"] for each in sandbox.log("procurify")].count("/harbormills/oauth/token") == 1
    entries = Entry.objects.filter(subject_kind="connection").order_by("id")
    assert list(entries.values_list("action", flat=True)) == ["connection.connected", "connection.added"]


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({"client_secret": "wrong"}, "refused the client id or the client secret"),
        ({"client_id": "kestrel-id", "client_secret": "sandbox-secret-kestrel"}, "refused the client id"),
        ({"domain": "nobody"}, "knows no such domain"),
        ({"domain": "not a domain!"}, "That is no Procurify domain"),
        ({"domain": ""}, "Which account is it?"),
        ({"client_secret": ""}, "Both come from the application"),
    ],
)
def test_what_is_wrong_with_the_keys_is_said_and_nothing_is_saved(
    desk: Client, sandbox: Sandbox, changes: dict[str, str], answer: str
) -> None:
    page = text(desk.post(ADD, typed(**changes)))
    assert answer in page
    assert not Connection.objects.exists()
    assert not TokenSet.objects.exists()
    for secret in ("sandbox-secret-harbormills", "sandbox-secret-kestrel"):
        assert secret not in page


def test_procurify_out_of_order_is_told_apart_from_wrong_keys(desk: Client, sandbox: Sandbox) -> None:
    sandbox.faults.add("procurify", "status", path="/oauth/token", status=503, times=-1)
    page = text(desk.post(ADD, typed()))
    assert "did not answer" in page
    assert not Connection.objects.exists()


def test_a_limited_procurify_user_is_warned_of(desk: Client, sandbox: Sandbox) -> None:
    sandbox.procurify.tenants[world.DOMAIN].permissions = ["nav_purchase"]
    page = text(desk.post(ADD, typed(), follow=True))
    assert "is no Superuser" in page


def test_one_domain_is_connected_once(desk: Client, sandbox: Sandbox) -> None:
    desk.post(ADD, typed())
    page = text(desk.post(ADD, typed(label="Again")))
    assert "is connected already, as “Purchasing”" in page
    assert Connection.objects.count() == 1


def test_another_domain_cannot_take_the_place_of_the_first(desk: Client, sandbox: Sandbox) -> None:
    desk.post(ADD, typed())
    changes = typed(domain="kestrel", client_id="kestrel-id", client_secret="sandbox-secret-kestrel")
    page = text(desk.post(change_page(Connection.objects.get()), changes))
    assert "This connection belongs to harbormills" in page
    assert Connection.objects.get().domain == world.DOMAIN


def test_empty_secrets_keep_those_that_are_saved(desk: Client, sandbox: Sandbox) -> None:
    desk.post(ADD, typed())
    calls = len(sandbox.log("procurify"))
    answer = desk.post(change_page(Connection.objects.get()), typed(label="Buying", client_id="", client_secret=""))
    assert answer.status_code == 302, text(answer)
    stored = Connection.objects.get()
    assert (stored.label, stored.client_secret) == ("Buying", "sandbox-secret-harbormills")
    assert len(sandbox.log("procurify")) == calls


def test_a_disconnected_procurify_forgets_its_secret_and_takes_it_again(desk: Client, sandbox: Sandbox) -> None:
    desk.post(ADD, typed())
    connection = Connection.objects.get()
    desk.post(reverse("admin:integrations_connection_disconnect", args=[connection.pk]))
    connection.refresh_from_db()
    assert (connection.client_secret, connection.health) == ("", Health.DISCONNECTED)
    assert not TokenSet.objects.exists()
    desk.post(change_page(connection), typed())
    connection.refresh_from_db()
    assert connection.health == Health.CONNECTED


@pytest.mark.django_db(transaction=True)
def test_the_database_is_not_held_while_procurify_is_asked(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """E22: an open transaction on SQLite keeps everybody else from writing."""
    held: list[bool] = []
    ask = connecting.check_credentials
    learn = connecting.learn

    def asked(*args: Any) -> connecting.Checked:
        held.append(database.in_atomic_block)
        return ask(*args)

    def learned(connection: Connection) -> None:
        held.append(database.in_atomic_block)
        learn(connection)

    monkeypatch.setattr(connecting, "check_credentials", asked)
    monkeypatch.setattr(connecting, "learn", learned)
    client = Client()
    client.force_login(person("ivan", "Integration administrator"))
    client.post(ADD, typed())
    assert Connection.objects.get().health == Health.CONNECTED
    assert held == [False, False]


def test_the_lists_can_be_read_by_a_button(desk: Client, sandbox: Sandbox) -> None:
    desk.post(ADD, typed())
    connection = Connection.objects.get()
    assert not ReferenceEntry.objects.exists()
    page = desk.post(reverse("admin:integrations_connection_lists", args=[connection.pk]), follow=True)
    assert "as they stand there now" in text(page)
    kinds = set(ReferenceEntry.objects.values_list("kind", flat=True))
    assert {"account_code", "department", "location", "currency"} <= kinds


def test_adding_asks_for_the_system_first(desk: Client) -> None:
    page = text(desk.get("/integrations/connection/add/"))
    assert "?system=xero" in page
    assert "?system=procurify" in page
    assert "Which system" in page or "which system" in page


def test_xero_is_saved_before_it_is_connected(desk: Client) -> None:
    page = text(desk.get("/integrations/connection/add/?system=xero"))
    assert "http://localhost:8000/oauth/xero/callback" in page
    values = {"label": "Books", "client_id": "an-id", "client_secret": "a-secret-of-ours"}
    page = text(desk.post("/integrations/connection/add/?system=xero", values, follow=True))
    assert "Now connect it" in page
    assert "Connect to Xero" in page
    assert "a-secret-of-ours" not in page
    assert Connection.objects.get().health == Health.NEVER


def test_tokens_of_another_application_are_given_up(desk: Client) -> None:
    connection = a_connection("xero", token_set=TokenSet.objects.create(system="xero", subject_digest="s"))
    values = {"label": connection.label, "client_id": "another", "client_secret": "secret"}
    desk.post(change_page(connection), values)
    connection.refresh_from_db()
    assert (connection.token_set, connection.health) == (None, Health.RECONNECT)
    assert not TokenSet.objects.exists()
    told = Entry.objects.get(action="connection.changed").details
    assert "another" not in str(told)


@pytest.mark.promise(42)
def test_no_page_shows_a_credential_token_or_company_id(desk: Client) -> None:
    tokens = TokenSet.objects.create(
        system="xero", subject_digest="s", access_token="PLANTED-access", refresh_token="PLANTED-refresh"
    )
    secret = {"client_id": "PLANTED-id", "client_secret": "PLANTED-secret", "tenant_connection_id": "PLANTED-link"}
    connection = a_connection("xero", "PLANTED-tenant", label="Books", token_set=tokens, **secret)
    for page in ("/integrations/connection/", change_page(connection)):
        assert "PLANTED" not in text(desk.get(page)), page


def test_the_list_says_health_and_what_is_left_of_the_day(desk: Client) -> None:
    connection = a_connection("xero", health=Health.RECONNECT)
    PaceWindow.objects.create(connection=connection, window="day", started_at="2026-01-01T00:00Z", used=40)
    page = text(desk.get("/integrations/connection/"))
    assert "reconnect needed" in page
    assert "960 of 1,000" in page


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("Accounting staff", {"view", "lists"}),
        ("Supervisor", {"view", "lists"}),
        ("Integration administrator", {"view", "change", "test", "suspend", "resume", "disconnect", "lists"}),
        ("Auditor", {"view"}),
        ("Operator", {"view", "test"}),
    ],
)
def test_every_button_asks_its_own_permission(role: str, may: set[str]) -> None:
    client = Client()
    client.force_login(person("someone", role))
    connection = a_connection("xero", "")
    seen = set()
    if client.get(change_page(connection)).status_code == 200:
        seen.add("view")
    if client.post(change_page(connection), {"label": "Mine"}).status_code == 302:
        seen.add("change")
    for button in ("test", "suspend", "resume", "disconnect", "lists"):
        address = reverse(f"admin:integrations_connection_{button}", args=[connection.pk])
        if client.post(address).status_code != 403:
            seen.add(button)
    assert seen == may


@pytest.mark.promise(28)
def test_an_administrator_stops_all_calls_and_lets_them_go_on(desk: Client, administrator: User) -> None:
    connection = a_connection("xero")
    for button, health, offered in (("suspend", "suspended", "Resume"), ("resume", "connected", "Stop all calls")):
        desk.post(reverse(f"admin:integrations_connection_{button}", args=[connection.pk]))
        assert Connection.objects.get().health == health
        assert offered in text(desk.get(change_page(connection)))
    entries = Entry.objects.filter(action__in=["connection.suspended", "connection.resumed"]).order_by("id")
    assert [(entry.action, entry.actor) for entry in entries] == [
        ("connection.suspended", administrator),
        ("connection.resumed", administrator),
    ]


def test_buttons_are_not_links() -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    connection = a_connection("xero")
    for button in ("test", "lists", "suspend", "resume"):
        address = reverse(f"admin:integrations_connection_{button}", args=[connection.pk])
        assert client.get(address).status_code == 405


def test_only_an_unused_connection_is_deleted(sandbox: Sandbox) -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    used = an_integration().source
    unused = a_connection("xero", "")
    for connection in (used, unused):
        client.post(reverse("admin:integrations_connection_delete", args=[connection.pk]), {"post": "yes"})
    assert used in Connection.objects.all()
    assert unused not in Connection.objects.all()
    assert Entry.objects.filter(action="connection.deleted").count() == 1


def test_limited_people_see_both_ends_of_their_integrations_only(administrator: User) -> None:
    mine, other = an_integration("Mine"), an_integration("Other")
    mine.limited_to.add(administrator)
    client = Client()
    client.force_login(administrator)
    page = text(client.get("/integrations/connection/"))
    assert str(mine.source) in page
    assert str(mine.target) in page
    assert str(other.source) not in page
    for button in ("test", "disconnect", "lists"):
        address = reverse(f"admin:integrations_connection_{button}", args=[other.source.pk])
        assert client.post(address).status_code == 404
    assert Integration.objects.count() == 2
