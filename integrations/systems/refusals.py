"""The words of a refusal, cleaned for people: short, printable, without what we sent."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from integrations.errors import CounterfoilError
from integrations.http import Answer

LONGEST_MESSAGE = 500
LONGEST_WINDOW = 3600
MOST_MESSAGES = 20


def body_of(answer: Answer) -> Any:
    """The JSON of an error answer, or None: errors come as web pages and plain text, too."""
    try:
        return answer.json()
    except CounterfoilError:
        return None


def cleaned(messages: Iterable[Any]) -> tuple[str, ...]:
    """The texts among them, one line each, without repeats, word for word up to 500 characters."""
    texts = (" ".join(message.split()) for message in messages if isinstance(message, str))
    printable = ("".join(sign for sign in text if sign.isprintable())[:LONGEST_MESSAGE] for text in texts)
    return tuple(dict.fromkeys(text for text in printable if text))[:MOST_MESSAGES]


def retry_after(headers: Mapping[str, str]) -> int | None:
    """Seconds to wait by the Retry-After header (a number or an HTTP date), between 1 s and a day."""
    written = headers.get("Retry-After", "").strip()
    if written.isdigit() and len(written) < 10:
        return min(max(int(written), 1), 86_400)
    try:
        until = parsedate_to_datetime(written)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(max(round((until - datetime.now(UTC)).total_seconds()), 1), 86_400)


def seconds_until_reset(headers: Mapping[str, str], name: str) -> int | None:
    """Seconds until the moment, since 1970, that the header names: between 1 s and an hour, by their own clock."""
    written = headers.get(name, "").strip()
    if not (written.isdigit() and len(written) < 12):
        return None
    try:
        now = parsedate_to_datetime(headers.get("Date", ""))
    except ValueError:
        now = datetime.now(UTC)
    now = now if now.tzinfo else now.replace(tzinfo=UTC)
    return min(max(int(written) - int(now.timestamp()), 1), LONGEST_WINDOW)
