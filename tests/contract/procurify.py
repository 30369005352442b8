"""Procurify on the contract suite's bench: read, and its vendors written."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from integrations.documents import Vendor
from integrations.systems.facts import Account
from integrations.systems.paging import Page
from integrations.systems.procurify.client import ProcurifyClient
from integrations.systems.procurify.oauth import fetch_token
from integrations.systems.tokens import App
from integrations.vendor_documents import VendorAction, VendorWrite
from tests.contract import bench
from tests.contract.bench import Json

DOMAIN = "harbormills"
SECRET = "sandbox-secret-harbormills"


class Bench(bench.Bench):
    slug = "procurify"
    feed_path = "/api/v2/purchase_orders/purchased/all/$"

    def credentials(self) -> set[str]:
        return {SECRET}

    def fetch_token(self) -> str:
        return fetch_token(DOMAIN, App(f"{DOMAIN}-id", SECRET), urls=self.urls()).access_token

    def prepare(self) -> None:
        return

    def urls(self) -> Mapping[str, str]:
        return {"api": self.sandbox.url(self.slug) + "/{domain}"}

    def open(self, urls: Mapping[str, str] | None = None, deadline: float | None = None) -> ProcurifyClient:
        return ProcurifyClient.open(Account(DOMAIN, urls or self.urls()), self.wires.wiring(deadline))

    def make_pages_small(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The client asks for a hundred, the system gives ten: its own maximum is not documented."""
        self.sandbox.procurify.turn(page_cap=10)

    def fill(self, count: int) -> set[str]:
        made = self.sandbox.procurify.many_orders(DOMAIN, count)
        first = int(made["first"].removeprefix("PF"))
        return {str(number) for number in range(first, first + count)}

    def walk(self, client: Any, *, recent: bool = False) -> Iterator[Page[Any]]:
        pages: Iterator[Page[Any]] = client.changed_since("purchase-orders", _today() if recent else None)
        return pages

    def old_record(self) -> None:
        long_ago = datetime.now(UTC) - timedelta(days=90)
        self.sandbox.procurify.add_order(DOMAIN, date=long_ago.date(), modified=long_ago)

    def specified(self) -> list[Json]:
        """The request for a token stands in the specification, too."""
        return self.sandbox.log(self.slug)

    def everything(self, client: Any) -> None:
        self.fill(3)
        client.company()
        pages = list(client.changed_since("purchase-orders", _today() - timedelta(days=40), _today()))
        client.order(pages[0].rows[0].source_id)
        list(client.reference_lists())
        list(client.vendors())
        values = {"name": "Delta Steel", "email": "ap@delta.example", "currency": "USD", "city": "Leeds"}
        made = self.send(client, VendorWrite(VendorAction.CREATE, values, "xero-9f2c"))
        changed = {"phone": "0113 5551234", "email": "new@delta.example", "active": "no"}
        self.send(client, VendorWrite(VendorAction.UPDATE, changed, before=made))
        client.vendors_by_ids([made.source_id])
        client.vendors_marked(["xero-9f2c"])
        client.vendors_named("Delta Steel")

    def send(self, client: Any, write: VendorWrite) -> Vendor:
        """Write one vendor, which must be taken."""
        prepared = client.prepare_vendors([write])
        (outcome,) = client.send_vendors(prepared, key=str(uuid.uuid4()), sent_by=time.monotonic() + 10)
        assert outcome.stored is not None, outcome.refusals
        stored: Vendor = outcome.stored
        return stored


def _today() -> date:
    return datetime.now(UTC).date()
