"""One call of the API, understood as far as every endpoint needs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..exchange import Asked, Json
from .company import Company
from .problems import Problem, missing


@dataclass(frozen=True, slots=True)
class Call:
    """`words` are the named parts of the path; `base` is where the stand-in listens."""

    asked: Asked
    company: Company
    words: dict[str, str]
    base: str
    project_given: Json | None = None

    @property
    def project(self) -> Json:
        """The project of a call that has one."""
        if self.project_given is None:
            raise missing("project_id")
        return self.project_given

    def first(self, name: str) -> str:
        return self.asked.first(name)

    @property
    def extended(self) -> bool:
        return self.first("view") in ("extended", "items")

    def body(self) -> Json:
        """The body as a JSON object; another content type is a 406."""
        return body_of(self.asked)

    def wrapped(self, name: str) -> Json:
        """The object under the name of the resource, which the API insists on."""
        found = self.body().get(name)
        if not isinstance(found, dict) or not found:
            raise missing(name)
        return found

    def number(self, name: str) -> int:
        """A whole number in the body, which must be there."""
        found = self.body().get(name)
        if isinstance(found, bool) or not isinstance(found, int):
            raise missing(name)
        return found


def body_of(asked: Asked) -> Json:
    if "application/json" not in asked.headers.get("content-type", ""):
        raise Problem(406, "Content type not acceptable; application/json is.")
    try:
        found: Any = asked.json()
    except ValueError:
        raise Problem(400, "The request body is no valid JSON.") from None
    if not isinstance(found, dict):
        raise Problem(400, "The request body must be a JSON object.")
    return found
