"""Idempotency keys and lost answers in the Xero stand-in (E2)."""

from collections.abc import Iterator

import pytest
import requests

from tests.sandbox.xero_office import XeroOffice, complaints, line, xero_office


@pytest.fixture
def office() -> Iterator[XeroOffice]:
    with xero_office() as office:
        yield office


def put(office: XeroOffice, key: str, number: str = "PO-1042", account: str = "310") -> requests.Response:
    body = office.bill(InvoiceNumber=number, LineItems=[line(AccountCode=account)])
    return office.call("PUT", "Invoices", json=body, headers={"Idempotency-Key": key})


def test_the_same_request_again_gets_the_same_answer(office: XeroOffice) -> None:
    first, again = put(office, "k-1"), put(office, "k-1")
    assert first.content == again.content
    assert again.headers["Xero-Correlation-Id"] == again.json()["Id"]
    assert len(office.xero.bills()) == 1


def test_after_six_minutes_the_key_is_new(office: XeroOffice) -> None:
    put(office, "k-1")
    office.sandbox.clock.forward(minutes=5, seconds=55)
    put(office, "k-1")
    assert len(office.xero.bills()) == 1
    office.sandbox.clock.forward(seconds=6)
    put(office, "k-1")
    assert len(office.xero.bills()) == 2


def test_errors_are_kept_as_well(office: XeroOffice) -> None:
    assert "'999'" in complaints(put(office, "k-1", account="999"))[0]
    office.xero.add_account("999", "Sundry", tax_type="INPUT2")
    assert put(office, "k-1", account="999").status_code == 400
    assert put(office, "k-2", account="999").status_code == 200


def test_another_request_with_the_key_is_refused(office: XeroOffice) -> None:
    put(office, "k-1")
    for answer in (
        put(office, "k-1", number="PO-2"),
        office.call("PUT", "Contacts", json={"Name": "Kite Ltd"}, headers={"Idempotency-Key": "k-1"}),
    ):
        assert answer.status_code == 400
        assert "Idempotency Key: k-1 is used with a different request" in answer.text
    assert len(office.xero.bills()) == 1


def test_a_key_belongs_to_its_organisation(office: XeroOffice) -> None:
    other = office.xero.add_organisation("Kestrel Interiors Ltd")["OrganisationID"]
    office.carry(office.xero.issue_tokens(scopes="accounting.contacts"))
    for tenant in (office.tenant, other):
        headers = {"Idempotency-Key": "k-1", "xero-tenant-id": tenant}
        assert office.call("PUT", "Contacts", json={"Name": "Kite Ltd"}, headers=headers).status_code == 200
    assert office.xero.contact("Kite Ltd", tenant="Kestrel Interiors Ltd")


def test_a_key_is_at_most_128_characters_and_means_nothing_on_a_get(office: XeroOffice) -> None:
    assert put(office, "k" * 129).status_code == 400
    assert office.get("Invoices", {"Idempotency-Key": "k" * 129}, page=1).status_code == 200


def test_a_lost_answer_is_recovered_by_the_same_key(office: XeroOffice) -> None:
    office.sandbox.faults.add("xero", "lose_answer", method="PUT", path="/Invoices")
    with pytest.raises(requests.ConnectionError):
        put(office, "k-1")
    assert len(office.xero.bills()) == 1
    assert put(office, "k-1").json()["Invoices"][0]["InvoiceID"] == office.xero.bills()[0]["InvoiceID"]
    assert len(office.xero.bills()) == 1


def test_a_lost_answer_without_a_key_leaves_a_bill_that_a_look_up_finds(office: XeroOffice) -> None:
    office.sandbox.faults.add("xero", "status_after_commit", method="PUT", path="/Invoices", status=500)
    assert office.put_bill(Url="https://portal.example/r/8f1c").status_code == 500
    where = f'Type=="ACCPAY" AND InvoiceNumber=="PO-1042" AND Contact.ContactID==guid("{office.supplier}")'
    assert [row["Url"] for row in office.rows("Invoices", where=where, page=1)] == ["https://portal.example/r/8f1c"]


def test_a_request_that_was_refused_at_the_socket_changed_nothing(office: XeroOffice) -> None:
    office.sandbox.faults.add("xero", "refuse", method="PUT", path="/Invoices")
    with pytest.raises(requests.ConnectionError):
        put(office, "k-1")
    assert office.xero.bills() == []
