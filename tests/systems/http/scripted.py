"""A server that does exactly what a test says with the bytes of each request, one reply after the other."""

import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType

from integrations.http import Answer, Exchange, Http, Wiring

Reply = Callable[[socket.socket, bytes], None]
SECRET = "planted-secret-5f1c9"
# Of each call, in seconds: it is over when a reply lets it pass, and never because this machine stands still.
DEADLINE = 60.0


@dataclass
class Clock:
    """The door's: the real one, until a reply lets time pass."""

    ahead: float = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead

    def passes(self, seconds: float) -> None:
        self.ahead += seconds


clock = Clock()


def whole(body: bytes = b'{"total": 968.45}', status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """A plain answer in one piece."""
    named = {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}
    head = f"HTTP/1.1 {status} X\r\n" + "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return lambda connection, request: connection.sendall(head.encode() + b"\r\n" + body)


def nothing(connection: socket.socket, request: bytes) -> None:
    """Take the request and hang up."""
    connection.close()


def dripping(connection: socket.socket, request: bytes) -> None:
    """One byte of a header after the other until the deadline has passed, and on: no read ever waits long."""
    _drip(connection, b"HTTP/1.1 200 OK\r\nX-Long: ")


def dripping_body(connection: socket.socket, request: bytes) -> None:
    _drip(connection, b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")


def _drip(connection: socket.socket, head: bytes) -> None:
    connection.sendall(head)
    for _ in range(1000):
        try:
            connection.sendall(b"x")
        except OSError:
            return
        clock.passes(DEADLINE / 10)
        time.sleep(0.01)


def cut(connection: socket.socket, request: bytes) -> None:
    """Promise 100 bytes, send 10, hang up."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789")
    connection.close()


@dataclass
class Scripted:
    """Serves on a free port; after the last reply of the script that one is repeated."""

    replies: Sequence[Reply]
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> "Scripted":
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        waiting = b""
        while connection.fileno() >= 0:
            try:
                received = connection.recv(65_536)
            except OSError:
                return
            if not received:
                connection.close()
                return
            waiting += received
            while (request := self._complete(waiting)) is not None:
                waiting = waiting[len(request) :]
                self.requests.append(request)
                reply = self.replies[min(len(self.requests), len(self.replies)) - 1]
                reply(connection, request)

    def _complete(self, waiting: bytes) -> bytes | None:
        head, gap, body = waiting.partition(b"\r\n\r\n")
        if not gap:
            return None
        lengths = [
            int(line.partition(b":")[2]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
        ]
        length = lengths[0] if lengths else 0
        return head + gap + body[:length] if len(body) >= length else None


@dataclass
class Notes:
    """Everything a door tells those it is wired to, in order; tokens `fresh-1`, `fresh-2`, ... when refused."""

    token: str = SECRET
    events: list[str] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    _refused: int = 0

    def access_token(self) -> str:
        return self.token

    def refused(self, token: str) -> None:
        self._refused += 1
        self.events.append("refused")
        self.token = f"fresh-{self._refused}"

    def take(self, write: bool) -> None:
        self.events.append("take write" if write else "take read")

    def give_back(self) -> None:
        self.events.append("give back")

    def learn(self, headers: Mapping[str, str], status: int) -> None:
        self.events.append(f"learn {status}")

    def note(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)

    def beat(self) -> None:
        self.events.append("beat")


def opened(
    url: str,
    notes: Notes,
    *,
    judge: Callable[[Answer], None] = lambda answer: None,
    deadline: float = DEADLINE,
    headers: Mapping[str, str] | None = None,
) -> Http:
    """A door to this machine, as an operator's setting would open it."""
    return Http(
        url,
        label="Stand-in",
        allowed_hosts=("127.0.0.1",),
        headers=lambda: {"Accept": "application/json", **(headers or {})},
        judge=judge,
        wiring=Wiring(notes, notes, notes, notes, deadline),
        correlation_headers=("X-Correlation-Id",),
        plain_loopback=True,
    )
