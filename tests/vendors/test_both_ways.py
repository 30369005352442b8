"""Vendors both ways: new ones and edits reach the other system (E10, A71 to A73)."""

import pytest

from integrations.models import Work
from tests.vendors.office import Office


def test_e10_the_first_sync_only_proposes_and_a_person_confirms_its_counts(unconfirmed: Office) -> None:
    unconfirmed.contact("Delta Steel", EmailAddress="ap@delta.example")
    unconfirmed.run()
    assert unconfirmed.writes() == []
    assert unconfirmed.record("Delta Steel").hold_reason == "vendor-proposal"
    assert unconfirmed.confirm().startswith("is confirmed")
    unconfirmed.run()
    assert "Delta Steel" in unconfirmed.names_here()
    assert "Beaver Lift Trucks Ltd" in unconfirmed.names_there()


@pytest.mark.promise(10)
@pytest.mark.promise(14)
def test_a_vendor_new_in_procurement_is_a_contact_after_the_next_run(office: Office) -> None:
    office.vendor("Alki Beach Instruments", email=["ap@alki.example"], contact="Ana Petrov", currency="USD")
    office.run()
    contact = office.there("Alki Beach Instruments")
    assert contact["EmailAddress"] == "ap@alki.example"
    assert (contact["FirstName"], contact["LastName"]) == ("Ana", "Petrov")
    assert office.record("Alki Beach Instruments").work == Work.DONE


@pytest.mark.promise(10)
def test_a_supplier_new_in_accounting_is_a_vendor_after_the_next_run(office: Office) -> None:
    street = {"AddressType": "STREET", "AddressLine1": "4 Dock Rd", "City": "Leeds", "PostalCode": "LS1 1AA"}
    phone = {"PhoneType": "DEFAULT", "PhoneNumber": "5551234", "PhoneAreaCode": "0113", "PhoneCountryCode": "44"}
    made = office.contact("Delta Steel", EmailAddress="ap@delta.example", Addresses=[street], Phones=[phone])
    office.run()
    vendor = office.here("Delta Steel")
    assert vendor["email"] == ["ap@delta.example"]
    assert (vendor["addressLineOne"], vendor["city"], vendor["phoneOne"]) == ("4 Dock Rd", "Leeds", "44 0113 5551234")
    assert vendor["external_id"] == f"xero-{made['ContactID']}"
    assert office.record("Delta Steel").work == Work.DONE


@pytest.mark.sqlite
@pytest.mark.promise(10)
def test_e10_fifty_runs_without_a_change_write_nothing(office: Office) -> None:
    office.vendor("Alki Beach Instruments", email=["ap@alki.example"])
    office.contact("Delta Steel", EmailAddress="ap@delta.example")
    office.run()
    before = len(office.writes())
    for _ in range(50):
        office.run()
    assert len(office.writes()) == before


@pytest.mark.promise(10)
def test_an_edit_in_procurement_reaches_accounting_and_the_other_way_round(office: Office) -> None:
    office.edits_vendor("Northgate Safety Supply", city="Tacoma")
    office.run()
    assert office.there("Northgate Safety Supply")["Addresses"][0]["City"] == "Tacoma"
    office.edits_contact("Northgate Safety Supply", EmailAddress="new@northgate.example")
    office.run()
    assert office.here("Northgate Safety Supply")["email"] == ["new@northgate.example"]
