"""Joining a connection to its company and parting them again, whichever way its system lets us in.

Raises CounterfoilError with a sentence for the person in front of the page; nothing is half-connected then.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.trail import Subject, log
from integrations import digests
from integrations.documents import CompanyFacts
from integrations.engine import clients, lists
from integrations.engine.tokens import StoredTokens
from integrations.errors import ConfigurationError, CounterfoilError, ReconnectError
from integrations.http import JustGranted, Wiring
from integrations.models import Connection, Health, TokenSet
from integrations.systems import grants, system
from integrations.systems.facts import Account, AuthorizationCode, ClientCredentials, load
from integrations.systems.protocols import TargetBooks
from integrations.systems.tokens import App, Tenant, TokenAnswer
from mappings.models import Books

TYPED = ("label", "domain", "client_id", "client_secret")
JOINED = (
    "books", "token_set", "tenant_id", "tenant_digest", "tenant_connection_id", "company_name", "health",
    "health_until", "last_error", "last_cause", "last_error_at", "suspended_at", "refused_since", "warnings",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Checked:
    """Credentials that the system has just taken: the token it gave and whose company it opened."""

    domain: str
    app: App
    answer: TokenAnswer
    company: CompanyFacts

    @property
    def tenant(self) -> Tenant:
        return Tenant(self.company.key, self.company.name)

    @property
    def warnings(self) -> list[str]:
        return [*self.answer.warnings, *self.company.warnings]


def subject(connection: Connection) -> Subject:
    return Subject("connection", connection.pk, connection.label)


def urls(system_slug: str) -> dict[str, str]:
    """The operator's addresses for a system's parts, empty for the real ones."""
    found: dict[str, str] = settings.SYSTEM_HOSTS.get(system_slug, {})
    return found


def app_of(connection: Connection) -> App:
    return App(connection.client_id, connection.client_secret)


def check_credentials(system_slug: str, typed_domain: str, app: App) -> Checked:
    """Fetch a token and ask who we are: two calls, nothing is saved. Only for systems without a sign-in page."""
    facts = system(system_slug)
    if not isinstance(facts.auth, ClientCredentials):
        raise ConfigurationError(f"{facts.label} is connected on its own pages.")
    domain = load(f"{facts.auth.fetch.rpartition('.')[0]}.domain_of")(typed_domain)
    answer: TokenAnswer = load(facts.auth.fetch)(domain, app, urls=urls(system_slug))
    client = facts.load_client().open(
        Account(domain, urls(system_slug)), Wiring(tokens=JustGranted(answer.access_token))
    )
    try:
        return Checked(domain, app, answer, client.probe())
    finally:
        client.close()


def connect_checked(connection: Connection, checked: Checked, by: User) -> None:
    """Save a connection, new or known, with credentials that were just checked. `learn` comes after the commit."""
    with transaction.atomic():
        auth = system(connection.system).auth
        connection.domain = checked.domain if isinstance(auth, ClientCredentials) and auth.shown else ""
        connection.client_id, connection.client_secret = checked.app.client_id, checked.app.client_secret
        _save(connection, *TYPED)
        own = digests.connection_digest(connection.system, connection.pk)
        tokens, _ = TokenSet.objects.select_for_update().get_or_create(system=connection.system, subject_digest=own)
        fill(tokens, checked.answer)
        _join(connection, tokens, checked.tenant, by, warnings=checked.warnings)


def keep_app(connection: Connection, app: App) -> None:
    """Save the credentials of an application; tokens of another application are of no use any more."""
    another = connection.pk is not None and Connection.objects.get(pk=connection.pk).client_id != app.client_id
    with transaction.atomic():
        connection.client_id, connection.client_secret = app.client_id, app.client_secret
        if another and connection.token_set is not None:
            old, connection.token_set = connection.token_set, None
            connection.health = Health.RECONNECT
            _save(connection, *TYPED, "token_set", "health")
            _forget_unused(old)
        else:
            _save(connection, *TYPED)


def connect_tenant(connection: Connection, tokens: TokenSet, tenant: Tenant, by: User) -> None:
    """Join a connection to the company that a sign-in opened; another company than before is refused."""
    with transaction.atomic():
        connection.refresh_from_db()  # a sign-in takes minutes, and others may have edited it meanwhile
        _join(connection, tokens, tenant, by, warnings=[])
    learn(connection)


def fill(tokens: TokenSet, answer: TokenAnswer) -> None:
    """Put new tokens in the place of old ones; a renewal under way for those finds another generation (E22)."""
    now = timezone.now()
    tokens.access_token = answer.access_token
    tokens.refresh_token = answer.refresh_token
    tokens.access_expires_at = now + timedelta(seconds=answer.expires_in)
    tokens.refreshed_at, tokens.scopes = now, answer.scopes
    tokens.generation += 1
    tokens.lease_token, tokens.lease_until = "", None
    tokens.save()


def taken_by(connection: Connection, tenant: Tenant) -> Connection | None:
    """The other connection that is joined to this company already."""
    digest = digests.tenant_digest(connection.system, tenant.tenant_id)
    others = Connection.objects.filter(system=connection.system, tenant_digest=digest)
    return others.exclude(pk=connection.pk).first()


def is_its_own(connection: Connection, tenant: Tenant) -> bool:
    """Whether this is the company that the connection was made for; any is, before the first time."""
    digest = digests.tenant_digest(connection.system, tenant.tenant_id)
    return connection.tenant_digest in ("", digest)


def refusal(connection: Connection, tenant: Tenant) -> str:
    """Why this connection cannot be joined to this company, in a sentence; "" when it can."""
    if not is_its_own(connection, tenant):
        return (
            f"This connection belongs to {connection.company_name}, and you signed in to {tenant.name}. "
            f"Sign in to {connection.company_name}, or add another connection for {tenant.name}."
        )
    if other := taken_by(connection, tenant):
        return f"{tenant.name} is connected already, as “{other}”."
    return ""


def disconnect(connection: Connection, by: User) -> bool:
    """Leave the company there and forget the tokens here; the sign-in is revoked when its last company goes.

    What the connection was joined to stays on record, so that reconnecting to another company is refused. False
    when the system took our sign-in no longer, so that it may still list us. RetryLaterError: the system could
    not be asked, and nothing was changed here either.
    """
    facts = system(connection.system)
    told = True
    if isinstance(facts.auth, AuthorizationCode) and connection.token_set is not None:
        told = _leave(connection, facts.auth)
    elif isinstance(facts.auth, ClientCredentials) and facts.auth.revoke and connection.token_set is not None:
        told = _end_token(connection, facts.auth, connection.token_set)
    with transaction.atomic():
        connection.refresh_from_db()
        tokens, connection.token_set = connection.token_set, None
        connection.tenant_id = connection.tenant_connection_id = ""
        if isinstance(facts.auth, ClientCredentials):
            connection.client_secret = ""
        connection.health, connection.health_until, connection.suspended_at = Health.DISCONNECTED, None, None
        connection.warnings = []
        _save(connection, *JOINED, "client_secret")
        _forget_unused(tokens)
        log("connection.disconnected", subject(connection), actor=by, details={"company": connection.company_name})
    return told


def _leave(connection: Connection, auth: AuthorizationCode) -> bool:
    """Tell the system, in the order that still works when it is repeated after half of it."""
    addresses = urls(connection.system)
    try:
        token = StoredTokens(connection, probing=True).access_token()
        if connection.tenant_connection_id:
            load(f"{auth.companies}.disconnect")(token, connection.tenant_connection_id, urls=addresses)
        if not siblings(connection):
            tokens = TokenSet.objects.get(connections=connection)
            grants.revoke(system(connection.system), app_of(connection), tokens.refresh_token, urls=addresses)
    except (ReconnectError, ConfigurationError):
        return False
    return True


def _end_token(connection: Connection, auth: ClientCredentials, tokens: TokenSet) -> bool:
    try:
        app = app_of(connection)
        load(auth.revoke)(connection.tenant_id, app, tokens.access_token, urls=urls(connection.system))
    except (ReconnectError, ConfigurationError):
        return False
    return True


def _save(connection: Connection, *columns: str) -> None:
    """Of a connection that stands these alone: runs keep lock dates and how far they read in the same row."""
    connection.save(update_fields=None if connection.pk is None else columns)


def _forget_unused(tokens: TokenSet | None) -> None:
    if tokens is not None and not tokens.connections.exists():
        tokens.delete()


def siblings(connection: Connection) -> list[Connection]:
    """The other companies that the same sign-in opens."""
    if connection.token_set_id is None:
        return []
    return list(Connection.objects.filter(token_set=connection.token_set_id).exclude(pk=connection.pk))


def _join(connection: Connection, tokens: TokenSet, tenant: Tenant, by: User, *, warnings: list[str]) -> None:
    """In a transaction: the company's books, its encrypted id with the digest beside, the tokens, the entry."""
    if why := refusal(connection, tenant):
        raise ConfigurationError(why)
    digest = digests.tenant_digest(connection.system, tenant.tenant_id)
    books, _ = Books.objects.get_or_create(
        system=connection.system, key_digest=digest, defaults={"name": tenant.name, "label": connection.label}
    )
    old = connection.token_set
    connection.books, connection.token_set = books, tokens
    connection.tenant_id, connection.tenant_digest = tenant.tenant_id, digest
    connection.tenant_connection_id, connection.company_name = tenant.connection_id, tenant.name
    connection.health, connection.health_until = Health.CONNECTED, None
    connection.last_error, connection.last_cause, connection.warnings = "", "", warnings
    connection.last_error_at = connection.suspended_at = connection.refused_since = None
    try:
        with transaction.atomic():
            _save(connection, *JOINED)
    except IntegrityError:
        raise ConfigurationError(f"{tenant.name} has just been connected by somebody else.") from None
    if old != tokens:
        _forget_unused(old)
    log("connection.connected", subject(connection), actor=by, details={"company": tenant.name})


