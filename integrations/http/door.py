"""One system's door: reads may be asked again once with a fresh token, a write leaves at most once."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlencode

from integrations.errors import (
    ConfigurationError,
    CounterfoilError,
    NotSentError,
    OutcomeUnknownError,
    ProgrammingError,
    ReconnectError,
    ThrottledError,
    TokenExpiredError,
)
from integrations.http.addresses import checked_base, checked_path, path_below, same_origin
from integrations.http.answer import Answer
from integrations.http.wire import Ask, Wire
from integrations.http.wires import Exchange, Wiring

# Request Timeout: the server gave up on the rest of a request; whether it acted on it is not told.
IN_DOUBT = frozenset({408})

Judge = Callable[[Answer], None]
Headers = Callable[[], Mapping[str, str]]


class Redirected(Exception):  # noqa: N818  (never leaves this module)
    """A read is to be asked at another address of the same origin."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url


class Http:
    """The door to one company at one system. Not shared between threads.

    `headers` are added to every call; `judge` raises for every answer that is not what was asked for. No
    exception that leaves here carries an address, a query, a header or a body.
    """

    def __init__(
        self,
        base_url: str,
        *,
        label: str,
        allowed_hosts: Sequence[str],
        headers: Headers,
        judge: Judge,
        wiring: Wiring,
        deadline_seconds: float = 30.0,
        correlation_headers: Sequence[str] = (),
        plain_loopback: bool = False,
    ) -> None:
        self._label, self._judge, self._wiring = label, judge, wiring
        self._base = checked_base(base_url, allowed_hosts, plain_loopback=plain_loopback)
        self._headers = headers
        self._correlation_headers = correlation_headers
        self._wire = Wire(label, wiring.deadline_seconds or deadline_seconds)
        self._last_refused = ""

    def close(self) -> None:
        self._wire.close()

    def path_of(self, link: str) -> str | None:
        """The path to ask for here, where an absolute or relative link leads to; None when it leads elsewhere."""
        return path_below(link, self._base)

    def read(
        self,
        path: str,
        *,
        params: Mapping[str, str | list[str]] | None = None,
        headers: Mapping[str, str] | None = None,
        template: str | None = None,
    ) -> Answer:
        """GET. Repeated once after a 401 to an expired token; never for anything else (E27).

        `template` is the path without ids, as logs and messages may show it.
        """
        address = f"{path}?{urlencode(params, doseq=True)}" if params else path
        ask = Ask("GET", self._base.url + checked_path(address), template or path, headers or {})
        try:
            return self._read(ask)
        except Redirected as elsewhere:
            ask = replace(ask, url=elsewhere.url)
        try:
            return self._read(ask)
        except Redirected:
            raise ConfigurationError(f"{self._label} sends a call on and on.").because("sent-elsewhere") from None

    def write(
        self,
        method: str,
        path: str,
        *,
        body: bytes,
        headers: Mapping[str, str] | None = None,
        template: str | None = None,
        sent_by: float | None = None,
    ) -> Answer:
        """Send once. `sent_by` is a time.monotonic() moment, asked last, right before the bytes leave (E3).

        NotSentError and ThrottledError: it provably did not take effect. OutcomeUnknownError: it left and no
        answer told. Redirects are never followed: they are ProgrammingError.
        """
        length = {"Content-Length": str(len(body))}
        url = self._base.url + checked_path(path)
        template = template or path.partition("?")[0]
        ask = Ask(method, url, template, {**(headers or {}), **length}, body, is_write=True, sent_by=sent_by)
        token = self._wiring.tokens.access_token()
        try:
            return self._call(ask, token)
        except TokenExpiredError:
            already = self._last_refused not in ("", token)
            self._refused(token)
        if already:
            raise self._shut_out()
        late = NotSentError(f"{template}: the access token was refused, so the write was not read.")
        late.about = self._label
        raise late

    def _read(self, ask: Ask) -> Answer:
        token = self._wiring.tokens.access_token()
        try:
            return self._call(ask, token)
        except TokenExpiredError:
            self._refused(token)
        token = self._wiring.tokens.access_token()
        try:
            return self._call(ask, token)
        except TokenExpiredError:
            self._refused(token)
        raise self._shut_out()

    def _refused(self, token: str) -> None:
        self._wiring.tokens.refused(token)
        self._last_refused = token

    def _shut_out(self) -> ReconnectError:
        error = ReconnectError(f"{self._label} refused the access, also with a fresh token.").because("shut-out")
        error.about = self._label
        return error

    def _call(self, ask: Ask, token: str) -> Answer:
        """One call, noted, its slot of the pace given back whatever happens."""
        self._wiring.heart.beat()
        self._wiring.pace.take(ask.is_write)
        credentials = {"Authorization": f"Bearer {token}"} if token else {}
        ask = replace(ask, headers={**self._headers(), **ask.headers, **credentials})
        started, clock = datetime.now(UTC), time.monotonic()
        answer, error_name, pause = None, "", None
        try:
            answer = self._wire.exchange(ask)
            pause = self._wiring.pace.learn(answer.headers, answer.status)
            self._check(answer)
        except CounterfoilError as raised:
            if isinstance(raised, ThrottledError):
                raised.seconds = raised.seconds or pause
            error_name, raised.about = type(raised).__name__, raised.about or self._label
            raise
        finally:
            self._wiring.pace.give_back()
            ms = round((time.monotonic() - clock) * 1000)
            self._wiring.log.note(self._noted(ask, answer, started, ms, error_name))
        self._last_refused = ""
        return answer

    def _check(self, answer: Answer) -> None:
        if answer.is_write and (answer.status >= 500 or answer.status in IN_DOUBT):
            raise OutcomeUnknownError(f"{answer.url_template} answered {answer.status} to a write.")
        if 300 <= answer.status < 400:
            self._sent_elsewhere(answer)
        self._judge(answer)
        if not answer.ok:
            raise ProgrammingError(f"{answer.url_template} answered {answer.status}, which has no meaning here.")

    def _sent_elsewhere(self, answer: Answer) -> None:
        if answer.is_write:
            sentence = f"{answer.url_template} sent a write elsewhere; it was not followed."
            raise ProgrammingError(sentence).because("sent-elsewhere")
        url = same_origin(answer.headers.get("Location", ""), self._base)
        if url is None:
            sentence = f"{self._label} sends a call to another host, which is not followed."
            raise ConfigurationError(sentence).because("sent-elsewhere")
        raise Redirected(url)

    def _noted(self, ask: Ask, answer: Answer | None, started: datetime, ms: int, error_name: str) -> Exchange:
        return Exchange(
            self._label,
            ask.method,
            ask.template,
            answer.status if answer else None,
            started,
            ms,
            self._correlation(answer),
            error_name,
        )

    def _correlation(self, answer: Answer | None) -> str:
        """The system's own number for this call, which its support asks for; cleaned."""
        headers = answer.headers if answer else {}
        found = next((headers[name] for name in self._correlation_headers if name in headers), "")
        return "".join(sign for sign in found[:64] if sign.isascii() and (sign.isalnum() or sign in "-_."))
