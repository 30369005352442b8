"""Our side of a webhook in the tests of the stand-ins: keeps what comes and answers as it is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from integrations.sandbox.xero.webhooks import signature


class Ear:
    """`status` answers everything; without one, 200 to a right signature of Xero's and 401 to a wrong one."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.status = 0
        self.cookie = ""
        self.body = b""
        self.arrived = threading.Event()
        ear = self

        class Listener(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                right = self.headers.get("x-xero-signature") == signature(ear.key, body)
                if right:
                    ear.heard.append((dict(self.headers), body))
                self.send_response(ear.status or (200 if right else 401))
                if ear.cookie:
                    self.send_header("Set-Cookie", ear.cookie)
                self.end_headers()
                self.wfile.write(ear.body)
                ear.arrived.set()

            def log_message(self, *words: Any) -> None:
                """Nothing is printed."""

        self.server = HTTPServer(("127.0.0.1", 0), Listener)
        self.url = f"http://127.0.0.1:{self.server.server_port}/webhooks/xero"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@contextmanager
def listening(key: str) -> Iterator[Ear]:
    ear = Ear(key)
    try:
        yield ear
    finally:
        ear.server.shutdown()
        ear.server.server_close()
