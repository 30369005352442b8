"""Companies whose webhooks no longer come although something changes there; a switched-off address says nothing."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Max

from integrations import events
from integrations.engine import heartbeats
from integrations.models import Connection, IndexCursor, WebhookAddress
from integrations.systems.webhooks import SENDERS
from integrations.webhooks import addresses

SILENT_AFTER = timedelta(days=3)
# A change that has just been read may be told of in a moment.
ON_ITS_WAY = timedelta(minutes=15)
LOOKED_EVERY = timedelta(hours=1)


def look(now: datetime) -> None:
    """Once an hour; who listens tells people once, and hears when they come again."""
    if not heartbeats.claim_turn("webhooks-silence", LOOKED_EVERY):
        return
    for connection, since, silent in heard(now):
        events.tell(events.webhooks_silent if silent else events.webhooks_heard, connection=connection, since=since)


def heard(now: datetime) -> Iterator[tuple[Connection, datetime, bool]]:
    """Each company with webhooks, when it was last heard of (or its address confirmed), and whether that is silence."""
    confirmed = {row.token: row for row in WebhookAddress.objects.exclude(confirmed_at=None)}
    rows = Connection.objects.filter(system__in=list(SENDERS)).annotate(newest=Max("webhook_events__received_at"))
    for connection in rows if confirmed else ():
        address = confirmed.get(addresses.token_of(connection))
        if address is None or address.confirmed_at is None or not connection.usable:
            continue
        since = max(filter(None, (connection.newest, address.confirmed_at)))
        yield connection, since, _is_silent(connection, since, now)


def _is_silent(connection: Connection, since: datetime, now: datetime) -> bool:
    """Three days without a word, though reading by ourselves has met changes since, not all of them just now."""
    if now - since <= SILENT_AFTER:
        return False
    cursor = IndexCursor.objects.filter(connection=connection).first()
    seen = [moment for moment in (cursor and cursor.read_until, connection.contacts_read_until) if moment]
    return any(since + ON_ITS_WAY < moment < now - ON_ITS_WAY for moment in seen)
