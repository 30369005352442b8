"""Refusals, each of which knows the answer it becomes, in the shape of v1 or of v2.0."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from ..exchange import Answer, Json


class Problem(Exception):  # noqa: N818  (an answer on its way out, not a fault of the stand-in)
    """A request that is refused. `errors` is a text, a list or an object; None is an empty body."""

    def __init__(self, status: int, errors: Any, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(str(errors))
        self.status, self.errors, self.headers = status, errors, dict(headers or {})

    def answer(self, v2: bool) -> Answer:
        if self.errors is None:
            return Answer.empty(self.status, self.headers)
        return Answer.json(self._in_v2() if v2 else {"errors": self.errors}, self.status, self.headers)

    def _in_v2(self) -> Json:
        named = self.errors if isinstance(self.errors, dict) else {}
        details = [
            {"reason_code": "INVALID_PROPERTY", "message": sentence, "source": name}
            for name, sentences in named.items()
            for sentence in sentences
        ]
        message = self.errors if isinstance(self.errors, str) else HTTPStatus(self.status).phrase
        return {"error": {"code": HTTPStatus(self.status).name, "message": message, "details": details}}


class Invalid(Problem):
    """422: a field, or several, that cannot be taken; inside a sync this is the error of a row."""

    def __init__(self, **fields: str) -> None:
        super().__init__(422, {name: [sentence] for name, sentence in fields.items()})


class GrantProblem(Problem):
    """What the token endpoint answers, as RFC 6749 has it."""

    def answer(self, v2: bool) -> Answer:
        error, sentence = self.errors
        return Answer.json({"error": error, "error_description": sentence}, self.status, self.headers)


def missing(name: str) -> Problem:
    return Problem(400, f"param is missing or the value is empty or invalid: {name}")


def not_found() -> Problem:
    """What does not exist and what is not visible look the same."""
    return Problem(404, "Not Found")


def forbidden() -> Problem:
    """No permission in a tool, tool switched off, project not permitted: one text that names none of them."""
    return Problem(403, "You do not have permission to perform this action.")


def not_connected() -> Problem:
    return Problem(403, ["App is not connected to this company."])
