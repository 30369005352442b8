"""A small HTTP/1.1 server: a thread per connection, keep-alive, each answer in one packet (E39)."""

from __future__ import annotations

import selectors
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from email.utils import formatdate
from http import HTTPStatus
from io import BufferedReader
from urllib.parse import parse_qs, unquote

from .exchange import Answer, Asked, Headers, Outcome

Respond = Callable[[Asked], Outcome]
REASONS = {status.value: status.phrase for status in HTTPStatus}
LONGEST_LINE = 65_536


class Server:
    """Listens on any number of ports, each with its own responder; one thread accepts for all."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.host = host
        self._selector = selectors.DefaultSelector()
        self._waker, self._woken = socket.socketpair()
        self._selector.register(self._woken, selectors.EVENT_READ, None)
        self._listeners: list[socket.socket] = []
        self._open: set[socket.socket] = set()
        self._thread = threading.Thread(target=self._accept, name="sandbox-accept", daemon=True)
        self._stopping = False

    def listen(self, port: int, respond: Respond) -> int:
        """Bind `port` (0 means any free one) and return the port bound."""
        listener = socket.create_server((self.host, port), backlog=128)
        self._listeners.append(listener)
        self._selector.register(listener, selectors.EVENT_READ, respond)
        bound: int = listener.getsockname()[1]
        return bound

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and close what is open, in the middle of an answer if need be."""
        self._stopping = True
        self._waker.send(b".")
        self._thread.join(timeout=5)
        for each in [*self._listeners, self._waker, self._woken]:
            each.close()
        self._selector.close()
        for connection in list(self._open):
            hang_up(connection)

    def _accept(self) -> None:
        while not self._stopping:
            for key, _ in self._selector.select():
                if key.data is not None and isinstance(key.fileobj, socket.socket):
                    connection, _address = key.fileobj.accept()
                    self._open.add(connection)
                    threading.Thread(target=self._converse, args=(connection, key.data), daemon=True).start()

    def _converse(self, connection: socket.socket, respond: Respond) -> None:
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with connection.makefile("rb") as reader:
                while exchange(connection, reader, respond):
                    pass
        except OSError:
            pass  # the caller went away; a stand-in does not mind
        finally:
            hang_up(connection)
            self._open.discard(connection)


def hang_up(connection: socket.socket) -> None:
    with suppress(OSError):  # already closed by the other side
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


def exchange(connection: socket.socket, reader: BufferedReader, respond: Respond) -> bool:
    """Answer one request; false when the connection is to be closed."""
    head = read_head(reader)
    if head is None:
        return False
    method, target, headers = head
    if headers.get("expect", "").lower() == "100-continue":
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    asked = understood(method, target, headers, read_body(reader, headers))
    outcome = respond(asked)
    if outcome.answer is None:
        return False
    packet = wire(outcome.answer, with_body=method != "HEAD")
    if outcome.cut:
        connection.sendall(packet[: len(packet) - (len(outcome.answer.body) + 1) // 2])
        return False
    connection.sendall(packet)
    return headers.get("connection", "").lower() != "close"


def read_head(reader: BufferedReader) -> tuple[str, str, Headers] | None:
    """Method, target and headers, or None when the caller has hung up or does not speak HTTP."""
    words = reader.readline(LONGEST_LINE).decode("latin-1").split()
    if len(words) != 3:
        return None
    fields: dict[str, str] = {}
    while (line := reader.readline(LONGEST_LINE).decode("latin-1").rstrip("\r\n")) != "":
        name, _, value = line.partition(":")
        fields[name] = value.strip()
    return words[0], words[1], Headers(fields)


def read_body(reader: BufferedReader, headers: Headers) -> bytes:
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return b"".join(iter(lambda: _read_chunk(reader), b""))
    length = headers.get("content-length", "0")
    return reader.read(int(length)) if length.isdigit() and length != "0" else b""


def _read_chunk(reader: BufferedReader) -> bytes:
    size = int(reader.readline(LONGEST_LINE).split(b";")[0] or b"0", 16)
    chunk = reader.read(size)
    reader.readline(LONGEST_LINE)
    return chunk


def understood(method: str, target: str, headers: Headers, body: bytes) -> Asked:
    path, _, query = target.partition("?")
    fields = parse_qs(query, keep_blank_values=True) if query else {}
    return Asked(method, unquote(path) if "%" in path else path, fields, headers, body)


def wire(answer: Answer, with_body: bool = True) -> bytes:
    """The answer as one run of bytes, so that it leaves in one packet."""
    lines = [f"HTTP/1.1 {answer.status} {REASONS.get(answer.status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    if answer.status not in (204, 304):
        lines.append(f"Content-Length: {len(answer.body)}")
    lines += [f"Date: {formatdate(usegmt=True)}", "", ""]
    head = "\r\n".join(lines).encode("latin-1", "replace")
    return head + answer.body if with_body else head
