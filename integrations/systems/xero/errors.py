"""What Xero's refusals mean, row by row of its error table (Accounting API, October 2026)."""

from typing import Any

from integrations.errors import (
    GoneError,
    NeedsPermissionError,
    OutcomeUnknownError,
    ProgrammingError,
    ReconnectError,
    RejectedError,
    RequestTooLargeError,
    RetryLaterError,
    ThrottledError,
    TokenExpiredError,
)
from integrations.http import Answer
from integrations.systems.refusals import body_of, cleaned, retry_after

# By the start of X-Rate-Limit-Problem; the seconds where no Retry-After tells them.
WINDOWS = {"minute": 60, "day": 3600, "concurrent": 2, "app": 60}
DEEPEST = 7  # an element's lines, their tracking and its lists of messages lie well above
HOLDING = frozenset({dict, list})  # the only types of JSON that hold others
UNAUTHENTICATED = "AuthenticationUnsuccessful"
UNAUTHORISED = "AuthorizationUnsuccessful"


def judge(answer: Answer) -> None:
    """Raise what an answer outside 2xx means for the call that was made."""
    if answer.ok:
        return
    status, where = answer.status, answer.url_template
    if status in (401, 403):
        raise _unauthorised(status, where, _detail(answer))
    if status == 404:
        raise GoneError(f"{where} shows no such record.")
    if status == 429:
        raise _throttled(answer)
    if status == 400:
        raise _refused(answer)
    if status == 504:
        raise RequestTooLargeError(f"{where} took Xero too long.")
    if status >= 500 and status != 501:
        raise RetryLaterError(f"Xero is out of order ({status}).", seconds=retry_after(answer.headers)).because(
            "out-of-order"
        )
    raise ProgrammingError(f"Xero takes no such call: {where} answered {status}.")


def refusals(element: Any) -> tuple[str, ...]:
    """Every validation message of one element, those of its lines and contact included."""
    return messages(element)[0]


def messages(element: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Validation messages and warnings of one element, its own first, then those of what it holds."""
    refused: list[Any] = []
    warned: list[Any] = []
    level = [element] if type(element) in HOLDING else []
    for _ in range(DEEPEST):
        below: list[Any] = []
        for holder in level:
            if type(holder) is dict:
                if told := holder.get("ValidationErrors"):
                    refused += _sentences(told)
                if told := holder.get("Warnings"):
                    warned += _sentences(told)
                holder = holder.values()
            below += [each for each in holder if type(each) in HOLDING]
        level = below
    return cleaned(refused) if refused else (), cleaned(warned) if warned else ()


def _sentences(messages: Any) -> list[Any]:
    """An old sample names the sentence Description instead of Message: both are read."""
    told = [message for message in messages if isinstance(message, dict)] if isinstance(messages, list) else []
    return [message.get("Message") or message.get("Description") for message in told]


def _detail(answer: Answer) -> str:
    body = body_of(answer)
    detail = body.get("Detail") if isinstance(body, dict) else None
    return detail if isinstance(detail, str) else ""


def _unauthorised(status: int, where: str, detail: str) -> Exception:
    if UNAUTHORISED in detail:
        return NeedsPermissionError(
            f"The sign-in to Xero lacks a permission for {where}: connect again and grant it.", permission=where
        ).because("scope-missing")
    if status == 401:
        return TokenExpiredError(f"{where} refused the access token.")
    if UNAUTHENTICATED in detail:
        return ReconnectError("This organisation is no longer connected in Xero.").because("company-left")
    return NeedsPermissionError(f"The user who connected Xero may not use {where}.", permission=where)


def _throttled(answer: Answer) -> Exception:
    """The body of a 429 is not documented; a Retry-After of the day's window can be hours."""
    problem = answer.headers.get("X-Rate-Limit-Problem", "minute").strip().lower()
    window = next((window for window in WINDOWS if problem.startswith(window)), "minute")
    seconds = retry_after(answer.headers) or WINDOWS[window]
    return ThrottledError(f"Xero's limit per {window} is used up.", window=window, seconds=seconds)


def _refused(answer: Answer) -> Exception:
    body = body_of(answer)
    body = body if isinstance(body, dict) else {}
    sentence = cleaned([body.get("Message") or body.get("Detail") or body.get("Title")])
    if answer.is_write and any("idempotency key" in text.lower() for text in sentence):
        return OutcomeUnknownError("Xero remembers this request's key for another request.")
    if not answer.is_write:
        return ProgrammingError(f"Xero refused the query {answer.url_template}: {' '.join(sentence)}")
    words = refusals(body.get("Elements")) or sentence
    return RejectedError(f"Xero refused the request: {' / '.join(words) or 'it did not say why'}", refusals=words)
