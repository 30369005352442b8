"""The world of the stories, with people of each role who have an e-mail address."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User

from tests.pairs.conftest import sandbox, world
from tests.portal.conftest import person

__all__ = ["sandbox", "world"]


def somebody(name: str, role: str) -> User:
    found = person(name, role)
    found.email = f"{name}@harbormills.example"
    found.save()
    return found


@pytest.fixture
def anna(transactional_db: None) -> User:
    return somebody("anna", "Accounting staff")


@pytest.fixture
def ivan(transactional_db: None) -> User:
    return somebody("ivan", "Integration administrator")


@pytest.fixture
def aude(transactional_db: None) -> User:
    return somebody("aude", "Auditor")


@pytest.fixture
def later() -> Iterator[Any]:
    with time_machine.travel(datetime.now(UTC), tick=True) as travelled:
        yield travelled


class Webhook:
    """A chat of the company's own network, on this machine: what it was told, and what it answers."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.status = 200
        hook = self

        class Receiver(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                hook.told.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
                self.send_response(hook.status)
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        self.address = f"json://127.0.0.1:{self._server.server_port}/hooks/a-secret-path"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def webhook(settings: Any) -> Iterator[Webhook]:
    settings.ALERT_HOSTS = ["127.0.0.1"]
    hook = Webhook()
    yield hook
    hook.close()
