"""Cells as people's spreadsheet programs read and write them."""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from mappings import keys

LONGEST_CELL = 1000
# A cell that begins with one of these is run as a formula when the file is opened (CSV injection).
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
YES = {"yes", "y", "true", "1", "x"}
NO = {"", "no", "n", "false", "0"}


def harmless(text: str) -> str:
    """Text that no spreadsheet program takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


def text_of(cell: Any) -> str:
    """A cell as plain text; 6100.0 is "6100", and the apostrophe of `harmless` is taken off again.

    Raises ValueError for a cell that is too long to be any code or name.
    """
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float | Decimal):
        return _number(cell)
    if isinstance(cell, date | datetime):
        raise ValueError(f"The cell holds the date {cell:%Y-%m-%d}. Format the column as text.")  # noqa: TRY004
    text = str(cell)
    if len(text) > LONGEST_CELL:
        raise ValueError(f"The cell holds {len(text)} characters; no code or name is that long.")
    if text.startswith("'") and text[1:].startswith(FORMULA_SIGNS):
        text = text[1:]
    return keys.plain(text, LONGEST_CELL)


def yes_or_no(text: str) -> bool:
    word = text.casefold()
    if word in YES:
        return True
    if word in NO:
        return False
    raise ValueError(f"“{text}” is neither yes nor no.")


def percentage(text: str) -> Decimal | None:
    """5, 5.0, 5,0 and 5 % are all five percent; an empty cell is None."""
    bare = text.removesuffix("%").strip().replace(",", ".")
    if not bare:
        return None
    try:
        number = Decimal(bare)
    except InvalidOperation:
        raise ValueError(f"“{text}” is no percentage.") from None
    if not number.is_finite() or abs(number) > 1000:
        raise ValueError(f"“{text}” is no percentage.")
    return number


def _number(cell: float | Decimal) -> str:
    number = Decimal(repr(cell)) if isinstance(cell, float) else cell
    return f"{number.normalize():f}" if number.is_finite() else str(number)
