"""What each refusal of Procurify means, in all the shapes its bodies come in."""

import json
from typing import Any

import pytest

from integrations.errors import (
    CounterfoilError,
    GoneError,
    NeedsPermissionError,
    ProgrammingError,
    RejectedError,
    RequestTooLargeError,
    RetryLaterError,
    SuspendedError,
    ThrottledError,
    TokenExpiredError,
)
from integrations.systems.procurify.errors import WHO_AM_I, judge, messages
from tests.systems.answers import answered


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (400, ProgrammingError),
        (401, TokenExpiredError),
        (403, NeedsPermissionError),
        (404, GoneError),
        (405, ProgrammingError),
        (406, ProgrammingError),
        (409, ProgrammingError),
        (410, GoneError),
        (422, ProgrammingError),
        (429, ThrottledError),
        (500, RetryLaterError),
        (502, RetryLaterError),
        (503, RetryLaterError),
        (504, RequestTooLargeError),
    ],
)
def test_every_status_of_a_read_means_one_thing(status: int, meaning: type[CounterfoilError]) -> None:
    with pytest.raises(meaning) as raised:
        judge(answered(status))
    assert type(raised.value) is meaning


@pytest.mark.parametrize("status", [200, 201, 204])
def test_every_success_is_a_success(status: int) -> None:
    judge(answered(status))


def test_a_refused_record_keeps_the_words_of_its_refusal() -> None:
    body = json.dumps({"errors": {"name": {"message": "This vendor exists.", "code": "VENDOR_ALREADY_ACTIVE"}}})
    with pytest.raises(RejectedError) as raised:
        judge(answered(400, body, is_write=True))
    assert raised.value.refusals == ("This vendor exists.",)


def test_being_refused_even_its_own_name_is_a_suspension() -> None:
    with pytest.raises(SuspendedError, match="support@procurify"):
        judge(answered(403, where=WHO_AM_I))


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("120", 120), ("", None), ("soon", None), ("0", 1), ("99999999", 86_400), ("Wed, 21 Oct 2015 07:28:00 GMT", 1)],
)
def test_a_pause_lasts_as_long_as_asked_for_or_as_the_pace_says(header: str, seconds: int | None) -> None:
    with pytest.raises(ThrottledError) as raised:
        judge(answered(429, Retry_After=header))
    assert (raised.value.seconds, raised.value.window) == (seconds, "minute")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"errors": {"null": {"message": "Not now.", "code": "X"}}}, ("Not now.",)),
        ({"errors": {"name": [{"message": "Too long."}, {"message": "Taken."}]}}, ("Too long.", "Taken.")),
        ({"detail": "Invalid page."}, ("Invalid page.",)),
        ({"email": ["Enter an address.", "Twice."], "name": ["Needed."]}, ("Enter an address.", "Twice.", "Needed.")),
        ({"error": "invalid_client", "error_description": "Unknown client."}, ("invalid_client", "Unknown client.")),
        (
            {"code": 0, "success": False, "data": {"x": "echo"}, "description": "Bad input.", "errors": {}},
            ("Bad input.",),
        ),
        (None, ()),
        ("plain", ("plain",)),
        ({"errors": {"a": {"b": {"c": {"d": {"e": {"f": "deep"}}}}}}}, ()),
    ],
)  # fmt: skip
def test_every_shape_of_an_error_body_is_read(body: Any, said: tuple[str, ...]) -> None:
    assert messages(body) == said


def test_words_of_a_refusal_are_short_and_printable() -> None:
    (said,) = messages({"detail": "a\n\tb\x00\x1b[31m" + "x" * 10_000})
    assert said.startswith("a b[31m") or said.startswith("a b")
    assert len(said) == 500
    assert said.isprintable()
