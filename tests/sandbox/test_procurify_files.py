"""Suppliers' files of bills: linked in the detail, read with the token or by a signed link of short life."""

import hashlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from integrations.sandbox import Sandbox
from tests.sandbox.procurify_office import DOMAIN, ProcurifyOffice


@pytest.fixture
def office() -> Iterator[ProcurifyOffice]:
    with Sandbox(systems=["procurify"], limits=False) as sandbox:
        sandbox.procurify.add_bill(DOMAIN, items=[{"name": "Gloves", "amount": "10", "account": "6100"}],
                                   invoice_number="INV-1")  # fmt: skip
        sandbox.procurify.attach_file(DOMAIN, "INV-1", "INV 1.pdf", b"%PDF")
        yield ProcurifyOffice(sandbox)


def row(office: ProcurifyOffice) -> dict[str, Any]:
    uuid = office.data("/api/v3/ap/bills/")[0]["uuid"]
    (found,) = office.data(f"/api/v2/ap/bills/{uuid}/")["invoice_attachments"]
    return dict(found)


def fetch(link: str, **headers: str) -> requests.Response:
    return requests.get(link, headers=headers, timeout=10)


def test_a_file_is_told_with_its_length_and_hash_and_read_with_the_token(office: ProcurifyOffice) -> None:
    file = row(office)
    assert (file["name"], file["mimetype"], file["length"]) == ("INV 1.pdf", "application/pdf", 4)
    assert file["sha1_hash"] == hashlib.sha1(b"%PDF", usedforsecurity=False).hexdigest()
    assert fetch(file["file"]).status_code == 401
    assert fetch(file["file"], **office.headers).content == b"%PDF"
    assert not [name for name in file if name.startswith("_")]


def test_a_link_to_storage_is_signed_ends_soon_and_takes_no_token(office: ProcurifyOffice) -> None:
    office.stand_in.turn(files_in_storage=True)
    link = row(office)["file"]
    assert urlsplit(link).path.startswith("/storage/")
    assert fetch(link).content == b"%PDF"
    assert fetch(link, **office.headers).status_code == 400
    assert fetch(f"{link}0").status_code == 403
    office.sandbox.clock.forward(minutes=6)
    assert fetch(link).status_code == 403
    assert fetch(row(office)["file"]).status_code == 200


def test_a_file_taken_off_its_bill_is_gone(office: ProcurifyOffice) -> None:
    link = row(office)["file"]
    office.stand_in.detach_file(DOMAIN, "INV-1", "INV 1.pdf")
    assert fetch(link, **office.headers).status_code == 404
