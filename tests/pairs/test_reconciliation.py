"""Both sides beside each other: every difference a listed record, and a rest that can show itself."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.models import Entry
from integrations.engine import record_decisions
from integrations.models import Integration, Posting, Record, ReportDifference, ReportLine, ReportRun, TargetBill
from integrations.reconciliation import making
from tests.pairs.billing import thousand
from tests.portal.conftest import person
from tests.world import DAY, DOMAIN, START, World, line, part

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = timezone.now().date()


@pytest.fixture
def anna() -> User:
    return person("anna", "Accounting staff")


def prepared(world: World, by: User, as_of: date = TODAY, *, with_balances: bool = False) -> ReportRun:
    run = making.ask(world.integration, as_of, by, with_balances=with_balances)
    assert run.failure == ""
    assert run.made_at is not None
    return run


def total(run: ReportRun, currency: str = "USD") -> dict[str, Any]:
    found: dict[str, Any] = run.figures["currencies"][currency]
    return found


def causes(run: ReportRun) -> dict[str, Decimal]:
    return {cause: Decimal(amount) for cause, amount in total(run)["causes"].items()}


def booked(world: World, number: str) -> str:
    bill = str(world.bill(number)["InvoiceID"])
    world.sandbox.xero.approve_bill(bill, tenant=world.tenant)
    return bill


@pytest.mark.promise(53)
def test_a102_every_difference_is_a_listed_record_and_the_rest_is_nothing(world: World, anna: User) -> None:
    for number in ("PF1", "PF2", "PF3", "PF7", "PF8"):
        world.order(number)
    world.order("PF4", lines=[line(account="7777")])
    world.order("PF5", lines=[line(account="8888")])
    world.order("PF6", date=START - timedelta(days=90))
    world.run()
    for number in ("PF1", "PF7", "PF8"):
        booked(world, number)
    world.sandbox.xero.delete_bill(world.bill("PF3")["InvoiceID"], tenant=world.tenant)
    world.sandbox.xero.edit_bill(world.bill("PF7")["InvoiceID"], tenant=world.tenant, Date=DAY - timedelta(days=35))
    lines = [{**each, "UnitAmount": 13.0} for each in world.bill("PF8")["LineItems"] if each.get("AccountCode")]
    kept = ("Description", "Quantity", "UnitAmount", "AccountCode", "TaxType", "Tracking")
    edited = [{name: each[name] for name in kept if name in each} for each in lines]
    world.sandbox.xero.edit_bill(world.bill("PF8")["InvoiceID"], tenant=world.tenant, LineItems=edited)
    record_decisions.exclude([world.record("PF5")], anna, "paid by the parent company")
    world.run()
    run = prepared(world, anna)
    found = total(run)
    assert (Decimal(found["rest"]), run.adds_up) == (Decimal(0), True)
    assert (found["source_count"], found["ledger_count"]) == (Record.objects.exclude(work="not-approved").count(), 3)
    by_cause = {row.cause: row.number for row in run.differences.exclude(cause="month")}
    assert by_cause.items() >= {
        ("draft", "PF2"),
        ("removed", "PF3"),
        ("held", "PF4"),
        ("excluded", "PF5"),
        ("edited", "PF8"),
    }
    assert {row.number for row in run.differences.filter(cause="month")} == {"PF7"}
    assert sum(row.amount for row in run.differences.filter(cause="month")) == 0
    assert causes(run)["edited"] == Decimal("-21.00")
    assert Decimal(found["source"]) - Decimal(found["ledger"]) == sum(causes(run).values())


def test_a102_what_waits_is_covered_withdrawn_or_before_the_start_is_told_with_its_record(
    world: World, anna: User
) -> None:
    """PF1 became its bill, PF2 in part; PF3 was cancelled, PF4 came in trial mode, PF6 before the start."""
    for number in ("PF1", "PF2", "PF3"):
        thousand(world, number)
    thousand(world, "PF6", date=START - timedelta(days=90), modified=timezone.now())
    world.run()
    world.invoice("INV-1", orders=["PF1"])
    world.invoice("INV-2", items=[part("PF2", "40")], date=DAY + timedelta(days=1))
    world.sandbox.procurify.cancel_order(DOMAIN, "PF3")
    world.run()
    booked(world, "INV-1")
    Integration.objects.update(trial=True)
    thousand(world, "PF4", modified=timezone.now())
    world.run()
    run = prepared(world, anna)
    assert (Decimal(total(run)["rest"]), run.adds_up) == (Decimal(0), True)
    assert sorted(run.differences.values_list("cause", "number", "amount")) == [
        ("before-start", "PF6", Decimal(1000)),
        ("covered", "PF1", Decimal(1000)),
        ("covered", "PF2", Decimal(400)),
        ("draft", "INV-2", Decimal(400)),
        ("draft", "PF2", Decimal(600)),
        ("waiting", "PF4", Decimal(1000)),
        ("withdrawn", "PF3", Decimal(1000)),
    ]
    assert Decimal(total(run)["ledger"]) == Decimal(1000)


def test_a100_posted_source_minus_posted_target_is_the_sum_of_the_listed_differences(world: World, anna: User) -> None:
    world.order("PF1")
    world.run()
    booked(world, "PF1")
    world.run()
    Record.objects.update(amount=Decimal("526.00"))
    run = prepared(world, anna)
    assert causes(run) == {"amount": Decimal("1.00")}
    assert Decimal(total(run)["source"]) - Decimal(total(run)["ledger"]) == Decimal("1.00")


def tamper_posting() -> None:
    Posting.objects.filter(number="PF1").update(target_total=Decimal("500.00"))


def tamper_index() -> None:
    TargetBill.objects.filter(number="PF1").update(total=Decimal("524.00"))


def lose_index_row() -> None:
    TargetBill.objects.filter(number="PF1").delete()


def tamper_record() -> None:
    Record.objects.filter(number="PF1").update(amount=Decimal("999.00"))


def lose_standing() -> None:
    Posting.objects.filter(number="PF1").update(standing="nothing")


@pytest.mark.promise(53)
@pytest.mark.parametrize("tampered", [tamper_posting, tamper_index, lose_index_row, tamper_record, lose_standing])
def test_a102_a_row_changed_behind_the_products_back_leaves_a_rest(world: World, anna: User, tampered: Any) -> None:
    for number in ("PF1", "PF2"):
        world.order(number)
    world.run()
    for number in ("PF1", "PF2"):
        booked(world, number)
    world.run()
    assert prepared(world, anna).adds_up
    tampered()
    run = prepared(world, anna)
    assert not run.adds_up
    loose = run.differences.filter(cause="unexplained").exists()
    assert Decimal(total(run)["rest"]) or run.figures["unread"] or loose


def test_a102_a_bill_with_our_mark_and_without_a_record_is_unexplained(world: World, anna: User) -> None:
    world.order("PF1")
    world.run()
    copied = world.bill("PF1")
    other = world.sandbox.xero.add_bill(
        copied["Contact"]["ContactID"], number="COPY", amount=40, tenant=world.tenant, Url=f"{copied['Url']}0"
    )
    world.sandbox.xero.approve_bill(other["InvoiceID"], tenant=world.tenant)
    world.run()
    run = prepared(world, anna)
    assert not run.adds_up
    assert [(row.number, row.amount) for row in run.differences.filter(cause="unexplained")] == [
        ("COPY", Decimal("-46.00"))
    ]


def test_a102_the_report_is_of_documents_dated_up_to_the_day(world: World, anna: User) -> None:
    world.order("PF1", date=DAY)
    world.order("PF2", date=DAY + timedelta(days=2))
    world.run()
    run = prepared(world, anna, DAY + timedelta(days=1))
    assert total(run)["source_count"] == 1
    assert [row.number for row in run.differences.all()] == ["PF1"]
    assert run.adds_up


def test_a102_it_costs_the_same_few_questions_for_many_records(
    world: World, anna: User, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        world.order(f"PF{number}")
    world.run()
    with django_assert_max_num_queries(45):
        prepared(world, anna)


def test_a103_open_balances_tie_to_the_targets_own(world: World, anna: User) -> None:
    xero = world.sandbox.xero
    world.order("PF1")
    world.order("PF2")
    world.run()
    ours = booked(world, "PF1")
    xero.pay_bill(ours, 25, tenant=world.tenant)
    contact = world.bill("PF1")["Contact"]["ContactID"]
    theirs = xero.add_bill(contact, number="T-1", amount=80, tenant=world.tenant)
    xero.approve_bill(theirs["InvoiceID"], tenant=world.tenant)
    xero.add_credit_note(contact, 30, tenant=world.tenant)
    world.run()
    run = prepared(world, anna, with_balances=True)
    row = run.balances.get()
    shown = [row.ours, row.others, row.drafts, row.credits, row.balance, row.rest]
    assert (row.vendor, [int(amount) for amount in shown]) == ("Northgate Safety Supply", [500, 92, 525, 30, 562, 0])
    TargetBill.objects.filter(number="PF1").update(due=Decimal("1.00"))
    assert prepared(world, anna, with_balances=True).balances.get().rest == Decimal(-499)


def test_a104_a_run_is_stored_and_prints_the_same_whatever_happens_later(world: World, anna: User) -> None:
    world.order("PF1")
    world.run()
    run = prepared(world, anna)
    before = list(run.lines.values()) + list(run.differences.values())
    booked(world, "PF1")
    world.run()
    run.refresh_from_db()
    assert list(run.lines.values()) + list(run.differences.values()) == before
    assert making.is_unchanged(run)
    assert Entry.objects.get(action="report.prepared").details["hash"] == run.hash


@pytest.mark.parametrize("model", [ReportLine, ReportDifference])
def test_a104_a_stored_figure_that_was_changed_shows(world: World, anna: User, model: Any) -> None:
    world.order("PF1")
    world.run()
    run = prepared(world, anna)
    field = "source" if model is ReportLine else "amount"
    model.objects.update(**{field: Decimal("1.00")})
    assert not making.is_unchanged(run)
    assert "no longer" in making.review(run, person("otto", "Supervisor"), "")


def test_a104_prepared_and_reviewed_by_are_two_different_people(world: World) -> None:
    world.order("PF1")
    world.run()
    susan = person("susan", "Supervisor")
    run = prepared(world, susan)
    assert "second person" in making.review(run, susan, "looks fine")
    with pytest.raises(IntegrityError), transaction.atomic():
        ReportRun.objects.filter(pk=run.pk).update(reviewed_by=susan)
    otto = person("otto", "Supervisor")
    assert making.review(run, otto, "looks fine") == "reviewed."
    assert making.review(run, otto, "again") == "was already reviewed."
    run.refresh_from_db()
    assert (run.prepared_by, run.reviewed_by) == (susan, otto)
    assert Entry.objects.get(action="report.reviewed").actor == otto
