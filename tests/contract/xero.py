"""Xero on the contract suite's bench: reads and writes."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from integrations.documents import Bill, BillAction, BillLine, BillWrite, Tracked, Vendor
from integrations.supplier_documents import CreditKind
from integrations.systems.facts import Account
from integrations.systems.paging import Page
from integrations.systems.protocols import Sought
from integrations.systems.xero import incremental
from integrations.systems.xero.client import XeroClient
from integrations.vendor_documents import VendorAction, VendorWrite
from tests.contract import bench

SCOPES = (
    "offline_access accounting.invoices accounting.contacts accounting.settings.read accounting.attachments "
    "accounting.payments.read"
)


class Bench(bench.Bench):
    slug = "xero"
    feed_path = "/api.xro/2.0/Invoices$"
    write_path = "^/api.xro/2.0/Invoices$"
    write_method = "PUT"

    def credentials(self) -> set[str]:
        return {self.tenant}

    def fetch_token(self) -> str:
        token: str = self.sandbox.xero.issue_tokens(scopes=SCOPES)["access_token"]
        return token

    def prepare(self) -> None:
        xero = self.sandbox.xero
        self.tenant: str = xero.add_organisation("Harbor Mills Ltd", "NZD", currencies=["USD"])["OrganisationID"]
        self.contact: str = xero.add_contact("Delta Steel Ltd", EmailAddress="ap@delta.example")["ContactID"]

    def urls(self) -> Mapping[str, str]:
        return {"api": self.sandbox.url(self.slug)}

    def open(self, urls: Mapping[str, str] | None = None, deadline: float | None = None) -> XeroClient:
        return XeroClient.open(Account(self.tenant, urls or self.urls()), self.wires.wiring(deadline))

    def make_pages_small(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(incremental, "XERO", replace(self.facts, page_size=10))

    def fill(self, count: int) -> set[str]:
        line = {"Description": "Steel", "Quantity": 1, "UnitAmount": 10, "AccountCode": "310", "TaxType": "INPUT2"}
        made = (self.sandbox.xero.add_bill(self.contact, [line], InvoiceNumber=f"S-{n}") for n in range(count))
        return {each["InvoiceID"] for each in made}

    def walk(self, client: Any, *, recent: bool = False) -> Iterator[Page[Any]]:
        since = datetime.now(UTC) - timedelta(minutes=5) if recent else None
        pages: Iterator[Page[Any]] = client.bills_changed_since(since)
        return pages

    def old_record(self) -> None:
        (made,) = self.fill(1)
        long_ago = round((datetime.now(UTC) - timedelta(days=90)).timestamp() * 1000)
        record = self.sandbox.xero.collections()[f"{self.tenant}/invoices"][made]
        stamped = {**record, "UpdatedDateUTC": f"/Date({long_ago}+0000)/"}
        self.sandbox.xero.put(f"{self.tenant}/invoices", stamped)

    def everything(self, client: Any) -> None:
        category = self.sandbox.xero.add_tracking_category("Region", ["North", "South"])
        tracked = Tracked(category["TrackingCategoryID"], category["Options"][0]["TrackingOptionID"])
        client.company()
        list(client.reference_lists())
        list(client.contacts_changed_since(datetime.now(UTC)))
        created = self.send(client, BillWrite(BillAction.CREATE, self.bill("PF1", tracked)))
        changed = BillWrite(BillAction.UPDATE, self.bill("PF2, part", tracked), created)
        self.send(client, changed)
        client.find([self.sought("PF1"), self.sought("PF2, part")], since=datetime.now(UTC))
        client.bills([created])
        self.attach(client, created)
        self.send(client, BillWrite(BillAction.DELETE, None, created))
        list(client.bills_changed_since(datetime.now(UTC)))
        list(client.credits_changed_since(datetime.now(UTC)))
        self.reads_suppliers(client)
        self.keeps_vendors(client)

    def reads_suppliers(self, client: XeroClient) -> None:
        """Xero as a source: what its books hold of suppliers."""
        moment = datetime.now(UTC)
        list(client.supplier_orders_changed_since(moment))
        list(client.supplier_bills_changed_since(moment))
        list(client.supplier_payments_changed_since(moment))
        for kind in CreditKind:
            list(client.supplier_credits_changed_since(kind, moment))
        client.supplier_bills([str(uuid.uuid4())])

    def keeps_vendors(self, client: XeroClient) -> None:
        values = {"name": "Alki Beach", "email": "ap@alki.example", "contact": "Ana Petrov", "city": "Leeds"}
        made = self.send_vendor(client, VendorWrite(VendorAction.CREATE, values, "abc123-v1-318"))
        changed = {"phone": "0113 5551234", "street": "4 Dock Rd", "active": "no"}
        self.send_vendor(client, VendorWrite(VendorAction.UPDATE, changed, before=made))
        client.vendors_by_ids([made.source_id])
        assert len(client.vendors_marked(["abc123-v1-318"])["abc123-v1-318"]) == 1

    def send_vendor(self, client: XeroClient, write: VendorWrite) -> Vendor:
        prepared = client.prepare_vendors([write])
        (outcome,) = client.send_vendors(prepared, key=str(uuid.uuid4()), sent_by=time.monotonic() + 10)
        assert outcome.stored is not None, outcome.refusals
        return outcome.stored

    def attach(self, client: XeroClient, target_id: str) -> None:
        prepared = client.prepare_file(target_id, client.file_name("Rechnung [7] ä.pdf", ()), b"%PDF")
        client.send_file(prepared, key=str(uuid.uuid4()), sent_by=time.monotonic() + 10)
        (file,) = client.attached(target_id)
        assert client.attached_content(target_id, file.key) == b"%PDF"

    def send(self, client: XeroClient, write: BillWrite) -> str:
        """Send one step, which must be taken; the bill's id."""
        (outcome,) = client.send(client.prepare([write]), key=str(uuid.uuid4()), sent_by=time.monotonic() + 10)
        assert outcome.stored is not None, outcome.refusals
        return outcome.stored.target_id

    def write(self, client: Any, name: str) -> str:
        return self.send(client, BillWrite(BillAction.CREATE, self.bill(name)))

    def written(self, name: str) -> int:
        bills = self.sandbox.xero.collections()[f"{self.tenant}/invoices"].values()
        return sum(bill["InvoiceNumber"] == name for bill in bills)

    def found(self, client: Any, name: str) -> int:
        sought = self.sought(name)
        return len(client.find([sought])[sought.link])

    def sought(self, name: str) -> Sought:
        return Sought(name, self.contact, f"https://portal.example/r/{name[:3]}")

    def bill(self, name: str, *tracking: Tracked) -> Bill:
        lines = (
            BillLine(f"Order {name}, supplier's invoice not yet received"),
            BillLine("Steel bar 12mm", Decimal("30.37"), Decimal(3), Decimal("10.1234"), "310", "INPUT2"),
            BillLine(
                "Freight", Decimal("5.00"), account="310", tax_code="NONE", tax_amount=Decimal(0), tracking=tracking
            ),
        )
        net, tax, total = Decimal("35.37"), Decimal("4.56"), Decimal("39.93")
        link = self.sought(name).link
        return Bill(self.contact, name, date(2026, 10, 1), date(2026, 10, 31), "NZD", lines, net, tax, total, link)
