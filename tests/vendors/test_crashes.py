"""A lost answer or a worker killed at any line: each vendor is created once, each change is made once (E1 to E5)."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from integrations.engine.intents import MOST_ATTEMPTS
from integrations.engine.running import run_slice
from integrations.engine.vendor_sync import deciding, settling, writing
from integrations.models import Outcome, Record, Request, Work
from tests.vendors.office import Office, somebody
from tests.world import VENDOR

FAULTS: dict[str, dict[str, Any]] = {
    "lost answer": {"effect": "lose_answer"},
    "500 after commit": {"effect": "status_after_commit", "status": 500},
    "503": {"effect": "status", "status": 503},
    "cut": {"effect": "cut_body"},
}
# With whatever becomes of an answer every database does the same; what a worker leaves that dies it rolls back itself.
each_fault = pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
XERO, PROCURIFY = "^/api.xro/2.0/Contacts", r"/api/v3/vendors/"


def later(office: Office) -> None:
    """A run after the lost write must have ended."""
    with time_machine.travel(timezone.now() + timedelta(minutes=10), tick=True):
        office.run()


def fails(office: Office, system: str, method: str, fault: dict[str, Any]) -> None:
    path = XERO if system == "xero" else PROCURIFY
    office.world.sandbox.faults.add(system, path=path, method=method, times=1, **fault)


@pytest.mark.promise(47)
@pytest.mark.sqlite
@each_fault
def test_e2_a_contact_is_created_once_whatever_became_of_the_answer(office: Office, fault: dict[str, Any]) -> None:
    office.vendor("Alki Beach Instruments")
    fails(office, "xero", "PUT", fault)
    office.run()
    assert office.record("Alki Beach Instruments").work == Work.DOUBT
    office.run()
    assert office.record("Alki Beach Instruments").work == Work.DOUBT
    later(office)
    assert office.names_there().count("Alki Beach Instruments") == 1
    assert office.record("Alki Beach Instruments").work == Work.DONE


@pytest.mark.promise(47)
@pytest.mark.sqlite
@each_fault
def test_e2_a_vendor_is_created_once_although_procurement_takes_names_twice(
    office: Office, fault: dict[str, Any]
) -> None:
    office.contact("Delta Steel")
    fails(office, "procurify", "POST", fault)
    office.run()
    assert office.record("Delta Steel").work == Work.DOUBT
    later(office)
    assert office.names_here().count("Delta Steel") == 1
    assert office.record("Delta Steel").work == Work.DONE


@pytest.mark.sqlite
@each_fault
def test_e2_a_change_reaches_the_other_side_once_and_is_no_conflict(office: Office, fault: dict[str, Any]) -> None:
    office.edits_vendor(VENDOR, city="Tacoma")
    fails(office, "xero", "POST", fault)
    office.run()
    later(office)
    assert office.there(VENDOR)["Addresses"][0]["City"] == "Tacoma"
    record = office.record(VENDOR)
    assert (record.work, record.hold_reason) == (Work.DONE, "")
    before = len(office.writes())
    later(office)
    assert len(office.writes()) == before


def test_e2_what_was_edited_while_a_creation_was_in_doubt_is_not_lost(office: Office) -> None:
    office.vendor("Alki Beach Instruments", city="Seattle")
    fails(office, "xero", "PUT", {"effect": "lose_answer"})
    office.run()
    office.edits_vendor("Alki Beach Instruments", city="Tacoma")
    later(office)
    later(office)
    assert office.there("Alki Beach Instruments")["Addresses"][0]["City"] == "Tacoma"


class Killed(BaseException):
    """As kill -9 between two lines: nothing after it runs."""


@pytest.mark.parametrize("system", ["xero", "procurify"])
@pytest.mark.parametrize("point", ["before", "after"])
def test_e1_a_worker_that_dies_at_a_write_leaves_one_vendor(
    office: Office, monkeypatch: pytest.MonkeyPatch, point: str, system: str
) -> None:
    name = "Alki Beach Instruments"
    office.vendor(name) if system == "xero" else office.contact(name)

    def dies(*_: Any, **__: Any) -> None:
        raise Killed

    with monkeypatch.context() as killing:
        if point == "before":
            killing.setattr(writing, "_send", dies)
        else:
            killing.setattr(settling, "settle", dies)
        with pytest.raises(Killed):
            office.run()
    assert office.record(name).work == Work.POSTING
    type(office.world.integration).objects.update(lease_token="", lease_until=None)
    office.run()
    assert Work.DOUBT in Record.objects.filter(number=name).values_list("work", flat=True)
    later(office)
    later(office)
    names = office.names_there() if system == "xero" else office.names_here()
    assert names.count(name) == 1
    assert office.record(name).work == Work.DONE
    assert not Request.objects.filter(outcome__in=[Outcome.INTENDED, Outcome.UNKNOWN]).exists()


def test_a_change_made_meanwhile_is_seen_before_it_is_overwritten(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the list and the write somebody edits the same field in accounting: a conflict, nothing overwritten."""
    office.edits_vendor(VENDOR, city="Tacoma")
    original = writing._as_last_seen

    def edited(*arguments: Any) -> Any:
        monkeypatch.setattr(writing, "_as_last_seen", original)
        office.edits_contact(VENDOR, Addresses=[{"AddressType": "STREET", "City": "Everett"}])
        return original(*arguments)

    monkeypatch.setattr(writing, "_as_last_seen", edited)
    office.run()
    office.run()
    assert office.there(VENDOR)["Addresses"][0]["City"] == "Everett"
    assert office.record(VENDOR).hold_reason == "vendor-conflict"


