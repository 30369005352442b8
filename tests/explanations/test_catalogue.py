"""Everything that can go wrong has a row: what happened, who can mend it, where, and what will happen next."""

import ast
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from integrations import errors
from integrations.explanations import cause_of, sentence, troubles
from integrations.explanations.flags import FLAGS
from integrations.explanations.holds import HOLDS
from integrations.explanations.refusals import REFUSALS, UNKNOWN, row_of
from integrations.explanations.rows import ADMINISTRATOR, NOBODY, OPERATOR, STAFF, SUPERVISOR, Place, Row, catalogue
from integrations.explanations.states import HEALTH, WORK
from integrations.explanations.troubles import TROUBLES
from integrations.hold_reasons import HOLD_REASONS
from integrations.http import Answer
from integrations.models import Health, Work
from integrations.sandbox.xero import problems
from integrations.systems import SYSTEM_LABELS
from integrations.systems.grants import _judge as judge_sign_in
from integrations.systems.procore.errors import judge as judge_procore
from integrations.systems.procore.oauth import _judge as judge_procore_token
from integrations.systems.procurify.errors import judge as judge_procurify
from integrations.systems.procurify.oauth import _judge as judge_procurify_token
from integrations.systems.xero.errors import judge as judge_xero
from tests.explanations.sayings import Saying, answers, refusals
from tests.portal.sources import ROOT

WHO = {STAFF, SUPERVISOR, ADMINISTRATOR, OPERATOR, NOBODY}
JARGON = re.compile(
    r"Traceback|\{[\"']|\bHTTP\b|/api|\boauth\b|\bJSON\b|\bAPI\b|Exception\b|\w+Error\b|\b[45]\d\d\b|status code"
)
JUDGES = {"xero": judge_xero, "procurify": judge_procurify, "procore": judge_procore}


def all_rows() -> Iterator[Row]:
    for table in (TROUBLES, HOLDS, FLAGS, HEALTH, WORK):
        yield from table.values()
    yield from (refusal.row for refusal in REFUSALS)
    yield UNKNOWN


def meaning(system: str, answer: Answer) -> errors.CounterfoilError:
    with pytest.raises(errors.CounterfoilError) as raised:
        JUDGES[system](answer)
    return raised.value


def answer(status: int, body: Any = b"", *, write: bool = False, problem: str = "") -> Answer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"X-Rate-Limit-Problem": problem} if problem else {}
    return Answer(status, headers, raw, "/api/v3/things/{id}/", write)


@pytest.mark.parametrize("row", list(all_rows()), ids=lambda row: row.slug)
def test_every_row_says_what_who_where_and_what_then_in_the_words_of_the_office(row: Row) -> None:
    assert row.what
    assert row.who in WHO
    assert row.where
    assert row.next.endswith(".")
    assert not JARGON.search(f"{row.what} {row.next}")


def test_nothing_is_explained_with_the_words_of_something_else() -> None:
    rows = [Row("no-order", words, STAFF, Place.RECORD, "Look.") for words in ("No order.", "A direct cost.")]
    with pytest.raises(ValueError, match="no-order"):
        catalogue(rows)
    assert "direct cost" in FLAGS["direct-cost"].what
    assert "Nothing of it is posted" in FLAGS["no-order"].next


def test_every_hold_reason_health_and_state_that_waits_has_its_row() -> None:
    assert set(HOLDS) == set(HOLD_REASONS)
    assert set(HEALTH) == set(Health)
    assert set(WORK) == {Work.WAITING, Work.POSTING, Work.DOUBT, Work.APPROVAL}


def test_every_flag_that_our_code_raises_has_its_row() -> None:
    raised = {
        kind
        for path in sorted((ROOT / "integrations").rglob("*.py"))
        if "sandbox" not in path.parts and "migrations" not in path.parts
        for kind in _flags_of(ast.parse(path.read_text()))
    }
    assert len(raised) > 4
    assert raised - set(FLAGS) == set()


def _flags_of(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        if node.func.id == "Note" and node.args and isinstance(node.args[0], ast.Constant):
            yield str(node.args[0].value)
        elif node.func.id == "Flag":
            yield from (
                str(each.value.value)
                for each in node.keywords
                if each.arg == "kind" and isinstance(each.value, ast.Constant)
            )


def test_what_cannot_be_read_names_its_field_once() -> None:
    told = [
        errors.InvalidSourceError(message, field=field).told
        for message, field in (
            ("Bill INV-1: total is no amount.", "total"), ("The order has no date.", "order_date"), ("Lost.", ""),
        )
    ]  # fmt: skip
    assert told == ["Bill INV-1: total is no amount.", "The order has no date. (field order_date)", "Lost."]


def test_every_error_class_has_its_row_and_is_told_in_plain_words() -> None:
    classes = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, Exception)]
    assert len(classes) > 15
    for kind in classes:
        for made in _made(kind):
            said = sentence(made, system="Xero")
            assert cause_of(made) in TROUBLES
            assert said
            assert not JARGON.search(said), said


