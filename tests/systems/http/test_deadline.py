"""A call ends when its time is over, however its answer comes: a timeout per read is not enough."""

import socket
import threading
import time

import pytest

from integrations.errors import RequestTooLargeError, RetryLaterError
from tests.systems.http.scripted import Notes, Reply, Scripted, dripping, opened


def body_drips(connection: socket.socket, request: bytes) -> None:
    ended = threading.Event()
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not ended.wait(0.05):
        try:
            connection.sendall(b"x")
        except OSError:
            return


def never_answers(connection: socket.socket, request: bytes) -> None:
    threading.Event().wait(5)


@pytest.mark.parametrize("reply", [dripping, body_drips, never_answers])
def test_a_read_ends_at_its_deadline(reply: Reply) -> None:
    with Scripted([reply]) as server:
        started = time.monotonic()
        with pytest.raises(RequestTooLargeError):
            opened(server.url, Notes(), deadline=0.4).read("/orders")
        assert 0.3 < time.monotonic() - started < 2


def test_a_server_that_never_takes_the_connection_is_not_reached() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        # Linux takes one connection more than asked into the queue; the next one waits for an answer.
        fillers = [socket.create_connection(full.getsockname()) for _ in range(1)]
        started = time.monotonic()
        with pytest.raises(RetryLaterError):
            opened(f"http://127.0.0.1:{full.getsockname()[1]}", Notes(), deadline=0.4).read("/orders")
        assert time.monotonic() - started < 2
        for filler in fillers:
            filler.close()
