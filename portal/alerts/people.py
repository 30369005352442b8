"""Who is told of an alert: those who chose it, or whose role is told unless they chose; never who may not see it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import User

from integrations import visibility
from integrations.models import Connection, Integration
from portal.alerts.kinds import KINDS, Kind, When
from portal.alerts.models import Alert, Choice, Destination, Habit

BY_MAIL = "e-mail"


@dataclass(frozen=True, slots=True)
class Channel:
    """How one person is told; without a destination by e-mail."""

    person: User
    destination: Destination | None
    when: When


def channels(alert: Alert) -> Iterator[Channel]:
    """Every channel that this alert goes to (E14)."""
    kind = KINDS[alert.kind]
    for person in User.objects.filter(is_active=True).prefetch_related("groups"):
        if may_see(person, kind, alert.integration, alert.connection):
            yield from _of(person, kind)


def may_see(person: User, kind: Kind, integration: Integration | None, connection: Connection | None) -> bool:
    """Whether the page that the alert leads to would open for them."""
    if not any(person.has_perm(permission) for permission in kind.permissions):
        return False
    if integration is not None:
        return Integration.objects.visible_to(person).filter(pk=integration.pk).exists()
    if connection is not None:
        return visibility.connections(Connection.objects.filter(pk=connection.pk), person).exists()
    return True


def roles_of(person: User) -> set[str]:
    return {group.name for group in person.groups.all()}


def usual(roles: set[str], kind: Kind) -> When:
    """What holds by e-mail for whoever has not chosen."""
    return kind.usually if roles & set(kind.roles) else When.OFF


def chosen(person: User) -> dict[tuple[str, int | None], When]:
    return {(choice.kind, choice.destination_id): When(choice.when) for choice in Choice.objects.filter(person=person)}


def _of(person: User, kind: Kind) -> Iterator[Channel]:
    choices = list(Choice.objects.filter(person=person, kind=kind.slug).select_related("destination").order_by("pk"))
    chosen_mail = next((When(choice.when) for choice in choices if choice.destination_id is None), None)
    by_mail = chosen_mail or usual(roles_of(person), kind)
    if by_mail != When.OFF and person.email:
        yield Channel(person, None, by_mail)
    for choice in choices:
        if choice.destination is not None and choice.when != When.OFF:
            yield Channel(person, choice.destination, When(choice.when))


def habit_of(person: User) -> Habit:
    """Theirs, or seven in the morning in the portal's zone."""
    return Habit.objects.filter(person=person).first() or Habit(person=person, time_zone=settings.TIME_ZONE)


def next_digest(person: User, now: datetime) -> datetime:
    return next_digest_by(habit_of(person), now)


def next_digest_by(habit: Habit, now: datetime) -> datetime:
    """The next time that their clock shows their hour; an hour that the change of clocks skips comes right after it."""
    zone = ZoneInfo(habit.time_zone)
    today = now.astimezone(zone).date()
    for day in (today, today + timedelta(days=1), today + timedelta(days=2)):
        moment = datetime(day.year, day.month, day.day, habit.digest_hour, tzinfo=zone).astimezone(UTC)
        if moment > now:
            return moment
    raise AssertionError("one of three days has an hour after now")