def _made(kind: Any) -> Iterator[errors.CounterfoilError]:
    if issubclass(kind, errors.ThrottledError):
        yield from (kind("429 for /api", window=window) for window in ("minute", "day", "concurrent", "app"))
    elif kind is errors.InvalidSourceError:
        yield kind("The order has no date.", field="date")
    else:
        yield kind("Its words for people.")


@pytest.mark.parametrize(
    "saying", [each for system in JUDGES for each in refusals(system)], ids=lambda each: each.words[:60]
)
def test_everything_the_stand_ins_say_of_a_document_is_explained(saying: Saying) -> None:
    row = row_of(saying.system, [saying.words])
    assert row is not UNKNOWN


def test_the_stand_ins_were_read_whole() -> None:
    assert len(refusals("xero")) > 50
    assert len(refusals("procurify")) > 10
    assert len(refusals("procore")) > 30
    assert len(answers("procore")) > 10
    assert len(answers("xero")) > 10
    assert len(answers("procurify")) > 8
    words = {each.words for each in refusals("xero")}
    assert "Organisation is not subscribed to currency X" in words
    assert any("un-archived" in each for each in words)


# The messages that the API page quotes from the wild, beyond what the stand-in says.
SEEN = {
    "The contact name X is already assigned to another contact.": "name-taken",
    "The contact with the specified contact details has been archived.": "contact-archived",
    "Account code 'X' has been archived, or has been deleted.": "account-refused",
    "The TaxType code 'X' cannot be used with account code 'Y'.": "account-refused",
    "Organisation is not subscribed to currency X": "currency-refused",
    "Purchase Order # must be unique.": "number-refused",
    "The invoice total does not equal the sum of the lines.": "amounts-refused",
    "This document cannot be edited as it has a payment or credit note allocated to it.": "already-worked-on",
    "Invoice not of valid status for modification": "already-worked-on",
    "Payment amount exceeds the amount outstanding on this document": "payment-refused",
    "You have reached the limit of invoices you can approve": "plan-limit",
    "The document date cannot be before the period lock date, currently set at 31 March 2026": "period-closed",
}


@pytest.mark.parametrize(("words", "slug"), SEEN.items())
def test_what_xero_was_seen_to_say_is_explained(words: str, slug: str) -> None:
    assert row_of("xero", [words]).slug == slug


# The refusals that Procore's page quotes, in the words of its fields.
SEEN_IN_PROCORE = {
    "The project must have an open billing period (or admin can specify a period_id) to create an invoice": "no-period",
    "Only the most recently created Invoice is editable or deletable": "not-newest",
    "param is missing or the value is empty or invalid: contract_payment": "value-refused",
    "work completed this period: work_completed_this_period value has incompatible type": "value-refused",
    "vendor: must be in the project directory": "vendor-not-in-project",
    "wbs code id: is inactive": "code-refused",
    "origin id: has already been taken": "mark-taken",
    "number: has already been taken": "number-taken",
    "id: Entity with this ID not found": "gone-there",
}


@pytest.mark.parametrize(("words", "slug"), SEEN_IN_PROCORE.items())
def test_what_procore_was_seen_to_say_is_explained(words: str, slug: str) -> None:
    assert row_of("procore", [words]).slug == slug


@pytest.mark.parametrize(
    "saying", [each for system in JUDGES for each in answers(system) if each.status], ids=lambda each: str(each.status)
)
def test_every_call_that_the_stand_ins_refuse_is_explained(saying: Saying) -> None:
    assert saying.status is not None
    error = meaning(saying.system, answer(saying.status, {"Detail": saying.words, "detail": saying.words}))
    assert not JARGON.search(sentence(error, system=SYSTEM_LABELS[saying.system]))


