"""The contractor of the sandbox, connected: its books in Xero, its projects in Procore, an integration between them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.test import override_settings

from integrations.digests import tenant_digest
from integrations.engine import clients, lists, tokens
from integrations.engine.running import SliceResult, run_until_idle
from integrations.models import (
    Connection,
    Cursor,
    GapPolicy,
    Health,
    Integration,
    ProjectSettings,
    Record,
    VendorPolicy,
)
from integrations.sandbox import Sandbox
from integrations.sandbox.company.calendar import Calendar
from integrations.sandbox.contractor import books, mapping, seed
from integrations.sandbox.procore.tokens import CLIENT_ID, CLIENT_SECRET
from integrations.systems import system
from integrations.systems.facts import AuthorizationCode
from integrations.systems.tokens import TokenAnswer
from mappings import models
from mappings.models import Books, ReferenceEntry, Scope
from mappings.models.projects import CostMark

UNLIMITED = {"minute": 0, "day": 0, "concurrent": 0}
MARKS = {mapping.NOT_PROJECT_COST: CostMark.NOT_PROJECT_COST, mapping.RETENTION: CostMark.RETENTION}
Json = dict[str, Any]


@dataclass
class Northline:
    sandbox: Sandbox
    integration: Integration
    tenant: str = books.TENANT

    def run(self) -> SliceResult:
        return run_until_idle(self.integration.pk)

    def later(self, **span: float) -> None:
        """So long ago, as far as we know, was everything read."""
        for cursor in Cursor.objects.all():
            for name in ("last_pass_at", "daily_pass_at"):
                was = getattr(cursor, name)
                setattr(cursor, name, was and was - timedelta(**span))
            cursor.save()

    def record(self, number: str, flow: str = "purchase-orders") -> Record:
        return Record.objects.get(integration=self.integration, flow=flow, number=number)

    def asked(self, part: str, name: str = "xero") -> list[Json]:
        """The requests that a stand-in received so far whose path has this part."""
        return [each for each in self.sandbox.log(name) if part in each["path"]]

    def written(self) -> list[str]:
        """What was written to the books: always nothing."""
        return [
            f"{each['method']} {each['path']}"
            for each in self.sandbox.log("xero")
            if each["method"] != "GET" and "/api.xro/" in each["path"]
        ]


@contextmanager
def addresses(sandbox: Sandbox) -> Iterator[None]:
    """The portal talks to these stand-ins, without limits of pace."""
    xero, procore = sandbox.url("xero"), sandbox.url("procore")
    hosts = {
        "xero": dict.fromkeys(("api", "identity", "login"), xero),
        "procore": dict.fromkeys(("api", "login"), procore),
    }
    with override_settings(SYSTEM_HOSTS=hosts, PACE={"xero": UNLIMITED, "procore": UNLIMITED}):
        yield


def build(sandbox: Sandbox, *, tables: bool = True) -> Northline:
    """The company as it is on its first day with us; `tables` are filled in as its accountant did."""
    today = sandbox.clock.now().date()
    seed.seed_xero(sandbox.xero, today)
    seed.seed_procore(sandbox.procore, today)
    integration = connect(sandbox, Calendar(today))
    if tables:
        read_lists(integration)
        fill_tables(integration)
    return Northline(sandbox, integration)


def connect(sandbox: Sandbox, calendar: Calendar) -> Integration:
    kept = [Books.objects.create(system=each, name=books.NAME, key_digest=each) for each in ("xero", "procore")]
    return Integration.objects.create(
        pair="xero-procore",
        name="Northline projects",
        source=_books(sandbox, kept[0]),
        target=_projects(sandbox, kept[1]),
        scope=Scope.objects.create(source_books=kept[0], target_books=kept[1], name="Northline"),
        trial=False,
        on_gap=GapPolicy.HOLD,
        vendors=VendorPolicy.LINK,
        start_date=calendar.start,
    )


def _books(sandbox: Sandbox, kept: Books) -> Connection:
    auth = system("xero").auth
    assert isinstance(auth, AuthorizationCode)
    answer = sandbox.xero.issue_tokens([books.TENANT], scopes=auth.scopes["source"])
    given = TokenAnswer(
        access_token=answer["access_token"],
        refresh_token=answer["refresh_token"],
        expires_in=answer["expires_in"],
        scopes=answer["scope"],
    )
    return Connection.objects.create(
        system="xero",
        label="Xero",
        client_id="counterfoil-sandbox",
        client_secret="sandbox-secret-xero",
        tenant_id=books.TENANT,
        tenant_digest=tenant_digest("xero", books.TENANT),
        books=kept,
        token_set=tokens.store("xero", given, subject="an accountant"),
        health=Health.CONNECTED,
    )


def _projects(sandbox: Sandbox, kept: Books) -> Connection:
    company = str(sandbox.procore.company().id)
    return Connection.objects.create(
        system="procore",
        label="Procore",
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        tenant_id=company,
        tenant_digest=tenant_digest("procore", company),
        books=kept,
        health=Health.CONNECTED,
    )


def read_lists(integration: Integration) -> None:
    """Have the reference lists read once, as the button on the connection's page does."""
    for connection in (integration.source, integration.target):
        with clients.client(connection) as client:
            lists.take_in(connection, client)


def fill_tables(integration: Integration) -> None:
    """What the contractor's accountant filled in: projects, cost codes, marks, budget lines, and the settings."""
    scope = integration.scope
    entries = ReferenceEntry.objects.filter(books=scope.source_books)
    categories = {each.name: each.key for each in entries.filter(kind="tracking_category")}
    options = {each.name: each for each in entries.filter(kind="tracking_option")}
    known = ReferenceEntry.objects.filter(books=scope.target_books, kind="project")
    projects = {each.code: each for each in known}
    for option, number in mapping.PROJECTS.items():
        models.ProjectRow.objects.create(scope=scope, source_key=options[option].key, target=projects[number])
    for (account, item, number), code in mapping.COST_CODES.items():
        models.CostCodeRow.objects.create(
            scope=scope, source_code=account, item=item, project=projects.get(number), code=code
        )
    for account, mark in mapping.MARKS.items():
        models.CostCodeRow.objects.create(scope=scope, source_code=account, mark=MARKS[mark])
    for (option, number), code in mapping.BUDGET_LINES.items():
        models.BudgetLineRow.objects.create(
            scope=scope, source_key=options[option].key, project=projects.get(number), code=code
        )
    ProjectSettings.objects.create(integration=integration, project_category=categories[books.PROJECT])
