"""Refusals, each of which knows the answer it becomes."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

from ..exchange import Answer, Json

NO_ID = "00000000-0000-0000-0000-000000000000"
NOT_FOUND = "The resource you're looking for cannot be found"
JSON_TYPE = "application/json; charset=utf-8"


class Problem(Exception):  # noqa: N818  (an answer on its way out, not a fault of the stand-in)
    """A request that is refused as a whole."""

    def answer(self, correlation: str) -> Answer:
        raise NotImplementedError


class JsonProblem(Problem):
    """A status with a JSON body and headers."""

    def __init__(self, status: int, body: Json, headers: dict[str, str] | None = None) -> None:
        super().__init__(str(body))
        self.status, self.body, self.headers = status, body, headers or {}

    def answer(self, correlation: str) -> Answer:
        return Answer.json(self.body, self.status, {"Content-Type": JSON_TYPE, **self.headers})


class TextProblem(Problem):
    """A status with plain text, such as Xero's 404, which is no JSON."""

    def __init__(self, status: int, text: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(text)
        self.status, self.text, self.headers = status, text, headers or {}

    def answer(self, correlation: str) -> Answer:
        return Answer.text(self.text, self.status, self.headers)


class Denied(JsonProblem):
    """401 or 403: token, scope or tenant; the reason stands in `Detail`."""

    def __init__(self, status: int, detail: str) -> None:
        body: Json = {
            "Type": None,
            "Title": "Unauthorized" if status == 401 else "Forbidden",
            "Status": status,
            "Detail": detail,
            "Instance": str(uuid.uuid4()),
            "Extensions": {},
        }
        super().__init__(status, body)


class ServerFault(Problem):
    """What Xero answers to payloads it chokes on."""

    def answer(self, correlation: str) -> Answer:
        body: Json = {
            "Title": "An error occurred",
            "Detail": "An error occurred in Xero. Check the API Status page http://status.developer.xero.com "
            "for current service status.",
            "Status": 500,
            "Instance": correlation,
        }
        return Answer.json(body, 500, {"Content-Type": JSON_TYPE})


class OverLimit(Problem):
    """429; the body is not documented, so there is none."""

    def __init__(self, problem: str, retry_after: int | None) -> None:
        super().__init__(problem)
        self.problem, self.retry_after = problem, retry_after

    def answer(self, correlation: str) -> Answer:
        headers = {"X-Rate-Limit-Problem": self.problem}
        if self.retry_after is not None:
            headers["Retry-After"] = str(self.retry_after)
        return Answer.empty(429, headers)


def not_found() -> TextProblem:
    return TextProblem(404, NOT_FOUND)


def expired(at: datetime) -> Denied:
    return Denied(401, f"TokenExpired: token expired at {at:%m/%d/%Y %H:%M:%S}")


def post_not_understood(message: str) -> JsonProblem:
    """The body does not have the form of the document: wrong type, unknown enum value."""
    return JsonProblem(400, {"ErrorNumber": 14, "Type": "PostDataInvalidException", "Message": message})


def query_not_understood(message: str) -> JsonProblem:
    return JsonProblem(400, {"ErrorNumber": 16, "Type": "QueryParseException", "Message": message})


def not_valid(elements: list[Json]) -> JsonProblem:
    """Refused elements, each an echo of what was sent with its ValidationErrors."""
    body: Json = {
        "ErrorNumber": 10,
        "Type": "ValidationException",
        "Message": "A validation exception occurred",
        "Elements": elements,
    }
    return JsonProblem(400, body)


class Refused(Exception):  # noqa: N818
    """One element of a write is refused; `echo` is what was sent, ValidationErrors placed where they belong."""

    def __init__(self, echo: Json) -> None:
        super().__init__("; ".join(messages(echo)))
        self.echo = echo


class Complaints:
    """Validation messages of one element, each with the path of the node it is placed on."""

    def __init__(self, within: Complaints | None = None, at: tuple[str | int, ...] = ()) -> None:
        self._found: list[tuple[tuple[str | int, ...], str]] = within._found if within is not None else []
        self._at = at

    def under(self, *path: str | int) -> Complaints:
        """The same complaints, new ones placed below `path`."""
        return Complaints(self, self._at + path)

    def add(self, message: str, *path: str | int) -> None:
        self._found.append((self._at + path, message))

    def __bool__(self) -> bool:
        return bool(self._found)

    def raise_for(self, sent: Json, identity: str) -> None:
        """Raise Refused if there was anything to complain about; `identity` names the element's id field."""
        if not self._found:
            return
        echo = plain(sent)
        echo.setdefault(identity, NO_ID)
        for path, message in self._found:
            _node(echo, path).setdefault("ValidationErrors", []).append({"Message": message})
        raise Refused(echo)


def _node(echo: Json, path: tuple[str | int, ...]) -> Json:
    """The object at `path`, or the element itself where that part was not sent (a stored line, say)."""
    node: Any = echo
    for step in path:
        try:
            node = node[step]
        except (KeyError, IndexError):
            return echo
    return node if isinstance(node, dict) else echo


def plain(value: Any) -> Any:
    """A copy with decimals as JSON numbers and without validation messages of its own."""
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items() if name != "ValidationErrors"}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return float(value) if isinstance(value, Decimal) else value


def messages(node: object) -> list[str]:
    """All validation messages in an echo, wherever they stand."""
    if isinstance(node, list):
        return [text for each in node for text in messages(each)]
    if not isinstance(node, dict):
        return []
    own = [each["Message"] for each in node.get("ValidationErrors", [])]
    return own + [text for name, each in node.items() if name != "ValidationErrors" for text in messages(each)]