def test_a70_whom_a_person_links_before_the_write_is_not_created(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While procurement is asked for the name, somebody says that the new contact is a vendor it has already."""
    office.contact("Delta Steel")
    original, key = writing._not_there_yet, office.sides(VENDOR).source_key

    def linked(*arguments: Any) -> Any:
        monkeypatch.setattr(writing, "_not_there_yet", original)
        left = original(*arguments)
        assert deciding.link(office.sides("Delta Steel"), key, somebody("ana")).startswith("is linked")
        return left

    monkeypatch.setattr(writing, "_not_there_yet", linked)
    office.run()
    office.run()
    assert "Delta Steel" not in office.names_here()
    assert office.sides(VENDOR).target_key == office.there("Delta Steel")["ContactID"]


def intends_something() -> bool:
    return Request.objects.filter(outcome=Outcome.INTENDED).exists()


def test_slices_that_end_between_intent_and_call_hold_no_vendor(office: Office) -> None:
    office.vendor("Alki Beach Instruments")
    office.forget_the_list()
    for _ in range(MOST_ATTEMPTS + 1):
        run_slice(office.world.integration.pk, stopping=intends_something)
    assert Request.objects.filter(outcome=Outcome.DROPPED).count() == MOST_ATTEMPTS + 1
    record = office.record("Alki Beach Instruments")
    assert (record.work, record.attempts) == (Work.WAITING, 0)
    office.run()
    assert office.names_there().count("Alki Beach Instruments") == 1


def test_five_calls_that_are_turned_away_hold_the_vendor_and_say_so_in_our_words(office: Office) -> None:
    office.vendor("Alki Beach Instruments")
    for nth in range(MOST_ATTEMPTS):
        fails(office, "xero", "PUT", {"effect": "status", "status": 429})
        with time_machine.travel(timezone.now() + timedelta(hours=2 * nth), tick=True):
            office.forget_the_list()
            office.world.run()
    record = office.record("Alki Beach Instruments")
    assert record.work == Work.HELD
    label = office.world.integration.target.label
    assert record.explanation.startswith(f"{MOST_ATTEMPTS} attempts did not reach {label}.")
    assert "429" not in record.explanation
