"""Stories of suppliers' bills by themselves: new versions, withdrawal, payment, numbers, dates."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from integrations.days import in_full
from integrations.engine import record_decisions
from integrations.models import Billing, Integration, Posting, TargetCredit, Work
from tests import world as worlds
from tests.pairs.billing import SERVICE, approved, thousand, totals, two_people
from tests.pairs.books import owed_once
from tests.world import Json, World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite]

D = Decimal


@pytest.mark.promise(5)
def test_a36_a_bill_fixed_after_approval_updates_its_draft_under_the_same_record(world: World) -> None:
    for same_uuid in (True, False):
        number = f"SRV-{int(same_uuid)}"
        world.invoice(number, items=[{"name": "Service", "amount": D(90), "account": "6100"}])
        world.run()
        before = world.bill(number)["InvoiceID"]
        later = f"{worlds.DAY + timedelta(days=54)}"
        world.sandbox.procurify.fix_bill(worlds.DOMAIN, number, same_uuid=same_uuid, due_date=f"{later}T00:00:00-08:00")
        world.run()
        bill = world.bill(number)
        assert (bill["InvoiceID"], bill["DueDateString"][:10]) == (before, later)
    assert len(world.bills) == 2


def test_a36_a_bill_that_shrinks_gives_its_order_the_rest_back(world: World) -> None:
    thousand(world)
    world.run()
    made = world.invoice("INV-7", orders=["PF1"])
    world.run()
    items = [{**made_item(world, made), "quantity": "90.00000000", "total_cost": 900.0, "total_cost_with_tax": 900.0}]
    items[0]["cost_allocations"][0]["amount"] = "900.00000000"
    world.sandbox.procurify.fix_bill(worlds.DOMAIN, "INV-7", items=items, invoice_total=900.0)
    world.run()
    assert totals(world) == {"INV-7": 900.0, "PF1": 100.0}
    owed_once(world)


def made_item(world: World, made: Json) -> Json:
    """The item as the stand-in keeps it."""
    tenant = world.sandbox.procurify.tenant(worlds.DOMAIN)
    return dict(next(row for row in tenant.rows("bills") if row["id"] == made["id"])["items"][0])


def test_a36_a_bill_in_the_ledger_that_changes_is_held_with_the_difference(world: World) -> None:
    world.invoice("SRV-1", items=[{"name": "Service", "amount": D(90), "account": "6100"}])
    world.run()
    world.sandbox.xero.approve_bill(world.bill("SRV-1")["InvoiceID"], tenant=world.tenant)
    day_before = worlds.DAY - timedelta(days=1)
    world.sandbox.procurify.fix_bill(worlds.DOMAIN, "SRV-1", invoice_date=f"{day_before}T00:00:00-07:00")
    world.run()
    assert world.record("SRV-1").hold_reason == "changed-after-posting"


def test_a37_a_denied_bill_loses_its_draft_and_the_order_has_its_own_again(world: World) -> None:
    thousand(world)
    world.run()
    world.invoice("INV-7", orders=["PF1"])
    world.run()
    world.sandbox.procurify.move_bill(worlds.DOMAIN, "INV-7", "denied")
    world.run()
    assert totals(world) == {"PF1": 1000.0}
    assert world.record("INV-7").work == Work.WITHDRAWN
    assert not Billing.objects.exists()
    owed_once(world)


def test_a38_a_bill_that_is_approved_again_is_posted_once_and_a_cancelled_payment_is_no_change(world: World) -> None:
    thousand(world)
    world.run()
    world.invoice("INV-7", orders=["PF1"])
    world.run()
    for status in ("denied", "approved"):
        world.sandbox.procurify.move_bill(worlds.DOMAIN, "INV-7", status)
        world.run()
    assert totals(world) == {"INV-7": 1000.0}
    owed_once(world)
    writes = len(world.writes())
    for status in ("paid", "approved"):
        world.sandbox.procurify.move_bill(worlds.DOMAIN, "INV-7", status)
        world.run()
    assert len(world.writes()) == writes
    assert world.record("INV-7").work == Work.DONE


@pytest.mark.promise(9)
def test_a33_a_bill_paid_before_it_was_seen_is_held_and_one_paid_later_says_so(world: World) -> None:
    service = [{"name": "Service", "amount": D(90), "account": "6100"}]
    world.invoice("SRV-1", items=service)
    world.sandbox.procurify.add_payment(worlds.DOMAIN, ["SRV-1"], posted=worlds.DAY)
    world.invoice("SRV-2", items=service)
    world.run()
    assert world.record("SRV-1").hold_reason == "paid-at-source"
    world.sandbox.procurify.add_payment(worlds.DOMAIN, ["SRV-2"], posted=date(2026, 11, 3))
    world.run()
    (flag,) = world.record("SRV-2").flags.all()
    assert flag.explanation == "Paid in procurement on 3 November 2026, do not pay."
    assert Posting.objects.get(record__number="SRV-2").paid_on == date(2026, 11, 3)
    payments = [asked for asked in world.sandbox.log("procurify") if asked["method"] not in ("GET", "OPTIONS")]
    assert {asked["path"] for asked in payments} <= {"/harbormills/oauth/token", "/oauth/token"}


def test_a33_where_bills_are_paid_at_the_source_the_posted_bill_says_not_to_pay(world: World) -> None:
    Integration.objects.update(bills_paid_at_source=True)
    world.invoice("SRV-1", items=[{"name": "Service", "amount": D(90), "account": "6100"}])
    world.sandbox.procurify.add_payment(worlds.DOMAIN, ["SRV-1"], posted=worlds.DAY)
    world.run()
    first = world.bill("SRV-1")["LineItems"][0]["Description"]
    assert first == f"Paid in procurement on {in_full(worlds.DAY)}, do not pay"
    world.run()
    assert len(world.writes()) == 1


def test_a40_two_bills_of_one_number_and_vendor_are_never_both_posted(world: World) -> None:
    service = [{"name": "Service", "amount": D(90), "account": "6100"}]
    world.invoice("INV-00123", items=service)
    world.invoice("inv 123", items=[{**service[0], "amount": D(91)}])
    world.run()
    assert len(world.bills) == 1
    held = [record for record in (world.record("INV-00123"), world.record("inv 123")) if record.work == Work.HELD]
    assert [record.hold_reason for record in held] == ["possible-duplicate"]
    world.invoice("INV 0123", items=[{**service[0], "amount": D(92)}])
    world.run()
    assert world.record("INV 0123").hold_reason == "possible-duplicate"


@pytest.mark.parametrize("number", ["INV-00123", "CN-9"])
def test_a40_credits_of_the_vendor_are_compared_too(world: World, number: str) -> None:
    for numbered in (number, "OTHER-1"):
        world.sandbox.xero.add_credit_note(worlds.VENDOR, "90.00", number=numbered, day=worlds.DAY, tenant=world.tenant)
    thousand(world)
    world.run()
    assert not reads_of_credits(world), "orders are compared with bills alone"
    world.invoice("inv 123", items=SERVICE)
    world.run()
    record = world.record("inv 123")
    if number == "INV-00123":
        assert (record.work, record.hold_reason) == (Work.HELD, "possible-duplicate")
        assert record.explanation.startswith("Credit INV-00123 of 90.00")
        assert "inv 123" not in totals(world)
    else:
        assert [flag.kind for flag in record.flags.all()] == ["possible-duplicate"]
        assert totals(world)["inv 123"] == 90.0
    assert len(reads_of_credits(world)) == 1


def test_a40_a_credit_that_came_later_is_seen_and_one_that_was_voided_is_not(world: World) -> None:
    world.invoice("SRV-1", items=SERVICE)
    world.run()
    note = world.sandbox.xero.add_credit_note(worlds.VENDOR, "5.00", number="SRV-2", tenant=world.tenant)
    world.invoice("SRV-2", items=[{**SERVICE[0], "amount": D(91)}])
    world.run()
    assert world.record("SRV-2").hold_reason == "possible-duplicate"
    organisation = world.sandbox.xero.organisation(world.tenant)
    organisation.credit_notes.amend(note["CreditNoteID"], Status="VOIDED")
    world.sandbox.procurify.fix_bill(worlds.DOMAIN, "SRV-2", note="Asked the supplier")
    world.run()
    assert totals(world) == {"SRV-1": 90.0, "SRV-2": 91.0}
    assert TargetCredit.objects.get().status == "removed"


def reads_of_credits(world: World) -> list[Json]:
    return [asked for asked in world.sandbox.log("xero") if "CreditNotes" in asked["path"]]


@pytest.mark.parametrize("same_uuid", [True, False])
def test_a96_a_rejected_bill_does_not_come_back_because_it_was_paid(
    world: World, django_user_model: type, same_uuid: bool
) -> None:
    Integration.objects.update(approval_rule="always")
    world.integration.refresh_from_db()
    world.invoice("SRV-1", items=SERVICE)
    world.run()
    asks, decides = two_people(django_user_model)
    record_decisions.reject([world.record("SRV-1")], asks, "Never ordered")
    record_decisions.approve([world.record("SRV-1")], decides, "Indeed")
    assert world.record("SRV-1").work == Work.EXCLUDED_PERSON
    world.sandbox.procurify.add_payment(worlds.DOMAIN, ["SRV-1"], posted=worlds.DAY)
    world.run()
    assert world.record("SRV-1").work == Work.EXCLUDED_PERSON
    world.sandbox.procurify.move_bill(worlds.DOMAIN, "SRV-1", "approved")  # the payment was cancelled
    world.sandbox.procurify.fix_bill(worlds.DOMAIN, "SRV-1", same_uuid=same_uuid, note="Seen again")
    world.run()
    assert world.record("SRV-1").work == Work.EXCLUDED_PERSON
    world.sandbox.procurify.fix_bill(
        worlds.DOMAIN, "SRV-1", same_uuid=same_uuid, due_date=f"{worlds.DAY + timedelta(days=54)}T00:00:00-08:00"
    )
    world.run()
    assert world.record("SRV-1").work != Work.EXCLUDED_PERSON


def test_a92_an_approval_outlives_a_payment_since_only_content_counts(world: World, django_user_model: type) -> None:
    Integration.objects.update(approval_rule="always", bills_paid_at_source=True)
    world.integration.refresh_from_db()
    world.invoice("SRV-1", items=SERVICE)
    world.run()
    assert world.record("SRV-1").work == Work.APPROVAL
    ((_, said),) = record_decisions.approve([world.record("SRV-1")], two_people(django_user_model)[0], "As agreed")
    assert said == "approved."
    world.sandbox.procurify.add_payment(worlds.DOMAIN, ["SRV-1"], posted=worlds.DAY)
    world.run()
    assert world.record("SRV-1").work == Work.DONE
    assert world.bill("SRV-1")["LineItems"][0]["Description"].startswith("Paid in procurement on")


@pytest.mark.parametrize("kind", ["order", "bill"])
def test_a97_what_nobody_approved_at_the_source_is_flagged(world: World, kind: str) -> None:
    if kind == "order":
        thousand(world, "X1", approved_by="")
        thousand(world, "X2")
    else:
        made = world.invoice("X1", items=SERVICE)
        tenant = world.sandbox.procurify.tenant(worlds.DOMAIN)
        steps = next(row for row in tenant.rows("bills") if row["id"] == made["id"])["bill_statuses"]
        steps[-1]["user"] = None  # approved by a rule
        world.invoice("X2", items=[{**SERVICE[0], "amount": D(91)}])
    world.run()
    assert [flag.kind for flag in world.record("X1").flags.all()] == ["approved-by-nobody"]
    assert not world.record("X2").flags.exists()
    assert world.record("X1").work == Work.DONE


def test_a34_a_bill_of_more_than_was_received_is_flagged_billed_before_receipt(world: World) -> None:
    for number, received in (("PF1", 0.6), ("PF2", 1)):
        thousand(world, number)
        world.sandbox.procurify.receive(worlds.DOMAIN, number, received)
        world.invoice(f"INV-{number}", items=[worlds.part(number, "70")])
    world.run()
    (flag,) = world.record("INV-PF1").flags.all()
    assert flag.kind == "billed-before-receipt"
    assert "700.00 USD billed and 600.00 USD received of “Steel bar” on order PF1" in flag.explanation
    assert not world.record("INV-PF2").flags.exists()
    assert {world.record(f"INV-{number}").work for number in ("PF1", "PF2")} == {Work.DONE}


def test_a41_a_bill_without_a_number_gets_an_artificial_one_or_is_held_by_setting(
    world: World, django_user_model: type
) -> None:
    service = [{"name": "Service", "amount": D(90), "account": "6100"}]
    made = world.invoice("", items=service)
    number = f"NONUM-{made['group']}"
    world.run()
    assert world.record(number).work == Work.APPROVAL
    approved(world, number, two_people(django_user_model)[0])
    assert totals(world) == {number: 90.0}
    assert [flag.kind for flag in world.record(number).flags.all()] == ["no-number"]
    Integration.objects.update(hold_without_number=True)
    second = world.invoice("", items=service)
    world.run()
    assert world.record(f"NONUM-{second['group']}").hold_reason == "invalid-source"


def test_a62_a_missing_due_date_comes_from_the_terms_and_is_flagged(world: World) -> None:
    made = world.invoice("SRV-1", items=[{"name": "Service", "amount": D(90), "account": "6100"}])
    tenant = world.sandbox.procurify.tenant(worlds.DOMAIN)
    row = next(each for each in tenant.rows("bills") if each["id"] == made["id"])
    row.update(due_date=None, payment_terms="Net 14")
    world.run()
    assert world.bill("SRV-1")["DueDateString"][:10] == str(worlds.DAY + timedelta(days=14))
    assert [flag.kind for flag in world.record("SRV-1").flags.all()] == ["due-date-computed"]


def test_a62_without_terms_of_its_own_the_vendors_terms_in_the_target_count(world: World) -> None:
    contact = world.sandbox.xero.contact(worlds.VENDOR, tenant=world.tenant)
    world.sandbox.xero.edit_contact(
        contact["ContactID"], PaymentTerms={"Bills": {"Day": 20, "Type": "OFFOLLOWINGMONTH"}}, tenant=world.tenant
    )
    worlds.read_lists(world.integration)
    made = world.invoice("SRV-1", items=[{"name": "Service", "amount": D(90), "account": "6100"}])
    tenant = world.sandbox.procurify.tenant(worlds.DOMAIN)
    next(each for each in tenant.rows("bills") if each["id"] == made["id"]).update(due_date=None)
    row = next(each for each in tenant.rows("bills") if each["id"] == made["id"])
    row["payment_terms"] = ""
    world.run()
    due = date.fromisoformat(world.bill("SRV-1")["DueDateString"][:10])
    assert (due.day, due > worlds.DAY) == (20, True)


@pytest.mark.parametrize("by", ["posting date", "first open day"])
def test_a63_a_bill_in_a_closed_period_is_held_until_a_day_is_chosen(
    world: World, django_user_model: type, by: str
) -> None:
    locked = worlds.DAY + timedelta(days=5)
    given = locked + timedelta(days=4)
    world.sandbox.xero.set_lock_date(locked, tenant=world.tenant)
    worlds.read_lists(world.integration)
    world.invoice("SRV-1", items=SERVICE, gl_post_date=f"{given}T00:00:00-08:00")
    world.run()
    record = world.record("SRV-1")
    assert record.hold_reason == "closed-period"
    assert f"{in_full(locked + timedelta(days=1))}, or its posting date {in_full(given)}" in record.explanation
    chosen = given if by == "posting date" else locked + timedelta(days=1)
    asks, decides = two_people(django_user_model)
    record_decisions.redate([record], asks, "It came late", chosen)
    world.run()
    assert world.bills == [], "a second person has to agree"
    ((_, said),) = record_decisions.approve([world.record("SRV-1")], asks, "Myself")
    assert said != "approved."
    approved(world, "SRV-1", decides)
    assert world.bill("SRV-1")["DateString"][:10] == str(chosen)
    record = world.record("SRV-1")
    (flag,) = record.flags.all()
    assert flag.kind == "re-dated"
    assert f"dated {in_full(worlds.DAY)}; it was posted on {in_full(chosen)}" in flag.explanation
    assert record.document_date == worlds.DAY
    assert Posting.objects.get(record=record).document_date == chosen, "as Xero stored it"


def test_a64_a_bill_dated_before_the_start_and_approved_after_it_is_held(world: World) -> None:
    service = [{"name": "Service", "amount": D(90), "account": "6100"}]
    early = worlds.START - timedelta(days=3)
    world.invoice("SRV-1", items=service, date=early, modified=worlds.START + timedelta(days=1))
    world.run()
    assert world.record("SRV-1").hold_reason == "straddles-start"
    assert world.bills == []
