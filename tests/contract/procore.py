"""Procore on the contract suite's bench: projects and lists are read, commitments, invoices and payments written."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from integrations.documents import Vendor
from integrations.project_documents import (
    Commitment,
    CommitmentLine,
    CommitmentStatus,
    ContractPayment,
    DirectCost,
    DirectCostLine,
    DirectCostStatus,
    Requisition,
    RequisitionItem,
    RequisitionStatus,
)
from integrations.project_writes import (
    CommitmentRemoval,
    DirectCostChange,
    DirectCostRemoval,
    DirectCostWrite,
    HeaderWrite,
    ItemChange,
    LineRemoval,
    LinesWrite,
    PaymentChange,
    PaymentLock,
    PaymentRemoval,
    PaymentWrite,
    ProjectOutcome,
    ProjectVendorWrite,
    ProjectWrite,
    RequisitionChange,
    RequisitionItemsChange,
    RequisitionRemoval,
    RequisitionWrite,
    StatusWrite,
)
from integrations.sandbox.procore.tokens import CLIENT_ID, CLIENT_SECRET
from integrations.systems.facts import Account
from integrations.systems.paging import Page
from integrations.systems.procore import walking
from integrations.systems.procore.client import ProcoreClient
from integrations.systems.procore.oauth import fetch_token
from integrations.systems.tokens import App
from integrations.vendor_documents import VendorAction, VendorWrite
from tests.contract import bench

CONCRETE = "03-300.M"


class Bench(bench.Bench):
    slug = "procore"
    feed_path = "/rest/v1.0/purchase_order_contracts$"
    write_path = "^/rest/v1.0/purchase_order_contracts/sync$"
    write_method = "PATCH"

    def credentials(self) -> set[str]:
        return {CLIENT_SECRET, str(self.company)}

    def fetch_token(self) -> str:
        return fetch_token(str(self.company), App(CLIENT_ID, CLIENT_SECRET), urls=self.urls()).access_token

    def prepare(self) -> None:
        office = self.sandbox.procore
        self.company: int = office.company().id
        self.project = str(office.add_project("Harbour Clinic", "1234")["id"])
        self.code = str(office.add_code(int(self.project), CONCRETE, "Concrete")["id"])
        self.vendor = str(office.add_vendor("Mau Mixers", projects=[int(self.project)])["id"])

    def urls(self) -> Mapping[str, str]:
        address = self.sandbox.url(self.slug)
        return {"api": address, "login": address}

    def open(self, urls: Mapping[str, str] | None = None, deadline: float | None = None) -> ProcoreClient:
        return ProcoreClient.open(Account(str(self.company), urls or self.urls()), self.wires.wiring(deadline))

    def make_pages_small(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(walking, "PROCORE", replace(self.facts, page_size=10))

    def fill(self, count: int) -> set[str]:
        lines = [{"code": CONCRETE, "amount": "1000.00"}]
        made = (self.sandbox.procore.add_order(int(self.project), int(self.vendor), lines) for _ in range(count))
        return {str(each["id"]) for each in made}

    def walk(self, client: Any, *, recent: bool = False) -> Iterator[Page[Any]]:
        since = datetime.now(UTC) - timedelta(minutes=5) if recent else None
        pages: Iterator[Page[Any]] = client.commitments_changed_since(self.project, since)
        return pages

    def old_record(self) -> None:
        (made,) = self.fill(1)
        shelf = f"{self.company}/purchase_orders"
        record = self.sandbox.procore.collections()[shelf][made]
        long_ago = (datetime.now(UTC) - timedelta(days=90)).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.sandbox.procore.put(shelf, {**record, "updated_at": long_ago})

    def everything(self, client: Any) -> None:
        office = self.sandbox.procore
        office.add_billing_period(int(self.project), "2026-02-01", "2026-02-28")
        office.set_budget(int(self.project), CONCRETE, "20000.00")
        office.add_tax_code("GST", 5.0)
        client.company()
        client.permissions()
        list(client.reference_lists())
        client.billing_periods(self.project)
        list(self.walk(client, recent=True))
        client.project(self.project)
        self.keeps_vendors(client)
        self.keeps_commitments(client)
        client.budget(self.project, [self.code])
        client.project_budget(self.project)

    def keeps_vendors(self, client: ProcoreClient) -> None:
        values = {
            "name": "Alki Beach",
            "email": "ap@alki.example",
            "street": "4 Dock Rd",
            "country": "NZ",
            "city": "Nelson",
        }
        made = self.send_vendor(client, VendorWrite(VendorAction.CREATE, values, "xero:contact:1"))
        changed = {"phone": "03 5551234", "active": "no"}
        self.send_vendor(client, VendorWrite(VendorAction.UPDATE, changed, before=made))
        client.vendors_by_ids([made.source_id])
        assert len(client.vendors_marked(["xero:contact:1"])["xero:contact:1"]) == 1
        client.vendors_named("Alki Beach")
        (bare,) = client.vendors_by_ids([self.vendor])
        assert self.send_vendor(client, VendorWrite(VendorAction.UPDATE, {}, "xero:contact:2", bare)).external_ref
        self.send(client, ProjectVendorWrite(self.project, made.source_id))

    def keeps_commitments(self, client: ProcoreClient) -> None:
        """An order, its lines, a line too many, approval, an invoice with its payment, and all of it taken back."""
        order = self.send(client, HeaderWrite(self.commitment("PO-1")))
        lines = (*self.commitment("PO-1").lines, CommitmentLine("xero:pol:x", self.code, "Too much", Decimal("1.00")))
        written = self.outcome(client, LinesWrite(self.project, order, lines)).lines
        self.send(client, LineRemoval(self.project, order, written[1].line_id))
        self.send(client, StatusWrite(self.project, order, CommitmentStatus.APPROVED))
        client.commitments(self.project, [order])
        invoice = self.send(client, RequisitionWrite(self.requisition(order, written[0].line_id)))
        day = date(2026, 3, 2)
        change = RequisitionChange(self.project, order, invoice, RequisitionStatus.APPROVED, day)
        self.send(client, change)
        paid = ContractPayment(
            self.project, order, invoice, "xero:pay:1", Decimal("400.00"), day, "INV-7", day, notes="x"
        )
        payment = self.send(client, PaymentWrite(paid))
        self.changes_amounts(client, order, invoice, payment)
        for write in (HeaderWrite(self.commitment("PO-1")), change, PaymentWrite(paid)):
            assert len(client.find(write)) == 1
        self.locks(client)
        self.send(client, PaymentRemoval(self.project, order, payment))
        self.send(client, RequisitionRemoval(self.project, order, invoice))
        self.send(client, StatusWrite(self.project, order, CommitmentStatus.DRAFT))
        self.send(client, CommitmentRemoval(self.project, order))
        lines_ = (DirectCostLine(self.code, "Sand", Decimal("30.00")),)
        cost = DirectCost(self.project, "xero:inv:9", self.vendor, "INV-9", day, DirectCostStatus.APPROVED, lines_,
                          Decimal("30.00"), day)  # fmt: skip
        made = self.send(client, DirectCostWrite(cost))
        assert len(client.find(DirectCostWrite(cost))) == 1
        self.send(client, DirectCostChange(self.project, made, day))
        self.send(client, DirectCostChange(self.project, made, vendor=self.vendor))
        removal = DirectCostRemoval(self.project, made)
        self.send(client, removal)
        assert client.find(removal) == []

    def changes_amounts(self, client: ProcoreClient, order: str, invoice: str, payment: str) -> None:
        """Of an invoice's item and of its payment, and back."""
        [item] = client.requisitions(self.project, order)[0].items or ()
        for amount in (Decimal("399.00"), Decimal("400.00")):
            items = (ItemChange(item.item_id, amount),)
            self.send(client, RequisitionItemsChange(self.project, order, invoice, items))
            self.send(client, PaymentChange(self.project, order, payment, amount))
            assert [each.total for each in client.requisitions(self.project, order)] == [amount]
            assert [each.amount for each in client.payments(self.project, order)] == [amount]

    def locks(self, client: ProcoreClient) -> None:
        """What is paid on another order, with a direct cost."""
        day, order = date(2026, 3, 2), self.send(client, HeaderWrite(self.commitment("PO-2")))
        [line] = self.outcome(client, LinesWrite(self.project, order, self.commitment("PO-2").lines)).lines
        self.send(client, StatusWrite(self.project, order, CommitmentStatus.APPROVED))
        invoice = self.send(client, RequisitionWrite(self.requisition(order, line.line_id, reference="xero:inv:8")))
        paid = ContractPayment(self.project, order, invoice, "xero:pay:8", Decimal("400.00"), day, "INV-8", day)
        payment = self.send(client, PaymentWrite(paid))
        self.send(client, PaymentLock(self.project, order, payment, "xero:pay:8"))
        self.send(client, RequisitionChange(self.project, order, invoice, origin="xero:inv:8"))
        assert all(each.locked for each in client.payments(self.project, order))
        assert all(each.locked for each in client.requisitions(self.project, order))
        lines = (DirectCostLine(self.code, "Sand", Decimal("30.00")),)
        cost = DirectCost(self.project, "xero:inv:10", self.vendor, "INV-10", day, DirectCostStatus.APPROVED, lines,
                          Decimal("30.00"), day)  # fmt: skip
        made = self.send(client, DirectCostWrite(cost))
        self.send(client, DirectCostChange(self.project, made, origin="xero:inv:10"))
        assert all(each.locked for each in client.direct_costs(self.project) if each.target_id == made)

    def outcome(self, client: ProcoreClient, *writes: ProjectWrite) -> ProjectOutcome:
        """Send one request, which must be taken; what came of its first write."""
        prepared = client.prepare(writes)
        outcomes = client.send(prepared, key=str(uuid.uuid4()), sent_by=time.monotonic() + 10)
        assert len(outcomes) == len(writes)
        assert not any(each.refusals for each in outcomes), outcomes
        return outcomes[0]

    def send(self, client: ProcoreClient, write: ProjectWrite) -> str:
        return self.outcome(client, write).target_id

    def send_vendor(self, client: ProcoreClient, write: VendorWrite) -> Vendor:
        prepared = client.prepare_vendors([write])
        (outcome,) = client.send_vendors(prepared, key=str(uuid.uuid4()), sent_by=time.monotonic() + 10)
        assert outcome.stored is not None, outcome.refusals
        return outcome.stored

    def write(self, client: Any, name: str) -> str:
        return self.send(client, HeaderWrite(self.commitment(name)))

    def written(self, name: str) -> int:
        orders = self.sandbox.procore.collections()[f"{self.company}/purchase_orders"].values()
        return sum(order["number"] == name for order in orders)

    def found(self, client: Any, name: str) -> int:
        return len(client.find(HeaderWrite(self.commitment(name))))

    def commitment(self, name: str, amount: str = "1000.00") -> Commitment:
        lines = (CommitmentLine(f"xero:pol:{name}", self.code, "Ready-mix 30 MPa", Decimal(amount)),)
        return Commitment(
            self.project, f"xero:po:{name}", name, f"{name} Mau Mixers", self.vendor, "USD", date(2026, 2, 3),
            date(2026, 2, 20), lines, Decimal(amount), "For the slab",
        )  # fmt: skip

    def requisition(self, order: str, line: str, amount: str = "400.00", reference: str = "xero:inv:7") -> Requisition:
        (period,) = self.open().billing_periods(self.project)
        items = (RequisitionItem(line, Decimal(amount)),)
        return Requisition(
            self.project, order, reference, "INV-7", period.period_id, period.starts, period.ends, date(2026, 2, 18),
            RequisitionStatus.DRAFT, items, Decimal(amount),
        )  # fmt: skip
