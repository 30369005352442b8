"""A call ends when its time is over, however its answer comes: a timeout per read is not enough."""

import socket
import time

import pytest

from integrations.errors import RequestTooLargeError, RetryLaterError
from integrations.http.wire import CONNECT_SECONDS
from tests.patience import PATIENCE, that_left
from tests.systems.http.scripted import Notes, Reply, Scripted, dripping, dripping_body, opened


def never_answers(connection: socket.socket, request: bytes) -> None:
    time.sleep(PATIENCE)


@pytest.mark.parametrize("reply", [dripping, dripping_body])
def test_a_read_ends_at_its_deadline_although_something_always_comes(reply: Reply) -> None:
    with Scripted([reply]) as server, pytest.raises(RequestTooLargeError):
        opened(server.url, Notes()).read("/orders")


def test_a_read_ends_at_its_deadline_when_nothing_comes() -> None:
    with Scripted([never_answers]) as server:
        door, started = opened(server.url, Notes(), deadline=0.4), time.monotonic()
        with pytest.raises(RequestTooLargeError):
            that_left(lambda: door.read("/orders"))
        assert 0.3 < time.monotonic() - started < PATIENCE / 2


def test_a_server_that_never_takes_the_connection_is_not_reached() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        # Linux takes one connection more than asked into the queue; the next one waits for an answer.
        with socket.create_connection(full.getsockname()):
            started = time.monotonic()
            with pytest.raises(RetryLaterError):
                opened(f"http://127.0.0.1:{full.getsockname()[1]}", Notes(), deadline=0.4).read("/orders")
            assert time.monotonic() - started < CONNECT_SECONDS
