"""Stories of two systems: an approved order in Procurify, a draft bill in Xero."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from integrations.engine import record_decisions, release
from integrations.engine.running import run_slice, run_until_idle
from integrations.models import Posting, Record, RequestLine, Standing, Work
from integrations.places import lines as places
from mappings import models as tables
from mappings.models import ReferenceEntry
from tests import world as worlds
from tests.world import World, line

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.promise(3)
def test_an_approved_order_becomes_one_draft_bill(world: World) -> None:
    world.order("PF1041", freight="35.00")
    world.run()
    bill = world.bill("PF1041")
    assert (bill["Type"], bill["Status"], bill["Total"]) == ("ACCPAY", "DRAFT", 560.0)
    assert bill["Contact"]["Name"] == worlds.VENDOR
    assert bill["Url"].startswith("http://localhost:8000/r/")
    assert [each.get("AccountCode") for each in bill["LineItems"]] == [None, "400", "400"]
    assert world.trail("PF1041") == ["document.read", "bill.intended", "bill.created"]


def test_running_again_writes_nothing(world: World) -> None:
    world.order("PF1041")
    for _ in range(3):
        world.run()
    assert len(world.writes()) == 1


def test_e27_a_slice_that_ends_between_intent_and_call_leaves_the_bill_to_the_next_one(world: World) -> None:
    world.order("PF1041")
    slice_ = run_slice(world.integration.pk, stopping=RequestLine.objects.exists)
    assert (slice_.more, world.writes()) == (True, [])
    assert "bill.not_sent" in world.trail("PF1041")
    world.run()
    assert [bill["InvoiceNumber"] for bill in world.bills] == ["PF1041"]


@pytest.mark.promise(22)
@pytest.mark.promise(16)
@pytest.mark.promise(23)
def test_a_missing_code_holds_before_anything_is_sent_and_goes_on_when_it_is_added(world: World) -> None:
    world.order("PF1", lines=[line(account="7777")])
    world.order("PF2")
    world.run()
    held = world.record("PF1")
    assert (held.work, held.hold_reason) == (Work.HELD, "missing-mapping")
    assert "7777" in held.explanation
    assert [bill["InvoiceNumber"] for bill in world.bills] == ["PF2"]
    account = ReferenceEntry.objects.get(kind="account", code="400")
    row = tables.AccountRow.objects.create(scope=world.integration.scope, source_code="7777", target=account)
    assert row.released == 1
    assert world.record("PF1").work == Work.WAITING
    world.run()
    assert sorted(bill["InvoiceNumber"] for bill in world.bills) == ["PF1", "PF2"]


@pytest.mark.promise(23)
def test_e35_a_missing_code_pauses_the_batch_until_it_is_added(world: World) -> None:
    world.integration.on_gap = "pause"
    world.integration.save()
    world.order("PF1", lines=[line(account="7777")])
    world.order("PF2")
    world.run()
    assert world.bills == []
    account = ReferenceEntry.objects.get(kind="account", code="400")
    tables.AccountRow.objects.create(scope=world.integration.scope, source_code="7777", target=account)
    world.run()
    assert sorted(bill["InvoiceNumber"] for bill in world.bills) == ["PF1", "PF2"]


@pytest.mark.promise(25)
def test_e9_a_record_goes_on_when_its_last_gap_closes_and_not_before(world: World) -> None:
    world.order("PF1", lines=[line(account="7777"), line(account="8888")])
    world.run()
    assert len(worlds.open_gaps(world.record("PF1"))) == 2
    account = ReferenceEntry.objects.get(kind="account", code="400")
    tables.AccountRow.objects.create(scope=world.integration.scope, source_code="7777", target=account)
    assert world.record("PF1").work == Work.HELD
    tables.AccountRow.objects.create(scope=world.integration.scope, source_code="8888", target=account)
    assert world.record("PF1").work == Work.WAITING


def test_a12_a_changed_order_rewrites_its_untouched_draft(world: World) -> None:
    world.order("PF1")
    world.run()
    before = world.bill("PF1")["InvoiceID"]
    world.sandbox.procurify.change_order(worlds.DOMAIN, "PF1", lines=[line(quantity="20")])
    world.run()
    bill = world.bill("PF1")
    assert (bill["InvoiceID"], bill["Total"]) == (before, 262.5)
    assert world.trail("PF1")[-3:] == ["document.changed", "bill.intended", "bill.updated"]


def test_a12_a_draft_that_somebody_touched_is_held_and_left_alone(world: World) -> None:
    world.order("PF1")
    world.run()
    bill = world.bill("PF1")
    typed = [{"Description": "As agreed", "Quantity": 1, "UnitAmount": 77, "AccountCode": "400"}]
    world.sandbox.xero.edit_bill(bill["InvoiceID"], LineItems=typed, tenant=world.tenant)
    world.sandbox.procurify.change_order(worlds.DOMAIN, "PF1", lines=[line(quantity="20")])
    world.run()
    record = world.record("PF1")
    assert (record.work, record.hold_reason) == (Work.HELD, "changed-after-posting")
    assert "262.5" in record.explanation
    assert world.bill("PF1")["SubTotal"] == 77.0


def test_a37_a_cancelled_order_loses_its_untouched_draft(world: World) -> None:
    world.order("PF1")
    world.run()
    world.sandbox.procurify.cancel_order(worlds.DOMAIN, "PF1")
    world.run()
    assert world.bills == []
    assert world.record("PF1").work == Work.WITHDRAWN
    assert world.trail("PF1")[-1] == "bill.deleted"


def test_a37_a_cancelled_order_whose_bill_was_approved_is_held(world: World) -> None:
    world.order("PF1")
    world.run()
    world.sandbox.xero.approve_bill(world.bill("PF1")["InvoiceID"], tenant=world.tenant)
    world.sandbox.procurify.cancel_order(worlds.DOMAIN, "PF1")
    world.run()
    record = world.record("PF1")
    assert (record.work, record.hold_reason) == (Work.HELD, "withdrawn-after-posting")
    assert world.bill("PF1")["Status"] == "AUTHORISED"


def test_a38_a_cancelled_order_that_is_reopened_is_posted_again_once(world: World) -> None:
    world.order("PF1")
    world.run()
    world.sandbox.procurify.cancel_order(worlds.DOMAIN, "PF1")
    world.run()
    world.sandbox.procurify.reopen_order(worlds.DOMAIN, "PF1")
    world.run()
    world.run()
    assert [bill["InvoiceNumber"] for bill in world.bills] == ["PF1"]
    assert Record.objects.count() == 1


def test_a14_a_draft_that_a_person_removed_is_never_made_again_by_itself(world: World) -> None:
    world.order("PF1")
    world.run()
    world.sandbox.xero.delete_bill(world.bill("PF1")["InvoiceID"], tenant=world.tenant)
    world.sandbox.procurify.change_order(worlds.DOMAIN, "PF1", lines=[line(quantity="20")])
    world.run()
    assert world.bills == []
    assert world.record("PF1").hold_reason == "removed-in-target"
    assert Posting.objects.get().standing == Standing.REMOVED


def test_a14_a_bill_that_a_person_typed_holds_the_order(world: World) -> None:
    world.sandbox.xero.add_bill(worlds.VENDOR, number="PF-0001", amount="525.00", tenant=world.tenant)
    world.order("PF1")
    world.run()
    record = world.record("PF1")
    assert (record.work, record.hold_reason) == (Work.HELD, "possible-duplicate")
    assert len(world.bills) == 1


@pytest.mark.parametrize("told", ["Steel, your order PF 41", "PF-0041/2026", "pf41, second part", "(PF0041)"])
def test_a14_a_bill_whose_text_names_the_order_in_any_writing_holds_it(world: World, told: str) -> None:
    typed = [{"Description": told, "Quantity": 1, "UnitAmount": 9, "AccountCode": "400", "TaxType": "NONE"}]
    world.sandbox.xero.add_bill(worlds.VENDOR, typed, number="T-9", tenant=world.tenant)
    world.order("PF41")
    world.run()
    record = world.record("PF41")
    assert (record.work, record.hold_reason) == (Work.HELD, "possible-duplicate")
    assert "already names PF41" in record.explanation


@pytest.mark.parametrize(
    ("number", "told"),
    [("PF41", "PF 411"), ("PF41", "XPF41"), ("PF41", "PF, 2 of 41"), ("41", "INV-41"), ("41", "PF41/41a")],
)
def test_a14_what_only_looks_like_the_orders_number_holds_nothing(world: World, number: str, told: str) -> None:
    typed = [{"Description": told, "Quantity": 1, "UnitAmount": 9, "AccountCode": "400", "TaxType": "NONE"}]
    world.sandbox.xero.add_bill(worlds.VENDOR, typed, number="T-9", tenant=world.tenant)
    world.order(number)
    world.run()
    assert world.record(number).work == Work.DONE


def test_a63_approving_a_draft_in_xero_shows_it_in_the_ledger(world: World) -> None:
    world.order("PF1")
    world.run()
    world.sandbox.xero.approve_bill(world.bill("PF1")["InvoiceID"], tenant=world.tenant)
    world.run()
    assert Posting.objects.get().standing == Standing.LEDGER
    assert world.record("PF1").work == Work.DONE


@pytest.mark.promise(2)
def test_an_order_cancelled_before_it_was_posted_never_reaches_xero(world: World) -> None:
    world.order("PF1")
    world.sandbox.procurify.cancel_order(worlds.DOMAIN, "PF1")
    world.run()
    assert world.writes() == []
    assert world.record("PF1").work == Work.WITHDRAWN


def test_a_refusal_is_held_in_the_targets_own_words_and_the_others_are_posted(world: World) -> None:
    world.order("PF1")
    world.order("PF2", lines=[line(account="6200")])
    world.run()
    world.sandbox.xero.archive_account("400", tenant=world.tenant)
    world.order("PF3")
    world.run()
    record = world.record("PF3")
    assert record.work == Work.HELD
    assert len(world.bills) == 2


@pytest.mark.promise(24)
def test_a99_every_record_is_in_exactly_one_place_and_the_line_adds_up(world: World) -> None:
    world.order("PF1")
    world.order("PF2", lines=[line(account="7777")])
    world.order("PF3", creditcard=True)
    world.order("PF4")
    world.sandbox.procurify.cancel_order(worlds.DOMAIN, "PF4")
    world.run()
    (found,) = places(type(world.integration).objects.all())
    counts = {place: amounts.count for place, amounts in found.places.items() if amounts.count}
    assert counts == {"draft": 1, "held": 1, "excluded-by-rule": 1, "withdrawn": 1}
    assert found.adds_up


def test_e13_the_line_turns_red_when_a_record_is_lost_behind_the_products_back(world: World) -> None:
    world.order("PF1", lines=[line(account="7777")])
    world.run()
    Record.objects.all().delete()
    (found,) = places(type(world.integration).objects.all())
    assert not found.adds_up


def test_a95_whoever_mapped_it_does_not_approve_it(world: World, django_user_model: type) -> None:
    person = django_user_model.objects.create_user("ana")  # type: ignore[attr-defined]
    world.order("PF1")
    world.sandbox.procurify.mark_order_paid(worlds.DOMAIN, "PF1")
    world.run()
    assert world.record("PF1").hold_reason == "paid-at-source"
    ((_, said),) = record_decisions.approve([world.record("PF1")], person, "the payment was reversed")
    assert said == "approved."
    world.run()
    assert [bill["InvoiceNumber"] for bill in world.bills] == ["PF1"]


def test_an_excluded_record_stays_out_until_it_is_included_again(world: World, django_user_model: type) -> None:
    person = django_user_model.objects.create_user("ana")  # type: ignore[attr-defined]
    world.order("PF1", lines=[line(account="7777")])
    world.run()
    assert record_decisions.exclude([world.record("PF1")], person, "")[0][1] == "needs a reason."
    record_decisions.exclude([world.record("PF1")], person, "paid in cash")
    world.run()
    assert world.record("PF1").work == Work.EXCLUDED_PERSON
    record_decisions.include([world.record("PF1")], person, "it was not")
    world.run()
    assert world.record("PF1").work == Work.HELD


@pytest.mark.promise(48)
def test_a2_replaying_a_posted_record_writes_nothing_new(world: World, django_user_model: type) -> None:
    person = django_user_model.objects.create_user("ana")  # type: ignore[attr-defined]
    world.order("PF1")
    world.run()
    release.replay([world.record("PF1")], person)
    world.run()
    assert len(world.writes()) == 1
    assert world.record("PF1").work == Work.DONE


def test_e35_trial_mode_withholds_only_the_sending(world: World) -> None:
    world.integration.trial = True
    world.integration.save()
    world.order("PF1")
    world.order("PF2", lines=[line(account="7777")])
    world.run()
    assert world.bills == []
    assert (world.record("PF1").work, world.record("PF2").work) == (Work.WAITING, Work.HELD)


def test_a_vendor_that_comes_into_xero_later_lets_its_order_go_on(world: World) -> None:
    world.order("PF1", vendor="Ironwood Castings Ltd")
    world.run()
    assert world.record("PF1").hold_reason == "missing-vendor"
    world.sandbox.xero.add_contact("Ironwood Castings Ltd", tenant=world.tenant)
    with time_machine.travel(timezone.now() + timedelta(minutes=20), tick=True):
        world.run()
    assert [bill["InvoiceNumber"] for bill in world.bills] == ["PF1"]


def test_a49_the_draft_carries_the_sources_tax_to_the_cent(world: World) -> None:
    parts = [{"department": "Production", "amount": amount} for amount in ("33.34", "33.33", "33.33")]
    world.order("PF1", lines=[line(price="100.00", quantity="1", allocations=parts)])
    world.run()
    bill = world.bill("PF1")
    assert (bill["TotalTax"], bill["Total"]) == (5.0, 105.0)
    assert Posting.objects.get().target_total == Decimal("105.00")


def test_e8_an_integration_that_comes_later_gets_what_was_read_before_it(world: World) -> None:
    world.order("PF1", lines=[line(account="7777")])
    world.run()
    twin = type(world.integration).objects.get(pk=world.integration.pk)
    twin.pk, twin.name = None, "The same orders again"
    twin.save()
    run_until_idle(twin.pk)
    assert Record.objects.filter(integration=twin).get().hold_reason == "missing-mapping"
    assert all(found.adds_up for found in places(type(twin).objects.all()))


def test_a42_a_draft_that_somebody_edits_in_xero_is_flagged(world: World) -> None:
    world.order("PF1")
    world.run()
    typed = [{"Description": "As agreed", "Quantity": 1, "UnitAmount": 77, "AccountCode": "400"}]
    world.sandbox.xero.edit_bill(world.bill("PF1")["InvoiceID"], LineItems=typed, tenant=world.tenant)
    world.run()
    world.run()
    assert list(world.record("PF1").flags.values_list("kind", flat=True)) == ["edited-in-target"]
    assert world.record("PF1").work == Work.DONE


def test_a_posted_draft_is_not_flagged_by_reading_it_back(world: World) -> None:
    world.order("PF1", freight="35.00")
    world.run()
    world.run()
    assert not world.record("PF1").flags.exists()
