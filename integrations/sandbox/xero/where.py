"""The `where` and `order` parameters: a parser for the grammar that Xero's requests page documents.

    Field == value joined by AND, OR, && and ||, parentheses; strings "x" (a quotation mark inside is doubled),
    guid("..") values, DateTime(2026,10,01[,h,m,s]), numbers, true, false, null; == != > >= < <=;
    Field.StartsWith("x"), .Contains, .EndsWith.

Anything else is refused, where the real service would sometimes be more patient.
"""

from __future__ import annotations

import operator
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ..exchange import Json
from .dates import ms_of

Condition = Callable[[Json], bool]
Value = str | int | float | bool | None


class QueryParseError(ValueError):
    """A `where` or `order` that Xero refuses with QueryParseException."""


@dataclass(frozen=True, slots=True)
class Field:
    """A name that may stand in a query. `read` gives text, number, or milliseconds for a date; None is null.

    `kind` is string, guid, number, date or bool. `folded`: equality ignores capitals and accents.
    """

    kind: str
    read: Callable[[Json], Any]
    folded: bool = False


Fields = Mapping[str, Field]

_TOKEN = re.compile(
    r"""\s*(?:(?P<string>"(?:[^"]|"")*")|(?P<number>-?\d+(?:\.\d+)?)|(?P<op>==|!=|>=|<=|&&|\|\||[<>(),])"""
    r"""|(?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*))"""
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "!=": operator.ne, ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
}  # fmt: skip
_METHODS: dict[str, Callable[[str, str], bool]] = {
    "StartsWith": str.startswith, "EndsWith": str.endswith, "Contains": operator.contains,
}  # fmt: skip
_WORDS: dict[str, Value] = {"true": True, "false": False, "null": None}


