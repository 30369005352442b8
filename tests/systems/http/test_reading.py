"""Reads through the door: what goes out, what comes back, what is asked again."""

from decimal import Decimal

import pytest

from integrations.errors import (
    ConfigurationError,
    ProgrammingError,
    ReconnectError,
    RetryLaterError,
    TokenExpiredError,
    UnreadableAnswerError,
)
from integrations.http import Answer
from tests.systems.http.scripted import SECRET, Notes, Scripted, cut, nothing, opened, whole


def expired_on_401(answer: Answer) -> None:
    if answer.status == 401:
        raise TokenExpiredError("expired")


def test_numbers_are_read_as_the_digits_that_were_written() -> None:
    with Scripted([whole(b'{"total": 968.45, "quantity": 40}')]) as server:
        body = opened(server.url, Notes()).read("/orders").json()
    assert body == {"total": Decimal("968.45"), "quantity": 40}
    assert isinstance(body["total"], Decimal)
    assert isinstance(body["quantity"], int)


def test_the_token_and_the_systems_own_headers_go_with_every_call() -> None:
    with Scripted([whole()]) as server:
        opened(server.url, Notes(), headers={"X-Client": "api"}).read("/orders", params={"page": "2"})
    request = server.requests[0].decode()
    assert request.startswith("GET /orders?page=2 HTTP/1.1\r\n")
    assert f"Authorization: Bearer {SECRET}\r\n" in request
    assert "X-Client: api\r\n" in request


def test_one_connection_serves_many_calls() -> None:
    with Scripted([whole()]) as server:
        door = opened(server.url, Notes())
        for _ in range(5):
            door.read("/orders")
    assert len(server.requests) == 5
    assert server.connections == 1


def test_a_call_beats_takes_a_slot_and_gives_it_back() -> None:
    notes = Notes()
    with Scripted([whole()]) as server:
        opened(server.url, notes).read("/orders")
    assert notes.events == ["beat", "take read", "learn 200", "give back"]


def test_the_slot_comes_back_also_when_the_call_fails() -> None:
    notes = Notes()
    with Scripted([nothing]) as server, pytest.raises(RetryLaterError):
        opened(server.url, notes).read("/orders")
    assert notes.events == ["beat", "take read", "give back"]


def test_a_heart_that_says_stop_stops_before_anything_is_sent() -> None:
    class Stopped(Notes):
        def beat(self) -> None:
            raise InterruptedError("slice over")

    with Scripted([whole()]) as server:
        with pytest.raises(InterruptedError):
            opened(server.url, Stopped()).read("/orders")
        assert server.requests == []


def test_an_expired_token_is_refreshed_once_and_the_read_is_asked_again() -> None:
    notes = Notes()
    with Scripted([whole(b"{}", 401), whole()]) as server:
        answer = opened(server.url, notes, judge=expired_on_401).read("/orders")
    assert answer.json() == {"total": Decimal("968.45")}
    assert notes.events.count("refused") == 1
    assert b"Bearer fresh-1" in server.requests[1]


def test_a_fresh_token_that_is_refused_as_well_means_reconnect() -> None:
    notes = Notes()
    with Scripted([whole(b"{}", 401)]) as server:
        with pytest.raises(ReconnectError):
            opened(server.url, notes, judge=expired_on_401).read("/orders")
        assert len(server.requests) == 2


@pytest.mark.parametrize("reply", [nothing, cut, whole(b"{}", 503)])
def test_a_failed_read_is_never_repeated_in_the_slice_e27(reply: object) -> None:
    def out_of_order(answer: Answer) -> None:
        if answer.status == 503:
            raise RetryLaterError("out of order")

    with Scripted([reply]) as server:  # type: ignore[list-item]
        with pytest.raises(RetryLaterError):
            opened(server.url, Notes(), judge=out_of_order).read("/orders")
        assert len(server.requests) == 1


def test_an_answer_cut_in_the_middle_is_unreadable() -> None:
    with Scripted([cut]) as server, pytest.raises(UnreadableAnswerError):
        opened(server.url, Notes()).read("/orders")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<!DOCTYPE html><title>Sign in</title>", "a web page"),
        (b'{"total": ', "not readable JSON"),
        (b'{"total": NaN}', "NaN"),
        (b'{"total": -Infinity}', "Infinity"),
        (b"\xff\xfe{}", "not readable JSON"),
        (b"[" * 200_000, "not readable JSON"),
        (b'{"n": ' + b"9" * 5000 + b"}", "not readable JSON"),
    ],
)
def test_what_is_no_json_is_unreadable_and_never_shown(body: bytes, said: str) -> None:
    with Scripted([whole(body)]) as server:
        answer = opened(server.url, Notes()).read("/orders")
        with pytest.raises(UnreadableAnswerError, match=said) as raised:
            answer.json()
    assert len(str(raised.value)) < 200


def test_a_body_beyond_twenty_megabytes_is_not_taken() -> None:
    with Scripted([whole(b"[" + b"1," * 10_000_001 + b"1]")]) as server, pytest.raises(UnreadableAnswerError):
        opened(server.url, Notes()).read("/orders")


def test_a_read_follows_a_redirect_on_its_own_host_once() -> None:
    with Scripted([whole(b"", 301, {"Location": "/orders/"}), whole()]) as server:
        assert opened(server.url, Notes()).read("/orders").status == 200
    assert server.requests[1].startswith(b"GET /orders/ ")


@pytest.mark.parametrize(
    "location", ["https://evil.example/orders", "//evil.example/orders", "http://127.0.0.1:1/orders", ""]
)
def test_a_read_never_follows_a_redirect_to_another_host(location: str) -> None:
    with Scripted([whole(b"", 302, {"Location": location})]) as server:
        with pytest.raises(ConfigurationError) as raised:
            opened(server.url, Notes()).read("/orders")
        assert len(server.requests) == 1
    assert "evil" not in str(raised.value)


def test_redirects_without_end_stop() -> None:
    with Scripted([whole(b"", 302, {"Location": "/again"})]) as server:
        with pytest.raises(ConfigurationError):
            opened(server.url, Notes()).read("/orders")
        assert len(server.requests) == 2


def test_a_status_that_nobody_judged_is_no_success() -> None:
    with Scripted([whole(b"{}", 418)]) as server, pytest.raises(ProgrammingError):
        opened(server.url, Notes()).read("/orders")


def test_every_call_is_noted_without_its_contents_e26() -> None:
    notes = Notes()
    reply = whole(headers={"X-Correlation-Id": "a1b2<script>\u00e9"})
    with Scripted([reply]) as server:
        opened(server.url, notes).read("/orders/77", params={"name": "Acme"}, template="/orders/{id}")
    (noted,) = notes.exchanges
    assert (noted.method, noted.template, noted.status, noted.error_name) == ("GET", "/orders/{id}", 200, "")
    assert noted.correlation_id == "a1b2script"
    assert "Acme" not in repr(noted)
    assert noted.started_at.tzinfo is not None


def test_a_failed_call_is_noted_with_the_name_of_its_error() -> None:
    notes = Notes()
    with Scripted([cut]) as server, pytest.raises(UnreadableAnswerError):
        opened(server.url, notes).read("/orders")
    assert [(noted.status, noted.error_name) for noted in notes.exchanges] == [(None, "UnreadableAnswerError")]
