"""Attachments and history notes in the Xero stand-in."""

from collections.abc import Iterator

import pytest
import requests

from tests.sandbox.xero_office import Json, XeroOffice, complaints, xero_office


@pytest.fixture
def office() -> Iterator[XeroOffice]:
    with xero_office() as office:
        yield office


@pytest.fixture
def bill(office: XeroOffice) -> Json:
    return office.new_bill()


def attach(office: XeroOffice, bill: Json, name: str, content: bytes = b"%PDF-1.7", kind: str = "application/pdf",
           method: str = "PUT") -> requests.Response:  # fmt: skip
    path = f"Invoices/{bill['InvoiceID']}/Attachments/{name}"
    return office.call(method, path, content=content, headers={"Content-Type": kind})


def test_a_file_is_attached_listed_and_read_back(office: XeroOffice, bill: Json) -> None:
    made = attach(office, bill, "order%20PF1041.pdf").json()["Attachments"][0]
    assert (made["FileName"], made["MimeType"], made["ContentLength"]) == ("order PF1041.pdf", "application/pdf", 8)
    path = f"Invoices/{bill['InvoiceID']}/Attachments"
    assert office.rows(path) == [made]
    for key in (made["AttachmentID"], "order%20PF1041.pdf"):
        content = office.get(f"{path}/{key}", {"Accept": "application/pdf"})
        assert (content.content, content.headers["Content-Type"]) == (b"%PDF-1.7", "application/pdf")
    assert office.rows(f"Invoices/{bill['InvoiceID']}")[0]["HasAttachments"] is True


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_the_same_name_again_replaces_the_file(office: XeroOffice, bill: Json, method: str) -> None:
    first = attach(office, bill, "a.txt", b"one", "application/octet-stream").json()["Attachments"][0]
    assert first["MimeType"] == "text/plain"
    second = attach(office, bill, "a.txt", b"three", "text/plain", method).json()["Attachments"][0]
    assert first["AttachmentID"] == second["AttachmentID"]
    assert [each["ContentLength"] for each in office.rows(f"Invoices/{bill['InvoiceID']}/Attachments")] == [5]


def test_ten_files_and_no_more(office: XeroOffice, bill: Json) -> None:
    assert [attach(office, bill, f"{n}.pdf").status_code for n in range(11)] == [200] * 10 + [400]
    assert attach(office, bill, "9.pdf", b"again").status_code == 200


@pytest.mark.parametrize("name", ["a%2Bb.pdf", "a%3Ab.pdf", "a%22.pdf", "a%2A.pdf", "a%3Cb%3E.pdf"])
def test_names_with_certain_characters_are_refused(office: XeroOffice, bill: Json, name: str) -> None:
    assert complaints(attach(office, bill, name))


def test_size_has_a_limit(office: XeroOffice, bill: Json) -> None:
    office.xero.turn(attachment_megabytes=1)
    assert attach(office, bill, "a.pdf", b"x" * 1_000_001).status_code == 413
    assert complaints(attach(office, bill, "a.pdf", b""))


def test_attachments_have_a_scope_of_their_own(office: XeroOffice, bill: Json) -> None:
    office.carry(office.xero.issue_tokens(scopes="accounting.invoices"))
    assert attach(office, bill, "a.pdf").json()["Detail"] == "AuthorizationUnsuccessful"


def test_a_document_that_does_not_exist_takes_no_file(office: XeroOffice) -> None:
    assert attach(office, {"InvoiceID": "11111111-2222-4333-8444-555555555555"}, "a.pdf").status_code == 404


def test_notes_are_added_and_listed(office: XeroOffice, bill: Json) -> None:
    path = f"Invoices/{bill['InvoiceID']}/History"
    body = {"HistoryRecords": [{"Details": "Created from order PF1041"}]}
    assert office.call("PUT", path, json=body).status_code == 200
    note = office.rows(path)[0]
    assert (note["Details"], note["User"]) == ("Created from order PF1041", "System Generated")
    assert note.keys() == {"Changes", "DateUTC", "DateUTCString", "User", "Details"}
    too_long = {"HistoryRecords": [{"Details": "x" * 2501}]}
    assert office.call("PUT", path, json=too_long).status_code == 400
