"""Xero's error table, row by row."""

import json
from typing import Any

import pytest

from integrations.errors import (
    CounterfoilError,
    GoneError,
    NeedsPermissionError,
    OutcomeUnknownError,
    ProgrammingError,
    ReconnectError,
    RejectedError,
    RequestTooLargeError,
    RetryLaterError,
    ThrottledError,
    TokenExpiredError,
)
from integrations.systems.xero.errors import judge
from tests.systems.answers import answered


def problem(detail: str, title: str = "Unauthorized") -> str:
    return json.dumps({"Type": None, "Title": title, "Status": 401, "Detail": detail, "Extensions": {}})


VALIDATION = {
    "ErrorNumber": 10,
    "Type": "ValidationException",
    "Message": "A validation exception occurred",
    "Elements": [{"InvoiceNumber": "echo", "ValidationErrors": [{"Message": "Account must be valid."}]}],
}
POST_DATA = {"ErrorNumber": 14, "Type": "PostDataInvalidException", "Message": "JSON for post data was invalid"}
QUERY = {"ErrorNumber": 16, "Type": "QueryParseException", "Message": "No property or field 'Nmae' exists"}
OTHER_REQUEST = {"Message": "Idempotency Key: k1 is used with a different request"}
HTML = b"<html>The resource you're looking for cannot be found</html>"

TABLE: list[tuple[int, Any, bool, type[CounterfoilError]]] = [
    (400, json.dumps(VALIDATION), True, RejectedError),
    (400, json.dumps(POST_DATA), True, RejectedError),
    (400, json.dumps(QUERY), False, ProgrammingError),
    (400, json.dumps(OTHER_REQUEST), True, OutcomeUnknownError),
    (400, b"nonsense", True, RejectedError),
    (400, b"[1]", False, ProgrammingError),
    (401, problem("TokenExpired: token expired at 01/12/2026 14:34:47"), False, TokenExpiredError),
    (401, problem("AuthenticationUnsuccessful"), True, TokenExpiredError),
    (401, problem("AuthorizationUnsuccessful"), True, NeedsPermissionError),
    (401, b"", False, TokenExpiredError),
    (403, problem("AuthenticationUnsuccessful", "Forbidden"), False, ReconnectError),
    (403, problem("AuthorizationUnsuccessful", "Forbidden"), False, NeedsPermissionError),
    (403, b"", True, NeedsPermissionError),
    (404, HTML, False, GoneError),
    (405, b"", True, ProgrammingError),
    (412, b"", True, ProgrammingError),
    (415, b"", True, ProgrammingError),
    (501, b"", False, ProgrammingError),
    (429, b"", True, ThrottledError),
    (500, b'{"Title":"An error occurred"}', False, RetryLaterError),
    (502, b"", False, RetryLaterError),
    (503, b"The Organisation is offline", False, RetryLaterError),
    (504, b"", False, RequestTooLargeError),
]


@pytest.mark.parametrize(("status", "body", "is_write", "meaning"), TABLE)
def test_every_row_of_the_table_means_one_thing(
    status: int, body: Any, is_write: bool, meaning: type[CounterfoilError]
) -> None:
    with pytest.raises(meaning) as raised:
        judge(answered(status, body, is_write=is_write))
    assert type(raised.value) is meaning
    assert "echo" not in str(raised.value)


def test_a_refusal_keeps_xeros_own_words() -> None:
    with pytest.raises(RejectedError) as raised:
        judge(answered(400, json.dumps(VALIDATION), is_write=True))
    assert raised.value.refusals == ("Account must be valid.",)


@pytest.mark.parametrize(
    ("named", "after", "window", "seconds"),
    [
        ("minute", "37", "minute", 37),
        ("Minute", "", "minute", 60),
        ("day", "40000", "day", 40_000),
        ("concurrent", "", "concurrent", 2),
        ("appminute", "5", "app", 5),
        ("", "", "minute", 60),
        ("something new", "9", "minute", 9),
    ],
)
def test_each_limit_is_told_apart(named: str, after: str, window: str, seconds: int) -> None:
    with pytest.raises(ThrottledError) as raised:
        judge(answered(429, X_Rate_Limit_Problem=named, Retry_After=after))
    assert (raised.value.window, raised.value.seconds) == (window, seconds)


@pytest.mark.parametrize("status", [200, 201, 204])
def test_every_success_is_a_success(status: int) -> None:
    judge(answered(status))
