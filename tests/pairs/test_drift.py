"""Drift: what somebody changed in the target is flagged field by field, and accepted or restored by a person."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.utils import timezone

from audit.models import Entry
from integrations.engine import decisions, drift_decisions
from integrations.engine.decision_kinds import DRIFT_ACCEPT, DRIFT_RESTORE
from integrations.models import Decision, Flag, FourEyesError, Posting, Work
from tests.portal.conftest import person
from tests.world import DAY, World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def anna() -> User:
    return person("anna", "Supervisor")


def edited(world: World, number: str = "PF1", **fields: Any) -> Flag | None:
    """Somebody edits the bill in Xero, and the next run looks at it."""
    bill = world.bill(number)
    lines = [
        {**line, "UnitAmount": 13.0} if line.get("AccountCode") else line
        for line in bill["LineItems"]
        if "LineItems" not in fields
    ]
    changed = fields or {"LineItems": [{k: v for k, v in line.items() if k in KEPT} for line in lines]}
    world.sandbox.xero.edit_bill(bill["InvoiceID"], tenant=world.tenant, **changed)
    world.run()
    return flag_of(world, number)


KEPT = ("Description", "Quantity", "UnitAmount", "AccountCode", "TaxType", "Tracking")


def flag_of(world: World, number: str = "PF1") -> Flag | None:
    return Flag.objects.filter(record=world.record(number), kind="edited-in-target", closed_at=None).first()


def drifted(world: World) -> Flag:
    world.order("PF1")
    world.run()
    flag = edited(world)
    assert flag is not None
    return flag


def test_e34_an_edited_amount_is_flagged_with_each_field_as_it_was_and_as_it_is(world: World) -> None:
    flag = drifted(world)
    assert flag.details["fields"] == [
        ["net", "500.00 USD", "520.00 USD"],
        ["total", "525.00 USD", "546.00 USD"],
    ]
    assert "net was 500.00 USD, is 520.00 USD" in flag.explanation
    assert "record.flagged" in world.trail("PF1")
    assert world.record("PF1").work == Work.DONE


def test_e34_number_due_date_status_and_notes_are_normal_work_on_a_draft(world: World) -> None:
    world.order("PF1")
    world.run()
    bill = world.bill("PF1")["InvoiceID"]
    xero = world.sandbox.xero
    xero.edit_bill(bill, tenant=world.tenant, DueDate=DAY + timedelta(days=30))
    xero.approve_bill(bill, tenant=world.tenant)
    xero.edit_bill(bill, tenant=world.tenant, InvoiceNumber="INV-7")
    world.run()
    assert flag_of(world) is None
    assert Posting.objects.get().standing == "ledger"


def test_e34_a_bill_that_was_edited_and_approved_between_two_runs_is_flagged_too(world: World) -> None:
    world.order("PF1")
    world.run()
    bill = world.bill("PF1")
    line = {k: v for k, v in bill["LineItems"][1].items() if k in KEPT} | {"UnitAmount": 20.0}
    world.sandbox.xero.edit_bill(bill["InvoiceID"], tenant=world.tenant, LineItems=[line])
    world.sandbox.xero.approve_bill(bill["InvoiceID"], tenant=world.tenant)
    world.run()
    flag = flag_of(world)
    assert flag is not None
    assert ["net", "500.00 USD", "800.00 USD"] in flag.details["fields"]


@pytest.mark.parametrize("watched", [True, False])
def test_e34_accounts_are_watched_by_setting(world: World, watched: bool) -> None:
    world.integration.watch_accounts = watched
    world.integration.save()
    world.order("PF1")
    world.run()
    bill = world.bill("PF1")
    lines = [{k: v for k, v in line.items() if k in KEPT} for line in bill["LineItems"]]
    lines[1]["AccountCode"] = "429"
    flag = edited(world, LineItems=lines)
    assert (flag is not None) is watched
    if flag is not None:
        assert flag.details["fields"] == [["accounts", "400: 500.00", "429: 500.00"]]


def test_e34_another_vendor_is_named(world: World) -> None:
    world.order("PF1")
    world.run()
    other = world.sandbox.xero.add_contact("Kowalczyk Elektro", tenant=world.tenant)
    flag = edited(world, Contact={"ContactID": other["ContactID"]})
    assert flag is not None
    assert flag.details["fields"] == [["vendor", "Northgate Safety Supply", "Kowalczyk Elektro"]]


def test_the_flag_goes_when_the_bill_is_put_back_by_hand(world: World) -> None:
    drifted(world)
    bill = world.bill("PF1")
    lines = [{k: v for k, v in line.items() if k in KEPT} for line in bill["LineItems"]]
    lines[1]["UnitAmount"] = 12.5
    assert edited(world, LineItems=lines) is None
    assert world.trail("PF1")[-1] == "drift.gone"


def test_a42_accepting_needs_a_reason_and_is_not_flagged_again(world: World, anna: User) -> None:
    flag = drifted(world)
    assert drift_decisions.decide(DRIFT_ACCEPT, flag, anna, " ") == "needs a reason."
    assert drift_decisions.decide(DRIFT_ACCEPT, flag, anna, "Price rise agreed") == "accepted."
    world.sandbox.xero.edit_bill(world.bill("PF1")["InvoiceID"], tenant=world.tenant, InvoiceNumber="INV-9")
    world.run()
    assert flag_of(world) is None
    entry = Entry.objects.get(action="drift.accepted")
    assert (entry.actor, entry.details["reason"]) == (anna, "Price rise agreed")


def test_a96_above_the_threshold_a_second_person_accepts(world: World, anna: User) -> None:
    flag = drifted(world)
    type(world.integration).objects.update(approval_rule="above", approval_above="100.00")
    assert drift_decisions.decide(DRIFT_ACCEPT, flag, anna, "Price rise") == "waits for a second person."
    decision = Decision.objects.get(kind=DRIFT_ACCEPT)
    with pytest.raises(FourEyesError):
        decisions.decide(decision, anna, True, "my own")
    assert flag_of(world) is not None
    assert decisions.decide(decision, person("otto", "Supervisor"), True, "seen it") == "approved."
    assert flag_of(world) is None


def test_a42_restoring_writes_exactly_what_we_wrote(world: World, anna: User) -> None:
    flag = drifted(world)
    assert drift_decisions.decide(DRIFT_RESTORE, flag, anna, "A slip") == "will be written again on the next run."
    world.run()
    bill = world.bill("PF1")
    assert (bill["SubTotal"], bill["Total"], bill["Status"]) == (500.0, 525.0, "DRAFT")
    assert flag_of(world) is None
    assert world.record("PF1").work == Work.DONE
    assert world.trail("PF1")[-4:] == ["drift.restore_asked", "bill.intended", "bill.updated", "drift.restored"]
    writes = len(world.writes())
    world.run()
    assert len(world.writes()) == writes == 2


def test_a42_an_approved_bill_is_restored_and_stays_approved(world: World, anna: User) -> None:
    flag = drifted(world)
    world.sandbox.xero.approve_bill(world.bill("PF1")["InvoiceID"], tenant=world.tenant)
    world.run()
    assert drift_decisions.decide(DRIFT_RESTORE, flag, anna, "A slip") == "will be written again on the next run."
    world.run()
    bill = world.bill("PF1")
    assert (bill["SubTotal"], bill["Status"]) == (500.0, "AUTHORISED")
    assert flag_of(world) is None


def test_a42_a_paid_bill_is_never_restored(world: World, anna: User) -> None:
    flag = drifted(world)
    bill = world.bill("PF1")["InvoiceID"]
    world.sandbox.xero.approve_bill(bill, tenant=world.tenant)
    world.sandbox.xero.pay_bill(bill, 10, tenant=world.tenant)
    world.run()
    assert "paid" in drift_decisions.decide(DRIFT_RESTORE, flag, anna, "A slip")
    assert len(world.writes()) == 1


def test_a42_what_was_paid_or_changed_after_the_decision_is_not_restored_either(world: World, anna: User) -> None:
    flag = drifted(world)
    bill = world.bill("PF1")["InvoiceID"]
    drift_decisions.decide(DRIFT_RESTORE, flag, anna, "A slip")
    world.sandbox.xero.approve_bill(bill, tenant=world.tenant)
    world.sandbox.xero.pay_bill(bill, 10, tenant=world.tenant)
    world.run()
    assert len(world.writes()) == 1
    assert world.trail("PF1")[-1] == "drift.not_restored"
    assert Decision.objects.get(kind=DRIFT_RESTORE).lapsed_at is not None
    flag.refresh_from_db()
    assert flag.closed_at is None
    assert "restore" not in flag.details


def test_a42_nothing_is_restored_into_a_locked_month(world: World, anna: User) -> None:
    flag = drifted(world)
    drift_decisions.decide(DRIFT_RESTORE, flag, anna, "A slip")
    world.sandbox.xero.set_lock_date(DAY + timedelta(days=1), tenant=world.tenant)
    world.run()
    assert len(world.writes()) == 1
    assert "locked" in Entry.objects.get(action="drift.not_restored").details["why"]


def test_e2_a_restore_whose_answer_is_lost_is_looked_up_and_written_once(world: World, anna: User) -> None:
    flag = drifted(world)
    drift_decisions.decide(DRIFT_RESTORE, flag, anna, "A slip")
    world.sandbox.faults.add("xero", "lose_answer", method="POST", path="/Invoices")
    world.run()
    assert world.record("PF1").work == Work.DOUBT
    with time_machine.travel(timezone.now() + timedelta(minutes=10)):
        world.run()
    assert (world.bill("PF1")["Total"], world.record("PF1").work, flag_of(world)) == (525.0, Work.DONE, None)
    assert len(world.writes()) == 2


def test_e2_a_restore_that_never_arrived_is_written_again(world: World, anna: User) -> None:
    flag = drifted(world)
    drift_decisions.decide(DRIFT_RESTORE, flag, anna, "A slip")
    world.sandbox.faults.add("xero", "status", method="POST", path="/Invoices", status=500)
    world.run()
    assert world.record("PF1").work == Work.DOUBT
    with time_machine.travel(timezone.now() + timedelta(minutes=10)):
        world.run()
    assert (world.bill("PF1")["Total"], world.record("PF1").work, flag_of(world)) == (525.0, Work.DONE, None)
