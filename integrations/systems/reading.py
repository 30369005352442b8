"""How values from outside are read, one by one: kinds of values with their bounds, and errors with exact paths."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    Strict,
    StringConstraints,
    ValidationError,
)
from pydantic_core import PydanticCustomError

from integrations.errors import InvalidSourceError

FIRST_YEAR, LAST_YEAR = 1990, 2100
LARGEST_AMOUNT = 10**12
MOST_DIGITS = 40
# No field that a system documents comes near; beyond it a text is somebody's mistake or attack.
LONGEST_TEXT = 100_000
NO_NUL = r"^[^\x00]*$"  # PostgreSQL stores no NUL


def day_of(written: Any) -> date:
    """The calendar date as written, never shifted by a time zone (A61)."""
    if not isinstance(written, str) or len(written) > 40 or written[10:11] not in ("", "T", " "):
        raise _not_a_date()
    try:
        day = date.fromisoformat(written[:10])
    except ValueError:
        raise _not_a_date() from None
    return in_range(day)


def moment_of(written: Any) -> datetime:
    if not isinstance(written, str) or len(written) > 40:
        raise _not_a_date()
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise _not_a_date() from None
    if moment.tzinfo is None:
        raise PydanticCustomError("zone", "has no time zone")
    in_range(moment)
    return moment.astimezone(UTC)


def _not_a_date() -> PydanticCustomError:
    return PydanticCustomError("date", "is not a date")


Dated = TypeVar("Dated", bound=date)


def in_range(day: Dated) -> Dated:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise PydanticCustomError("year", "lies outside the years 1990 to 2100")
    return day


def _currency(name: str) -> str:
    code = name.strip().upper()
    if len(code) != 3 or not (code.isascii() and code.isalpha()):
        raise PydanticCustomError("currency", "is not a currency code of three letters")
    return code


def _of_few_digits(amount: Decimal) -> Decimal:
    """In place of `max_digits`, with which pydantic takes each number apart, at a third of its cost (2026-11)."""
    if len(str(amount)) > MOST_DIGITS + len("-.") or amount.adjusted() < -MOST_DIGITS:
        raise PydanticCustomError("digits", "has more digits than any amount")
    return amount


Amount = Annotated[Decimal, Field(ge=-LARGEST_AMOUNT, le=LARGEST_AMOUNT), AfterValidator(_of_few_digits)]
Id = Annotated[int, Strict(), Field(ge=0, lt=2**63)]
Whole = Annotated[int, Strict(), Field(ge=-(2**31), lt=2**31)]
Flag = Annotated[bool, Strict()]
Code = Annotated[str, StringConstraints(max_length=255, pattern=NO_NUL)]
Words = Annotated[str, StringConstraints(max_length=5000, pattern=NO_NUL)]
Day = Annotated[date, PlainValidator(day_of)]
Moment = Annotated[datetime, PlainValidator(moment_of)]
CurrencyCode = Annotated[str, StringConstraints(max_length=10), AfterValidator(_currency)]


class Model(BaseModel):
    """A shape that is read; fields that are not named here are left alone."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


Shape = TypeVar("Shape", bound=Model)

_PLAIN_WORDS = {
    "missing": "is missing",
    "finite_number": "is not a number",
    "decimal_type": "is not an amount",
    "decimal_parsing": "is not an amount",
    "string_type": "is not a text",
    "string_unicode": "holds broken characters",
    "string_pattern_mismatch": "holds characters that cannot be stored",
    "string_too_long": "is longer than {max_length} characters",
    "string_too_short": "is empty",
    "int_type": "is not a whole number",
    "bool_type": "is neither true nor false",
    "list_type": "is not a list",
    "model_type": "is not an object",
    "greater_than_equal": "is smaller than {ge}",
    "less_than_equal": "is larger than {le}",
    "less_than": "is too large",
    "literal_error": "is none of {expected}",
    "too_long": "has more than {max_length} entries",
}


def read(shape: type[Shape], raw: Any, what: str) -> Shape:
    """Read `raw` as that shape, or InvalidSourceError naming `what` it is, the exact field and why."""
    try:
        return shape.model_validate(raw)
    except ValidationError as errors:
        first = errors.errors(include_url=False, include_input=False)[0]
        field, why = path_of(first["loc"]), _why(first)
    raise InvalidSourceError(f"{what}: {field or 'the whole of it'} {why}.", field=field)


def path_of(parts: tuple[int | str, ...]) -> str:
    """("order_items", 0, "price") -> "order_items[0].price"."""
    path = ""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path


def _why(error: Any) -> str:
    words = _PLAIN_WORDS.get(error["type"])
    return words.format(**error.get("ctx", {})) if words else str(error["msg"])


def refuse_oversized(raw: Any, what: str) -> None:
    """InvalidSourceError for the first text of more than 100,000 characters, wherever in the document it is."""
    waiting: list[tuple[tuple[int | str, ...], Any]] = [((), raw)]
    while waiting:
        parts, value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(((*parts, key[:50]), inner) for key, inner in value.items())
        elif isinstance(value, list):
            waiting.extend(((*parts, number), inner) for number, inner in enumerate(value))
        elif isinstance(value, str) and len(value) > LONGEST_TEXT:
            field = path_of(parts)
            raise InvalidSourceError(f"{what}: {field} is longer than {LONGEST_TEXT} characters.", field=field)
