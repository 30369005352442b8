"""Writing an alert down, with everything that is to be sent for it, in the transaction of what happened."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import F
from django.utils import timezone

from integrations.models import Connection, Integration
from portal.alerts.kinds import When
from portal.alerts.models import Alert, Delivery
from portal.alerts.people import BY_MAIL, Channel, channels, next_digest

# What lasts is told again after a day.
TOLD_AGAIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class News:
    """What is to be told. `key` joins what happens again to what is open; `lasts` keeps it open until it is mended.

    `person` is who alone is told of what only concerns them.
    """

    kind: str
    key: str
    title: str
    text: str
    path: str
    integration: Integration | None = None
    connection: Connection | None = None
    lasts: bool = True
    person: User | None = None


def write(news: News) -> Alert:
    """In a transaction. What is open already is counted, and told again once a day."""
    now = timezone.now()
    values = {"title": news.title[:200], "text": news.text, "path": news.path[:300]}
    told = {**values, "integration": news.integration, "connection": news.connection}
    if not news.lasts:
        alert = Alert.objects.create(kind=news.kind, key=news.key, closed_at=now, **told)
        _queue(alert, now, news.person)
        return alert
    alert, fresh = Alert.objects.get_or_create(kind=news.kind, key=news.key, closed_at=None, defaults=told)
    if fresh:
        _queue(alert, now, news.person)
        return alert
    Alert.objects.filter(pk=alert.pk).update(times=F("times") + 1, last_at=now, **values)
    if Alert.objects.filter(pk=alert.pk, told_at__lte=now - TOLD_AGAIN).update(told_at=now):
        alert.refresh_from_db()
        _queue(alert, now, news.person)
    return alert


def close(*kinds: str, integration: Integration | None = None, connection: Connection | None = None) -> None:
    """It is mended. What was queued for a digest is still told, as over."""
    about = {"integration": integration} if integration else {"connection": connection}
    Alert.objects.filter(kind__in=kinds, closed_at=None, **about).update(closed_at=timezone.now())


def _queue(alert: Alert, now: datetime, person: User | None) -> None:
    told = (channel for channel in channels(alert) if person is None or channel.person == person)
    Delivery.objects.bulk_create([_delivery(alert, channel, now) for channel in told])


def _delivery(alert: Alert, channel: Channel, now: datetime) -> Delivery:
    digest = channel.when == When.DIGEST
    return Delivery(
        alert=alert,
        person=channel.person,
        destination=channel.destination,
        channel=str(channel.destination)[:100] if channel.destination else BY_MAIL,
        digest=digest,
        queued_at=now,
        not_before=next_digest(channel.person, now) if digest else now,
    )
