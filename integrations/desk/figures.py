"""What people would rather look at than read: the last two weeks, what is held, the calls against the limit."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Min, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.safestring import SafeString

from integrations import visibility
from integrations.admin.record_desk import with_filters
from integrations.desk.charts import Bar, Column, columns, rows
from integrations.engine.pace_rows import DAY, Budget
from integrations.hold_reasons import label_of
from integrations.models import Connection, Posting, Record, Run, Work
from integrations.visibility import Viewer

DAYS = 14
MOST_POSTINGS = 2000
OUTCOMES = (("good", "posted"), ("bad", "held"))
Legend = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Figure:
    """One chart with its heading; `empty` is said where there is nothing to draw."""

    title: str
    note: str
    drawn: SafeString | str
    empty: str = ""
    legend: Legend = ()


def figures(user: Viewer) -> list[Figure]:
    seen = [each.pk for each in visibility.integrations(user)]
    return [_per_day(seen), _time_to_post(seen), _held(seen), _calls(user)]


def _days() -> list[date]:
    today = timezone.localdate()
    return [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]


def _since(days: list[date]) -> datetime:
    return timezone.make_aware(datetime.combine(days[0], datetime.min.time()))


def _per_day(seen: list[int]) -> Figure:
    """From the runs' own counts, of which there are few, not from the records, of which there are many."""
    days = _days()
    counted = (
        Run.objects.filter(integration__in=seen, started_at__gte=_since(days))
        .annotate(day=TruncDate("started_at"))
        .values("day")
        .annotate(all_posted=Sum("posted"), all_held=Sum("held"))
        .order_by()
        .values_list("day", "all_posted", "all_held")
    )
    by_day = {day: (posted, held) for day, posted, held in counted}
    drawn = []
    for day in days:
        posted, held = by_day.get(day, (0, 0))
        parts = (("good", float(posted)), ("bad", float(held)))
        drawn.append(Column(f"{day.day} {day:%b}", parts, f"{posted} posted, {held} held"))
    title = "Records per day by outcome"
    empty = "" if by_day else "No run in the last two weeks."
    return Figure(title, "What runs posted and held, day by day.", columns(title, drawn), empty, OUTCOMES)


def _time_to_post(seen: list[int]) -> Figure:
    """From the source's last change, which an approval is, to the document standing; history read at first left out."""
    begun = dict(Run.objects.filter(integration__in=seen).values_list("integration").annotate(first=Min("started_at")))
    found: dict[date, list[float]] = defaultdict(list)
    posted = (
        Posting.objects.filter(record__integration__in=seen, posted_at__isnull=False)
        .order_by("-pk")
        .values_list("record__integration", "record__document__modified_at", "posted_at")[:MOST_POSTINGS]
    )
    for integration, changed, moment in posted:
        if changed and moment and integration in begun and begun[integration] <= changed <= moment:
            found[timezone.localtime(moment).date()].append((moment - changed).total_seconds() / 60)
    drawn = [_waited(day, sorted(found.get(day, []))) for day in _days()]
    title = "Minutes from approval to posted"
    empty = "" if found else "Nothing was approved and posted since the first run yet."
    note = "The middle one of each day's documents, and above it the slowest of nineteen in twenty."
    return Figure(title, note, columns(title, drawn, "min", least=1), empty, (("good", "middle"), ("busy", "19 in 20")))


def _waited(day: date, minutes: list[float]) -> Column:
    label = f"{day.day} {day:%b}"
    if not minutes:
        return Column(label, (), "nothing")
    middle = minutes[len(minutes) // 2]
    slow = minutes[min(len(minutes) - 1, int(len(minutes) * 0.95))]
    said = f"{_minutes(middle)}, 19 in 20 within {_minutes(slow)}"
    return Column(label, (("good", middle), ("busy", slow - middle)), said)


def _minutes(minutes: float) -> str:
    return f"{minutes:.0f} min" if minutes >= 1 else "a minute"


def _held(seen: list[int]) -> Figure:
    stopped = Record.objects.filter(integration__in=seen, work__in=(Work.HELD, Work.APPROVAL))
    counted = list(stopped.values_list("hold_reason").annotate(count=Count("pk")).order_by("-count", "hold_reason"))
    most = counted[0][1] if counted else 1
    bars = [
        Bar(_label(reason), f"{number:,}", number / most, "bad", with_filters("held", reason=reason))
        for reason, number in counted
    ]
    title = "Held by reason"
    return Figure(title, "What waits for people now.", rows(title, bars), "" if bars else "Nothing is held.")


def _label(reason: str) -> str:
    words = label_of(reason) or "held"
    return words[0].upper() + words[1:]


def _calls(user: Viewer) -> Figure:
    connections: Any = visibility.connections(Connection.objects.order_by("label"), user).prefetch_related("pace")
    bars = [_used(connection) for connection in connections]
    title = "Calls today against the limit"
    note = "Counted by us and corrected by what the systems' own answers say."
    return Figure(title, note, rows(title, bars), "" if bars else "There is no connection yet.")


def _used(connection: Connection) -> Bar:
    limit = Budget.of(connection).day
    if not limit:  # then nothing is counted
        return Bar(connection.label, "no limit", 0.0)
    used = next((window.used for window in connection.pace.all() if window.window == DAY), 0)
    tone = "bad" if used >= limit * 0.95 else "busy" if used >= limit * 0.7 else "good"
    return Bar(connection.label, f"{used:,} of {limit:,}", used / limit, tone)
