"""What a flag says of a document that somebody edited in the target, field by field (E34)."""

import re
from collections.abc import Sequence

from integrations.models import Flag

EDITED = "edited-in-target"
_FIGURE = re.compile(r"-?[\d,]+\.\d{2,}")


def shown(flag: Flag) -> list[tuple[str, str, str]]:
    """What differs, as people read it: a figure that was kept without its currency has the record's."""
    currency = flag.record.currency
    rows = flag.details.get("fields", [])
    return [
        (str(field), _in_currency(str(before), currency), _in_currency(str(now), currency))
        for field, before, now in rows
    ]


def said(flag: Flag) -> str:
    """The flag's sentence, with the currency of its figures."""
    found = shown(flag)
    return sentence(found) if flag.kind == EDITED and found else flag.explanation


def _in_currency(value: str, currency: str) -> str:
    return f"{value} {currency}" if currency and _FIGURE.fullmatch(value) else value


def sentence(found: Sequence[Sequence[str]]) -> str:
    return f"Edited in the target: {'; '.join(in_words(each) for each in found)}."


def in_words(difference: Sequence[str]) -> str:
    field, before, now = difference
    return f"{field} was {before}, is {now}"
