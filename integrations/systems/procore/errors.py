"""What Procore's refusals mean, row by row of its error table (REST reference and guides, August 2026)."""

from collections.abc import Iterator
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
from integrations.systems.procore.system import PROCORE
from integrations.systems.procore.tools import tool_of
from integrations.systems.refusals import body_of, cleaned, retry_after, seconds_until_reset

NOT_CONNECTED = "not connected to this company"
NO_COMPANY_HEADER = "missing procore-company-id"
REFUSED = frozenset({400, 413, 422})
# A pause longer than the window of ten seconds is one of the hour's; the text speaks of an hour for both.
SPIKE_SECONDS = 60
WITHOUT_A_WORD = 30
DEEPEST = 6
SILENT = (
    "Procore refused the invoice without a word, as it does while the vendor's own schedule of values is not approved."
)
TOO_LARGE = "Procore refused the document without a word as too large for one request."
# Names of parts of an error that are no sentences for people.
NOT_SAID = frozenset({"code", "reason_code", "source", "error_type"})


def judge(answer: Answer) -> None:
    """Raise what an answer outside 2xx means for the call that was made."""
    if answer.ok:
        return
    status, where = answer.status, answer.url_template
    if status == 401:
        raise TokenExpiredError(f"{where} refused the access token.")
    if status == 403:
        raise _forbidden(answer)
    if status == 404:
        raise GoneError(f"{where} shows no such record.")
    if status == 408:
        raise RequestTooLargeError(f"{where} took Procore too long.")
    if status == 409:
        raise _conflict(answer)
    if status == 429:
        raise _throttled(answer)
    if status in REFUSED:
        raise _refused(answer)
    if status >= 500 and status != 501:
        raise RetryLaterError(f"Procore is out of order ({status}).", seconds=retry_after(answer.headers)).because(
            "out-of-order"
        )
    raise ProgrammingError(f"Procore takes no such call: {where} answered {status}.")


def messages(body: Any) -> tuple[str, ...]:
    """Every sentence of an error body, whichever of its shapes it has; that of a field has the field's name before."""
    return cleaned(_sentences(body, "", 0))


def _sentences(value: Any, field: str, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield f"{field.replace('_', ' ')}: {value}" if field else value
    elif depth < DEEPEST and isinstance(value, list):
        for inner in value[:50]:
            yield from _sentences(inner, field, depth + 1)
    elif depth < DEEPEST and isinstance(value, dict):
        for name, inner in list(value.items())[:50]:
            if name not in NOT_SAID:
                yield from _sentences(inner, _field(name, value), depth + 1)


def _field(name: str, among: dict[str, Any]) -> str:
    """A field that is named, by a key or as the source of a v2.0 detail; the wrappers' own names say nothing."""
    if name == "message" and isinstance(among.get("source"), str):
        return str(among["source"])
    return "" if name in ("errors", "error", "message", "details", "base", "error_description") else name


def _forbidden(answer: Answer) -> Exception:
    if any(NOT_CONNECTED in text.lower() for text in messages(body_of(answer))):
        said = "The application is no longer connected to this company in Procore."
        return ReconnectError(said).because("app-not-connected")
    tool = tool_of(answer.url_template)
    name = tool.name if tool else answer.url_template
    said = f"The Procore application may not use “{name}” here."
    if tool and tool.of_project:
        said += " Either the project is not on its list of permitted projects, or the tool's permission is missing."
    return NeedsPermissionError(said, permission=name).because("tool-permission")


def _conflict(answer: Answer) -> Exception:
    """A duplicate, or a change at the same moment: what stands has to be looked up before anything else."""
    if answer.is_write:
        return OutcomeUnknownError(f"{answer.url_template} met another change of the same document.")
    return RetryLaterError(f"{answer.url_template} is being changed by somebody else.").because("out-of-order")


def _throttled(answer: Answer) -> Exception:
    seconds = retry_after(answer.headers) or seconds_until_reset(answer.headers, PROCORE.pace.reset) or WITHOUT_A_WORD
    window = "hour" if seconds > SPIKE_SECONDS else "minute"
    return ThrottledError("Procore's limit of calls is used up.", window=window, seconds=seconds)


def _refused(answer: Answer) -> Exception:
    words = messages(body_of(answer))
    if any(NO_COMPANY_HEADER in text.lower() for text in words):
        return ProgrammingError(f"{answer.url_template} was called without a company.")
    said = f" It says: {' / '.join(words)}" if words else ""
    if answer.is_write and not words and "requisitions" in answer.url_template:
        return RejectedError(SILENT, refusals=(SILENT,))
    if answer.is_write and not words and answer.status == 413:
        return RejectedError(TOO_LARGE, refusals=(TOO_LARGE,))
    if answer.is_write:
        return RejectedError(f"Procore refused the record.{said}", refusals=words)
    return ProgrammingError(f"Procore refused the query {answer.url_template}.{said}")
