"""Connecting Procore by its keys: company, environment, what is wrong with them, what may be done with them."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from integrations.engine import clients, lists
from integrations.errors import ConfigurationError
from integrations.models import Connection, Health, TokenSet
from integrations.sandbox import Sandbox
from mappings.models import ReferenceEntry
from tests.portal.consents import text

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
ADD = "/integrations/connection/add/?system=procore"
KEYS = {"client_id": "counterfoil-procore", "client_secret": "sandbox-secret-procore"}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(systems=["procore"], limits=False) as running:
        address = running.url("procore")
        unlimited = {"minute": 0, "day": 0, "concurrent": 0}
        with override_settings(
            SYSTEM_HOSTS={"procore": {"api": address, "login": address}}, PACE={"procore": unlimited}
        ):
            running.procore.add_project("Harbour Clinic", "1234")
            yield running


@pytest.fixture
def desk(administrator: User) -> Client:
    client = Client()
    client.force_login(administrator)
    return client


def number(sandbox: Sandbox) -> str:
    return str(sandbox.procore.company().id)


def connected(desk: Client, sandbox: Sandbox, **changes: str) -> Connection:
    values = {"label": "Building", "environment": "", "domain": number(sandbox), **KEYS, **changes}
    page = desk.post(ADD, values, follow=True)
    assert "is connected to Northline Builders" in text(page)
    return Connection.objects.get()


def test_procore_is_connected_by_company_environment_and_keys(desk: Client, sandbox: Sandbox) -> None:
    blank = text(desk.get(ADD))
    assert "Monthly sandbox" in blank
    assert "Commitments: Admin, for purchase orders, invoices, payments and billing periods" in blank
    connection = connected(desk, sandbox, environment="monthly-sandbox")
    assert connection.health == Health.CONNECTED
    assert (connection.tenant_id, connection.domain) == (f"monthly-sandbox/{number(sandbox)}", "")
    assert connection.company_name == "Northline Builders (Monthly sandbox)"
    page = text(desk.get(reverse("admin:integrations_connection_change", args=[connection.pk])))
    assert number(sandbox) not in page
    assert KEYS["client_secret"] not in page


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({"client_secret": "wrong"}, "refused the client id or the client secret"),
        ({"domain": "Northline"}, "That is no company id"),
        ({"domain": "7656"}, "no longer connected to this company"),
        ({"domain": ""}, "Which company is it?"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_saved(
    desk: Client, sandbox: Sandbox, changes: dict[str, str], answer: str
) -> None:
    values = {"label": "Building", "environment": "", "domain": number(sandbox), **KEYS, **changes}
    assert answer in text(desk.post(ADD, values))
    assert not Connection.objects.exists()
    assert not TokenSet.objects.exists()


def test_new_keys_are_tried_without_typing_the_company_again(desk: Client, sandbox: Sandbox) -> None:
    connection = connected(desk, sandbox, environment="federal")
    page = reverse("admin:integrations_connection_change", args=[connection.pk])
    answer = desk.post(page, {"label": "Building", "environment": "federal", "domain": "", **KEYS})
    assert answer.status_code == 302, text(answer)
    assert Connection.objects.get().tenant_id == f"federal/{number(sandbox)}"


@pytest.mark.promise(37)
def test_the_test_names_projects_and_each_missing_tool(desk: Client, sandbox: Sandbox) -> None:
    connection = connected(desk, sandbox)
    address = reverse("admin:integrations_connection_test", args=[connection.pk])
    page = text(desk.post(address))
    assert "1: 1234 Harbour Clinic" in page
    assert "everything that is needed" in page
    sandbox.procore.set_permission("commitments", "read")
    sandbox.procore.set_permission("budget", "none")
    page = text(desk.post(address))
    assert "“Commitments” in project 1234 may only read, not write" in page
    assert "“Budget” in project 1234 is closed" in page


TOOLS = {
    "company_directory": "“Company Directory”",
    "company_admin": "“Admin (company)”",
    "portfolio": "“Portfolio”",
    "project_directory": "“Project Directory” in project 1234",
    "commitments": "“Commitments” in project 1234",
    "budget": "“Budget” in project 1234",
    "admin": "“Admin (project)” in project 1234",
    "direct_costs": "“Direct Costs” in project 1234",
}
WRITTEN = ("company_directory", "project_directory", "commitments", "direct_costs")


@pytest.mark.promise(37)
@pytest.mark.parametrize("tool", TOOLS)
def test_every_tool_that_is_closed_or_too_narrow_is_named_as_procore_names_it(
    desk: Client, sandbox: Sandbox, tool: str
) -> None:
    address = reverse("admin:integrations_connection_test", args=[connected(desk, sandbox).pk])
    sandbox.procore.set_permission(tool, "none")
    page = text(desk.post(address))
    assert f"{TOOLS[tool]} is closed to the application" in page
    assert [name for name in TOOLS.values() if name in page] == [TOOLS[tool]], "and no other"
    sandbox.procore.set_permission(tool, "read")
    page = text(desk.post(address))
    assert (f"{TOOLS[tool]} may only read, not write" in page) == (tool in WRITTEN)
    assert ("everything that is needed" in page) == (tool not in WRITTEN)


def test_its_lists_are_read_by_the_button(desk: Client, sandbox: Sandbox) -> None:
    project = sandbox.procore.collections()[f"{number(sandbox)}/projects"]
    sandbox.procore.set_budget(int(next(iter(project))), "03-300.M", "20000.00", name="Concrete")
    connection = connected(desk, sandbox)
    page = desk.post(reverse("admin:integrations_connection_lists", args=[connection.pk]), follow=True)
    assert "as they stand there now" in text(page)
    kinds = set(ReferenceEntry.objects.values_list("kind", flat=True))
    assert {"project", "cost_code", "cost_type", "budget_code", "budget_line", "unit"} <= kinds


@pytest.mark.promise(43)
def test_a_token_is_used_until_it_is_an_hour_old(desk: Client, sandbox: Sandbox) -> None:
    connection = connected(desk, sandbox)
    tokens = TokenSet.objects.get()

    def asked_for_tokens(age: timedelta) -> int:
        before = [each["path"] for each in sandbox.log("procore")].count("/oauth/token")
        now = timezone.now()
        TokenSet.objects.filter(pk=tokens.pk).update(
            refreshed_at=now - age, access_expires_at=now - age + timedelta(seconds=5400)
        )
        with clients.client(Connection.objects.get()) as opened:
            opened.probe()
        return [each["path"] for each in sandbox.log("procore")].count("/oauth/token") - before

    assert asked_for_tokens(timedelta(minutes=59)) == 0
    assert asked_for_tokens(timedelta(minutes=61)) == 1
    assert connection.health == Health.CONNECTED


def test_disconnecting_ends_the_token_there(desk: Client, sandbox: Sandbox) -> None:
    connection = connected(desk, sandbox)
    desk.post(reverse("admin:integrations_connection_disconnect", args=[connection.pk]))
    assert "/oauth/revoke" in [each["path"] for each in sandbox.log("procore")]
    connection.refresh_from_db()
    assert (connection.health, connection.client_secret, connection.tenant_id) == (Health.DISCONNECTED, "", "")


@pytest.mark.promise(36)
def test_another_companys_id_in_the_row_is_refused_here_and_nothing_is_sent(desk: Client, sandbox: Sandbox) -> None:
    connection = connected(desk, sandbox)
    other = str(sandbox.procore.add_company("Elsewhere")["id"])
    connection.tenant_id = other
    connection.save()
    before = len(sandbox.log("procore"))
    with pytest.raises(ConfigurationError), clients.client(connection):
        pytest.fail("a client was opened")
    assert len(sandbox.log("procore")) == before


@pytest.mark.promise(37)
def test_every_call_names_the_company(desk: Client, sandbox: Sandbox) -> None:
    connection = connected(desk, sandbox)
    desk.post(reverse("admin:integrations_connection_lists", args=[connection.pk]))
    calls = [each for each in sandbox.log("procore") if not each["path"].startswith("/oauth")]
    assert len(calls) > 8
    assert {each["headers"].get("procore-company-id") for each in calls} == {number(sandbox)}


def test_lists_are_read_again_by_a_run_after_six_hours(desk: Client, sandbox: Sandbox) -> None:
    connection = connected(desk, sandbox)
    assert lists.are_old(connection)
    for hours, old in ((5, False), (7, True)):
        connection.lists_read_at = timezone.now() - timedelta(hours=hours)
        assert lists.are_old(connection) is old


def test_an_app_that_was_removed_there_pauses_the_connection(desk: Client, sandbox: Sandbox) -> None:
    connection = connected(desk, sandbox)
    sandbox.procore.disconnect_app()
    page = text(desk.post(reverse("admin:integrations_connection_test", args=[connection.pk])))
    assert "no longer connected to this company in Procore" in page
    connection.refresh_from_db()
    assert connection.health == Health.RECONNECT
