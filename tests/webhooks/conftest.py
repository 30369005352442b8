"""A portal that listens on this machine, and the stand-ins that send to it."""

import pytest
from django.contrib.auth.models import User
from pytest_django.live_server_helper import LiveServer

from integrations.models import Connection
from integrations.sandbox.xero.webhooks import SIGNING_KEY
from integrations.webhooks import acting, addresses
from tests.pairs.conftest import sandbox, world
from tests.portal.conftest import person
from tests.world import World

__all__ = ["sandbox", "world"]


@pytest.fixture(autouse=True)
def _as_if_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """What another test queued lately is no reason to queue nothing."""
    monkeypatch.setattr(acting, "_nudged_at", float("-inf"))


@pytest.fixture
def ivan(transactional_db: None) -> User:
    return person("ivan", "Integration administrator")


@pytest.fixture
def books(world: World, ivan: User) -> Connection:
    """The Xero connection, its signing key typed."""
    addresses.set_secret(world.integration.target, SIGNING_KEY, ivan)
    return world.integration.target


@pytest.fixture
def told(world: World, books: Connection, live_server: LiveServer) -> World:
    """Xero sends to the portal, which has passed the intent to receive."""
    assert all(each["good"] for each in world.sandbox.xero.set_webhook(address_at(live_server, books)))
    return world


def address_at(live_server: LiveServer, connection: Connection) -> str:
    path = addresses.url_of(connection).partition("/webhooks/")[2]
    return f"{live_server.url}/webhooks/{path}"
