"""A door without a network: each call gets the next answer of a list, and is remembered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from integrations.http import Answer, Http


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""
    sent_by: float | None = None


Given = bytes | Exception | Callable[[Asked], bytes]


@dataclass
class FakeDoor(Http):
    """Answers 200 with the bytes given, or raises the error given; the last one is repeated."""

    given: list[Given]
    asked: list[Asked] = field(default_factory=list)

    def read(
        self,
        path: str,
        *,
        params: Mapping[str, str | list[str]] | None = None,
        headers: Mapping[str, str] | None = None,
        template: str | None = None,
    ) -> Answer:
        return self._answer(Asked("GET", path, cast(Mapping[str, str], params or {}), headers or {}), template or path)

    def write(
        self,
        method: str,
        path: str,
        *,
        body: bytes,
        headers: Mapping[str, str] | None = None,
        template: str | None = None,
        sent_by: float | None = None,
    ) -> Answer:
        return self._answer(Asked(method, path, {}, headers or {}, body, sent_by), template or path, True)

    def _answer(self, asked: Asked, template: str, is_write: bool = False) -> Answer:
        self.asked.append(asked)
        given = self.given[min(len(self.asked), len(self.given)) - 1]
        if isinstance(given, Exception):
            raise given
        body = given(asked) if callable(given) else given
        return Answer(200, {}, body, template, is_write)


def answered(status: int, body: Any = b"", *, is_write: bool = False, where: str = "/x", **headers: str) -> Answer:
    """An answer to be judged; underscores in header names stand for dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, named, body if isinstance(body, bytes) else str(body).encode(), where, is_write)
