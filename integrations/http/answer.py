"""An answer as it came, and the strict reading of its JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from integrations.errors import OutcomeUnknownError, UnreadableAnswerError


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, case-insensitive headers and whole body of one call; printed, it shows only its status."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    url_template: str
    is_write: bool = False

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body with every fraction as Decimal. What cannot be read after a write leaves it in doubt."""
        try:
            return read_json(self.body)
        except ValueError as broken:
            error = OutcomeUnknownError if self.is_write else UnreadableAnswerError
            raise error(f"The answer to {self.url_template} is {self._what_it_is(broken)}.") from None

    def _what_it_is(self, broken: ValueError) -> str:
        start = self.body[:200].lstrip().lower()
        if start.startswith((b"<!doctype", b"<html", b"<")):
            return "a web page instead of JSON"
        return f"not readable JSON ({broken})" if isinstance(broken, NotAllowedNumber) else "not readable JSON"


class NotAllowedNumber(ValueError):  # noqa: N818  (never leaves this module)
    """NaN and the infinities are no JSON, though Python reads them."""


def read_json(text: bytes | str) -> Any:
    """Strict JSON: fractions become Decimal, whole numbers int; ValueError for anything else."""
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deep") from None


def _refuse(name: str) -> Any:
    raise NotAllowedNumber(f"it holds {name}")
