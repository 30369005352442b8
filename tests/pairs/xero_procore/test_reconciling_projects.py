"""The books beside the projects: every difference a listed record, the rest 0.00, and what is loose shows itself."""

import re
from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.engine.projects import standing as kinds
from integrations.models import Posting, ProjectSettings, Record, ReportRun, Work
from integrations.reconciliation import making
from tests.pairs.xero_procore.ledger import day_of, exact, shelf, standing
from tests.pairs.xero_procore.northline import Northline
from tests.portal.conftest import person
from tests.portal.consents import text

pytestmark = pytest.mark.sqlite  # nothing here asks the database anything of its own
D = Decimal
UNAPPROVED = {"DRAFT", "SUBMITTED"}


@pytest.fixture
def anna(transactional_db: None) -> User:
    return person("anna", "Accounting staff")


def prepared(northline: Northline, by: User) -> ReportRun:
    run = making.ask(northline.integration, timezone.localdate(), by)
    assert (run.failure, run.made_at is not None) == ("", True)
    return run


def amounts(run: ReportRun, side: str, kind: str) -> dict[str, Decimal]:
    found = {currency: D(total[side]) for currency, total in run.figures["kinds"][kind].items()}
    return {currency: amount for currency, amount in found.items() if amount}


def listed(run: ReportRun, **more: Any) -> list[tuple[str, str, Decimal]]:
    return [(row.number, row.cause, row.amount) for row in run.differences.filter(**more).order_by("position")]


