"""What Procurify's refusals mean. Its bodies come in six shapes (API reference, errors, October 2026)."""

from collections.abc import Iterator
from typing import Any

from integrations.errors import (
    GoneError,
    NeedsPermissionError,
    ProgrammingError,
    RejectedError,
    RequestTooLargeError,
    RetryLaterError,
    SuspendedError,
    ThrottledError,
    TokenExpiredError,
)
from integrations.http import Answer
from integrations.systems.refusals import body_of, cleaned, retry_after

WHO_AM_I = "/api/v3/users/me/"
GONE = frozenset({404, 410})
REFUSED = frozenset({400, 409, 422})
SUPPORT = "support@procurify.com"


def judge(answer: Answer) -> None:
    """Raise what an answer outside 2xx means for the call that was made."""
    if answer.ok:
        return
    status, where = answer.status, answer.url_template
    if status == 401:
        raise TokenExpiredError(f"{where} refused the access token.")
    if status == 403:
        raise _forbidden(where)
    if status in GONE:
        raise GoneError(f"{where} shows no such record.")
    if status == 429:
        raise ThrottledError("Procurify asks for a pause.", window="minute", seconds=retry_after(answer.headers))
    if status in REFUSED:
        raise _refused(answer)
    if status == 504:
        raise RequestTooLargeError(f"{where} took Procurify too long.")
    if status >= 500:
        raise RetryLaterError(f"Procurify is out of order ({status}).", seconds=retry_after(answer.headers)).because(
            "out-of-order"
        )
    raise ProgrammingError(f"Procurify takes no such call: {where} answered {status}.")


def messages(body: Any) -> tuple[str, ...]:
    """Every sentence of an error body, whichever shape it has."""
    return cleaned(_texts(body, 0))


def _texts(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth < 5 and isinstance(value, list):
        for inner in value[:50]:
            yield from _texts(inner, depth + 1)
    elif depth < 5 and isinstance(value, dict):
        for key, inner in list(value.items())[:50]:
            if key not in ("code", "data", "success", "metadata"):
                yield from _texts(inner, depth + 1)


def _forbidden(where: str) -> Exception:
    if where == WHO_AM_I:
        return SuspendedError(f"Procurify lets us see nothing any more. Ask {SUPPORT} why access was suspended.")
    return NeedsPermissionError(f"The user who made the Procurify application may not see {where}.", permission=where)


def _refused(answer: Answer) -> Exception:
    words = messages(body_of(answer))
    said = f" It says: {' / '.join(words)}" if words else ""
    if answer.is_write:
        return RejectedError(f"Procurify refused the record.{said}", refusals=words)
    return ProgrammingError(f"Procurify refused the query {answer.url_template}.{said}")
