"""Access tokens from the database, renewed before they expire by exactly one worker at a time (E22).

Claim the lease, commit, ask the system, save where lease and generation still match, commit, and only then use the
new token. A worker that dies in between loses the lease after a minute; the next one asks with the old refresh
token, which the system takes for its grace period, and after that a person is asked to connect again.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from integrations.digests import connection_digest, subject_digest
from integrations.engine import leases, suspension, token_sources
from integrations.engine.health import note_health
from integrations.engine.pace import StoredPace
from integrations.errors import ConfigurationError, ReconnectError, RetryLaterError, SuspendedError, ThrottledError
from integrations.http import ExchangeLog, NoLog
from integrations.models import Connection, Health, TokenSet
from integrations.systems import system
from integrations.systems.facts import ApiKey, AuthorizationCode, ClientCredentials
from integrations.systems.tokens import TokenAnswer

LEASE_SECONDS = 60
LOOKS, LOOK_EVERY = 45, 0.1
ASK_AGAIN_AFTER = timedelta(seconds=30)
MARGIN = timedelta(minutes=5)
LEFT_ALONE = (Health.RECONNECT, Health.DISCONNECTED, Health.SUSPENDED)


@dataclass(frozen=True, slots=True)
class Held:
    """The tokens as one look at the database found them. `renew_at` is when they are to be replaced."""

    set_id: int
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    renew_at: datetime
    expires_at: datetime
    generation: int


class StoredTokens:
    """The tokens of one connection, as the door to the network wants them. One per client, not shared by threads."""

    def __init__(
        self,
        connection: Connection,
        *,
        log: ExchangeLog | None = None,
        sleep: Callable[[float], None] = time.sleep,
        probing: bool = False,
    ) -> None:
        self._probing = probing
        self._connection, self._log, self._sleep = connection, log or NoLog(), sleep
        auth = system(connection.system).auth
        if isinstance(auth, ApiKey):
            raise ConfigurationError(f"{connection} has a key, which is sent as it is and never renewed.")
        self._auth: AuthorizationCode | ClientCredentials = auth
        self._held: Held | None = None
        self._refused = ""
        self._not_before: datetime | None = None

    def access_token(self) -> str:
        """A token that is not due for renewal, or still good while its renewal fails or is under way elsewhere.

        Not inside a transaction. ReconnectError: nobody is signed in, or the system takes the sign-in no longer.
        RetryLaterError: nothing can be said now.
        """
        held = self._held
        if held is None or not self._is_fresh(held):
            held = self._load()
        if not self._is_fresh(held):
            held = self._renewed(held)
        self._held = held
        return held.access_token

    def refused(self, token: str) -> None:
        """The system answered 401: unless another worker has stored a newer token already, it is renewed."""
        self._refused, self._held, self._not_before = token, None, None

    def _is_fresh(self, held: Held) -> bool:
        now = timezone.now()
        waits = self._not_before is not None and now < self._not_before and self._is_good(held)
        return self._is_good(held) and (now < held.renew_at or waits)

    def _is_good(self, held: Held) -> bool:
        return held.access_token not in ("", self._refused) and timezone.now() < held.expires_at

    def _renewed(self, held: Held) -> Held:
        for _ in range(LOOKS):
            lease = leases.claim(TokenSet, held.set_id, LEASE_SECONDS)
            if lease is not None:
                return self._renewed_under(lease)
            if self._is_good(held):
                return held
            self._sleep(LOOK_EVERY)
            held = self._load()
            if self._is_fresh(held):
                return held
        raise leases.BusyError(f"The access to {self._connection} is being renewed by another worker.", seconds=15)

    def _renewed_under(self, lease: str) -> Held:
        held = self._load()
        try:
            if self._is_fresh(held):
                return held
            if not self._probing:
                suspension.refuse_when_suspended(self._connection)
            asked_at = timezone.now()
            answer = token_sources.ask(self._connection, held.refresh_token, self._log)
        except RetryLaterError as error:
            self._not_before = timezone.now() + ASK_AGAIN_AFTER
            if self._is_good(held):
                return held
            if isinstance(error, ThrottledError):
                error.seconds = StoredPace(self._connection).refused(error.seconds)
            raise
        except ReconnectError as error:
            return self._refused_for_good(held, error)
        else:
            return self._saved(lease, held, answer, asked_at)
        finally:
            leases.free(TokenSet, held.set_id, lease)

    def _saved(self, lease: str, held: Held, answer: TokenAnswer, asked_at: datetime) -> Held:
        values = _columns(answer, asked_at, held.refresh_token)
        with transaction.atomic(durable=True):
            saved = TokenSet.objects.filter(pk=held.set_id, lease_token=lease, generation=held.generation).update(
                generation=held.generation + 1, lease_token="", lease_until=None, **values
            )
        newest = self._load()
        if not saved and not self._is_fresh(newest):
            raise leases.BusyError(f"The access to {self._connection} was renewed by two workers at once.", seconds=5)
        return newest

    def _refused_for_good(self, held: Held, error: ReconnectError) -> Held:
        """Unless another worker renewed meanwhile: then it was only our refresh token that had grown old."""
        newest = self._load()
        if newest.generation != held.generation and self._is_fresh(newest):
            return newest
        means = suspension.keys_refused(self._connection) or error
        for connection in Connection.objects.filter(token_set=held.set_id).exclude(health=Health.DISCONNECTED):
            note_health(connection, means)
        raise means

    def _load(self) -> Held:
        row = TokenSet.objects.filter(connections=self._connection.pk).first() or self._own_set()
        now = timezone.now()
        expires_at, renewed_at = row.access_expires_at or now, row.refreshed_at or now
        margin = min(MARGIN, (expires_at - renewed_at) / 4)
        renew_at = min(renewed_at + self._auth.refresh_after, expires_at - margin)
        return Held(row.pk, row.access_token, row.refresh_token, renew_at, expires_at, row.generation)

    def _own_set(self) -> TokenSet:
        if isinstance(self._auth, AuthorizationCode):
            raise ReconnectError(f"{self._connection} is not connected: sign in to it first.")
        digest = connection_digest(self._connection.system, self._connection.pk)
        row, _ = TokenSet.objects.get_or_create(system=self._connection.system, subject_digest=digest)
        Connection.objects.filter(pk=self._connection.pk).update(token_set=row)
        return row


def store(system_slug: str, answer: TokenAnswer, *, subject: str) -> TokenSet:
    """Keep the tokens of a new consent, in the place of those that the same user's last consent brought.

    A renewal that is under way for the old ones finds another generation and is dropped.
    """
    digest, values = subject_digest(system_slug, subject), _columns(answer, timezone.now(), "")
    with transaction.atomic():
        row, made = TokenSet.objects.select_for_update().get_or_create(
            system=system_slug, subject_digest=digest, defaults=values
        )
        if not made:
            for name, value in values.items():
                setattr(row, name, value)
            row.generation, row.lease_token, row.lease_until = row.generation + 1, "", None
            row.save()
    return row


def renew_idle() -> None:
    """Renew sign-ins that nobody has used for half of the time that the system lets them lie."""
    for row in TokenSet.objects.all():
        auth = system(row.system).auth
        connection = row.connections.exclude(health__in=LEFT_ALONE).first()
        if connection is None or row.refreshed_at is None or not isinstance(auth, AuthorizationCode):
            continue
        if timezone.now() - row.refreshed_at >= auth.idle_limit / 2:
            _renew_quietly(connection)


def _renew_quietly(connection: Connection) -> None:
    """A failure is told by the connection's health; the other sign-ins go on."""
    try:
        StoredTokens(connection).access_token()
    except (ReconnectError, RetryLaterError, SuspendedError) as error:
        note_health(connection, error)


def _columns(answer: TokenAnswer, asked_at: datetime, old_refresh_token: str) -> dict[str, object]:
    return {
        "access_token": answer.access_token,
        "refresh_token": answer.refresh_token or old_refresh_token,
        "access_expires_at": asked_at + timedelta(seconds=answer.expires_in),
        "refreshed_at": asked_at,
        "scopes": answer.scopes,
    }
