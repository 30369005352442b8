"""A contractor's project at the stand-in, the connection to it, and records made by hand as if they had been read."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, cast

from django.test import override_settings
from django.utils import timezone

from audit.models import Entry
from integrations.digests import tenant_digest
from integrations.engine import clients, leases
from integrations.engine.slice import LEASE_SECONDS, Slice
from integrations.models import Connection, Integration, Record, Request, RequestLine, Run, SourceDocument
from integrations.pairs.xero_procore.documents import line_origin, order_origin
from integrations.project_documents import Commitment, CommitmentLine
from integrations.sandbox import Sandbox
from integrations.sandbox.procore.standin import ProcoreStandIn
from integrations.sandbox.procore.tokens import CLIENT_ID, CLIENT_SECRET
from integrations.systems.protocols import ProjectBooks
from mappings.models import Books, Scope
from tests.engine.rows import a_connection

CONCRETE, STEEL = "03-300.M", "05-120.M"
DAY = date(2026, 2, 3)
UNLIMITED = {"minute": 0, "day": 0, "concurrent": 0}
SETTLED = timedelta(minutes=5)
Json = dict[str, Any]


@dataclass
class Site:
    sandbox: Sandbox
    integration: Integration
    project: str
    concrete: str
    steel: str
    vendor: str

    @property
    def people(self) -> ProcoreStandIn:
        return self.sandbox.procore

    def order(self, number: str) -> Record:
        """The record of an order that was read."""
        document = SourceDocument.objects.create(
            connection=self.integration.source,
            feed="supplier-orders",
            source_id=number.lower(),
            number=number,
            detail="{}",
            detail_due=False,
        )
        return Record.objects.create(
            integration=self.integration,
            flow="purchase-orders",
            document=document,
            number=number,
            changed_at=timezone.now(),
        )

    def commitment(self, record: Record, *amounts: str, **changes: Any) -> Commitment:
        """What it becomes: lines of concrete of these amounts."""
        lines = tuple(
            CommitmentLine(line_origin(f"{record.number}-{at}"), self.concrete, f"Part {at}", Decimal(amount))
            for at, amount in enumerate(amounts, start=1)
        )
        wanted = Commitment(
            project=self.project,
            origin=order_origin(record.document.source_id),
            number=record.number,
            title=f"{record.number} Mau Mixers",
            vendor=self.vendor,
            currency="USD",
            date=DAY,
            delivery_date=None,
            lines=lines,
            total=sum((line.amount for line in lines), Decimal(0)),
        )
        return replace(wanted, **changes)

    @contextmanager
    def slice(self) -> Iterator[Slice]:
        """One slice of a run, with the integration's lease."""
        pk = self.integration.pk
        token = leases.claim(Integration, pk, LEASE_SECONDS)
        assert token
        run = Run.objects.filter(integration=pk, finished_at=None).first()
        run = run or Run.objects.create(integration=self.integration, started_at=timezone.now())
        try:
            yield Slice(Integration.objects.get(pk=pk), run, token)
        finally:
            leases.free(Integration, pk, token)

    @contextmanager
    def books(self) -> Iterator[ProjectBooks]:
        with clients.client(self.integration.target) as opened:
            yield cast(ProjectBooks, opened)

    def fails(self, effect: str, path: str, method: str = "PATCH", **more: Any) -> None:
        """The next such request goes wrong."""
        self.sandbox.faults.add("procore", effect, path=path, method=method, **more)

    def orders(self) -> list[Json]:
        """Our commitments that stand, as the stand-in shows them."""
        rows = self.people.collections()[f"{self.people.company().id}/purchase_orders"].values()
        ours = [row for row in rows if row.get("origin_id") and not row.get("deleted_at")]
        return [self.people.order(row["id"]) for row in ours]

    def writes(self) -> list[str]:
        """Method and path of everything that was written, whatever became of it."""
        asked = self.sandbox.log("procore")
        return [
            f"{each['method']} {each['path']}"
            for each in asked
            if each["method"] != "GET" and "oauth" not in each["path"]
        ]


def build(sandbox: Sandbox) -> Site:
    office = sandbox.procore
    project = office.add_project("Harbour Clinic", "1234")["id"]
    office.set_budget(project, CONCRETE, "20000.00", name="Concrete")
    codes = office.collections()[f"{office.company().id}/wbs_codes"].values()
    concrete = next(row["id"] for row in codes if row["flat_code"] == CONCRETE)
    steel = office.add_code(project, STEEL, "Steel")["id"]
    vendor = office.add_vendor("Mau Mixers", projects=[project])["id"]
    company = str(office.company().id)
    books = [Books.objects.create(system=system, name="Northline", key_digest=system) for system in ("xero", "procore")]
    source = a_connection("xero", "northline", label="Xero", books=books[0])
    target = _connection(company, books[1])
    integration = Integration.objects.create(
        pair="xero-procore",
        name="Northline projects",
        source=source,
        target=target,
        scope=Scope.objects.create(source_books=books[0], target_books=books[1], name="Northline"),
        trial=False,
        start_date=date(2026, 1, 1),
    )
    return Site(sandbox, integration, str(project), str(concrete), str(steel), str(vendor))


def _connection(company: str, books: Books) -> Connection:
    return Connection.objects.create(
        system="procore",
        label="Procore",
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        tenant_id=company,
        tenant_digest=tenant_digest("procore", company),
        books=books,
        health="connected",
    )


@contextmanager
def addresses(sandbox: Sandbox) -> Iterator[None]:
    """The portal talks to this stand-in, without limits of pace."""
    there = dict.fromkeys(("api", "login"), sandbox.url("procore"))
    with override_settings(SYSTEM_HOSTS={"procore": there}, PACE={"procore": UNLIMITED, "xero": UNLIMITED}):
        yield


def trail(record: Record) -> list[str]:
    return list(Entry.objects.filter(subject_kind="record", subject_id=record.pk).values_list("action", flat=True))


def outcomes() -> list[tuple[str, str, int]]:
    """Every line ever intended: step, outcome, attempt."""
    return list(RequestLine.objects.order_by("pk").values_list("step", "outcome", "attempt"))


def settle_time() -> None:
    """Let every write that was ever sent have ended."""
    Request.objects.update(settles_at=timezone.now() - timedelta(seconds=1))
    Record.objects.exclude(not_before=None).update(not_before=timezone.now() - timedelta(seconds=1))