def in_the_books(northline: Northline, name: str) -> dict[str, Decimal]:
    """Net by currency of every document up to today that was approved once, as the stand-in holds them."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for row in shelf(northline.sandbox, northline.tenant, name):
        dated = day_of(row["DateString"]) <= timezone.localdate()
        if dated and row["Status"] not in UNAPPROVED and row.get("Type") != "ACCREC":
            found[row["CurrencyCode"]] += exact(row["SubTotal"])
    return dict(found)


def in_the_projects(northline: Northline) -> tuple[Decimal, Decimal, Decimal]:
    """What stands of ours in commitments, requisitions and payments, as the stand-in holds it."""
    what = standing(northline.sandbox)
    ordered = [amount for rows in what.commitments.values() for row in rows for _, amount in row["lines"].values()]
    billed = [amount for rows in what.requisitions.values() for row in rows for amount in row["lines"].values()]
    paid = [row["amount"] for rows in what.payments.values() for row in rows]
    return sum(ordered, D(0)), sum(billed, D(0)), sum(paid, D(0))


@pytest.mark.promise(53)
def test_a102_orders_bills_and_payments_each_tie_to_the_projects(northline: Northline, anna: User) -> None:
    ProjectSettings.objects.update(requisition_status="approved")
    northline.run()
    calls = len(northline.asked("/rest/", "procore"))
    run = prepared(northline, anna)
    assert len(northline.asked("/rest/", "procore")) - calls == 10  # two lists of each of the five projects
    assert run.adds_up
    assert amounts(run, "source", kinds.COMMITMENT) == in_the_books(northline, "purchase_orders")
    assert amounts(run, "source", kinds.REQUISITION) == in_the_books(northline, "invoices")
    ordered, billed, paid = in_the_projects(northline)
    assert in_project(run) == ({"USD": ordered}, {"USD": billed}, {"USD": paid})
    assert billed > paid > 0
    for total in (total for _, _, total in making.totals_of(run.figures)):
        explained = sum((D(amount) for amount in total["causes"].values()), D(0))
        assert D(total["source"]) - D(total["ledger"]) == explained
    assert listed(run, number="NB-1038") == [("NB-1038", "excluded", D("479.80"))]  # of it 479.80 is no project cost
    what_people_paid_themselves_is_not_ours(northline, anna, run)
    documents_whose_text_was_deleted_still_tie(northline, anna, run)
    northline.sandbox.procore.permit_project("1203", permitted=False)
    refused = making.ask(northline.integration, timezone.localdate(), anna)
    assert (refused.made_at, refused.lines.count(), bool(refused.failure)) == (None, 0, True)


def in_project(run: ReportRun) -> tuple[dict[str, Decimal], ...]:
    return tuple(amounts(run, "ledger", kind) for kind in (kinds.COMMITMENT, kinds.REQUISITION, kinds.PAYMENT))


def what_people_paid_themselves_is_not_ours(northline: Northline, anna: User, before: ReportRun) -> None:
    order = next(rows[0]["id"] for rows in standing(northline.sandbox).commitments.values())
    northline.sandbox.procore.add_payment(order, "12.00", date="2026-11-01")
    calls = len(northline.asked("/contract_payments", "procore"))
    run = prepared(northline, anna)
    assert len(northline.asked("/contract_payments", "procore")) == calls + 1
    assert (in_project(run), run.adds_up) == (in_project(before), True)


def documents_whose_text_was_deleted_still_tie(northline: Northline, anna: User, before: ReportRun) -> None:
    for record in Record.objects.filter(work=Work.DONE).select_related("document"):
        record.document.detail = ""
        record.document.save(update_fields=["detail"])
    run = prepared(northline, anna)
    assert (in_project(run), run.adds_up) == (in_project(before), True)


def test_a100_what_people_changed_closed_or_made_there_shows(northline: Northline, anna: User) -> None:
    northline.run()
    postings = Posting.objects.filter(kind="commitment", standing="ledger", record__amount=D("1050.00"))
    posting = postings.select_related("record").order_by("pk")[0]
    order, procore = int(posting.target_id), northline.sandbox.procore
    lines = procore.collections()["line_items"]
    line = lines[str(procore.order(order)["line_items"][0]["id"])]
    procore.edit_order(order, status="Draft")
    procore.put("line_items", {**line, "amount": "1000.00"})
    procore.edit_order(order, status="Approved")
    run = prepared(northline, anna)
    assert listed(run, number=posting.record.number) == [(posting.record.number, "edited", D("50.00"))]
    assert run.adds_up
    procore.edit_order(order, status="Closed")
    run = prepared(northline, anna)
    [row] = run.differences.filter(record=posting.record_id)
    assert (row.cause, row.amount, row.words) == ("removed", D("1050.00"), "It is Closed there now.")
    assert run.adds_up
    vendor = procore.order(order)["vendor"]["id"]
    made = [{"code": "03-300.M", "amount": "40.00"}]
    procore.add_order("1201", vendor, made, status="Approved", number="COPY", origin_id="xero:po:nobody-s")
    run = prepared(northline, anna)
    assert not run.adds_up
    assert listed(run, cause="unexplained") == [("COPY", "unexplained", D("-40.00"))]


def test_a102_each_record_that_is_not_there_says_why_on_the_page_and_in_the_file(
    northline: Northline, anna: User
) -> None:
    northline.run()
    desk = Client()
    desk.force_login(anna)
    values = {"integration": northline.integration.pk, "as_of": str(timezone.localdate()), "with_balances": "on"}
    page = text(desk.post(reverse("admin:integrations_reportrun_prepare"), values, follow=True))
    for words in ("1201 Harbour Clinic", "Orders as commitments", "In the project", "rest 0.00"):
        assert words in page
    assert "In the ledger" not in page
    run = ReportRun.objects.get()
    assert (run.adds_up, run.with_balances) == (True, False)
    away = Record.objects.filter(flow="purchase-orders", work__in=[Work.HELD, Work.EXCLUDED_RULE]).exclude(amount=0)
    told = run.differences.filter(kind=kinds.COMMITMENT, cause__in=["held", "excluded"])
    assert {row.record_id for row in told} >= {each.pk for each in away}
    over = run.differences.get(number="NB-1011", kind=kinds.COMMITMENT)
    assert (over.project, over.cause, over.vendor) == ("1202 Ballard Boat Works", "held", "Mau Mixers")
    assert over.words.startswith("The order is more than the budget has left.")
    drafts = run.differences.filter(kind=kinds.REQUISITION, cause="draft")
    assert sum(row.amount for row in drafts) == in_the_projects(northline)[1]
    assert not run.lines.filter(kind=kinds.REQUISITION).exclude(ledger=0).exists()
    address = reverse("admin:integrations_reportrun_change", args=[run.pk])
    only = text(desk.get(f"{address}?part=differences&kind=commitment&project=&cause=held"))
    assert "NB-1001" in only
    assert "NB-1011" not in only
    differences, lines = taken_along(desk, run, "differences"), taken_along(desk, run, "lines")
    assert "project,compared,record,number" in differences
    assert "1202 Ballard Boat Works,orders as commitments," in differences
    assert re.search(r"1201 Harbour Clinic,orders as commitments,Mau Mixers,USD,\d{4}-\d\d-01,", lines)
    assert making.is_unchanged(run)
    assert desk.get(reverse("admin:integrations_reportrun_print", args=[run.pk])).status_code == 200
    run.lines.filter(kind=kinds.PAYMENT).update(kind=kinds.REQUISITION)
    assert not making.is_unchanged(run)


def taken_along(desk: Client, run: ReportRun, part: str) -> str:
    answer: Any = desk.get(reverse("admin:integrations_reportrun_csv", args=[run.pk, part]))
    return b"".join(answer.streaming_content).decode()
