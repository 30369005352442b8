"""A Xero stand-in with one organisation, and a connection that a person has just signed in for."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as portal_settings
from django.db import connection as database
from django.utils import timezone

from integrations.digests import tenant_digest
from integrations.engine import tokens
from integrations.models import Connection
from integrations.sandbox import Sandbox
from integrations.sandbox.xero.authorization import CLIENT_ID
from integrations.sandbox.xero.identity import CLIENT_SECRET
from integrations.systems.tokens import TokenAnswer
from tests.conftest import ON_POSTGRES
from tests.engine.nursery import Nursery, empty_portal
from tests.engine.rows import a_connection

COMPANY = "Harbor Mills Ltd"
USER = "the user"


@pytest.fixture
def sandbox(settings: Any) -> Iterator[Sandbox]:
    """A stand-in for Xero alone; settings lead to it."""
    with Sandbox(systems=["xero"], limits=False) as running:
        running.xero.add_organisation(COMPANY)
        settings.SYSTEM_HOSTS = {"xero": dict.fromkeys(("api", "identity", "login"), running.url("xero"))}
        yield running


@pytest.fixture
def xero(sandbox: Sandbox, db: None) -> Connection:
    """Connected to that organisation, with tokens that were granted a moment ago."""
    tenant = sandbox.xero.organisation(COMPANY).tenant_id
    connection = a_connection("xero", tenant, client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    connection.token_set = tokens.store("xero", consent(sandbox), subject=USER)
    connection.save()
    assert connection.tenant_digest == tenant_digest("xero", tenant)
    return connection


def consent(sandbox: Sandbox) -> TokenAnswer:
    granted = sandbox.xero.issue_tokens()
    return TokenAnswer(granted["access_token"], granted["expires_in"], granted["refresh_token"], granted["scope"], USER)


def grown_old(connection: Connection, age: timedelta = timedelta(minutes=21), *, expired: bool = False) -> None:
    """Let the tokens be that old for us, while the stand-in still takes them."""
    assert connection.token_set is not None
    row = connection.token_set
    row.refresh_from_db()
    row.refreshed_at = timezone.now() - age
    row.access_expires_at = timezone.now() - timedelta(seconds=1) if expired else row.access_expires_at
    row.save(update_fields=["refreshed_at", "access_expires_at"])


def refreshes(sandbox: Sandbox) -> list[int]:
    """The status of every answer of the token address."""
    return [asked["status"] for asked in sandbox.log("xero") if asked["path"] == "/connect/token"]


@dataclass(frozen=True)
class Beside:
    """Runs the programs of `tests.engine.races` on a database that this process can see too, by its address."""

    url: str
    home: Path

    def run(self, program: str, *, within: float = 600, **facts: Any) -> dict[str, Any]:
        """What the program told; `settings` among the facts are set in it."""
        shared = {name: getattr(portal_settings, name) for name in ("SYSTEM_HOSTS", "PACE")}
        facts = {**facts, "settings": {**shared, **facts.get("settings", {})}}
        environment = {
            **os.environ,
            "DATABASE_URL": self.url,
            "COUNTERFOIL_HOME": str(self.home),
            "DJANGO_SETTINGS_MODULE": "tests.settings",
        }
        ended = subprocess.run(  # our own program
            [sys.executable, "-m", f"tests.engine.races.{program}", json.dumps(facts)],
            env=environment, cwd=portal_settings.BASE_DIR, capture_output=True, text=True, timeout=within, check=False,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stderr[-3000:]
        told: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
        return told


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with all tables, made once and copied."""
    path = tmp_path_factory.mktemp("empty") / "portal.sqlite3"
    Beside(f"sqlite:///{path}", Path(os.environ["COUNTERFOIL_HOME"])).run("empty")
    return path


@pytest.fixture
def beside(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Beside]:
    """A database for several processes: a file of its own, or on PostgreSQL that of this test, which then commits."""
    home = Path(os.environ["COUNTERFOIL_HOME"])
    if ON_POSTGRES:
        at = database.settings_dict
        yield Beside(f"postgres://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}/{at['NAME']}", home)
        return
    path = tmp_path / "portal.sqlite3"
    shutil.copy(request.getfixturevalue("empty_database"), path)
    yield Beside(f"sqlite:///{path}", home)


@pytest.fixture(scope="session")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    nursery = Nursery(tmp_path_factory.mktemp("said"), empty_portal().environment)
    yield nursery
    nursery.close()
