"""Two systems, one integration between them, and the words stories are told in."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.test import override_settings
from django.utils import timezone

from audit.models import Entry
from integrations import digests
from integrations.engine import tokens
from integrations.engine.running import SliceResult, run_slice, run_until_idle
from integrations.models import Connection, Gap, GapPolicy, Health, Integration, Record, VendorPolicy
from integrations.sandbox import Sandbox
from integrations.systems.tokens import TokenAnswer
from mappings import changes
from mappings import models as tables
from mappings.models import Books, ReferenceEntry, Scope

DOMAIN = "harbormills"
VENDOR = "Northgate Safety Supply"
START = timezone.now().date() - timedelta(days=60)
DAY = START + timedelta(days=30)
UNLIMITED = {"minute": 0, "day": 0, "concurrent": 0}
Json = dict[str, Any]


@dataclass
class World:
    """A Procurify domain and a Xero organisation, connected, with the tables an accountant filled in."""

    sandbox: Sandbox
    tenant: str
    integration: Integration

    # What happens at the source

    def order(self, number: str, *, lines: list[Json] | None = None, **more: Any) -> Json:
        """An approved order of 500.00 net with 5 % GST, unless said otherwise."""
        facts: Json = {"vendor": VENDOR, "date": DAY, **more}
        return self.sandbox.procurify.add_order(DOMAIN, number=number, lines=lines or [line()], **facts)

    def invoice(self, number: str, *, items: list[Json] | None = None, **more: Any) -> Json:
        """A supplier's bill, approved in procurement just now, unless said otherwise."""
        facts: Json = {
            "date": DAY, "invoice_number": number, "items": items or [], "modified": timezone.now(), **more,
        }  # fmt: skip
        return self.sandbox.procurify.add_bill(DOMAIN, **facts)

    # What the portal does

    def run(self) -> SliceResult:
        return run_until_idle(self.integration.pk)

    def slice(self) -> SliceResult:
        return run_slice(self.integration.pk)

    # What can be seen

    @property
    def bills(self) -> list[Json]:
        """The bills that stand in Xero, removed ones left out."""
        stored = self.sandbox.xero.bills(self.tenant)
        return [bill for bill in stored if bill["Status"] not in ("DELETED", "VOIDED")]

    def bill(self, number: str) -> Json:
        (found,) = [bill for bill in self.bills if bill["InvoiceNumber"] == number]
        return found

    def record(self, number: str) -> Record:
        return Record.objects.get(integration=self.integration, number=number)

    def of_flow(self, number: str, flow: str) -> Record:
        return Record.objects.get(integration=self.integration, number=number, flow=flow)

    def trail(self, number: str) -> list[str]:
        return list(Entry.objects.filter(document=number).order_by("id").values_list("action", flat=True))

    def writes(self) -> list[Json]:
        """The writes of bills that Xero received, whatever became of them."""
        return [
            asked
            for asked in self.sandbox.log("xero")
            if asked["method"] in ("PUT", "POST") and "/Invoices" in asked["path"]
        ]


def line(name: str = "Nitrile gloves M", price: str = "12.50", quantity: str = "40", **more: Any) -> Json:
    """An order line as the stand-in takes it."""
    return {
        "name": name,
        "price": Decimal(price),
        "quantity": Decimal(quantity),
        "account": "6100",
        "department": "Production",
        "taxes": [{"name": "GST", "percent": 5}],
        **more,
    }


def part(order: str, quantity: str, at: int = 1) -> Json:
    """A billed item as the stand-in takes it: so much of one line of an order."""
    return {"order": order, "line": at, "quantity": Decimal(quantity)}


def hosts_of(xero: str, procurify: str) -> dict[str, dict[str, str]]:
    return {
        "xero": dict.fromkeys(("api", "identity", "login"), xero),
        "procurify": {"api": f"{procurify}/{{domain}}"},
    }


@contextmanager
def addresses(sandbox: Sandbox) -> Iterator[None]:
    """The portal talks to this sandbox, without limits of pace."""
    with override_settings(
        SYSTEM_HOSTS=hosts_of(sandbox.url("xero"), sandbox.url("procurify")),
        PACE={"xero": UNLIMITED, "procurify": UNLIMITED},
    ):
        yield


