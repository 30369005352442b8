"""The words of a message: what happened, where to look, and in a digest the trail's seal."""

from collections.abc import Sequence

from django.conf import settings

from audit.models import Seal
from integrations.words import at
from portal.alerts.kinds import KINDS
from portal.alerts.models import Alert, Delivery
from portal.alerts.people import BY_MAIL, habit_of

__all__ = ["BY_MAIL", "message"]


def message(deliveries: Sequence[Delivery]) -> tuple[str, str]:
    """Title and text of one message: of one alert, or of a digest."""
    first = deliveries[0]
    zone = habit_of(first.person).time_zone
    if not first.digest:
        return first.alert.title, "\n\n".join([_told(first.alert, zone), _foot()])
    alerts = list({delivery.alert_id: delivery.alert for delivery in deliveries}.values())
    title = alerts[0].title if len(alerts) == 1 else f"{len(alerts)} things since your last digest"
    parts = [f"{alert.title}\n{_told(alert, zone)}" for alert in alerts]
    return title, "\n\n".join([*parts, *_sealed(), _foot()])


def _told(alert: Alert, zone: str) -> str:
    lines = [alert.text, f"{KINDS[alert.kind].label}, {at(alert.opened_at, zone)}"]
    if alert.times > 1:
        lines.append(f"It happened {alert.times} times, last at {at(alert.last_at, zone)}.")
    if alert.closed_at is not None and alert.closed_at > alert.opened_at and alert.kind != "new-holds":
        lines.append(f"It has been over since {at(alert.closed_at, zone)}.")
    return "\n".join([*lines, f"{settings.SITE_URL}{alert.path}"])


def _sealed() -> list[str]:
    """The latest seal's digest leaves this machine with every digest, so that a cut end of the trail shows (E20)."""
    seal = Seal.objects.order_by("-id").first()
    return [f"Latest seal of the audit trail, up to entry {seal.last_id}: {seal.digest}"] if seal else []


def _foot() -> str:
    return f"You choose what you are told, and when: {settings.SITE_URL}/alerts/"
