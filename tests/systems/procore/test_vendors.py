"""Vendors in Procore: found by our mark or their exact name, made once, and put into the project's directory."""

import time
import uuid

import pytest

from integrations.documents import Vendor
from integrations.errors import HoldRecordError, OutcomeUnknownError
from integrations.project_writes import ProjectVendorWrite
from integrations.vendor_documents import VendorAction, VendorOutcome, VendorWrite
from tests.systems.procore.office import Office

VALUES = {
    "name": "Alki  Beach",
    "email": "ap@alki.example",
    "street": "4 Dock Rd",
    "street_two": "Gate 7",
    "country": "nz",
    "state_province": "Marlborough",
    "currency": "NZD",
}


def write(office: Office, *writes: VendorWrite) -> list[VendorOutcome]:
    books = office.books()
    prepared = books.prepare_vendors(writes)
    return books.send_vendors(prepared, key=str(uuid.uuid4()), sent_by=time.monotonic() + 10)


def made(office: Office, mark: str = "xero:contact:1") -> Vendor:
    (outcome,) = write(office, VendorWrite(VendorAction.CREATE, VALUES, mark))
    assert outcome.stored is not None
    return outcome.stored


def test_a_vendor_is_made_by_its_mark_and_repeating_it_makes_no_second_one(office: Office) -> None:
    first, second = made(office), made(office)
    assert first.source_id == second.source_id
    assert (first.name, first.country, first.external_ref) == ("Alki Beach", "NZ", "xero:contact:1")
    assert first.fields["street"] == "4 Dock Rd, Gate 7"
    assert "state_province" not in first.fields


def test_a_lost_answer_is_looked_up_by_the_mark(office: Office) -> None:
    office.fails("lose_answer", "/vendors/sync$", "PATCH")
    with pytest.raises(OutcomeUnknownError):
        made(office)
    found = office.books().vendors_marked(["xero:contact:1", "xero:contact:2"])
    assert {mark: len(vendors) for mark, vendors in found.items()} == {"xero:contact:1": 1, "xero:contact:2": 0}


def test_an_inactive_vendor_still_bears_its_mark(office: Office) -> None:
    vendor = made(office)
    (changed,) = write(office, VendorWrite(VendorAction.UPDATE, {"active": "no"}, before=vendor))
    assert changed.stored is not None
    assert not changed.stored.active
    (found,) = office.books().vendors_marked(["xero:contact:1"])["xero:contact:1"]
    assert found.source_id == vendor.source_id
    assert [each.active for each in office.books().vendors_by_ids([vendor.source_id, "5"])] == [False]


def test_names_are_compared_whole_and_inactive_ones_count(office: Office) -> None:
    """The search also finds names that hold the words, and codes."""
    office.people.add_vendor("mau  mixers", is_active=False)
    office.people.add_vendor("Mau Mixers North")
    office.people.add_vendor("Other", origin_code="Mau Mixers")
    found = office.books().vendors_named("MAU MIXERS")
    assert sorted((each.name, each.active) for each in found) == [("Mau Mixers", True), ("mau  mixers", False)]


def test_a_mark_is_put_only_where_there_is_none(office: Office) -> None:
    foreign = str(office.people.add_vendor("Theirs", origin_id="another-erp:1")["id"])
    plain, theirs = office.books().vendors_by_ids([office.vendor, foreign])
    for vendor, mark in ((plain, "xero:contact:1"), (theirs, "another-erp:1")):
        (outcome,) = write(office, VendorWrite(VendorAction.UPDATE, {"phone": "1"}, "xero:contact:1", vendor))
        assert outcome.stored is not None
        assert outcome.stored.external_ref == mark


def test_one_refused_vendor_holds_only_itself(office: Office) -> None:
    gone = Vendor("5", "Gone")
    outcomes = write(
        office,
        VendorWrite(VendorAction.UPDATE, {"phone": "1"}, before=office.books().vendors_by_ids([office.vendor])[0]),
        VendorWrite(VendorAction.UPDATE, {"phone": "1"}, before=gone),
    )
    assert [each.refusals for each in outcomes] == [(), ("id: Entity with this ID not found",)]


def test_what_does_not_fit_is_said_by_field(office: Office) -> None:
    books = office.books()
    assert set(books.unfit({"name": " ", "email": "e" * 256, "city": "Leeds"})) == {"name", "email"}
    with pytest.raises(HoldRecordError):
        books.prepare_vendors([VendorWrite(VendorAction.CREATE, {"name": ""}, "xero:contact:1")])


def test_a_vendor_comes_into_the_projects_directory_however_often_it_is_added(office: Office) -> None:
    vendor = made(office)
    adding = ProjectVendorWrite(office.project, vendor.source_id)
    assert office.books().find(adding) == []
    for _ in range(2):
        assert office.send(adding).target_id == vendor.source_id
    assert [each.source_id for each in office.books().find(adding) if isinstance(each, Vendor)] == [vendor.source_id]
    assert len(office.books().vendors_named("Alki Beach")) == 1
