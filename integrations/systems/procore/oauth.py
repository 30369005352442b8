"""Procore's access token: id and secret of a service account against a token of 90 minutes (August 2026).

One pair serves every company in which the application is installed; header and key name the company. A company's key
is its number, in another environment than production with that environment's word before it: the monthly sandbox is a
copy of production under the same numbers.
"""

import json
import re
from collections.abc import Mapping
from typing import Any
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
from integrations.http import Answer, Http, Wiring
from integrations.systems.opening import door
from integrations.systems.procore.system import ENVIRONMENTS, PROCORE
from integrations.systems.reading import Model, Whole, Words, read
from integrations.systems.refusals import body_of, retry_after
from integrations.systems.tokens import App, TokenAnswer

TOKEN = "/oauth/token"  # noqa: S105  (an address)
REVOKE = "/oauth/revoke"
NUMBER = re.compile(r"[1-9]\d{0,18}")
IN_ADDRESS = re.compile(r"(?:compan(?:y|ies)/|company_id=)(\d+)")
OUR_MISTAKE = frozenset({"unsupported_grant_type", "invalid_request", "invalid_scope"})


class _Token(Model):
    access_token: Words
    expires_in: Whole


def domain_of(typed: str) -> str:
    """ "7656", "monthly-sandbox/7656" or the address of a page of the company -> its key."""
    text = typed.strip()
    environment, _, rest = text.rpartition("/")
    in_address = IN_ADDRESS.search(text)
    if environment not in ("", *ENVIRONMENTS):
        environment, rest = "", in_address[1] if in_address else ""
    if not NUMBER.fullmatch(rest):
        raise ConfigurationError("That is no company id. It is the number in the address of Procore's company pages.")
    return f"{environment}/{rest}" if environment else rest


def place_of(key: str) -> tuple[str, str]:
    """(environment, company id) of a key; the environment is "" for production."""
    environment, _, company = domain_of(key).rpartition("/")
    return environment, company


def fetch_token(
    domain: str, app: App, *, urls: Mapping[str, str] | None = None, wiring: Wiring | None = None
) -> TokenAnswer:
    """A new token; older ones live on. ReconnectError: the keys are refused. RetryLaterError: nothing can be said."""
    wanted = {"grant_type": "client_credentials", "client_id": app.client_id, "client_secret": app.client_secret}
    http = _login(domain, "application/json", urls, wiring)
    try:
        return _read(http.write("POST", TOKEN, body=json.dumps(wanted).encode()))
    except OutcomeUnknownError:
        raise RetryLaterError("Procore did not answer the request for a token.") from None
    finally:
        http.close()


def revoke_token(domain: str, app: App, token: str, *, urls: Mapping[str, str] | None = None) -> None:
    """End a token; Procore says yes to an unknown one, too. RetryLaterError when that is not known to have happened."""
    form = {"token": token, "client_id": app.client_id, "client_secret": app.client_secret}
    http = _login(domain, "application/x-www-form-urlencoded", urls, None)
    try:
        http.write("POST", REVOKE, body=urlencode(form).encode())
    except OutcomeUnknownError:
        raise RetryLaterError("Procore did not answer when it was told to end the access.") from None
    finally:
        http.close()


def _login(domain: str, media_type: str, urls: Mapping[str, str] | None, wiring: Wiring | None) -> Http:
    environment, _ = place_of(domain)
    headers = {"Content-Type": media_type, "Accept": "application/json", "User-Agent": "Counterfoil"}
    return door(
        PROCORE, "login", overrides=urls or {}, headers=headers, judge=_judge, wiring=wiring or Wiring(),
        environment=environment,
    )  # fmt: skip


def _judge(answer: Answer) -> None:
    if answer.ok:
        return
    if answer.status == 429:
        raise ThrottledError("Procore asks for a pause.", window="minute", seconds=retry_after(answer.headers) or 30)
    body: Any = body_of(answer)
    if isinstance(body, dict) and body.get("error") in OUR_MISTAKE:
        raise ProgrammingError(f"The token was asked for wrongly: {body['error']}.")
    if 400 <= answer.status < 500:
        raise ReconnectError("Procore refused the client id or the client secret.").because("keys-refused")


def _read(answer: Answer) -> TokenAnswer:
    try:
        token = read(_Token, answer.json(), "The token")
    except InvalidSourceError as error:
        raise UnreadableAnswerError(str(error)) from None
    return TokenAnswer(token.access_token, token.expires_in)
