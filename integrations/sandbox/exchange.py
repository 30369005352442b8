"""What a stand-in is asked and what it answers: one HTTP exchange as plain values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

# Any JSON document; the stand-ins hold their records in the very shape they send.
Json = dict[str, Any]


class Headers(Mapping[str, str]):
    """Request headers by name, whatever its capitals; keys come out in lower case."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self._values = {name.lower(): value for name, value in (values or {}).items()}

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as received. `path` is percent-decoded; `effect` is a fault the stand-in plays itself."""

    method: str
    path: str
    query: dict[str, list[str]] = field(default_factory=dict)
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    effect: str = ""

    def first(self, name: str, default: str = "") -> str:
        """The first value of a query parameter, or `default`."""
        return self.query.get(name, (default,))[0]

    def json(self) -> Any:
        """The body as JSON; raises ValueError for anything else."""
        return json.loads(self.body)

    def form(self) -> dict[str, str]:
        """The body as an HTML form, first value of each field."""
        fields = parse_qs(self.body.decode("utf-8", "replace"), keep_blank_values=True)
        return {name: values[0] for name, values in fields.items()}


def encode(payload: Any) -> bytes:
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; Content-Length, Date and Connection are added by the server."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @classmethod
    def json(cls, payload: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
        """`payload` is encoded here, unless it is bytes that hold JSON already."""
        body = payload if isinstance(payload, bytes) else encode(payload)
        return cls(status, {"Content-Type": "application/json", **(headers or {})}, body)

    @classmethod
    def text(cls, text: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
        return cls(status, {"Content-Type": "text/plain; charset=utf-8", **(headers or {})}, text.encode())

    @classmethod
    def html(cls, markup: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
        return cls(status, {"Content-Type": "text/html; charset=utf-8", **(headers or {})}, markup.encode())

    @classmethod
    def redirect(cls, location: str, status: int = 302) -> Answer:
        return cls(status, {"Location": location})

    @classmethod
    def empty(cls, status: int = 204, headers: Mapping[str, str] | None = None) -> Answer:
        return cls(status, dict(headers or {}))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What leaves the socket: nothing at all (`answer` None), the answer, or only half of its body."""

    answer: Answer | None
    cut: bool = False
