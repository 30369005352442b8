"""The authorisation-code grant at the wire, for every system that has one: its facts say where and with what.

Plain values in, plain values out; who may start it, state and storage are not its business.
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from urllib.parse import urlencode

from integrations.errors import (
    ConfigurationError,
    InvalidSourceError,
    OutcomeUnknownError,
    ProgrammingError,
    ReconnectError,
    RetryLaterError,
    ThrottledError,
    UnreadableAnswerError,
)
from integrations.http import Answer, Wiring
from integrations.systems.facts import AuthorizationCode, System, load
from integrations.systems.opening import door
from integrations.systems.reading import Model, Whole, Words, read
from integrations.systems.refusals import body_of, retry_after
from integrations.systems.tokens import App, TokenAnswer

Urls = Mapping[str, str] | None
OUR_MISTAKE = frozenset({"unsupported_grant_type", "invalid_request", "invalid_scope"})


class _Token(Model):
    access_token: Words
    expires_in: Whole
    refresh_token: Words = ""
    scope: Words = ""


def new_verifier() -> tuple[str, str]:
    """(verifier to keep until the sign-in comes back, S256 challenge to send) for PKCE."""
    verifier = secrets.token_urlsafe(64)
    digest = hashlib.sha256(verifier.encode()).digest()
    return verifier, base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def authorize_url(
    system: System, app: App, *, redirect_uri: str, scope: str, state: str, challenge: str = "", urls: Urls = None
) -> str:
    """Where the browser is sent to; `redirect_uri` must be registered with the system letter by letter."""
    facts = _facts(system)
    asked = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": redirect_uri,
        "scope": scope,
        "state": state,
    }
    if facts.pkce and challenge:
        asked |= {"code_challenge": challenge, "code_challenge_method": "S256"}
    return f"{system.url('login', urls)}{facts.authorize_path}?{urlencode(asked)}"


def exchange(
    system: System, app: App, *, code: str, redirect_uri: str, verifier: str = "", urls: Urls = None,
    wiring: Wiring | None = None,
) -> TokenAnswer:  # fmt: skip
    """A code, used once and within minutes, against tokens. ReconnectError: it was used or is too old."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    if verifier:
        form["code_verifier"] = verifier
    return _ask_for_tokens(system, app, form, urls, wiring)


def refresh(
    system: System, app: App, refresh_token: str, *, urls: Urls = None, wiring: Wiring | None = None
) -> TokenAnswer:
    """New tokens; both must be saved before either is used. One worker at a time (E22).

    RetryLaterError: nothing is known, keep the old refresh token; if the answer was lost it may be used again
    for the facts' `grace`. ReconnectError: it is dead, a person must sign in again.
    """
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return _ask_for_tokens(system, app, form, urls, wiring)


def revoke(system: System, app: App, refresh_token: str, *, urls: Urls = None, wiring: Wiring | None = None) -> None:
    """End every connection of this sign-in. RetryLaterError when that is not known to have happened."""
    _post(system, app, _facts(system).revoke_path, {"token": refresh_token}, urls, wiring)


def _ask_for_tokens(
    system: System, app: App, form: Mapping[str, str], urls: Urls, wiring: Wiring | None
) -> TokenAnswer:
    facts = _facts(system)
    answer = _post(system, app, facts.token_path, form, urls, wiring)
    try:
        token = read(_Token, answer.json(), f"The token of {system.label}")
    except (InvalidSourceError, OutcomeUnknownError) as error:
        raise UnreadableAnswerError(str(error)) from None
    if not token.refresh_token:
        raise ConfigurationError(f"{system.label} granted no lasting access (offline_access).")
    subject, event_id = load(f"{facts.companies}.signed_in")(token.access_token)
    return TokenAnswer(token.access_token, token.expires_in, token.refresh_token, token.scope, subject, event_id)


def _post(system: System, app: App, path: str, form: Mapping[str, str], urls: Urls, wiring: Wiring | None) -> Answer:
    credentials = base64.b64encode(f"{app.client_id}:{app.client_secret}".encode()).decode()
    headers = {
        "Accept": "application/json",
        "Authorization": f"Basic {credentials}",
        "Content-Type": "application/x-www-form-urlencoded",
        "User-Agent": "Counterfoil",
    }
    http = door(system, "identity", overrides=urls or {}, headers=headers, judge=_judge, wiring=wiring or Wiring())
    try:
        return http.write("POST", path, body=urlencode(form).encode())
    except OutcomeUnknownError:
        raise RetryLaterError(f"{system.label} did not answer the request for a token.") from None
    finally:
        http.close()


def _judge(answer: Answer) -> None:
    """RFC 6749, 5.2: only invalid_grant means that a person must sign in again."""
    if answer.ok:
        return
    if answer.status == 429:
        raise ThrottledError("The sign-in asks for a pause.", window="minute", seconds=retry_after(answer.headers))
    body = body_of(answer)
    error = body.get("error") if isinstance(body, dict) else None
    if error == "invalid_grant":
        raise ReconnectError("The sign-in has ended: connect again.").because("signed-out")
    if error in OUR_MISTAKE:
        raise ProgrammingError(f"The sign-in was asked for wrongly: {error}.")
    if answer.status < 500:
        raise ConfigurationError("The client id or the client secret of the application is refused.")


def _facts(system: System) -> AuthorizationCode:
    if not isinstance(system.auth, AuthorizationCode):
        raise ProgrammingError(f"{system.label} is not signed in to through its pages.")
    return system.auth
