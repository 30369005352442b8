"""A contractor's company at the stand-in, furnished with two projects, codes, a budget, a vendor and a period."""

from __future__ import annotations

from integrations.sandbox import Sandbox
from integrations.sandbox.procore.standin import ProcoreStandIn
from integrations.systems.procore.client import ProcoreClient
from tests.contract.procore import CONCRETE, Bench

STEEL = "05-120.M"


class Office:
    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.sandbox: Sandbox = bench.sandbox
        self.people: ProcoreStandIn = bench.sandbox.procore
        self.project, self.concrete, self.vendor = bench.project, bench.code, bench.vendor
        self.other = str(self.people.add_project("Depot", "1300")["id"])
        self.steel = str(self.people.add_code(int(self.project), STEEL, "Steel")["id"])
        self.people.set_budget(int(self.project), CONCRETE, "20000.00")
        period = self.people.add_billing_period(int(self.project), "2026-02-01", "2026-02-28")
        self.period = str(period["id"])

    def client(self, deadline: float | None = None) -> ProcoreClient:
        return self.bench.open(deadline=deadline)

    def paths(self, method: str = "") -> list[str]:
        """What was asked for, without the company's id."""
        asked = (each for each in self.bench.requests() if not method or each["method"] == method)
        return [each["path"].replace(str(self.bench.company), "{company}") for each in asked]
