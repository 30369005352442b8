"""JSON in which every number stays the digits that were read: for stored payloads and for what is sent."""

import json
import re
import secrets
from decimal import Decimal
from typing import Any

from integrations.errors import InvalidSourceError
from integrations.http import read_json

# json writes no Decimal, and a float would change it: numbers go through as marked strings and lose the marks
# afterwards. The mark is made anew per process, so no text from outside can carry it.
_MARK = secrets.token_hex(12)
_MARKED = re.compile(f'"{_MARK}(-?[0-9.E+-]+)"')


def dumps(value: Any) -> str:
    """Compact JSON in ASCII; Decimals are written exactly as they are held, trailing zeros included."""
    return _MARKED.sub(_unmarked, _encoder.encode(value))


def loads(text: str | bytes) -> Any:
    """What `dumps` wrote, equal to what was read from the system."""
    try:
        return read_json(text)
    except ValueError:
        raise InvalidSourceError("What was stored of it can no longer be read.", field="") from None


def _marked(value: Any) -> str:
    if isinstance(value, Decimal) and value.is_finite():
        return f"{_MARK}{value}"
    raise TypeError(f"{type(value).__name__} has no place in JSON")


def _unmarked(found: re.Match[str]) -> str:
    return found[1]


# What was read as JSON holds itself nowhere.
_encoder = json.JSONEncoder(default=_marked, separators=(",", ":"), allow_nan=False, check_circular=False)
