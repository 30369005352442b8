"""Fields of what is sent: which are known, of which kind, and what becomes of the others."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ..exchange import Json
from .amounts import amount_in
from .moments import day_or_none
from .problems import Invalid, Problem

# Takes the field's name and what was sent and returns what is kept; raises Invalid.
Kind = Callable[[str, Any], Any]
Form = Mapping[str, Kind]
CUSTOM = re.compile(r"custom_field_\d+")
LONGEST = 255


def read_fields(sent: Json, form: Form) -> Json:
    """What was sent as it is kept. A field nobody knows is a 406, null empties a field."""
    unknown = [name for name in sent if name not in form and not CUSTOM.fullmatch(name)]
    if unknown:
        raise Problem(406, f"Unknown field: {', '.join(sorted(unknown))}")
    return {name: None if value is None else form[name](name, value) for name, value in sent.items() if name in form}


def text(name: str, sent: Any) -> str:
    if not isinstance(sent, str):
        raise Invalid(**{name: f"{name} value has incompatible type"})
    if len(sent) > LONGEST:
        raise Invalid(**{name: f"is too long (maximum is {LONGEST} characters)"})
    return sent


def long_text(name: str, sent: Any) -> str:
    return text(name, sent) if not isinstance(sent, str) else sent


def whole(name: str, sent: Any) -> int:
    if isinstance(sent, bool) or not isinstance(sent, int):
        raise Invalid(**{name: f"{name} value has incompatible type"})
    return sent


def flag(name: str, sent: Any) -> bool:
    if not isinstance(sent, bool):
        raise Invalid(**{name: f"{name} value has incompatible type"})
    return sent


def day(name: str, sent: Any) -> str | None:
    """A badly formatted date is silently stored as null."""
    return day_or_none(sent)


def money(name: str, sent: Any) -> str:
    return amount_in(name, sent)


def loose_money(name: str, sent: Any) -> str:
    """Direct costs take numbers as well."""
    return amount_in(name, str(sent) if isinstance(sent, int | float) and not isinstance(sent, bool) else sent)


def one_of(*choices: str) -> Kind:
    def kind(name: str, sent: Any) -> str:
        if sent not in choices:
            raise Invalid(**{name: "is not included in the list"})
        return str(sent)

    return kind


def code(name: str, sent: Any) -> str:
    """ISO 3166 alpha-2 in capitals, for countries and states."""
    if not isinstance(sent, str) or not re.fullmatch(r"[A-Z0-9]{2,3}", sent):
        raise Invalid(**{name: "is invalid"})
    return sent


def anything(name: str, sent: Any) -> Any:
    return sent


def rows(name: str, sent: Any) -> list[Json]:
    if not isinstance(sent, list) or not all(isinstance(each, dict) for each in sent):
        raise Invalid(**{name: f"{name} value has incompatible type"})
    return sent