# The error tables of both API pages, row by row.
TABLE = [
    ("procurify", answer(400, {"errors": {"date": {"message": "No date."}}}), "call-refused"),
    ("procurify", answer(400, {"name": ["Too long."]}, write=True), "rejected"),
    ("procurify", answer(401, {"detail": "Invalid token."}), "shut-out"),
    ("procurify", answer(403, {"detail": "No."}), "permission"),
    ("procurify", answer(404, b"<html>"), "gone"),
    ("procurify", answer(405), "call-refused"),
    ("procurify", answer(406), "call-refused"),
    ("procurify", answer(410), "gone"),
    ("procurify", answer(409, {"detail": "Conflict."}, write=True), "rejected"),
    ("procurify", answer(422, {"detail": "No."}, write=True), "rejected"),
    ("procurify", answer(429), "throttled-minute"),
    ("procurify", answer(500), "out-of-order"),
    ("procurify", answer(502, b"<html>"), "out-of-order"),
    ("procurify", answer(503), "out-of-order"),
    ("procurify", answer(504), "too-large"),
    ("xero", answer(400, {"Type": "ValidationException", "Elements": []}, write=True), "rejected"),
    ("xero", answer(400, {"Type": "PostDataInvalidException", "Message": "No."}, write=True), "rejected"),
    ("xero", answer(400, {"Type": "QueryParseException", "Message": "No."}), "call-refused"),
    ("xero", answer(400, {"Message": "Idempotency Key: 1 is used with a different request"}, write=True),
     "outcome-unknown"),
    ("xero", answer(401, {"Detail": "TokenExpired: token expired at 01/12/2026"}), "shut-out"),
    ("xero", answer(401, {"Detail": "AuthenticationUnsuccessful"}), "shut-out"),
    ("xero", answer(401, {"Detail": "AuthorizationUnsuccessful"}), "scope-missing"),
    ("xero", answer(403, {"Detail": "AuthenticationUnsuccessful"}), "company-left"),
    ("xero", answer(403, {"Detail": "another"}), "permission"),
    ("xero", answer(404, b"The resource you're looking for cannot be found"), "gone"),
    ("xero", answer(405), "call-refused"),
    ("xero", answer(412), "call-refused"),
    ("xero", answer(415), "call-refused"),
    ("xero", answer(501), "call-refused"),
    ("xero", answer(500), "out-of-order"),
    ("xero", answer(502, b"The Organisation is offline"), "out-of-order"),
    ("xero", answer(503), "out-of-order"),
    ("xero", answer(504), "too-large"),
    ("procore", answer(400, {"errors": "page must be positive"}), "call-refused"),
    ("procore", answer(400, {"errors": {"vendor": ["can't be blank"]}}, write=True), "rejected"),
    ("procore", answer(400, b"", write=True), "rejected"),
    ("procore", answer(401, {"errors": "The access token is invalid"}), "shut-out"),
    ("procore", answer(403, {"errors": ["App is not connected to this company."]}), "app-not-connected"),
    ("procore", answer(403, {"errors": "You do not have permission to perform this action."}), "tool-permission"),
    ("procore", answer(403, b""), "tool-permission"),
    ("procore", answer(404, {"errors": "Not Found"}), "gone"),
    ("procore", answer(405), "call-refused"),
    ("procore", answer(406, {"errors": "Unknown field"}, write=True), "call-refused"),
    ("procore", answer(408), "too-large"),
    ("procore", answer(409, {"errors": "Conflict"}, write=True), "outcome-unknown"),
    ("procore", answer(409), "out-of-order"),
    ("procore", answer(413, {"errors": "Too many rows"}, write=True), "rejected"),
    ("procore", answer(422, {"errors": {"base": ["No."]}}, write=True), "rejected"),
    ("procore", answer(429), "throttled-minute"),
    ("procore", answer(500), "out-of-order"),
    ("procore", answer(502, b"<html>"), "out-of-order"),
    ("procore", answer(503), "out-of-order"),
    ("procore", answer(504), "out-of-order"),
    *(("xero", answer(429, problem=problem), f"throttled-{problem}")
      for problem in ("minute", "day", "concurrent", "app")),
]  # fmt: skip


@pytest.mark.parametrize(("system", "refused", "cause"), TABLE)
def test_every_row_of_the_systems_error_tables_is_explained(system: str, refused: Answer, cause: str) -> None:
    error = meaning(system, refused)
    assert cause_of(error) == cause
    assert not JARGON.search(sentence(error, system=SYSTEM_LABELS[system]))


@pytest.mark.parametrize(
    ("judge", "refused", "cause"),
    [
        (judge_procurify_token, answer(401, {"error": "invalid_client"}), "keys-refused"),
        (judge_procurify_token, answer(404), "configuration"),
        (judge_procurify_token, answer(429), "throttled-minute"),
        (judge_procore_token, answer(401, {"error": "invalid_client"}), "keys-refused"),
        (judge_procore_token, answer(400, {"error": "unsupported_grant_type"}), "call-refused"),
        (judge_procore_token, answer(429), "throttled-minute"),
        (judge_sign_in, answer(400, {"error": "invalid_grant"}), "signed-out"),
        (judge_sign_in, answer(400, {"error": "invalid_client"}), "configuration"),
        (judge_sign_in, answer(400, {"error": "unauthorized_client"}), "configuration"),
        (judge_sign_in, answer(400, {"error": "unsupported_grant_type"}), "call-refused"),
        (judge_sign_in, answer(429), "throttled-minute"),
    ],
)
def test_what_a_token_address_refuses_is_explained(judge: Any, refused: Answer, cause: str) -> None:
    with pytest.raises(errors.CounterfoilError) as raised:
        judge(refused)
    assert cause_of(raised.value) == cause
    assert not JARGON.search(sentence(raised.value, system="Xero"))


def test_every_kind_of_problem_that_the_xero_stand_in_has_is_among_them() -> None:
    kinds = {name for name, kind in vars(problems).items() if isinstance(kind, type)}
    assert kinds - {"Complaints", "Problem", "Refused", "Any", "Answer", "Decimal", "datetime"} <= {
        "JsonProblem", "TextProblem", "Denied", "ServerFault", "OverLimit",
    }  # fmt: skip


def test_no_row_names_another_ones_slug() -> None:
    assert len(TROUBLES) == len(troubles._ROWS)
    assert len(FLAGS) > 5
