"""A contractor's company at the stand-in, furnished with two projects, codes, a budget, a vendor and a period."""

from __future__ import annotations

import time
import uuid
from dataclasses import replace
from decimal import Decimal
from typing import Any

from integrations.project_documents import Commitment, CommitmentLine, CommitmentStatus, Requisition, StoredCommitment
from integrations.project_writes import HeaderWrite, LinesWrite, ProjectOutcome, ProjectWrite, StatusWrite
from integrations.sandbox import Sandbox
from integrations.sandbox.procore.standin import ProcoreStandIn
from integrations.systems.procore.client import ProcoreClient
from integrations.systems.protocols import ProjectBooks
from tests.contract.procore import CONCRETE, Bench

STEEL = "05-120.M"
APPROVED = CommitmentStatus.APPROVED


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

    def books(self, deadline: float | None = None) -> ProjectBooks:
        """The same client, as the engine knows it."""
        return self.bench.open(deadline=deadline)

    def outcomes(self, *writes: ProjectWrite, books: ProjectBooks | None = None) -> list[ProjectOutcome]:
        """What came of one request."""
        books = books or self.books()
        return books.send(books.prepare(writes), key=str(uuid.uuid4()), sent_by=time.monotonic() + 10)

    def send(self, write: ProjectWrite) -> ProjectOutcome:
        """One write, which must be taken."""
        (outcome,) = self.outcomes(write)
        assert outcome.refusals == ()
        return outcome

    def order(self, name: str = "PO-1", *amounts: str, status: CommitmentStatus | None = APPROVED) -> StoredCommitment:
        """A commitment of ours with lines of concrete, in that status."""
        wanted = self.commitment(name, *(amounts or ("1000.00",)))
        made = self.send(HeaderWrite(wanted)).target_id
        self.send(LinesWrite(self.project, made, wanted.lines))
        if status is not None:
            self.send(StatusWrite(self.project, made, status))
        (found,) = self.books().commitments(self.project, [made])
        return found

    def commitment(self, name: str, *amounts: str) -> Commitment:
        lines = tuple(
            CommitmentLine(f"xero:pol:{name}:{place}", self.concrete, f"Part {place}", Decimal(amount))
            for place, amount in enumerate(amounts, start=1)
        )
        total = sum((line.amount for line in lines), Decimal(0))
        return replace(self.bench.commitment(name), lines=lines, total=total)

    def invoice(self, order: StoredCommitment, amount: str = "400.00", reference: str = "xero:inv:7") -> Requisition:
        assert order.lines
        return self.bench.requisition(order.target_id, order.lines[0].line_id, amount, reference)

    def fails(self, effect: str, path: str, method: str, **more: Any) -> None:
        """The next such request goes wrong; the token is fetched before, so that it does not count."""
        self.bench.wires.access_token()
        self.sandbox.faults.add("procore", effect, path=path, method=method, **more)

    def paths(self, method: str = "") -> list[str]:
        """What was asked for, without the company's id."""
        asked = (each for each in self.bench.requests() if not method or each["method"] == method)
        return [each["path"].replace(str(self.bench.company), "{company}") for each in asked]
