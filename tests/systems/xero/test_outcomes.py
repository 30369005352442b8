"""What Xero says of a batch is believed element by element, and only when it is plainly about what was sent."""

import time
from typing import Any

import pytest

from integrations.documents import BillAction, BillStatus, BillWrite, PreparedWrite, Tracked, WriteOutcome
from integrations.errors import OutcomeUnknownError, ProgrammingError, UnreadableAnswerError
from integrations.systems.xero import parse
from integrations.systems.xero.client import XeroClient
from tests.systems.answers import FakeDoor
from tests.systems.xero.bills import bill, creating, line, page, stored


def send(prepared: PreparedWrite, body: bytes, key: str = "key-1") -> tuple[list[WriteOutcome], FakeDoor]:
    door = FakeDoor([body])
    client = XeroClient(door, "tenant", "https://go.xero.com")
    return client.send(prepared, key=key, sent_by=time.monotonic() + 10), door


def two() -> PreparedWrite:
    client = XeroClient(FakeDoor([]), "tenant", "")
    return client.prepare(creating(bill(number="PF1"), bill(number="PF2")))


def refused(number: int, *messages: str, **more: Any) -> dict[str, Any]:
    errors = [{"Message": message} for message in messages]
    return stored(number, HasErrors=True, StatusAttributeString="ERROR", ValidationErrors=errors, **more)


def test_every_element_has_its_own_outcome_in_the_order_sent() -> None:
    outcomes, door = send(two(), page([stored(1), refused(2, "Account code '999' is not a valid code.")]))
    first, second = outcomes
    assert first.stored is not None
    assert (first.stored.number, first.stored.status, first.refusals) == ("PF1", BillStatus.DRAFT, ())
    assert (second.stored, second.refusals) == (None, ("Account code '999' is not a valid code.",))
    assert door.asked[0].method == "PUT"
    assert door.asked[0].headers["Idempotency-Key"] == "key-1"
    assert door.asked[0].body == two().body


def test_refusals_are_collected_from_lines_and_contact_too() -> None:
    row = refused(2, "Bill refused.")
    row["LineItems"] = [{"ValidationErrors": [{"Message": "Account must be valid."}]}]
    row["Contact"] = {**row["Contact"], "ValidationErrors": [{"Description": "Archived."}]}
    outcomes, _ = send(two(), page([stored(1), row]))
    assert set(outcomes[1].refusals) == {"Bill refused.", "Account must be valid.", "Archived."}


def test_a_refusal_without_a_word_is_still_a_refusal() -> None:
    outcomes, _ = send(two(), page([stored(1), refused(2)]))
    assert outcomes[1].stored is None
    assert outcomes[1].refusals


def test_a_refused_element_need_not_echo_its_contact() -> None:
    row = {
        "InvoiceID": "00000000-0000-0000-0000-000000000000",
        "HasErrors": True,
        "ValidationErrors": [{"Message": "No."}],
    }
    outcomes, _ = send(two(), page([row, stored(2)]))
    assert [outcome.stored is None for outcome in outcomes] == [True, False]


def test_warnings_are_kept() -> None:
    outcomes, _ = send(two(), page([stored(1, Warnings=[{"Message": "Looks odd."}]), stored(2)]))
    assert outcomes[0].warnings == ("Looks odd.",)


def test_tracking_that_was_dropped_silently_is_told() -> None:
    client = XeroClient(FakeDoor([]), "tenant", "")
    prepared = client.prepare(
        creating(bill(line(tracking=(Tracked("351953c4", "x"), Tracked("9f", "y"))), number="PF1"))
    )
    outcomes, _ = send(prepared, page([stored(1)]))
    assert outcomes[0].warnings == ("Line 1: Xero did not keep the tracking.",)


@pytest.mark.parametrize(
    "rows",
    [
        [stored(2), stored(1)],
        [stored(1)],
        [stored(1), stored(2), stored(3)],
        [],
        [stored(1), "PF2"],
        [stored(1), stored(2, Contact={"ContactID": "somebody else", "Name": "x"})],
        [stored(1), stored(2, InvoiceID="00000000-0000-0000-0000-000000000000")],
        [stored(1), stored(2, InvoiceID=None)],
        [stored(1), stored(2, Total="much")],
        [refused(2, "No."), stored(1)],
    ],
    ids=[
        "swapped", "one less", "one more", "none", "no object", "other contact", "no id", "null id", "unreadable",
        "refusals swapped",
    ],
)  # fmt: skip
def test_an_answer_that_does_not_match_leaves_all_in_doubt(rows: list[Any]) -> None:
    with pytest.raises(OutcomeUnknownError):
        send(two(), page(rows))


@pytest.mark.parametrize("body", [b"<html/>", b"{", b"[]", b'{"Invoices": null}'])
def test_an_unreadable_answer_leaves_all_in_doubt(body: bytes) -> None:
    with pytest.raises(OutcomeUnknownError) as raised:
        send(two(), body)
    assert not isinstance(raised.value, UnreadableAnswerError)


def test_a_deletion_is_matched_by_its_id() -> None:
    target = stored(1)["InvoiceID"]
    client = XeroClient(FakeDoor([]), "tenant", "")
    prepared = client.prepare([BillWrite(BillAction.DELETE, None, target.upper())])
    outcomes, door = send(prepared, page([stored(1, Status="DELETED", LineItems=[])]))
    assert outcomes[0].stored is not None
    assert outcomes[0].stored.status is BillStatus.REMOVED
    assert parse.loads(door.asked[0].body) == {"Invoices": [{"InvoiceID": target.upper(), "Status": "DELETED"}]}


@pytest.mark.parametrize("key", ["", "k" * 129])
def test_a_key_that_xero_would_not_take_is_a_bug(key: str) -> None:
    with pytest.raises(ProgrammingError):
        send(two(), page([]), key)