def learn(connection: Connection) -> None:
    """Read base currency, lock date and warnings; a connection stands without them until the next run reads them."""
    try:
        with clients.client(connection, urgent=True) as opened:
            company = opened.company()
    except CounterfoilError as error:
        clients.note_health(connection, error)
        return
    keep_company(connection, company)


def keep_company(connection: Connection, company: CompanyFacts) -> None:
    """Save what a company says of itself, as just read."""
    with transaction.atomic():
        values = {
            "company_name": company.name,
            "country": company.country,
            "locked_until": company.locked_until,
            "warnings": list(company.warnings),
        }
        Connection.objects.filter(pk=connection.pk).update(**values)
        if (books := connection.books) is not None:
            books.name, books.base_currency = company.name, company.base_currency or books.base_currency
            books.save(update_fields=["name", "base_currency"])
    clients.note_success(connection, permitted=not company.warnings)
    connection.refresh_from_db()


def read_lists(connection: Connection, by: User) -> None:
    """Read the reference lists now, and the contacts of a company that has them (E30). Not inside a transaction."""
    with clients.client(connection, urgent=True) as opened:
        lists.take_in(connection, opened)
        if hasattr(opened, "contacts_changed_since"):
            lists.take_in_contacts(connection, cast(TargetBooks, opened))
    log("connection.lists_read", subject(connection), actor=by)
