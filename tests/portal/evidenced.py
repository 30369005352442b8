"""Records that were posted with rows of every lookup table, or wait because what those lead to is archived."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from audit.trail import log_many
from integrations.engine import trail
from integrations.models import Billing, Decision, Integration, InvoiceFile, Posting, Record, UsedRow, Work
from integrations.pairs.xero_procore import BILLS, ORDERS
from mappings.models import (
    AccountRow,
    BudgetLineRow,
    CostCodeRow,
    ExtraCostRow,
    MappingRow,
    ProjectRow,
    ReferenceEntry,
    Scope,
    TaxRow,
    TrackingRow,
    VendorLink,
)
from tests.portal.desks import a_held_record, lacking, posted

EACH = 3  # rows of every table
DIMENSIONS = ("department", "location", "item category")
NAMED = ("department", "location", "item_category", "vendor", "tracking_option")
LEDGER_LISTS = ("account", "tracking_option", "tax_rate", "contact")
PROJECT_LISTS = ("project", "budget_code", "contact")


def a_bill(integration: Integration, asked_by: User) -> Record:
    """One in a ledger."""
    record = _written(integration, "BILL", "bills")
    posting = posted(record)
    _used(posting, (row for place in range(EACH) for row in ledger_rows(integration.scope, str(place))))
    line = {"description": "Hex bolts", "net": "1250.50", "account": "64", "tax_code": "VAT", "tracking": [["c", "o"]]}
    bill = {"lines": [line], "contact": "0", "total": "1250.50", "currency": "USD", "date": "2026-03-02"}
    _told(record, "bill.intended", bill=bill, people=[["Approved by", "Ann"]], body="h", attempt=1)
    _around(record, posting, asked_by)
    return record


def a_requisition(integration: Integration, asked_by: User) -> Record:
    """A bill of a project, which takes of the lines of its order."""
    order, bill = _written(integration, "ORDER", ORDERS.slug), _written(integration, "REQUISITION", BILLS.slug)
    commitment = {
        "project": "0", "origin": "o1", "number": "ORDER", "title": "", "vendor": "0", "currency": "USD",
        "date": "2026-03-02", "delivery_date": None, "total": "1250.50", "description": "",
        "lines": [{"origin": "o1/l1", "code": "0", "description": "Hex bolts", "amount": "1250.50"}],
    }  # fmt: skip
    _intended(order, commitment=commitment)
    posting = posted(bill)
    posting.kind, posting.project = "requisition", "0"
    posting.save()
    _used(posting, (row for place in range(EACH) for row in project_rows(integration.scope, str(place))))
    Billing.objects.create(bill=bill, order=order.document.source_id, item="l1", net=bill.amount)
    _intended(bill, requisition={"project": "0"})
    _around(bill, posting, asked_by)
    return bill


def in_the_way(record: Record, rows: Iterable[MappingRow]) -> None:
    """The record waits for what these rows lead to, which has been archived since."""
    for row in rows:
        row.save()
        (key,) = row.lookup_keys()
        lacking(record, key.table, *key.parts)
    ReferenceEntry.objects.filter(books=record.integration.scope.target_books_id).update(active=False)


def _written(integration: Integration, number: str, flow: str) -> Record:
    record = a_held_record(integration, number, work=Work.DONE, hold_reason="")
    record.flow = flow
    record.save()
    return record


def _intended(record: Record, **document: Any) -> None:
    line = {"line_id": "s1", "description": "Hex bolts", "account": "310", "item_code": "", "amount": "1250.50"}
    coded = {"line": "s1", "code": "03-300.M", "mark": "", "table": "cost-code", "row": 1, "version": 1}
    _told(record, "step.intended", name="header", document=document, source=[line], coded=[coded], body="h", attempt=1)


def _told(record: Record, action: str, **details: Any) -> None:
    log_many([trail.event(action, record, **details)])


def _around(record: Record, posting: Posting, asked_by: User) -> None:
    """A decision of a person, and a file."""
    Decision.objects.create(
        kind="exclude", subject_kind="record", subject_id=str(record.pk), integration=record.integration,
        asked_by=asked_by,
    )  # fmt: skip
    InvoiceFile.objects.create(posting=posting, name="invoice.pdf")


def _used(posting: Posting, rows: Iterable[MappingRow]) -> None:
    for row in rows:
        row.save()
        UsedRow.objects.create(posting=posting, table=row.table, row=row.pk, version=row.version)


def ledger_rows(scope: Scope, key: str) -> list[MappingRow]:
    there = _lists(scope, key, LEDGER_LISTS)
    account = AccountRow(scope=scope, source_code=f"64{key}", target=there["account"])
    account.department = account.location = account.item_category = key
    return [
        account,
        TrackingRow(scope=scope, dimension=DIMENSIONS[int(key)], source_key=key, target=there["tracking_option"]),
        TaxRow(scope=scope, taxes=f"VAT 1{key}%", target=there["tax_rate"]),
        ExtraCostRow(scope=scope, name=f"Freight {key}", account=there["account"], tax=there["tax_rate"]),
        VendorLink(scope=scope, source_key=key, target=there["contact"], state="confirmed"),
    ]


def project_rows(scope: Scope, key: str) -> list[MappingRow]:
    there = _lists(scope, key, PROJECT_LISTS)
    code, project = there["budget_code"].code, there["project"]
    return [
        ProjectRow(scope=scope, source_key=key, target=project),
        CostCodeRow(scope=scope, source_code=f"31{key}", project=project, code=code),
        BudgetLineRow(scope=scope, source_key=key, project=project, code=code),
        VendorLink(scope=scope, source_key=key, target=there["contact"], state="confirmed"),
    ]


def _lists(scope: Scope, key: str, kinds: Iterable[str]) -> dict[str, ReferenceEntry]:
    """An entry of each list of the source, and of these of the target, which are returned by the name of the list."""
    for kind in NAMED:
        _entry(scope.source_books_id, kind, key)
    return {kind: _entry(scope.target_books_id, kind, key) for kind in kinds}


def _entry(books: int, kind: str, key: str) -> ReferenceEntry:
    found, _ = ReferenceEntry.objects.get_or_create(
        books_id=books, kind=kind, key=key,
        defaults={"code": f"{kind} {key}", "name": f"The {kind} {key}", "seen_at": timezone.now(),
                  "attributes": {"project": key} if kind == "budget_code" else {}},
    )  # fmt: skip
    return found
