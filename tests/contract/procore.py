"""Procore on the contract suite's bench: a company's projects, lists and commitments, read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.sandbox.procore.tokens import CLIENT_ID, CLIENT_SECRET
from integrations.systems.facts import Account
from integrations.systems.paging import Page
from integrations.systems.procore import walking
from integrations.systems.procore.client import ProcoreClient
from integrations.systems.procore.oauth import fetch_token
from integrations.systems.tokens import App
from tests.contract import bench

CONCRETE = "03-300.M"


class Bench(bench.Bench):
    slug = "procore"
    feed_path = "/rest/v1.0/purchase_order_contracts$"

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
        self.fill(1)
        list(self.walk(client, recent=True))
