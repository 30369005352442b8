"""Connections that keep a call's total deadline and ask once more before the bytes of a write leave (E3).

urllib3 and requests know a timeout per read only, so an answer that drips one byte a second never ends. Here
the socket itself knows the moment by which the whole call must be over, whoever uses it.
"""

import logging
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import certifi
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.ssl_ import create_urllib3_context

# A server may close an idle connection just as a write is sent on it, which would leave the write in doubt.
IDLE_LIMIT_FOR_WRITES = 10.0


# urllib3 logs whole addresses, queries included, on its own.
for _name in ("connection", "connectionpool", "poolmanager", "response", "util.retry"):
    logging.getLogger(f"urllib3.{_name}").addFilter(lambda record: False)


class TooLate(Exception):  # noqa: N818  (never leaves this package)
    """The moment by which a write must have left has passed; nothing was sent."""


@dataclass(slots=True)
class Call:
    """One call under way in this thread; both limits are time.monotonic() moments."""

    deadline: float
    is_write: bool = False
    sent_by: float | None = None
    left: bool = False
    answered: bool = False

    def time_left(self) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the call's deadline has passed")
        return left

    def leaving(self) -> None:
        """The last question before the first byte leaves."""
        if self.sent_by is not None and time.monotonic() > self.sent_by:
            raise TooLate
        self.time_left()
        self.left = True


_here = threading.local()


@contextmanager
def under_way(call: Call) -> Iterator[Call]:
    _here.call = call
    try:
        yield call
    finally:
        _here.call = None


def _time_left() -> float:
    call: Call | None = getattr(_here, "call", None)
    return call.time_left() if call else 30.0


class _Deadline:
    """Mixed into sockets: each wait is as long as the call has left."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(_time_left())  # type: ignore[attr-defined]
        return super().recv_into(*args, **kwargs)  # type: ignore[misc, no-any-return]

    def send(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(_time_left())  # type: ignore[attr-defined]
        return super().send(*args, **kwargs)  # type: ignore[misc, no-any-return]


class DeadlineSocket(_Deadline, socket.socket):
    pass


class DeadlineSSLSocket(_Deadline, ssl.SSLSocket):
    pass


class _OnePacket:
    """Mixed into connections: head and body leave in one piece, right after the last question."""

    _parts: list[bytes] | None = None
    _used_at = 0.0

    def _new_conn(self) -> socket.socket:
        plain: socket.socket = super()._new_conn()  # type: ignore[misc]
        watched = DeadlineSocket(plain.family, plain.type, plain.proto, fileno=plain.detach())
        watched.settimeout(_time_left())
        self._used_at = time.monotonic()
        return watched

    def request(self, *args: Any, **kwargs: Any) -> None:
        call: Call = _here.call
        connection: Any = self
        if call.is_write and time.monotonic() - self._used_at > IDLE_LIMIT_FOR_WRITES:
            connection.close()
        if connection.sock is None:
            connection.connect()
        self._parts = []
        try:
            super().request(*args, **kwargs)  # type: ignore[misc]
            whole = b"".join(self._parts)
        finally:
            self._parts = None
        call.leaving()
        connection.sock.settimeout(call.time_left())
        connection.sock.sendall(whole)
        self._used_at = time.monotonic()

    def send(self, part: Any) -> None:
        if self._parts is None:
            super().send(part)  # type: ignore[misc]
        else:
            self._parts.append(bytes(part))


class WatchedConnection(_OnePacket, HTTPConnection):
    pass


class WatchedTLSConnection(_OnePacket, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = WatchedConnection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = WatchedTLSConnection


@cache
def tls_context() -> ssl.SSLContext:
    """One for the process: loading the certificates costs some 20 ms (measured 2026-11)."""
    context = create_urllib3_context()
    context.sslsocket_class = DeadlineSSLSocket
    context.load_verify_locations(certifi.where())
    return context


class Adapter(HTTPAdapter):
    """requests' adapter over watched connections; without a Session: no cookies, redirects, proxies."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}

    def build_connection_pool_key_attributes(
        self, request: PreparedRequest, verify: bool | str, cert: Any = None
    ) -> tuple[Any, Any]:
        host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        if host["scheme"] == "https":
            pool = {"cert_reqs": "CERT_REQUIRED", "ssl_context": tls_context()}
        return host, pool

    def build_response(self, req: PreparedRequest, resp: Any) -> Response:
        """Only what lies behind it is read: no cookies are kept, no encoding is guessed."""
        response = Response()
        response.raw = resp
        return response

    def cert_verify(self, conn: Any, url: str, verify: bool | str, cert: Any) -> None:
        """The context verifies; requests would load the certificates again for every connection."""
