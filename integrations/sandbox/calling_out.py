"""What a stand-in sends by itself: one POST to somebody else's server."""

from __future__ import annotations

from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

DEADLINE = 5.0


@dataclass(frozen=True, slots=True)
class Heard:
    """What came back; status 0 when nothing did within the deadline."""

    status: int
    body: bytes = b""
    cookies: tuple[str, ...] = ()


def post(address: str, headers: dict[str, str], body: bytes) -> Heard:
    """One POST, never repeated and following no redirect."""
    url = urlsplit(address)
    kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
    connection = kind(url.hostname or "", url.port, timeout=DEADLINE)
    try:
        connection.request("POST", f"{url.path or '/'}{f'?{url.query}' if url.query else ''}", body, headers)
        answer = connection.getresponse()
        return Heard(answer.status, answer.read(), tuple(answer.headers.get_all("Set-Cookie", [])))
    except (OSError, HTTPException):
        return Heard(0)
    finally:
        connection.close()
