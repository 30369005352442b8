"""The auditor's page of an order and a bill of a project: both sides, code by code, whatever became of the texts."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.retention import erase_details
from integrations.engine.projects.standing import PAYMENT
from integrations.models import Posting, Record, Request, SourceDocument, UsedRow, Work
from integrations.reconciliation import auditing, project_evidence
from tests.pairs.xero_procore.ledger import exact, shelf
from tests.pairs.xero_procore.northline import Northline
from tests.portal.conftest import person
from tests.portal.consents import text

pytestmark = [pytest.mark.sqlite, pytest.mark.promise(29)]


def test_a105_both_sides_of_what_was_written_outlive_the_texts(northline: Northline) -> None:
    northline.run()
    SourceDocument.objects.update(detail="", summary="")
    erase_details(timezone.now())
    desk = Client()
    desk.force_login(person("aude", "Auditor"))
    an_order_that_leaves_something_out(northline, desk)
    a_bill_that_was_paid(northline, desk)
    held = Record.objects.filter(work=Work.HELD).order_by("pk")[0]
    assert project_evidence.of(auditing.of(held)) is None
    assert "both sides line by line" not in page_of(desk, held)


def page_of(desk: Client, record: Record) -> str:
    return text(desk.get(reverse("record_evidence", args=[record.pk])))


def an_order_that_leaves_something_out(northline: Northline, desk: Client) -> None:
    record = northline.record("NB-1038")
    found = project_evidence.of(auditing.of(record))
    assert found is not None
    orders = shelf(northline.sandbox, northline.tenant, "purchase_orders")
    order = next(each for each in orders if each["PurchaseOrderNumber"] == "NB-1038")
    assert [(row.account, row.amount) for row in found.source] == [
        (line["AccountCode"], exact(line["LineAmount"])) for line in order["LineItems"] if line.get("AccountCode")
    ]
    assert found.totals == (Decimal("2198.80"), Decimal("1719.00"))
    kept_out = [row for row in found.source if not row.code]
    assert sum(row.amount for row in kept_out) == Decimal("479.80")
    assert all(row.by.startswith("not project cost: cost code row") for row in kept_out)
    assert all(row.by for row in found.source)
    for code, wrote, had in found.codes:
        assert wrote == (had if code != "without a code" else 0)
    assert Request.objects.filter(body_hash=found.body).exists()
    page = page_of(desk, record)
    for words in ("1201 Harbour Clinic", "Code by code", "479.80 USD less stands in the project", found.body):
        assert words in page


def a_bill_that_was_paid(northline: Northline, desk: Client) -> None:
    paid = Posting.objects.filter(kind=PAYMENT, standing="ledger").order_by("pk")[0]
    found = project_evidence.of(auditing.of(paid.record))
    assert found is not None
    requisition = Posting.objects.get(record=paid.record, kind="requisition")
    assert found.totals[1] == requisition.target_total
    assert sum(row.amount for row in found.source) >= found.totals[1]
    assert all(line.code for line in found.written)
    coded = {row.code for row in found.source}
    assert coded == {line.code for line in found.written}, "each line of the books with the code that it fills"
    for row in found.source:
        table, _, rest = row.by.partition(" row ")
        number, _, version = rest.partition(", version ")
        assert UsedRow.objects.filter(posting=requisition, table=table.replace(" ", "-"), row=number, version=version)
    page = page_of(desk, paid.record)
    for words in (
        "By the table",
        found.source[0].by,
        found.source[0].account,
        "Contract payments",
        paid.reference,
        "Code by code",
    ):
        assert words in page
    assert "in the ledger" not in page
