"""Signing in at a system that has pages for it: leave, come back, choose the company (design 8).

Everything that differs between systems is in their facts. The state is random, bound to the browser's session,
used once and good for ten minutes; the PKCE verifier never leaves the server.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from audit.trail import log
from integrations import connecting, digests
from integrations.engine import tokens as token_store
from integrations.errors import ConfigurationError, CounterfoilError
from integrations.explanations import sentence
from integrations.models import Connection, TokenSet
from integrations.pairs import PAIRS, pair
from integrations.systems import grants, system
from integrations.systems.facts import AuthorizationCode, load
from integrations.systems.tokens import Tenant, TokenAnswer

PENDING, CHOOSING = "sign_ins", "sign_in_choices"
GOOD_FOR = timedelta(minutes=10)
MOST_PENDING = 5

# RFC 6749, 4.1.2.1, as people should read it.
REFUSALS = {
    "access_denied": "{system} says that access was not granted. Nothing was changed.",
    "server_error": "{system} had a fault during the sign-in. Try again in a few minutes.",
    "temporarily_unavailable": "{system} cannot take a sign-in now. Try again in a few minutes.",
    "invalid_scope": "{system} does not let this application ask for what it needs. Check the application there.",
    "unauthorized_client": "{system} does not know this application. Check the client id and the redirect address.",
}


class SignInError(CounterfoilError):
    """The sign-in led nowhere; the message is for the person, `connection` is the one it was for, where known."""

    cause = "configuration"

    def __init__(self, message: str, connection: Connection | None = None) -> None:
        super().__init__(message)
        self.connection = connection


@dataclass(frozen=True, slots=True)
class Choice:
    """One company to choose from. `key` is a keyed digest, so that no page holds the company's id."""

    key: str
    name: str
    taken_by: str
    tenant: Tenant


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who came back from the sign-in, and whether the company must still be chosen."""

    connection: Connection
    must_choose: bool


def redirect_uri(system_slug: str) -> str:
    """What must be registered with the application, letter by letter."""
    return f"{settings.SITE_URL.rstrip('/')}{reverse('oauth_callback', args=[system_slug])}"


def start(request: HttpRequest, connection: Connection) -> str:
    """Remember the sign-in in the session and return the address to send the browser to."""
    facts, auth = system(connection.system), _auth(connection.system)
    app = connecting.app_of(connection)
    if not (app.client_id and app.client_secret):
        raise SignInError("Save the client id and the client secret of your application first.", connection)
    _forget_abandoned(connection.system)
    state = secrets.token_urlsafe(32)
    verifier, challenge = grants.new_verifier() if auth.pkce else ("", "")
    remembered = {
        "connection": connection.pk,
        "verifier": verifier,
        "until": (timezone.now() + GOOD_FOR).timestamp(),
    }
    pending = dict(list(request.session.get(PENDING, {}).items())[-(MOST_PENDING - 1) :])
    request.session[PENDING] = {**pending, _hashed(state): remembered}
    return grants.authorize_url(
        facts,
        app,
        redirect_uri=redirect_uri(connection.system),
        scope=scopes(connection),
        state=state,
        challenge=challenge,
        urls=connecting.urls(connection.system),
    )


def finish(request: HttpRequest, system_slug: str, by: User) -> Arrival:
    """Take what the system sent the browser back with. Raises SignInError with the reason in plain words."""
    remembered = _take(request, request.GET.get("state", ""))
    connection = Connection.objects.filter(pk=remembered["connection"], system=system_slug).first()
    if connection is None:
        raise SignInError("This sign-in was started for another connection. Start again from the connection's page.")
    try:
        return _arrive(request, connection, remembered["verifier"], by)
    except CounterfoilError as error:
        log("connection.not_connected", connecting.subject(connection), actor=by, details={"why": sentence(error)})
        raise SignInError(sentence(error), connection) from error


def choices(request: HttpRequest, connection: Connection) -> list[Choice]:
    """The companies that the sign-in just finished opened, read anew. SignInError when there was none."""
    return _choices(connection, _chosen_from(request, connection))


def choose(request: HttpRequest, connection: Connection, key: str, by: User) -> None:
    """Join the connection to the company whose digest this is."""
    tokens = _chosen_from(request, connection)
    found = next((choice for choice in _choices(connection, tokens) if choice.key == key), None)
    if found is None:
        raise SignInError("Choose one of the companies in the list.", connection)
    try:
        connecting.connect_tenant(connection, tokens, found.tenant, by)
    except CounterfoilError as error:
        raise SignInError(sentence(error), connection) from error
    request.session[CHOOSING] = _without(request.session.get(CHOOSING, {}), str(connection.pk))


def scopes(connection: Connection) -> str:
    """The union of what the roles of this connection ask for (E8); before it has one, of what its system can be."""
    auth = _auth(connection.system)
    roles = {
        role
        for role, integrations in (("source", connection.integrations_from), ("target", connection.integrations_to))
        if integrations.exists()
    }
    roles = roles or {
        role
        for found in map(pair, PAIRS)
        for role, slug in (("source", found.source), ("target", found.target))
        if slug == connection.system
    }
    return _union(auth.scopes[role] for role in sorted(roles, reverse=True))


def _arrive(request: HttpRequest, connection: Connection, verifier: str, by: User) -> Arrival:
    facts = system(connection.system)
    if error := request.GET.get("error", ""):
        raise SignInError(REFUSALS.get(error, REFUSALS["access_denied"]).format(system=facts.label))
    code = request.GET.get("code", "")
    if not code:
        raise SignInError(f"{facts.label} sent you back without an answer. Start again.")
    answer = grants.exchange(
        facts,
        connecting.app_of(connection),
        code=code,
        redirect_uri=redirect_uri(connection.system),
        verifier=verifier,
        urls=connecting.urls(connection.system),
    )
    # Stored even if the company turns out to be wrong: for the same user's other companies it replaces the old one.
    tokens = token_store.store(connection.system, answer, subject=_subject(connection, answer))
    try:
        return _settle(request, connection, tokens, answer, by)
    except CounterfoilError:
        _forget_unused(tokens)
        raise


def _settle(request: HttpRequest, connection: Connection, tokens: TokenSet, answer: TokenAnswer, by: User) -> Arrival:
    """Join at once where only one company can be meant, ask otherwise."""
    everything = _tenants(connection, answer.access_token)
    just_chosen = _tenants(connection, answer.access_token, answer.event_id) if answer.event_id else []
    candidates = just_chosen or everything
    if not candidates:
        raise SignInError("You signed in, but chose no company. Start again and choose one.")
    if connection.tenant_digest:
        candidates = [each for each in candidates if connecting.is_its_own(connection, each)] or candidates[:1]
    if len(candidates) == 1:
        connecting.connect_tenant(connection, tokens, candidates[0], by)
        return Arrival(connection, must_choose=False)
    request.session[CHOOSING] = {**request.session.get(CHOOSING, {}), str(connection.pk): tokens.pk}
    return Arrival(connection, must_choose=True)


def _choices(connection: Connection, tokens: TokenSet) -> list[Choice]:
    found = []
    for tenant in _tenants(connection, tokens.access_token):
        other = connecting.taken_by(connection, tenant)
        key = digests.tenant_digest(connection.system, tenant.tenant_id)
        found.append(Choice(key, tenant.name, str(other or ""), tenant))
    return found


def _chosen_from(request: HttpRequest, connection: Connection) -> TokenSet:
    pk = request.session.get(CHOOSING, {}).get(str(connection.pk))
    tokens = TokenSet.objects.filter(pk=pk, system=connection.system).first()
    if tokens is None:
        raise SignInError("There is nothing to choose from any more. Start the sign-in again.", connection)
    return tokens


def _tenants(connection: Connection, access_token: str, event_id: str = "") -> list[Tenant]:
    list_tenants = load(f"{_auth(connection.system).companies}.tenants")
    found: list[Tenant] = list_tenants(access_token, event_id=event_id, urls=connecting.urls(connection.system))
    return found


def _take(request: HttpRequest, state: str) -> dict[str, Any]:
    """The sign-in that this state was made for; whatever comes of it, the state is used up."""
    pending = request.session.get(PENDING, {})
    given = _hashed(state)
    matching = [known for known in pending if secrets.compare_digest(known, given)]
    if not state or not matching:
        raise SignInError(
            "This sign-in was not started in this browser, or it was used already. Start it again from the "
            "connection's page."
        )
    remembered: dict[str, Any] = pending[matching[0]]
    request.session[PENDING] = _without(pending, matching[0])
    request.session.save()  # before anything is asked, so that a second arrival finds it gone
    if timezone.now().timestamp() > remembered["until"]:
        raise SignInError("The sign-in took longer than ten minutes. Start it again from the connection's page.")
    return remembered


def _subject(connection: Connection, answer: TokenAnswer) -> str:
    """One token set per application and user; a system that does not name the user gets one per connection."""
    return f"{connection.client_id}\x1f{answer.subject or f'connection {connection.pk}'}"


def _forget_abandoned(system_slug: str) -> None:
    """Tokens of people who signed in and never chose a company."""
    idle = timezone.now() - timedelta(hours=1)
    TokenSet.objects.filter(system=system_slug, connections=None, refreshed_at__lt=idle).delete()


def _forget_unused(tokens: TokenSet) -> None:
    if not tokens.connections.exists():
        tokens.delete()


def _auth(system_slug: str) -> AuthorizationCode:
    facts = system(system_slug)
    if not isinstance(facts.auth, AuthorizationCode):
        raise ConfigurationError(f"{facts.label} is connected by its keys, without a sign-in page.")
    return facts.auth


def _union(texts: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(scope for text in texts for scope in text.split()))


def _hashed(state: str) -> str:
    return sha256(state.encode()).hexdigest()


def _without(items: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in items.items() if name != key}
