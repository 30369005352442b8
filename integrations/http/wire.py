"""Bytes out and in, and what a failure on the way means: not sent, in doubt, or ask again later."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from requests import PreparedRequest, RequestException
from requests.exceptions import SSLError
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPResponse
from urllib3.exceptions import HTTPError

from integrations.errors import (
    ConfigurationError,
    CounterfoilError,
    NotSentError,
    OutcomeUnknownError,
    RequestTooLargeError,
    RetryLaterError,
    UnreadableAnswerError,
)
from integrations.http.answer import Answer
from integrations.http.connection import Adapter, Call, TooLate, under_way

BODY_LIMIT = 20_000_000
CONNECT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Ask:
    """One call as it will go out; `url` and `headers` are never printed."""

    method: str
    url: str = field(repr=False)
    template: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(default=None, repr=False)
    is_write: bool = False
    sent_by: float | None = None


class Wire:
    """Kept-alive connections to one system. `label` is how failures name it."""

    def __init__(self, label: str, deadline_seconds: float) -> None:
        self._label, self._deadline_seconds = label, deadline_seconds
        self._adapter = Adapter(pool_connections=2, pool_maxsize=2)

    def close(self) -> None:
        self._adapter.close()

    def exchange(self, ask: Ask) -> Answer:
        """Send and read whole. What is raised has no error behind it, since those hold addresses."""
        call = Call(time.monotonic() + self._deadline_seconds, ask.is_write, ask.sent_by)
        try:
            with under_way(call):
                return self._sent(ask, call)
        except TooLate:
            error: CounterfoilError = NotSentError(f"{ask.template} was not sent: its time had passed.")
        except (RequestException, HTTPError, OSError) as failure:
            error = self._meaning(ask, call, failure)
        except ValueError:
            # http.client quotes a header that it refuses, and the header may be the token.
            error = ConfigurationError(f"{self._label}: a header of this call holds characters that none may hold.")
        raise error

    def _sent(self, ask: Ask, call: Call) -> Answer:
        request = PreparedRequest()
        request.method, request.url, request.body = ask.method, ask.url, ask.body
        request.headers = CaseInsensitiveDict(ask.headers)
        timeout = (min(CONNECT_SECONDS, call.time_left()), call.time_left())
        raw: HTTPResponse = self._adapter.send(request, stream=True, timeout=timeout).raw
        whole = False
        try:
            call.answered = True
            body = raw.read(BODY_LIMIT + 1, decode_content=True)
            whole = len(body) <= BODY_LIMIT
        finally:
            if not whole:
                raw.close()
        if not whole:
            raise HTTPError("too long")
        raw.release_conn()
        return Answer(raw.status, raw.headers, body, ask.template, ask.is_write)

    def _meaning(self, ask: Ask, call: Call, failure: Exception) -> CounterfoilError:
        if not call.left:
            why = "its certificate could not be verified" if isinstance(failure, SSLError) else "it was not reached"
            late = NotSentError if ask.is_write else RetryLaterError
            return late(f"{self._label} could not be asked: {why}.")
        late_by = time.monotonic() - call.deadline
        if ask.is_write:
            return OutcomeUnknownError(f"{ask.template} was sent to {self._label} and no whole answer came.")
        if late_by >= 0:
            return RequestTooLargeError(f"{ask.template} took longer than {self._deadline_seconds:g} s.")
        if call.answered:
            return UnreadableAnswerError(f"The answer to {ask.template} was cut short or cannot be unpacked.")
        return RetryLaterError(f"{self._label} closed the connection without answering {ask.template}.")
