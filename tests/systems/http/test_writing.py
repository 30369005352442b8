"""Writes through the door: at most once, and either provably not sent or honestly in doubt (E2, E3)."""

import socket
import threading
import time

import pytest

from integrations.errors import (
    CounterfoilError,
    NotSentError,
    OutcomeUnknownError,
    ProgrammingError,
    ReconnectError,
    ThrottledError,
    TokenExpiredError,
)
from integrations.http import Answer
from integrations.http.connection import WatchedConnection
from tests.patience import PATIENCE, nobody_listening, until
from tests.systems.http.scripted import Notes, Reply, Scripted, clock, cut, dripping, nothing, opened, whole


def expired_on_401(answer: Answer) -> None:
    if answer.status == 401:
        raise TokenExpiredError("expired")


def test_head_and_body_leave_in_one_packet_with_their_length() -> None:
    with Scripted([whole()]) as server:
        opened(server.url, Notes()).write("PUT", "/bills?batch=1", body=b'{"n":1}', headers={"Key": "k1"})
    request = server.requests[0]
    assert request.startswith(b"PUT /bills?batch=1 HTTP/1.1\r\n")
    assert b"Content-Length: 7\r\n" in request
    assert b"Key: k1\r\n" in request
    assert request.endswith(b'\r\n\r\n{"n":1}')


def test_a_write_whose_time_has_passed_is_not_sent_e3() -> None:
    with Scripted([whole()]) as server:
        with pytest.raises(NotSentError):
            opened(server.url, Notes()).write("PUT", "/bills", body=b"{}", sent_by=time.monotonic() - 0.001)
        assert server.requests == []


def test_the_time_is_asked_after_the_connection_stands_e3() -> None:
    """A slow connect must not carry a write past its time."""
    with Scripted([whole()]) as server:
        door = opened(server.url, Notes())
        limit = time.monotonic() + PATIENCE
        connect = WatchedConnection.connect

        def slow_connect(self: WatchedConnection) -> None:
            connect(self)
            until(lambda: server.connections)
            clock.passes(PATIENCE)

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(WatchedConnection, "connect", slow_connect)
            with pytest.raises(NotSentError):
                door.write("PUT", "/bills", body=b"{}", sent_by=limit)
        assert server.connections == 1
        assert server.requests == []


def test_a_host_that_is_not_there_was_not_asked() -> None:
    with nobody_listening() as port, pytest.raises(NotSentError):
        opened(f"http://127.0.0.1:{port}", Notes()).write("PUT", "/bills", body=b"{}")


@pytest.mark.parametrize(
    "reply",
    [nothing, cut, dripping, whole(b"{}", 500), whole(b"", 503), whole(b"", 504), whole(b"", 408)],
    ids=["hangs up", "cut", "drips", "500", "503", "504", "408"],
)
def test_a_write_without_a_whole_answer_is_in_doubt_and_not_repeated_e2(reply: Reply) -> None:
    with Scripted([reply]) as server:
        with pytest.raises(OutcomeUnknownError):
            opened(server.url, Notes()).write("PUT", "/bills", body=b"{}")
        assert len(server.requests) == 1


def test_an_unreadable_answer_to_a_write_leaves_it_in_doubt() -> None:
    with Scripted([whole(b"<html>busy</html>")]) as server:
        answer = opened(server.url, Notes()).write("PUT", "/bills", body=b"{}")
        with pytest.raises(OutcomeUnknownError):
            answer.json()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_write_never_follows_a_redirect(status: int) -> None:
    with Scripted([whole(b"", status, {"Location": "/elsewhere"})]) as server:
        with pytest.raises(ProgrammingError):
            opened(server.url, Notes()).write("POST", "/bills", body=b"{}")
        assert len(server.requests) == 1


def test_a_refused_token_means_not_sent_and_the_next_attempt_has_another() -> None:
    notes = Notes()
    with Scripted([whole(b"{}", 401), whole()]) as server:
        door = opened(server.url, notes, judge=expired_on_401)
        with pytest.raises(NotSentError):
            door.write("PUT", "/bills", body=b"{}")
        assert len(server.requests) == 1
        assert door.write("PUT", "/bills", body=b"{}").status == 200
    assert b"Bearer fresh-1" in server.requests[1]


def test_two_refused_tokens_in_a_row_mean_reconnect() -> None:
    with Scripted([whole(b"{}", 401)]) as server:
        door = opened(server.url, Notes(), judge=expired_on_401)
        with pytest.raises(NotSentError):
            door.write("PUT", "/bills", body=b"{}")
        with pytest.raises(ReconnectError):
            door.write("PUT", "/bills", body=b"{}")


def test_a_throttled_write_was_not_applied() -> None:
    def busy(answer: Answer) -> None:
        raise ThrottledError("pause", window="minute", seconds=30)

    with Scripted([whole(b"", 429)]) as server, pytest.raises(ThrottledError):
        opened(server.url, Notes(), judge=busy).write("PUT", "/bills", body=b"{}")


def test_a_pace_that_is_used_up_sends_nothing() -> None:
    class UsedUp(Notes):
        def take(self, write: bool) -> None:
            raise ThrottledError("used up", window="day", seconds=3600)

    with Scripted([whole()]) as server:
        with pytest.raises(ThrottledError):
            opened(server.url, UsedUp()).write("PUT", "/bills", body=b"{}")
        assert server.requests == []


def test_a_connection_that_idled_long_is_not_used_for_a_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server may be closing it just now, which would leave the write in doubt for nothing."""
    with Scripted([whole()]) as server:
        door = opened(server.url, Notes())
        door.read("/orders")
        monkeypatch.setattr("integrations.http.connection.IDLE_LIMIT_FOR_WRITES", 0.0)
        door.write("PUT", "/bills", body=b"{}")
        assert server.connections == 2


def test_a_server_that_closed_the_idle_connection_costs_no_doubt() -> None:
    closed = threading.Event()

    def once(connection: socket.socket, request: bytes) -> None:
        whole()(connection, request)
        connection.shutdown(socket.SHUT_RDWR)
        connection.close()
        closed.set()

    with Scripted([once]) as server:
        door = opened(server.url, Notes())
        assert door.write("PUT", "/bills", body=b"{}").status == 200
        assert closed.wait(PATIENCE)
        assert door.write("PUT", "/bills", body=b"{}").status == 200
    assert len(server.requests) == 2


def test_nothing_but_our_own_errors_leaves_the_door() -> None:
    with Scripted([whole()]) as server:
        door = opened(server.url, Notes(token="bad\r\ntoken"))
        with pytest.raises(CounterfoilError) as raised:
            door.write("PUT", "/bills", body=b"{}")
        assert server.requests == []
    assert "token" not in str(raised.value)
    assert raised.value.__context__ is None
