"""The one way to write a value as text, so that equal contents have equal digests for ever."""

import hashlib
import json
from collections.abc import Mapping, Set
from dataclasses import asdict, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from django.utils.functional import Promise


def _plain(value: object) -> object:
    """Say what JSON has no word for, the usual first; money stays text, so that no digit is lost."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, UUID | Promise):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Set):
        return sorted(value, key=str)
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"The audit trail cannot keep a {type(value).__name__}.")


# ASCII only: then no character that vendors send (NUL, half a surrogate pair) is refused by a database.
_encoder = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=_plain)


def canonical(value: object) -> str:
    """The value as JSON: sorted keys, no spaces, ASCII. Raises TypeError for what it cannot keep."""
    return _encoder.encode(value)


def parsed(text: str) -> Any:
    """The value that `canonical` wrote; fractions come back as Decimal."""
    return json.loads(text, parse_float=Decimal)


def digest(text: str) -> str:
    """SHA-256 of the text in hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
