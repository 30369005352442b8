"""The contractor of the sandbox, connected: its books in Xero, its projects in Procore, an integration between them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
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
CREDITS = ("credit_notes", "prepayments", "overpayments")
Json = dict[str, Any]


@dataclass
class Northline:
    sandbox: Sandbox
    integration: Integration
    tenant: str = books.TENANT

    def run(self) -> SliceResult:
        return run_until_idle(self.integration.pk)

    def only(self, *numbers: str) -> "Northline":
        """A story of a few documents: the others leave the books, with what was paid and credited of them."""
        shelves = self.sandbox.xero.organisation(self.tenant)
        for shelf, number in ((shelves.purchase_orders, "PurchaseOrderNumber"), (shelves.invoices, "InvoiceNumber")):
            shelf.rows = {key: row for key, row in shelf.rows.items() if row[number] in numbers}
        for shelf in (shelves.payments, *(shelves.shelves[name] for name in CREDITS)):
            shelf.rows = {key: row for key, row in shelf.rows.items() if _settles(row, shelves.invoices.rows)}
        return self

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


def _settles(row: Json, bills: Json) -> bool:
    """Whether this payment or credit is of a bill that is kept."""
    of = [row, *row.get("Allocations", ())]
    return any(each.get("Invoice", {}).get("InvoiceID") in bills for each in of)


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
    return connection_of(consent(sandbox, books.TENANT), books.TENANT, sandbox.procore.company().id, calendar.start)


def consent(sandbox: Sandbox, tenant: str) -> Json:
    """An accountant's, to the organisation as a source."""
    auth = system("xero").auth
    assert isinstance(auth, AuthorizationCode)
    return sandbox.xero.issue_tokens([tenant], scopes=auth.scopes["source"])


def connection_of(answer: Json, tenant: str, company: int, start: date) -> Integration:
    """Both connections and an integration between them, live, holding record by record."""
    kept = [Books.objects.create(system=each, name=books.NAME, key_digest=each) for each in ("xero", "procore")]
    return Integration.objects.create(
        pair="xero-procore",
        name="Northline projects",
        source=_books(answer, tenant, kept[0]),
        target=_projects(str(company), kept[1]),
        scope=Scope.objects.create(source_books=kept[0], target_books=kept[1], name="Northline"),
        trial=False,
        on_gap=GapPolicy.HOLD,
        vendors=VendorPolicy.LINK,
        start_date=start,
    )


def _books(answer: Json, tenant: str, kept: Books) -> Connection:
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
        tenant_id=tenant,
        tenant_digest=tenant_digest("xero", tenant),
        books=kept,
        token_set=tokens.store("xero", given, subject="an accountant"),
        health=Health.CONNECTED,
    )


def _projects(company: str, kept: Books) -> Connection:
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