def furnish_systems(sandbox: Sandbox) -> tuple[str, Json]:
    """A small company on both sides; the tenant id and the answer with its tokens."""
    procurify, xero = sandbox.procurify, sandbox.xero
    procurify.add_tenant(DOMAIN, client_id="harbormills-id", client_secret="sandbox-secret-harbormills")
    procurify.add_account_code(DOMAIN, "6200", "Repairs")
    tenant = str(xero.add_organisation("Harbor Mills Ltd", "USD", country="US")["OrganisationID"])
    xero.add_tax_rate("TAX005", "GST on Purchases", 5, tenant=tenant)
    xero.add_tracking_category("Department", ["Production", "Warehouse"], tenant=tenant)
    xero.add_contact(VENDOR, EmailAddress="ar@northgate.example", tenant=tenant)
    return tenant, xero.issue_tokens([tenant])


def connect(tenant: str, answer: Json) -> Integration:
    """Both connections and an integration between them, live, holding record by record."""
    source_books = Books.objects.create(system="procurify", name="Harbor Mills", key_digest="a")
    target_books = Books.objects.create(system="xero", name="Harbor Mills Ltd", key_digest="b")
    source = Connection.objects.create(
        system="procurify",
        label="Procurify",
        domain=DOMAIN,
        client_id="harbormills-id",
        client_secret="sandbox-secret-harbormills",
        books=source_books,
        health=Health.CONNECTED,
    )
    given = TokenAnswer(
        access_token=answer["access_token"],
        refresh_token=answer["refresh_token"],
        expires_in=answer["expires_in"],
        scopes=answer["scope"],
    )
    target = Connection.objects.create(
        system="xero",
        label="Xero",
        client_id="counterfoil-sandbox",
        client_secret="sandbox-secret-xero",
        tenant_id=tenant,
        tenant_digest=digests.tenant_digest("xero", tenant),
        books=target_books,
        token_set=tokens.store("xero", given, subject="somebody"),
        health=Health.CONNECTED,
    )
    scope = Scope.objects.create(source_books=source_books, target_books=target_books, name="Harbor Mills")
    return Integration.objects.create(
        pair="procurify-xero",
        name="Harbor Mills orders",
        source=source,
        target=target,
        scope=scope,
        trial=False,
        on_gap=GapPolicy.HOLD,
        vendors=VendorPolicy.LINK,  # stories of documents; those of vendors switch it on
        start_date=START,
    )


def read_lists(integration: Integration) -> None:
    """Have the reference lists read once, as the button on the connection's page does."""
    from integrations.engine import clients, lists

    with clients.source_client(integration.source) as source:
        lists.take_in(integration.source, source)
    with clients.target_client(integration.target) as target:
        lists.take_in(integration.target, target)
        lists.take_in_contacts(integration.target, target)


def fill_tables(integration: Integration) -> None:
    """What an accountant fills in: accounts, taxes, departments, freight."""
    scope = integration.scope
    entries = ReferenceEntry.objects.filter(books=scope.target_books)
    account = entries.get(kind="account", code="400")
    rates = {entry.code: entry for entry in entries.filter(kind="tax_rate")}
    for code in ("6100", "6200"):
        tables.AccountRow.objects.create(scope=scope, source_code=code, target=account)
    tables.TaxRow.objects.create(scope=scope, taxes="no tax", target=rates["NONE"])
    tables.TaxRow.objects.create(scope=scope, taxes="GST 5%", target=rates["TAX005"])
    tables.ExtraCostRow.objects.create(scope=scope, name="Freight", account=account)
    departments = ReferenceEntry.objects.filter(books=scope.source_books, kind="department")
    for option in entries.filter(kind="tracking_option"):
        for department in departments.filter(name__endswith=option.name):
            tables.TrackingRow.objects.create(
                scope=scope, dimension="department", source_key=department.key, target=option
            )


def connected(tenant: str, answer: Json) -> Integration:
    """With its lists read and its tables filled in."""
    integration = connect(tenant, answer)
    read_lists(integration)
    with changes.together():
        fill_tables(integration)
    return integration


def build(sandbox: Sandbox) -> World:
    tenant, answer = furnish_systems(sandbox)
    return World(sandbox, tenant, connected(tenant, answer))


def open_gaps(record: Record) -> list[tuple[str, list[str]]]:
    return [(gap.table, json.loads(gap.key)) for gap in Gap.objects.filter(record=record, closed_at=None)]


__all__ = ["DAY", "START", "World", "addresses", "build", "date", "line", "open_gaps"]
