"""A connection's client, wired to its tokens, its pace and its log."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.conf import settings

from integrations import digests
from integrations.engine import suspension
from integrations.engine.exchange_log import BulkExchangeLog
from integrations.engine.health import note_health, note_success
from integrations.engine.pace import StoredPace
from integrations.engine.tokens import StoredTokens
from integrations.errors import ConfigurationError, CounterfoilError, SuspendedError
from integrations.http import Exchange, Heart, NoHeart, Wiring
from integrations.models import Connection
from integrations.systems import system
from integrations.systems.facts import Account
from integrations.systems.protocols import Reachable, Source, TargetBooks

__all__ = ["blaming", "checked_key", "client", "note_health", "note_success", "source_client", "target_client"]

NO_HEART = NoHeart()
REFUSALS = (403, 429)


@contextmanager
def source_client(connection: Connection, heart: Heart = NO_HEART, *, urgent: bool = False) -> Iterator[Source]:
    """As `client`, for a connection that is read from."""
    with client(connection, heart, urgent=urgent) as opened:
        yield cast(Source, opened)


@contextmanager
def target_client(connection: Connection, heart: Heart = NO_HEART, *, urgent: bool = False) -> Iterator[TargetBooks]:
    """As `client`, for a connection that is written to."""
    with client(connection, heart, urgent=urgent) as opened:
        yield cast(TargetBooks, opened)


@contextmanager
def client(
    connection: Connection, heart: Heart = NO_HEART, *, urgent: bool = False, probing: bool = False
) -> Iterator[Reachable]:
    """The client of one company, closed at the end: notes written, calls not made given back.

    `urgent` may use the part of the day's calls that is kept for people's own actions and webhooks, `probing` may
    call while the connection is suspended, where every other call raises SuspendedError. Raises
    ConfigurationError when the tenant id is not the one that this connection was made for; nothing is sent then.
    """
    account = Account(checked_key(connection), settings.SYSTEM_HOSTS.get(connection.system, {}))
    log, pace = _Log(connection), StoredPace(connection, urgent=urgent)
    gate = pace if probing else suspension.Gate(connection, pace)
    wiring = Wiring(StoredTokens(connection, log=log, probing=probing), gate, log, heart)
    opened = system(connection.system).load_client().open(account, wiring)
    try:
        yield opened
    finally:
        _one_after_another(opened.close, pace.settle, log.write)


@contextmanager
def blaming(connection: Connection) -> Iterator[None]:
    """What goes wrong in here is this connection's: its health says so."""
    try:
        yield
    except CounterfoilError as error:
        error.about = error.about or system(connection.system).label
        note_health(connection, error)
        raise


class _Log(BulkExchangeLog):
    """Also lets the first good answer to a read mend the connection's health, before any later failure lowers it,
    and a suspension stop every other worker at once."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._connection, self._answered = connection, False

    def note(self, exchange: Exchange) -> None:
        super().note(exchange)
        if exchange.error_name == SuspendedError.__name__:
            suspension.met(self._connection)
        elif exchange.status in REFUSALS:
            suspension.refused(self._connection)
        elif not self._answered and exchange.method == "GET" and exchange.status and not exchange.error_name:
            self._answered = True
            note_success(self._connection)


def checked_key(connection: Connection) -> str:
    """What the system calls this company. Asked for anew each time: the row may have been edited by hand."""
    key = connection.tenant_id or connection.domain
    if not key:
        raise ConfigurationError(f"{connection} is not connected to a company yet.")
    if connection.tenant_digest and digests.tenant_digest(connection.system, key) != connection.tenant_digest:
        raise ConfigurationError(
            f"{connection} names another company than the one it was connected to: connect it again."
        )
    return key


def _one_after_another(*steps: Callable[[], Any]) -> None:
    """Every step is taken, also when one before it fails."""
    if steps:
        try:
            steps[0]()
        finally:
            _one_after_another(*steps[1:])
