"""Procore's error table row by row: each answer leads to a row that says who mends it and where."""

import json
from typing import Any

import pytest

from integrations.errors import CounterfoilError, RejectedError
from integrations.explanations import cause_of, refused, sentence
from integrations.explanations.refusals import UNKNOWN, row_of
from integrations.explanations.rows import ADMINISTRATOR, NOBODY, OPERATOR, STAFF, SUPERVISOR
from integrations.explanations.troubles import TROUBLES
from integrations.http import Answer
from integrations.systems.procore.errors import judge, messages

ORDERS = "/rest/v1.0/purchase_order_contracts"
BILLS = "/rest/v1.1/requisitions"
BLANK = b""


def meaning(status: int, body: Any, *, write: bool, where: str) -> CounterfoilError:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(CounterfoilError) as raised:
        judge(Answer(status, {}, raw, where, write))
    return raised.value


NO_PERIOD = "The project must have an open billing period (or admin can specify a period_id) to create an invoice"
NEWEST = "Only the most recently created Invoice is editable or deletable"
MISSING = "param is missing or the value is empty or invalid: line_item"
REFUSED = [
    (400, {"errors": [NO_PERIOD]}, BILLS, "no-period", STAFF),
    (400, {"errors": {"base": [NEWEST]}}, BILLS, "not-newest", STAFF),
    (400, {"errors": MISSING}, ORDERS, "value-refused", OPERATOR),
    (400, BLANK, BILLS, "own-schedule", STAFF),
    (413, {"errors": "Request Entity Too Large"}, ORDERS, "too-large", STAFF),
    (413, BLANK, ORDERS, "too-large", STAFF),
    (422, {"errors": {"base": ["Cannot edit a record synced with ERP"]}}, ORDERS, "locked-there", STAFF),
    (422, {"errors": {"wbs_code_id": ["is not a code of this project"]}}, ORDERS, "code-refused", STAFF),
    (422, {"errors": {"wbs_code_id": ["is inactive"]}}, ORDERS, "code-refused", STAFF),
    (422, {"errors": {"vendor": ["must be in the project directory"]}}, ORDERS, "vendor-not-in-project", STAFF),
    (422, {"errors": {"origin_id": ["has already been taken"]}}, ORDERS, "mark-taken", SUPERVISOR),
    (422, {"errors": {"amount": ["value has incompatible type"]}}, BILLS, "value-refused", OPERATOR),
    (422, {"errors": {"number": ["has already been taken"]}}, ORDERS, "number-taken", STAFF),
]  # fmt: skip


@pytest.mark.parametrize(("status", "body", "where", "slug", "who"), REFUSED)
def test_a_refused_document_says_what_is_to_be_mended(status: int, body: Any, where: str, slug: str, who: str) -> None:
    error = meaning(status, body, write=True, where=where)
    assert isinstance(error, RejectedError)
    words = error.refusals or (sentence(error),)
    row = row_of("procore", words)
    assert row is not UNKNOWN
    assert (row.slug, row.who) == (slug, who)
    assert refused("procore", "Procore", words)


@pytest.mark.parametrize(("body", "slug"), [(body, slug) for _, body, _, slug, _ in REFUSED if isinstance(body, dict)])
def test_a_row_that_is_refused_among_others_is_explained_alike(body: dict[str, Any], slug: str) -> None:
    """An upsert answers 200 and lists what it refused."""
    assert row_of("procore", messages(body["errors"])).slug == slug


@pytest.mark.parametrize(
    ("status", "body", "write", "cause", "who"),
    [
        (400, {"errors": {"updated_at": ["must be a range"]}}, False, "call-refused", OPERATOR),
        (401, {"error": "invalid_token", "error_description": "The access token is invalid"}, False, "", ""),
        (403, {"errors": ["App is not connected to this company."]}, False, "app-not-connected", ADMINISTRATOR),
        (403, {"errors": "You do not have permission to perform this action."}, True, "tool-permission", ADMINISTRATOR),
        (403, BLANK, False, "tool-permission", ADMINISTRATOR),
        (404, {"errors": "Not found"}, True, "", STAFF),
        (405, BLANK, True, "call-refused", OPERATOR),
        (406, BLANK, True, "call-refused", OPERATOR),
        (408, BLANK, False, "", ""),
        (409, {"errors": "Conflict"}, True, "", NOBODY),
        (409, {"errors": "Conflict"}, False, "out-of-order", NOBODY),
        (429, {"message": "You have surpassed the max number of requests for an hour."}, True, "", NOBODY),
        (500, BLANK, False, "out-of-order", NOBODY),
        (502, BLANK, False, "out-of-order", NOBODY),
        (503, BLANK, False, "out-of-order", NOBODY),
        (504, BLANK, False, "out-of-order", NOBODY),
    ],
)  # fmt: skip
def test_every_other_answer_says_who_is_to_do_something(
    status: int, body: Any, write: bool, cause: str, who: str
) -> None:
    error = meaning(status, body, write=write, where=ORDERS)
    row = TROUBLES[cause_of(error)]
    assert row.next
    assert cause in ("", row.slug)
    assert who in ("", row.who)
    assert "Procore" in sentence(error, system="Procore")
