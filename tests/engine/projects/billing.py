"""Bills of Mau Mixers against orders that stand at the stand-in, walked slice by slice; told in the words of bills."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from integrations.documents import Tracked, Vendor
from integrations.engine.approvals import load
from integrations.engine.projects import bill_doubts, open_lines, requisitions, standing
from integrations.engine.projects.bill_walk import BillWalk
from integrations.models import Posting, Record, SourceDocument, Standing, Work
from integrations.pairs.xero_procore.documents import (
    Bill,
    BillStatus,
    Payment,
    SourceLine,
    TaxMode,
    line_origin,
    order_origin,
)
from integrations.pairs.xero_procore.terms import ProjectTerms
from integrations.project_documents import ProjectFacts
from mappings import keys, told
from mappings.project_tables import BudgetCode, CostCodeRow, KnownProject, ProjectRow, ProjectTables
from mappings.tables import Tables, VendorRow
from tests.engine.projects.site import CONCRETE, STEEL, Json, Site

D = Decimal
JOB = "cat-job"
IN_CLINIC = (Tracked(JOB, "Harbour Clinic"),)
MIXERS = Vendor("c-1", "Mau Mixers")
DAY = date(2026, 2, 18)
PAID = date(2026, 3, 2)


@dataclass
class Billed:
    """The site with an open period, and the books' bills as they are read now."""

    site: Site
    period: int
    terms: ProjectTerms
    bills: dict[int, Bill] = field(default_factory=dict)

    # What happens in the books

    def order(self, number: str, *amounts: str, code: str = CONCRETE, status: str = "Approved") -> Json:
        """An order of ours that stands, with lines of these amounts."""
        lines = [
            {"code": code, "amount": each, "description": f"Part {at}", "origin_id": line_origin(f"{number}-{at}")}
            for at, each in enumerate(amounts, start=1)
        ]
        given = {"number": number, "title": number, "origin_id": order_origin(number.lower())}
        made = self.site.people.add_order(int(self.site.project), int(self.site.vendor), lines, status=status, **given)
        record = self.site.order(number)
        total = sum((D(each) for each in amounts), D(0))
        values = {"work": Work.DONE, "vendor_key": MIXERS.source_id, "amount": total, "currency": "USD"}
        Record.objects.filter(pk=record.pk).update(**values, document_date=date(2026, 2, 3))
        Posting.objects.create(
            record=record, connection=self.site.integration.target, kind=standing.COMMITMENT,
            reference=order_origin(number.lower()), project=self.site.project, target_id=str(made["id"]),
            standing=Standing.DRAFT if status == "Draft" else Standing.LEDGER, source_total=total, target_total=total,
        )  # fmt: skip
        return made

    def bill(self, number: str, *lines: SourceLine, **more: Any) -> Record:
        """An authorised bill of 400.00 for concrete, unless said otherwise."""
        given = lines or (line("400.00"),)
        net = sum((each.amount for each in given), D(0))
        tax = sum((each.tax_amount for each in given), D(0))
        values: Json = {
            "source_id": number.lower().replace(" ", "-"), "number": number, "status": BillStatus.AUTHORISED,
            "vendor": MIXERS, "date": DAY, "currency": "USD", "tax_mode": TaxMode.EXCLUSIVE, "lines": given, "net": net,
            "tax": tax, "total": net + tax, **more,
        }  # fmt: skip
        bill = Bill(**values)
        document = SourceDocument.objects.create(
            connection=self.site.integration.source, feed="supplier-bills", source_id=bill.source_id, number=number,
            detail="{}", detail_due=False,
        )  # fmt: skip
        record = Record.objects.create(
            integration=self.site.integration, flow="bills", document=document, number=number, amount=bill.total,
            currency="USD", vendor_name=bill.vendor.name, vendor_key=bill.vendor.source_id, document_date=bill.date,
            changed_at=timezone.now(),
        )  # fmt: skip
        self.bills[record.pk] = bill
        return record

    def changes(self, record: Record, **changes: Any) -> None:
        """The books say something else of it, and it was read again."""
        self.bills[record.pk] = replace(self.bills[record.pk], **changes)
        Record.objects.filter(pk=record.pk).update(work=Work.WAITING, hold_reason="", explanation="", not_before=None)

    def pays(self, record: Record, *amounts: str, day: date = PAID) -> None:
        """Payments are made, one a day after those before; the last one settles the bill if they add up."""
        bill = self.bills[record.pk]
        made = list(bill.payments)
        for each in amounts:
            made.append(Payment(f"{bill.source_id}-p{len(made) + 1}", day + timedelta(days=len(made)), D(each)))
        self._paid(record, made)

    def takes_back(self, record: Record, nth: int) -> None:
        """The nth payment was deleted."""
        made = list(self.bills[record.pk].payments)
        made[nth - 1] = replace(made[nth - 1], deleted=True)
        self._paid(record, made)

    def _paid(self, record: Record, made: Sequence[Payment]) -> None:
        bill = replace(self.bills[record.pk], payments=tuple(made))
        settled = sum((each.amount for each in bill.standing_payments), D(0)) == bill.total
        self.changes(record, payments=bill.payments, status=BillStatus.PAID if settled else BillStatus.AUTHORISED)

    # What the portal does

    def run(self, *, settle: bool = False, sends: bool = True) -> None:
        """One slice: doubts, then every bill, oldest first, as often as the slice comes to it."""
        with self.site.slice() as slice_, self.site.books() as books:
            open_lines.mark_lost(slice_)
            bill_doubts.recover(slice_, books)
            walk = BillWalk(slice_, books, self.terms, self.tables, sends)
            record = requisitions.next_bill(self.site.integration)
            while record is not None:
                requisitions.carry_out(walk, record, self.bills[record.pk], load([record])[record.pk])
                record = requisitions.next_bill(self.site.integration, record)

    # What can be seen

    def requisitions(self) -> list[Json]:
        """Those that stand, oldest first, each with its items by line."""
        return self._shelf("requisitions")

    def payments(self) -> list[Json]:
        return self._shelf("contract_payments")

    def direct_costs(self) -> list[Json]:
        return self._shelf("direct_costs")

    def paid(self) -> list[tuple[str, str]]:
        """Amount and our reference of every contract payment."""
        return [(f"{D(each['amount']):.2f}", each["origin_data"]) for each in self.payments()]

    def claimed(self) -> list[tuple[str, Decimal]]:
        """Number and amount of every requisition, chain by chain."""
        commitments = dict.fromkeys(str(each["commitment_id"]) for each in self.requisitions())
        with self.site.books() as books:
            chains = [books.requisitions(self.site.project, each) for each in commitments]
        return [(each.number, each.total) for chain in chains for each in chain]

    def work(self, record: Record) -> str:
        record.refresh_from_db()
        return record.hold_reason or record.work

    @property
    def tables(self) -> Tables:
        """Account 310 is concrete, 320 steel, 820 no project cost."""
        site = self.site
        coded = {("310", "", ""): CONCRETE, ("320", "", ""): STEEL}
        rows = {key: CostCodeRow(keys.COST_CODE, pk, 1, code=code) for pk, (key, code) in enumerate(coded.items(), 1)}
        marked = {("820", "", ""): CostCodeRow(keys.COST_CODE, 9, 1, mark="not project cost")}
        codes = {(site.project, CONCRETE): site.concrete, (site.project, STEEL): site.steel}
        return Tables(
            vendors={("c-1", ""): VendorRow(keys.VENDOR, 1, 1, target=site.vendor, name="Mau Mixers")},
            projects=ProjectTables(
                projects={"opt-clinic": ProjectRow(keys.PROJECT, 1, 1, target=site.project, name="Harbour Clinic")},
                cost_codes=rows | marked,
                options={(JOB, "harbour clinic"): "opt-clinic"},
                known={site.project: KnownProject(site.project, "1234", "Harbour Clinic", True)},
                codes={key: BudgetCode(pk, key[1], key[1], True) for key, pk in codes.items()},
            ),
            told=told.times(site.integration.scope),
        )

    def _shelf(self, name: str) -> list[Json]:
        rows = self.site.people.collections()[f"{self.site.people.company().id}/{name}"]
        return [rows[key] for key in sorted(rows, key=int)]


def line(amount: str, account: str = "310", **more: Any) -> SourceLine:
    values: Json = {
        "line_id": f"l-{amount}-{account}", "description": "Ready-mix 30 MPa", "tracking": IN_CLINIC, **more,
    }  # fmt: skip
    return SourceLine(amount=D(amount), account=account, **values)


def build(site: Site) -> Billed:
    period = site.people.add_billing_period(int(site.project), "2026-02-01", "2026-02-28")["id"]
    facts = {site.project: ProjectFacts(site.project, "1234", "Harbour Clinic", True, currency="USD")}
    return Billed(site, period, ProjectTerms(start_date=date(2026, 1, 1), project_category=JOB, projects=facts))
