"""Every error of the product, named for what happens next. Only the engine catches them.

Messages are written for a person in the accounts office: what happened, to which document, what to do. None
carries a body, a header or a secret.
"""

from datetime import datetime
from typing import Self


class CounterfoilError(Exception):
    """Whatever else is raised is a bug of ours and holds the record as `internal error`.

    `cause` is the row of the explanations, where the class alone does not say it; `about` the system it concerns.
    """

    cause = ""
    about = ""

    def because(self, cause: str) -> Self:
        self.cause = cause
        return self


class RetryLaterError(CounterfoilError):
    """Nothing was done; the clock acts next. `not_before` is aware UTC, None leaves the time to the engine."""

    def __init__(self, message: str, *, not_before: datetime | None = None, seconds: int | None = None) -> None:
        super().__init__(message)
        self.not_before = not_before
        self.seconds = seconds


class NotSentError(RetryLaterError):
    """A write that provably never left this machine: it may be tried as a new attempt."""


class ThrottledError(RetryLaterError):
    """The system asked for a pause; `window` is the budget that is used up: minute, hour, day, concurrent or app."""

    def __init__(self, message: str, *, window: str, seconds: int | None = None) -> None:
        super().__init__(message, seconds=seconds)
        self.window = window


class OwnPaceError(ThrottledError):
    """Our own budget of calls is used up: no call was begun."""


class RequestTooLargeError(RetryLaterError):
    """A list timed out: ask for a smaller page or window."""


class ReconnectError(CounterfoilError):
    """The connection pauses until an administrator authorises it again."""


class NeedsPermissionError(CounterfoilError):
    """The connection works but may not do this; more permission is needed, not a new sign-in (E8)."""

    def __init__(self, message: str, *, permission: str = "") -> None:
        super().__init__(message)
        self.permission = permission


class SuspendedError(CounterfoilError):
    """The system suspended our access: every call stops, one slow probe goes on."""


class TokenExpiredError(CounterfoilError):
    """The access token is no longer taken; refresh once and ask again. Never leaves the door."""


class HoldRecordError(CounterfoilError):
    """The record waits for a person, with a reason of the closed list."""

    reason = "internal-error"

    def __init__(self, message: str, *, reason: str | None = None) -> None:
        super().__init__(message)
        if reason is not None:
            self.reason = reason


class MissingMappingError(HoldRecordError):
    reason = "missing-mapping"


class InvalidSourceError(HoldRecordError):
    """The source's document cannot be read or does not add up; `field` is the exact path."""

    reason = "invalid-source"

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field

    @property
    def told(self) -> str:
        """What is wrong, for people."""
        return unreadable(str(self), self.field)


class RejectedError(HoldRecordError):
    """The target refused in its own words, kept word for word in `refusals`."""

    reason = "rejected-by-target"

    def __init__(self, message: str, *, refusals: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.refusals = refusals


class GoneError(CounterfoilError):
    """The system no longer shows this document; that alone is not a withdrawal (A37)."""


class OutcomeUnknownError(CounterfoilError):
    """A write left and no answer told what became of it: in doubt until looked up (E2)."""


class UnreadableAnswerError(RetryLaterError):
    """An answer to a read that is not what the documentation says: HTML, cut short, broken JSON."""


class FilterIgnoredError(CounterfoilError):
    """The source ignored a filter or its paging does not end: the feed stops and somebody is told."""


class ConfigurationError(CounterfoilError):
    """The pair stops until an administrator mends a setting."""


class ProgrammingError(CounterfoilError):
    """The system says our call is malformed (405, wrong query): a developer acts next."""


def unreadable(reason: str, field: str) -> str:
    """Why a document cannot be read, with the field where the reason does not name it."""
    return reason if not field or field in reason else f"{reason} (field {field})"
