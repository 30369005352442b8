"""Contacts of the Xero stand-in: what is unique, what is refused, what an update silently does."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.sandbox.xero_office import Json, XeroOffice, complaints, xero_office


@pytest.fixture
def office() -> Iterator[XeroOffice]:
    with xero_office() as office:
        yield office


def write(office: XeroOffice, method: str, **fields: Any) -> requests.Response:
    return office.call(method, "Contacts", json={"Contacts": [fields]})


def names(office: XeroOffice) -> list[str]:
    return [row["Name"] for row in office.rows("Contacts", page=1, includeArchived="true")]


class TestCreating:
    def test_a_contact_has_both_addresses_and_all_phones(self, office: XeroOffice) -> None:
        address = {"AddressType": "STREET", "AddressLine1": "4 Dock Rd", "City": "Leeds", "Country": "UK"}
        phone = {"PhoneType": "DEFAULT", "PhoneNumber": "5551234", "PhoneAreaCode": "0113", "PhoneCountryCode": "44"}
        row = write(office, "PUT", Name="Kite Ltd", Addresses=[address], Phones=[phone]).json()["Contacts"][0]
        assert {each["AddressType"] for each in row["Addresses"]} == {"STREET", "POBOX"}
        assert row["Addresses"][0]["AddressLine1"] == "4 Dock Rd"
        assert {each["PhoneType"] for each in row["Phones"]} == {"DDI", "DEFAULT", "FAX", "MOBILE"}
        assert (row["ContactStatus"], row["IsSupplier"]) == ("ACTIVE", False)

    @pytest.mark.parametrize("name", ["Delta Steel Ltd", "DELTA STEEL LTD"])
    def test_a_name_is_taken_once_among_active_contacts(self, office: XeroOffice, name: str) -> None:
        assert "is already assigned to another contact" in complaints(write(office, "PUT", Name=name))[0]
        office.xero.archive_contact("Delta Steel Ltd")
        assert write(office, "PUT", Name=name).status_code == 200

    def test_a_contact_number_is_taken_once_among_all(self, office: XeroOffice) -> None:
        office.xero.edit_contact(office.supplier, ContactNumber="V-1")
        office.xero.archive_contact(office.supplier)
        assert "V-1 is already assigned" in complaints(write(office, "PUT", Name="Kite Ltd", ContactNumber="V-1"))[0]

    def test_an_account_number_is_taken_once(self, office: XeroOffice) -> None:
        office.xero.edit_contact(office.supplier, AccountNumber="A-1")
        refused = write(office, "PUT", Name="Kite Ltd", AccountNumber="A-1")
        assert complaints(refused)[0].startswith("The Account Number already exists")

    def test_two_of_one_name_in_a_batch_collide(self, office: XeroOffice) -> None:
        body = {"Contacts": [{"Name": "Kite Ltd"}, {"Name": "kite ltd"}]}
        rows = office.call("PUT", "Contacts", query={"summarizeErrors": "false"}, json=body).json()["Contacts"]
        assert [row["StatusAttributeString"] for row in rows] == ["OK", "ERROR"]
        assert rows[1]["HasValidationErrors"] is True

    @pytest.mark.parametrize(
        "fields",
        [
            {"Name": ""},
            {"EmailAddress": "ap@delta.example"},
            {"Name": "x" * 256},
            {"Name": "Kite <Ltd>"},
            {"Name": " Kite Ltd"},
            {"Name": "Kite  Ltd"},
            {"Name": "Kite Ltd", "EmailAddress": "kite"},
            {"Name": "Kite Ltd", "EmailAddress": "büro@kite.example"},
            {"Name": "Kite Ltd", "ContactNumber": "x" * 51},
            {"Name": "Kite Ltd", "TaxNumber": "x" * 51},
            {"Name": "Kite Ltd", "Addresses": [{"AddressType": "STREET", "PostalCode": "x" * 51}]},
            {"Name": "Kite Ltd", "Addresses": [{"AddressType": "STREET", "Country": "Zone 51"}]},
            {"Name": "Kite Ltd", "Phones": [{"PhoneType": "DDI", "PhoneAreaCode": "01234567890"}]},
            {"Name": "Kite Ltd", "ContactPersons": [{"FirstName": str(n)} for n in range(6)]},
            {"Name": "Kite Ltd", "DefaultCurrency": "GBP"},
            {"Name": "Kite Ltd", "PurchasesDefaultAccountCode": "999"},
            {"Name": "Kite Ltd", "AccountsPayableTaxType": "INPUT9"},
        ],
    )
    def test_what_xero_refuses_is_refused(self, office: XeroOffice, fields: Json) -> None:
        answer = write(office, "PUT", **fields)
        assert (answer.status_code, answer.json()["Type"]) == (400, "ValidationException")
        assert complaints(answer)
        assert names(office) == ["Delta Steel Ltd"]

    @pytest.mark.parametrize(
        "fields",
        [
            {"Phones": [{"PhoneType": "HOME", "PhoneNumber": "1"}]},
            {"Addresses": [{"AddressType": "DELIVERY"}]},
            {"PaymentTerms": {"Bills": {"Day": 20, "Type": "SOMETIME"}}},
            {"ContactStatus": "GONE"},
            {"Phones": {"PhoneType": "DDI"}},
        ],
    )
    def test_what_is_not_of_the_form_is_post_data_invalid(self, office: XeroOffice, fields: Json) -> None:
        answer = write(office, "PUT", Name="Kite Ltd", **fields)
        assert (answer.status_code, answer.json()["Type"]) == (400, "PostDataInvalidException")


class TestChanging:
    def test_a_post_by_name_overwrites_silently(self, office: XeroOffice) -> None:
        row = write(office, "POST", Name="delta steel ltd", EmailAddress="other@else.example").json()["Contacts"][0]
        assert row["ContactID"] == office.supplier
        assert office.xero.contact(office.supplier)["EmailAddress"] == "other@else.example"

    def test_a_post_by_number_finds_its_contact_first(self, office: XeroOffice) -> None:
        office.xero.edit_contact(office.supplier, ContactNumber="V-1")
        row = write(office, "POST", Name="Delta Holdings", ContactNumber="V-1").json()["Contacts"][0]
        assert (row["ContactID"], row["Name"]) == (office.supplier, "Delta Holdings")

    def test_only_fields_sent_change(self, office: XeroOffice) -> None:
        office.xero.edit_contact(office.supplier, TaxNumber="11-222")
        write(office, "POST", ContactID=office.supplier, EmailAddress="new@delta.example")
        row = office.rows(f"Contacts/{office.supplier}")[0]
        assert (row["EmailAddress"], row["TaxNumber"], row["Name"]) == (
            "new@delta.example",
            "11-222",
            "Delta Steel Ltd",
        )

    def test_addresses_are_replaced_per_type(self, office: XeroOffice) -> None:
        street = {"AddressType": "STREET", "AddressLine1": "4 Dock Rd", "City": "Leeds"}
        write(office, "POST", ContactID=office.supplier, Addresses=[street])
        write(office, "POST", ContactID=office.supplier, Addresses=[{"AddressType": "POBOX", "AddressLine1": "Box 9"}])
        rows = {each["AddressType"]: each for each in office.xero.contact(office.supplier)["Addresses"]}
        assert (rows["STREET"]["AddressLine1"], rows["POBOX"]["AddressLine1"]) == ("4 Dock Rd", "Box 9")
        write(office, "POST", ContactID=office.supplier, Addresses=[{"AddressType": "STREET", "City": "York"}])
        street = office.xero.contact(office.supplier)["Addresses"][0]
        assert (street["City"], street["AddressLine1"]) == ("York", "")

    def test_read_only_fields_are_ignored(self, office: XeroOffice) -> None:
        write(office, "POST", ContactID=office.supplier, IsSupplier=True, HasAttachments=True)
        assert office.xero.contact(office.supplier)["IsSupplier"] is False

    def test_an_archived_contact_cannot_be_edited_or_restored(self, office: XeroOffice) -> None:
        archived = office.call("POST", f"Contacts/{office.supplier}", json={"ContactStatus": "ARCHIVED"})
        assert archived.status_code == 200
        for fields in ({"EmailAddress": "x@y.example"}, {"ContactStatus": "ACTIVE"}):
            refused = write(office, "POST", ContactID=office.supplier, **fields)
            assert "has been archived" in complaints(refused)[0]
        assert office.xero.restore_contact(office.supplier)["ContactStatus"] == "ACTIVE"

    def test_put_with_a_known_id_and_post_with_an_unknown_one_are_refused(self, office: XeroOffice) -> None:
        assert write(office, "PUT", ContactID=office.supplier, Name="Kite Ltd").status_code == 400
        unknown = "11111111-2222-4333-8444-555555555555"
        assert write(office, "POST", ContactID=unknown, Name="Kite Ltd").status_code == 400

    def test_a_merged_contact_names_the_other_and_hands_over_its_bills(self, office: XeroOffice) -> None:
        other = office.xero.add_contact("Delta Steel Limited")["ContactID"]
        office.new_bill()
        office.xero.merge_contacts(office.supplier, into=other)
        row = office.rows(f"Contacts/{office.supplier}")[0]
        assert (row["ContactStatus"], row["MergedToContactID"]) == ("ARCHIVED", other)
        assert office.rows("Invoices", page=1)[0]["Contact"]["ContactID"] == other


class TestFinding:
    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"where": 'EmailAddress=="AP@delta.example"'}, ["Delta Steel Ltd"]),
            ({"where": 'Name=="cafe ""nine"""'}, ['Café "Nine"']),
            ({"where": 'ContactNumber=="V-2"'}, ['Café "Nine"']),
            ({"where": 'ContactStatus=="ARCHIVED"'}, []),
            ({"where": 'ContactStatus=="ARCHIVED"', "includeArchived": "true"}, ["Old Ltd"]),
            ({"searchTerm": "delta"}, ["Delta Steel Ltd"]),
            ({"searchTerm": "v-2"}, ['Café "Nine"']),
            ({"order": "Name ASC"}, ['Café "Nine"', "Delta Steel Ltd"]),
        ],
    )
    def test_contacts_are_found(self, office: XeroOffice, query: Json, found: list[str]) -> None:
        office.xero.add_contact('Café "Nine"', ContactNumber="V-2")
        office.xero.add_contact("Old Ltd")
        office.xero.archive_contact("Old Ltd")
        assert [row["Name"] for row in office.rows("Contacts", page=1, **query)] == found

    def test_one_is_read_by_id_or_number(self, office: XeroOffice) -> None:
        office.xero.edit_contact(office.supplier, ContactNumber="V-1")
        for key in (office.supplier, "V-1"):
            assert office.rows(f"Contacts/{key}")[0]["Name"] == "Delta Steel Ltd"
        assert len(office.rows("Contacts", IDs=office.supplier, page=1)) == 1
