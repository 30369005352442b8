"""The request log of one stand-in: what came, in which order, what went back."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime

from .exchange import Answer, Asked, Json

MOST_ENTRIES = 50_000
MOST_BYTES = 64_000_000
SHORT_ANSWER = 200_000
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass(slots=True)
class Entry:
    """One request. `status` is 0 and `answered` false until (and unless) an answer left the socket."""

    n: int
    at: datetime
    asked: Asked
    concurrent: int
    status: int = 0
    answered: bool = False
    answer_body: bytes | None = None

    def size(self) -> int:
        return len(self.asked.body) + len(self.answer_body or b"")

    def as_json(self, full: bool = False) -> Json:
        asked, answer = self.asked, _as_text(self.answer_body)
        return {
            "n": self.n,
            "at": self.at.isoformat(),
            "method": asked.method,
            "path": asked.path,
            "query": asked.query,
            "headers": {name: _redacted(name, value) for name, value in asked.headers.items()},
            "body": _as_text(asked.body) if asked.method in WRITES else None,
            "status": self.status,
            "answered": self.answered,
            "answer_body": answer if full or answer is None else answer[:SHORT_ANSWER],
            "concurrent": self.concurrent,
        }


def _as_text(body: bytes | None) -> str | None:
    return None if body is None else body.decode("utf-8", "replace")


def _redacted(name: str, value: str) -> str:
    """Enough of a token to tell two apart, not enough to use it."""
    return f"{value.split(' ')[0]} …{value[-4:]}" if name == "authorization" else value


class RequestLog:
    """Numbered entries, oldest first; the oldest go when there are too many or they weigh too much."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque()
        self._lock = threading.Lock()
        self._count = 0
        self._bytes = 0

    def begin(self, asked: Asked, at: datetime, concurrent: int) -> Entry:
        with self._lock:
            self._count += 1
            entry = Entry(self._count, at, asked, concurrent)
            self._entries.append(entry)
            self._bytes += len(asked.body)
            self._shed()
        return entry

    def finish(self, entry: Entry, answer: Answer, answered: bool, keep_body: bool) -> None:
        entry.status, entry.answered = answer.status, answered
        if keep_body:
            with self._lock:
                entry.answer_body = answer.body
                self._bytes += len(answer.body)
                self._shed()

    def entries(self) -> list[Entry]:
        with self._lock:
            return list(self._entries)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
            self._count = self._bytes = 0

    def _shed(self) -> None:
        while len(self._entries) > 1 and (len(self._entries) > MOST_ENTRIES or self._bytes > MOST_BYTES):
            self._bytes -= self._entries.popleft().size()
