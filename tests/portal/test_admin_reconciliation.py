"""The pages of reconciliation: who may prepare, review, accept, restore; and what they show."""

from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import Entry
from audit.trail import log
from integrations.engine import references, trail
from integrations.engine.index import number_key
from integrations.models import (
    Decision,
    Discrepancy,
    Flag,
    Integration,
    OrderLine,
    Posting,
    Record,
    ReportRun,
    Standing,
    TargetBill,
    Work,
)
from integrations.reconciliation import auditing, making, month_end
from tests.engine.rows import an_integration
from tests.portal.conftest import person
from tests.portal.consents import text
from tests.portal.desks import a_held_record, posted

pytestmark = pytest.mark.django_db
PREPARE = "/integrations/reportrun/prepare/"


@pytest.fixture
def integration(db: None) -> Integration:
    return an_integration()


def desk_of(name: str, role: str) -> Client:
    client = Client()
    client.force_login(person(name, role))
    return client


def streamed(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode()


def a_booked_record(integration: Integration, number: str, total: str = "100.00", **more: Any) -> Record:
    record = a_held_record(integration, number, work=Work.DONE, hold_reason="", amount=Decimal(total), **more)
    posting = posted(record, Standing.LEDGER, document_date=record.document_date)
    TargetBill.objects.create(
        connection=integration.target,
        target_id=posting.target_id,
        version="1",
        number=number,
        contact="c1",
        status="in the ledger",
        date=record.document_date,
        currency=record.currency,
        total=record.amount,
        due=record.amount,
        ours=True,
    )
    return record


def a_drifted_record(integration: Integration) -> Flag:
    record = a_held_record(integration, "PF1", work=Work.DONE, hold_reason="")
    posted(record)
    details = {"fields": [["total", "100.00", "120.00"]], "fingerprint": "f" * 64}
    return Flag.objects.create(
        record=record, kind="edited-in-target", explanation="Edited.", details=details, opened_at=timezone.now()
    )


def test_a102_a_report_is_prepared_shown_and_taken_along(integration: Integration) -> None:
    a_booked_record(integration, "PF1", vendor_name="=cmd()")
    a_held_record(integration, "PF2")
    anna = desk_of("anna", "Accounting staff")
    answer = anna.post(PREPARE, {"integration": integration.pk, "as_of": "2026-03-31"}, follow=True)
    page = text(answer)
    assert "1,350.50" in page  # 100.00 booked and 1,250.50 held
    assert "held for a person" in page
    run = ReportRun.objects.get()
    listed = text(anna.get(f"/integrations/reportrun/{run.pk}/change/?part=differences&cause=held"))
    assert ">PF2<" in listed
    assert ">PF1<" not in listed
    csv = streamed(anna.get(f"/integrations/reportrun/{run.pk}/lines.csv"))
    assert "'=cmd(),USD,2026-03-01,1,100.0000,1,100.0000" in csv
    differences = streamed(anna.get(f"/integrations/reportrun/{run.pk}/differences.csv"))
    assert "PF2,Brass & Bolt,USD,2026-03-01,held for a person,1250.5000" in differences
    assert Entry.objects.filter(action="report.exported").count() == 2


def test_a104_the_printed_page_says_when_a_figure_was_changed(integration: Integration) -> None:
    a_held_record(integration, "PF2")
    anna = desk_of("anna", "Accounting staff")
    run = making.ask(integration, date(2026, 3, 31), User.objects.get(username="anna"))
    printed = f"/integrations/reportrun/{run.pk}/print/"
    assert "as they were stored" in text(anna.get(printed))
    run.lines.update(source=1)
    assert "not those that were stored" in text(anna.get(printed))


def test_a104_only_a_reviewer_reviews_and_never_what_they_prepared(integration: Integration) -> None:
    susan = desk_of("susan", "Supervisor")
    anna = desk_of("anna", "Accounting staff")
    run = making.ask(integration, date(2026, 3, 31), User.objects.get(username="susan"))
    review = f"/integrations/reportrun/{run.pk}/review/"
    assert anna.post(review, {"remark": "fine"}).status_code == 403
    assert "Somebody else reviews it" in text(susan.get(f"/integrations/reportrun/{run.pk}/change/"))
    susan.post(review, {"remark": "fine"})
    assert ReportRun.objects.get().reviewed_by is None
    desk_of("otto", "Supervisor").post(review, {"remark": "fine"})
    assert ReportRun.objects.get().reviewed_by == User.objects.get(username="otto")


@pytest.mark.parametrize("role", ["Auditor", "Integration administrator", "Operator"])
def test_who_may_not_prepare_is_refused_by_post_too(integration: Integration, role: str) -> None:
    desk = desk_of("one", role)
    assert desk.get(PREPARE).status_code == 403
    assert desk.post(PREPARE, {"integration": integration.pk, "as_of": "2026-03-31"}).status_code == 403
    assert not ReportRun.objects.exists()


def test_e14_reports_of_other_integrations_are_not_seen(integration: Integration) -> None:
    other = an_integration("Other orders")
    anna = desk_of("anna", "Accounting staff")
    me = User.objects.get(username="anna")
    other.limited_to.add(me)
    run = making.ask(integration, date(2026, 3, 31), me)
    assert anna.get(f"/integrations/reportrun/{run.pk}/change/").status_code == 404
    assert anna.get(f"/integrations/reportrun/{run.pk}/lines.csv").status_code == 404
    anna.post(PREPARE, {"integration": integration.pk, "as_of": "2026-03-31"})
    assert ReportRun.objects.count() == 1


@pytest.mark.parametrize("month", ["2025-99", "²²²²-01", "03", "2025-1x"])
def test_a_month_that_is_none_finds_nothing(integration: Integration, month: str) -> None:
    anna = desk_of("anna", "Accounting staff")
    run = making.ask(integration, date(2026, 3, 31), User.objects.get(username="anna"))
    page = anna.get(f"/integrations/reportrun/{run.pk}/change/", {"part": "differences", "month": month})
    assert page.status_code == 200


def test_a42_drift_is_shown_field_by_field_and_decided_with_its_own_permission(integration: Integration) -> None:
    flag = a_drifted_record(integration)
    address = f"/integrations/flag/{flag.pk}/change/"
    auditor = desk_of("aude", "Auditor")
    page = text(auditor.get(address))
    assert "120.00" in page
    assert "Accept what stands there" not in page
    decide = reverse("admin:integrations_flag_decide", args=[flag.pk, "drift-accept"])
    assert auditor.post(decide, {"reason": "x"}).status_code == 403
    anna = desk_of("anna", "Accounting staff")
    restore = reverse("admin:integrations_flag_decide", args=[flag.pk, "drift-restore"])
    assert anna.post(restore, {"reason": "x"}).status_code == 403
    assert anna.get(decide).status_code == 405
    anna.post(decide, {"reason": "agreed with the supplier"})
    flag.refresh_from_db()
    assert flag.closed_at is not None
    assert Decision.objects.get().reason == "agreed with the supplier"


def test_a65_the_month_end_page_lists_by_count_and_amount(integration: Integration) -> None:
    a_held_record(integration, "PF1")
    late = a_booked_record(integration, "PF2")
    late.postings.update(posted_at=timezone.now())
    moved = a_booked_record(integration, "PF3")
    moved.postings.update(document_date=date(2026, 2, 27), posted_at=None)
    anna = desk_of("anna", "Accounting staff")
    base = f"/month-end/?integration={integration.pk}&day=2026-03-31&list="
    shown = {slug: text(anna.get(base + slug)) for slug in ("not-booked", "other-month", "late")}
    assert [">PF1<" in shown[slug] for slug in shown] == [True, False, False]
    assert [">PF3<" in shown[slug] for slug in shown] == [False, True, False]
    assert [">PF2<" in shown[slug] for slug in shown] == [False, False, True]
    assert "1,250.50 USD" in shown["late"]


def test_a65_every_list_is_counted_as_it_is_listed(integration: Integration) -> None:
    """In one question, though a document may be in two lists, in none, or without a date."""
    march, day, later = date(2026, 3, 2), date(2026, 3, 31), datetime(2026, 4, 3, tzinfo=UTC)
    for number, work in enumerate(Work.values):
        a_held_record(integration, f"W{number}", work=work, currency="CAD" if number % 3 else "USD")
    for number, standing in enumerate(Standing.values):
        for since, at_source in ((later, None), (None, march), (later, later.date())):
            name = f"S{number}-{since is None}-{at_source}"
            record = a_held_record(
                integration, name, work=Work.DONE, document_date=at_source, amount=Decimal("0.1") + number
            )
            posted(record, Standing(standing), document_date=march, posted_at=since)
    counted = month_end.counted(integration, day)
    for slug, each in month_end.LISTS.items():
        listed = list(each.rows(integration, day))
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for record in listed:
            sums[record.currency] += record.amount
        assert (counted[slug].count, counted[slug].amounts) == (len(listed), sums)
    assert {slug: counts.count for slug, counts in counted.items()} == {"not-booked": 9, "other-month": 1, "late": 4}


def test_a22_received_and_not_billed_is_listed_per_order_line(integration: Integration) -> None:
    """Received 60 at 10.00, billed 400.00: accrue 200.00."""
    record = a_booked_record(integration, "PF1")
    OrderLine.objects.create(record=record, item="5511", position=0, ordered=1000, received=600, billed=400)
    OrderLine.objects.create(record=record, item="5512", position=1, ordered=100, received=100, billed=100)
    page = text(
        desk_of("anna", "Accounting staff").get(
            f"/month-end/?integration={integration.pk}&day=2026-03-31&list=not-billed"
        )
    )
    assert "200.00 USD" in page
    assert "5511" in page
    assert "5512" not in page


def test_a96_what_was_taken_out_of_sight_is_listed_until_reviewed(integration: Integration) -> None:
    Decision.objects.create(
        kind="exclude",
        subject_kind="record",
        subject_id="1",
        integration=integration,
        label="Order PF9",
        content_hash="h",
        approved=True,
        reason="paid by the parent",
    )
    anna = desk_of("anna", "Accounting staff")
    assert "paid by the parent" in text(anna.get(f"/month-end/?integration={integration.pk}"))
    Decision.objects.update(reviewed_at=timezone.now())
    assert "paid by the parent" not in text(anna.get(f"/month-end/?integration={integration.pk}"))


@pytest.mark.parametrize("typed", ["target id", "reference", "our link", "web link", "number there"])
def test_a106_from_any_document_in_the_target_one_step_leads_to_its_record(
    integration: Integration, typed: str
) -> None:
    record = a_booked_record(integration, "PF1")
    posting = record.postings.get()
    sought = {
        "target id": posting.target_id,
        "reference": posting.reference,
        "our link": references.link(posting.reference),
        "web link": f"https://go.xero.com/AccountsPayable/View.aspx?InvoiceID={posting.target_id}",
        "number there": "INV-77",
    }[typed]
    TargetBill.objects.update(number="INV-77", number_key=number_key("INV-77"))
    answer = desk_of("aude", "Auditor").get("/evidence/", {"q": sought})
    assert (answer.status_code, answer.headers.get("Location")) == (302, f"/evidence/{record.pk}/")


def test_a106_what_is_not_ours_is_said_to_be_not_ours(integration: Integration) -> None:
    assert "has no record here" in text(desk_of("aude", "Auditor").get("/evidence/", {"q": "INV-9"}))


def test_a106_of_many_documents_with_one_number_the_newest_are_listed_and_that_there_are_more(
    integration: Integration,
) -> None:
    numbers = [f"PF{number}" for number in range(auditing.MOST_HITS + 1)]
    records = [a_held_record(integration, number) for number in numbers]
    Record.objects.update(number="7")
    seen = Record.objects.all()
    found = auditing.find("7", seen)
    assert [each.pk for each in found.records] == [each.pk for each in reversed(records)][: auditing.MOST_HITS]
    desk = desk_of("aude", "Auditor")
    assert "the 20 that came in last. There are more" in text(desk.get("/evidence/", {"q": "7"}))
    Record.objects.filter(pk=records[0].pk).update(number="8")
    assert list(auditing.find("7", seen).records) == list(found.records)
    assert "There are more" not in text(desk.get("/evidence/", {"q": "7"}))


def test_a106_a_number_in_one_company_names_no_document_of_another(integration: Integration) -> None:
    """Ids of documents are short numbers in some systems, and so the same in many companies."""
    other = an_integration("Mills Canada")
    here, there = a_booked_record(integration, "PF1"), a_booked_record(other, "PF2")
    Posting.objects.update(target_id="145")
    for record, number in ((here, "INV-77"), (there, "INV-78")):
        bills = TargetBill.objects.filter(connection=record.integration.target)
        bills.update(target_id="145", number=number, number_key=number_key(number))
    assert [each.pk for each in auditing.find("INV-77", Record.objects.all()).records] == [here.pk]
    assert [each.pk for each in auditing.find("145", Record.objects.all()).records] == [there.pk, here.pk]


def test_a105_one_page_prints_all_that_is_kept_of_a_record(integration: Integration) -> None:
    record = a_booked_record(integration, "PF1")
    line = {"description": "Gloves", "net": "95.00", "account": "400", "tax_code": "NONE", "tracking": []}
    bill = {"contact": "c1", "number": "PF1", "date": "2026-03-02", "currency": "USD", "net": "95.00", "lines": [line]}
    details = {"bill": bill, "people": [["Approved by", "Ann Lee"]], "body": "b" * 64, "target": "Xero"}
    log("bill.intended", trail.subject(record), details=details)
    page = text(desk_of("aude", "Auditor").get(f"/evidence/{record.pk}/"))
    for kept in ("Gloves", "Ann Lee", "b" * 64, "not sealed yet", "target-", "Hash of its bytes"):
        assert kept in page, kept


def test_a106_a_discrepancy_is_settled_with_a_reason_by_a_supervisor(integration: Integration) -> None:
    found = Discrepancy.objects.create(
        connection=integration.target,
        kind="unknown-document",
        explanation="Bill X has no record.",
        opened_at=timezone.now(),
    )
    close = reverse("admin:integrations_discrepancy_close", args=[found.pk])
    assert desk_of("anna", "Accounting staff").post(close, {"reason": "x"}).status_code == 403
    susan = desk_of("susan", "Supervisor")
    susan.post(close, {"reason": " "})
    assert Discrepancy.objects.get().closed_at is None
    susan.post(close, {"reason": "typed by the former tool"})
    assert Discrepancy.objects.get().closed_at is not None
    assert Entry.objects.get(action="discrepancy.closed").details["reason"] == "typed by the former tool"


def test_a101_whoever_prepares_is_warned_when_the_reading_user_sees_only_a_part(integration: Integration) -> None:
    integration.source.warnings = ["This user sees only some departments."]
    integration.source.save(update_fields=["warnings"])
    assert "sees only some departments" in text(desk_of("anna", "Accounting staff").get(PREPARE))


def test_a42_drift_is_not_closed_like_any_other_flag(integration: Integration) -> None:
    flag = a_drifted_record(integration)
    susan = desk_of("susan", "Supervisor")
    page = text(susan.get(f"/integrations/record/{flag.record_id}/change/"))
    assert f"/integrations/flag/{flag.pk}/change/" in page
    assert f"/evidence/{flag.record_id}/" in page
    susan.post(reverse("admin:integrations_record_close_flag", args=[flag.record_id, flag.pk]), {"reason": "fine"})
    flag.refresh_from_db()
    assert flag.closed_at is None
