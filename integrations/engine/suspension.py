"""A connection whose system took our access away: every call of every worker stops, one slow probe goes on."""

from collections.abc import Mapping

from django.contrib.auth.models import User
from django.db import connection as database
from django.utils import timezone

from integrations.engine.health import change_by_hand, note_health
from integrations.errors import SuspendedError
from integrations.http import Pace
from integrations.models import Connection, Health
from integrations.systems import system

# Asked before every call: building the query anew each time costs three to ten times the asking (measured 2026-11).
_SUSPENDED = f"SELECT 1 FROM {Connection._meta.db_table} WHERE id = %s AND health = %s"  # noqa: S608


class Gate:
    """A connection's pace that lets no call through once any worker on any machine has met a suspension."""

    def __init__(self, connection: Connection, pace: Pace) -> None:
        self._connection, self._pace = connection, pace

    def take(self, write: bool) -> None:
        """The suspension is looked for last, right before the call leaves."""
        self._pace.take(write)
        try:
            refuse_when_suspended(self._connection)
        except SuspendedError:
            self._pace.give_back()
            raise

    def give_back(self) -> None:
        self._pace.give_back()

    def learn(self, headers: Mapping[str, str], status: int) -> int | None:
        return self._pace.learn(headers, status)


def refuse_when_suspended(connection: Connection) -> None:
    """Raise SuspendedError where the connection is suspended in the database, whatever this worker knew of it."""
    with database.cursor() as cursor:
        cursor.execute(_SUSPENDED, [connection.pk, Health.SUSPENDED])
        suspended = cursor.fetchone() is not None
    if suspended:
        raise SuspendedError(f"{connection} is suspended, so nothing was asked of it.")


def met(connection: Connection) -> None:
    """An answer said so. Kept at once, before anything else is done: the other workers look for it."""
    facts, label = system(connection.system).suspension, system(connection.system).label
    whom = facts.support if facts else "its support"
    note_health(connection, SuspendedError(f"{label} lets us see nothing any more. Ask {whom} why."))


def refused(connection: Connection) -> None:
    """One more 403 or 429. When nothing else was answered for long enough, that is a suspension, too."""
    facts = system(connection.system).suspension
    if facts is None:
        return
    now = timezone.now()
    if connection.refused_since is None:
        Connection.objects.filter(pk=connection.pk, refused_since=None).update(refused_since=now)
        connection.refused_since = now
    elif now - connection.refused_since >= facts.refused_for:
        minutes = int(facts.refused_for.total_seconds() // 60)
        label = system(connection.system).label
        error = SuspendedError(f"{label} has refused every call for {minutes} minutes. Ask {facts.support} why.")
        note_health(connection, error.because("refused-everything"))


def keys_refused(connection: Connection) -> SuspendedError | None:
    """What it means that a token was refused to keys that had worked before; None where it means nothing more."""
    facts = system(connection.system).suspension
    if facts is None or connection.last_success_at is None:
        return None
    label = system(connection.system).label
    error = SuspendedError(f"{label} no longer takes keys that worked before. Ask {facts.support} why.")
    return error.because("keys-no-longer-taken")


def suspend(connection: Connection, by: User) -> bool:
    """A person stops all calls; nothing but a person lets them go on. False where they were stopped already."""
    return change_by_hand(connection, by, to=Health.SUSPENDED, entry="connection.suspended")


def resume(connection: Connection, by: User) -> bool:
    """A person says that it is over: the next tick wakes what waited, and the first answer tells. False: it was not."""
    return change_by_hand(connection, by, to=Health.CONNECTED, entry="connection.resumed")
