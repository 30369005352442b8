"""When an integration runs next, and how a person reads its schedule. Every moment is aware UTC."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import CroniterBadCronError, CroniterBadDateError, croniter
from django.core.exceptions import ValidationError
from django.utils import timezone

if TYPE_CHECKING:
    from integrations.models import Integration

# integrations.models.ScheduleKind, whose module calls this one.
EVERY, DAILY, CRON = "every", "daily", "cron"
CRON_FIELDS = 5
MINUTES_A_DAY = 24 * 60
_NAMES = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_WEEKDAYS = {
    **{str(number): name for number, name in enumerate(_NAMES)},
    **{name[:3].upper(): name for name in _NAMES},
    "7": "Sunday",
}


def next_due(integration: "Integration", after: datetime | None) -> datetime | None:
    """The first moment after `after` (None: now) by the integration's own schedule; None when it runs only by hand.

    A time that the change of clocks skips runs when the clocks have changed; one that comes twice runs once.
    Raises ValidationError for a schedule that cannot be read or never comes.
    """
    after = after or timezone.now()
    if integration.schedule == EVERY:
        return _every(integration, after)
    if integration.schedule == DAILY:
        return _daily(integration, after)
    if integration.schedule == CRON:
        return _cron(integration, after)
    return None


def runs_a_day(integration: "Integration") -> int:
    """On its busiest day, whatever day it is today; 0 when it runs only by hand or its schedule cannot be read."""
    if integration.schedule == EVERY and integration.every_minutes:
        return -(-MINUTES_A_DAY // integration.every_minutes)
    if integration.schedule == DAILY:
        return 1
    if integration.schedule != CRON:
        return 0
    try:
        minutes, hours, *_ = croniter.expand(integration.cron)[0]
    except (CroniterBadCronError, ValueError):
        return 0
    return (60 if "*" in minutes else len(minutes)) * (24 if "*" in hours else len(hours))


def in_words(integration: "Integration") -> str:
    """ "every 15 minutes", "every day at 06:00 Europe/London", "every weekday at 07:00 Europe/London"."""
    if integration.schedule == EVERY:
        return f"every {_span(integration.every_minutes)}"
    if integration.schedule == DAILY and integration.daily_at:
        return f"every day at {integration.daily_at:%H:%M} {integration.time_zone}"
    if integration.schedule == CRON:
        return f"{_cron_in_words(integration.cron)} {integration.time_zone}"
    return "only by hand"


def moment_in_words(moment: datetime | None, zone: str) -> str:
    """ "Mon 23 Nov 07:00" in that zone, with the year where it is another one; "" for no moment."""
    if moment is None:
        return ""
    local = moment.astimezone(ZoneInfo(zone))
    this_year = timezone.now().astimezone(ZoneInfo(zone)).year == local.year
    return (
        f"{local:%a} {local.day} {local:%b} {local:%H:%M}"
        if this_year
        else f"{local:%a} {local.day} {local:%b %Y %H:%M}"
    )


def explained(integration: "Integration") -> str:
    """The whole schedule in a sentence: "Every weekday at 07:00 Europe/London, next on Mon 23 Nov 07:00"."""
    words = in_words(integration)
    said = words[0].upper() + words[1:]
    if not integration.enabled:
        return f"{said}; switched off, so it runs only when somebody presses Sync now."
    moment = moment_in_words(integration.next_run_at, integration.time_zone)
    return f"{said}, next on {moment}." if moment else f"{said}."


def _cron_in_words(expression: str) -> str:
    """Common expressions as people say them; any other as it is."""
    fields = expression.split()
    if len(fields) == CRON_FIELDS:
        minute, hour, day, month, weekday = fields
        days = _days_in_words(day, month, weekday)
        if days and minute.isdecimal() and all(each.isdecimal() for each in hour.split(",")):
            times = [f"{int(each):02}:{int(minute):02}" for each in hour.split(",")]
            return f"every {days} at {' and '.join(times)}"
        if days and minute.isdecimal() and hour == "*":
            return f"every hour at {int(minute)} past, every {days}"
    return f"by the cron expression “{expression}”"


def _days_in_words(day: str, month: str, weekday: str) -> str:
    """ "day", "weekday", "Monday and Thursday", "month on the 15th"; "" where it is neither of these."""
    if month != "*":
        return ""
    if day == "*" and weekday == "*":
        return "day"
    if day.isdecimal() and weekday == "*":
        return f"month on day {int(day)}"
    if day != "*":
        return ""
    if weekday.upper() in ("1-5", "MON-FRI"):
        return "weekday"
    names = [_WEEKDAYS.get(each.upper(), "") for each in weekday.split(",")]
    return " and ".join(names) if all(names) else ""


def _span(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if hours and not rest:
        return "hour" if hours == 1 else f"{hours} hours"
    return "minute" if minutes == 1 else f"{minutes} minutes"


def _every(integration: "Integration", after: datetime) -> datetime:
    """In step with the run that is planned already, so that late ticks do not add up."""
    if not integration.every_minutes or integration.every_minutes < 1:
        raise ValidationError({"every_minutes": "Say after how many minutes it runs again: 1 or more."})
    cadence = timedelta(minutes=integration.every_minutes)
    planned = integration.next_run_at or after
    return planned + ((after - planned) // cadence + 1) * cadence


def _daily(integration: "Integration", after: datetime) -> datetime:
    if integration.daily_at is None:
        raise ValidationError({"daily_at": "Say at what time of the day it runs."})
    zone = _zone(integration)
    day = after.astimezone(zone).date()
    while True:
        moment = datetime.combine(day, integration.daily_at, zone).astimezone(UTC)
        if moment > after:
            return moment
        day += timedelta(days=1)


def _cron(integration: "Integration", after: datetime) -> datetime:
    fields = integration.cron.split()
    # croniter also reads R and H, with which every call would name another moment.
    if len(fields) != CRON_FIELDS or any(each[0] in "RrHh" for each in fields):
        raise ValidationError({"cron": "A cron expression has five fields: minute, hour, day, month, day of the week."})
    zone = _zone(integration)
    try:
        moments = croniter(integration.cron, after.astimezone(zone), max_years_between_matches=8)
        found: datetime = moments.get_next(datetime)
        while found.astimezone(zone).fold and "*" not in fields[1]:
            found = moments.get_next(datetime)
    except CroniterBadDateError:
        raise ValidationError({"cron": "This never comes: no such day exists."}) from None
    except (CroniterBadCronError, ValueError, KeyError):
        raise ValidationError({"cron": f"“{integration.cron}” is not a cron expression."}) from None
    return found.astimezone(UTC)


def _zone(integration: "Integration") -> ZoneInfo:
    try:
        return ZoneInfo(integration.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValidationError({"time_zone": "Choose a time zone by its name, for example Europe/London."}) from None
