"""The note of every call, written in bulk and kept fourteen days (E26)."""

from datetime import timedelta

from django.utils import timezone

from integrations import http
from integrations.engine import bulk
from integrations.models import Connection, Exchange

KEPT = timedelta(days=14)
WRITTEN_AT = 500
PRUNED_AT_ONCE = 5000


class BulkExchangeLog:
    """Collects the notes of one connection's calls until `write`, or until there are 500."""

    def __init__(self, connection: Connection) -> None:
        self._connection_id = connection.pk
        self._notes: list[http.Exchange] = []

    def note(self, exchange: http.Exchange) -> None:
        self._notes.append(exchange)
        if len(self._notes) >= WRITTEN_AT:
            self.write()

    def write(self) -> None:
        """Write what was noted since the last time."""
        notes, self._notes = self._notes, []
        bulk.insert([self._row(note) for note in notes])

    def _row(self, note: http.Exchange) -> Exchange:
        return Exchange(
            connection_id=self._connection_id,
            started_at=note.started_at,
            method=note.method[:6],
            template=note.template[:120],
            status=note.status,
            milliseconds=note.ms,
            correlation_id=note.correlation_id[:64],
            error=note.error_name[:60],
        )


def prune() -> int:
    """Delete notes older than fourteen days, a few thousand at a time; how many went."""
    old = Exchange.objects.filter(started_at__lt=timezone.now() - KEPT).order_by("pk").values_list("pk", flat=True)
    gone = 0
    while batch := list(old[:PRUNED_AT_ONCE]):
        gone += Exchange.objects.filter(pk__in=batch).delete()[0]
    return gone