def folded(text: str) -> str:
    """Without capitals and accents, for comparing."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text)
    return "".join(each for each in plain if not unicodedata.combining(each)).casefold()


def condition(text: str, fields: Fields) -> Condition:
    """The test that a `where` describes; raises QueryParseError."""
    return _Parser(text, fields).whole()


def ordering(text: str, fields: Fields) -> list[tuple[Field, bool]]:
    """(field, descending) pairs of an `order`; raises QueryParseError."""
    chosen = []
    for part in text.split(","):
        words = part.split()
        if not 1 <= len(words) <= 2 or (len(words) == 2 and words[1].upper() not in ("ASC", "DESC")):
            raise QueryParseError(f"Syntax error in order: {part.strip()!r}")
        chosen.append((_known(words[0], fields), words[-1].upper() == "DESC" and len(words) == 2))
    return chosen


def _known(name: str, fields: Fields) -> Field:
    if name not in fields:
        raise QueryParseError(f"No property or field '{name}' exists in type")
    return fields[name]


def _tokens(text: str) -> list[tuple[str, str]]:
    found, place = [], 0
    text = text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise QueryParseError(f"Syntax error at index {place}")
        found.append((match.lastgroup, match[match.lastgroup]))
        place = match.end()
    return found


class _Parser:
    """Recursive descent; each method takes what it understands off the front of the tokens."""

    def __init__(self, text: str, fields: Fields) -> None:
        self.tokens = _tokens(text)
        self.fields = fields
        self.place = 0

    def whole(self) -> Condition:
        found = self._either()
        if self.place < len(self.tokens):
            raise QueryParseError(f"Syntax error near {self.tokens[self.place][1]!r}")
        return found

    def _take(self) -> tuple[str, str]:
        if self.place >= len(self.tokens):
            raise QueryParseError("Expression expected")
        self.place += 1
        return self.tokens[self.place - 1]

    def _comes(self, *texts: str) -> bool:
        if self.place < len(self.tokens) and self.tokens[self.place][1].upper() in texts:
            kind = self.tokens[self.place][0]
            self.place += kind != "string"
            return kind != "string"
        return False

    def _must(self, text: str) -> None:
        if not self._comes(text):
            raise QueryParseError(f"{text!r} expected")

    def _either(self) -> Condition:
        parts = [self._both()]
        while self._comes("OR", "||"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else lambda row: any(part(row) for part in parts)

    def _both(self) -> Condition:
        parts = [self._single()]
        while self._comes("AND", "&&"):
            parts.append(self._single())
        return parts[0] if len(parts) == 1 else lambda row: all(part(row) for part in parts)

    def _single(self) -> Condition:
        if self._comes("("):
            inner = self._either()
            self._must(")")
            return inner
        kind, name = self._take()
        if kind != "name":
            raise QueryParseError(f"A field is expected, not {name!r}")
        path, _, last = name.rpartition(".")
        if last in _METHODS and path:
            return self._method(_known(path, self.fields), path, last)
        return self._comparison(_known(name, self.fields), name)

    def _method(self, field: Field, name: str, method: str) -> Condition:
        self._must("(")
        kind, text = self._take()
        self._must(")")
        if kind != "string" or field.kind != "string":
            raise QueryParseError(f"No applicable method '{method}' exists for '{name}'")
        test, wanted = _METHODS[method], _unquoted(text)
        return lambda row: test(_present(field.read(row), name), wanted)

    def _comparison(self, field: Field, name: str) -> Condition:
        _kind, sign = self._take()
        if sign not in _COMPARE:
            raise QueryParseError(f"An operator is expected after '{name}', not {sign!r}")
        kind, wanted = self._value()
        if kind != "null" and kind != field.kind:
            raise QueryParseError(f"Operator '{sign}' incompatible with operand types '{field.kind}' and '{kind}'")
        if sign not in ("==", "!=") and (kind == "null" or field.kind in ("guid", "bool", "string")):
            raise QueryParseError(f"Operator '{sign}' cannot be applied to '{name}'")
        return _compared(field, _COMPARE[sign], wanted, ranged=sign not in ("==", "!="))

    def _value(self) -> tuple[str, Value]:
        kind, text = self._take()
        if kind == "string":
            return "string", _unquoted(text)
        if kind == "number":
            return "number", float(text)
        if text in _WORDS:
            return ("null" if text == "null" else "bool"), _WORDS[text]
        if text.lower() == "guid":
            return "guid", self._guid()
        if text == "DateTime":
            return "date", self._moment()
        raise QueryParseError(f"No property or field '{text}' exists in type")

    def _guid(self) -> str:
        self._must("(")
        kind, text = self._take()
        self._must(")")
        guid = _unquoted(text).lower() if kind == "string" else ""
        if not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", guid):
            raise QueryParseError(f"{text} is not a guid")
        return guid

    def _moment(self) -> int:
        self._must("(")
        parts = [self._whole_number()]
        while self._comes(","):
            parts.append(self._whole_number())
        self._must(")")
        if len(parts) not in (3, 6):
            raise QueryParseError("No applicable constructor exists in type 'DateTime'")
        try:
            return ms_of(datetime(*parts, tzinfo=UTC))  # type: ignore[arg-type, misc]
        except ValueError as wrong:
            raise QueryParseError(f"DateTime: {wrong}") from wrong

    def _whole_number(self) -> int:
        kind, text = self._take()
        if kind != "number" or not text.isdigit():
            raise QueryParseError(f"A whole number is expected, not {text!r}")
        return int(text)


def _unquoted(text: str) -> str:
    return text[1:-1].replace('""', '"')


def _present(value: Any, name: str) -> str:
    """Text to search in; a method called on null breaks the whole query, so callers guard with `!=null AND`."""
    if value is None:
        raise QueryParseError(f"Object reference not set: '{name}' is null in a row")
    return str(value)


def _compared(field: Field, test: Callable[[Any, Any], bool], wanted: Value, ranged: bool) -> Condition:
    read = field.read
    if ranged:
        return lambda row: (value := read(row)) is not None and test(value, wanted)
    if field.folded and isinstance(wanted, str):
        plain = folded(wanted)
        return lambda row: test(folded(read(row) or ""), plain)
    return lambda row: test(read(row), wanted)
