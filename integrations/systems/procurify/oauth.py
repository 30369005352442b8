"""Procurify's access token: an id and a secret of one domain against a token of 24 hours (October 2026)."""

import json
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from integrations.errors import (
    ConfigurationError,
    InvalidSourceError,
    OutcomeUnknownError,
    ReconnectError,
    RetryLaterError,
    ThrottledError,
    UnreadableAnswerError,
)
from integrations.http import Answer, Wiring
from integrations.systems.opening import door
from integrations.systems.procurify.system import PROCURIFY
from integrations.systems.reading import Model, Whole, Words, read
from integrations.systems.refusals import retry_after
from integrations.systems.tokens import App, TokenAnswer

TOKEN = "/oauth/token"  # noqa: S105  (an address)
# A literal, not the tenant's host, with its slash.
AUDIENCE = "https://api.procurify.com/"
LABEL = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
DOMAIN_SCOPE = re.compile(r"urn:procurify-api:domain:([a-z0-9][a-z0-9-]{0,62})")


class _Token(Model):
    access_token: Words
    expires_in: Whole = 86_400
    scope: Words | None = None


def domain_of(typed: str) -> str:
    """ "acme", "acme.procurify.com" or the whole address -> "acme"; ConfigurationError for anything else."""
    text = typed.strip().lower()
    host = urlsplit(text if "//" in text else f"//{text}").hostname or ""
    label = host.removesuffix(".procurify.com")
    if not LABEL.fullmatch(label):
        raise ConfigurationError("That is no Procurify domain. Write the first part of the address you sign in at.")
    return label


def fetch_token(
    domain: str, app: App, *, urls: Mapping[str, str] | None = None, wiring: Wiring | None = None
) -> TokenAnswer:
    """A new token; the old one need not live on. Only one worker at a time may ask for it.

    ReconnectError: the keys are refused. ConfigurationError: no such domain, or keys of another one.
    RetryLaterError: nothing can be said, keep what there is.
    """
    domain = domain_of(domain)
    http = door(
        PROCURIFY, "api", overrides=urls or {}, headers={"Content-Type": "application/json"},
        judge=_judge, wiring=wiring or Wiring(), domain=domain,
    )  # fmt: skip
    wanted = {
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "audience": AUDIENCE,
        "grant_type": "client_credentials",
    }
    try:
        return _read(http.write("POST", TOKEN, body=json.dumps(wanted).encode()), domain)
    except OutcomeUnknownError:
        raise RetryLaterError("Procurify did not answer the request for a token.") from None
    finally:
        http.close()


def _judge(answer: Answer) -> None:
    if answer.status == 429:
        raise ThrottledError("Procurify asks for a pause.", window="minute", seconds=retry_after(answer.headers))
    if answer.status == 404:
        raise ConfigurationError("Procurify knows no such domain.")
    if 400 <= answer.status < 500:
        raise ReconnectError("Procurify refused the client id or the client secret.").because("keys-refused")


def _read(answer: Answer, domain: str) -> TokenAnswer:
    try:
        token = read(_Token, answer.json(), "The token")
    except InvalidSourceError as error:
        raise UnreadableAnswerError(str(error)) from None
    scope = token.scope or ""
    said = DOMAIN_SCOPE.search(scope)
    if said and said[1] != domain:
        raise ConfigurationError(f"These are the keys of {said[1]}, not of {domain}.")
    warnings = () if said else ("Procurify did not say which domain the keys belong to.",)
    return TokenAnswer(token.access_token, token.expires_in, scopes=scope, warnings=warnings)
