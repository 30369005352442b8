"""A lost answer or a worker killed at any line: each vendor is created once, each change is made once (E1 to E5)."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from integrations.engine.vendor_sync import settling, writing
from integrations.models import Outcome, Record, Request, Work
from tests.vendors.office import Office
from tests.world import VENDOR

FAULTS: dict[str, dict[str, Any]] = {
    "lost answer": {"effect": "lose_answer"},
    "500 after commit": {"effect": "status_after_commit", "status": 500},
    "503": {"effect": "status", "status": 503},
    "cut": {"effect": "cut_body"},
}
XERO, PROCURIFY = "^/api.xro/2.0/Contacts", r"/api/v3/vendors/"


def later(office: Office) -> None:
    """A run after the lost write must have ended."""
    with time_machine.travel(timezone.now() + timedelta(minutes=10), tick=True):
        office.run()


def fails(office: Office, system: str, method: str, fault: dict[str, Any]) -> None:
    path = XERO if system == "xero" else PROCURIFY
    office.world.sandbox.faults.add(system, path=path, method=method, times=1, **fault)


@pytest.mark.promise(47)
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
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
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
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


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
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
