"""The two windows of a connection's budget as rows, and the arithmetic over them (E23)."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db.models import F, QuerySet

from integrations.models import Connection, PaceWindow
from integrations.systems import system

MINUTE, DAY = "minute", "day"
DAY_LENGTH = timedelta(days=1)
# Pauses where the system names none: doubling from the first to the second figure, in seconds.
PAUSES = {MINUTE: (30, 900), DAY: (3600, 21_600), "concurrent": (1, 60)}
# Between a call's permission and its arrival lie a block's life (`pace.BLOCK_LIVES`), a busy machine and the network.
LATE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Budget:
    """Calls per minute and day, calls at once; 0 is without limit. `reserve` is the share of the day kept back."""

    minute: int
    day: int
    concurrent: int
    reserve: Decimal = Decimal(0)
    minute_length: timedelta = timedelta(minutes=1)
    late: timedelta = LATE

    @classmethod
    def of(cls, connection: Connection) -> "Budget":
        """The system's published limits, or what the operator set in their place."""
        facts = system(connection.system).pace
        agreed = settings.PACE.get(connection.system, {})
        return cls(
            agreed.get("minute", facts.minute),
            agreed.get("day", facts.day),
            agreed.get("concurrent", facts.concurrent),
            facts.reserve,
        )

    @property
    def at_once(self) -> int:
        """How many calls of a minute may be spent in one go; the rest flows in evenly."""
        return max(1, self.minute // 12)

    @property
    def interval(self) -> timedelta:
        """The time in which one more call flows in: then any minute, wherever it begins, sees `minute` at most.

        Calls that were let through before a minute and arrive in it, up to `late` afterwards, are counted in.
        """
        return (self.minute_length + self.late) / max(1, self.minute - self.at_once)

    def day_for(self, *, urgent: bool) -> int:
        return self.day if urgent else self.day - int(self.day * self.reserve)


@dataclass(frozen=True, slots=True)
class Refusal:
    """The budget is used up in this window, for about so many seconds."""

    window: str
    seconds: float


# Another worker changed the row between our look and our update: look again at once.
AGAIN = Refusal(MINUTE, 0.0)


class PaceRows:
    """One connection's two rows: `look`, then take off what was seen, by conditional updates."""

    def __init__(self, connection_id: int, budget: Budget) -> None:
        self._connection_id, self._budget = connection_id, budget
        self._seen: dict[str, PaceWindow] = {}

    def look(self, now: datetime) -> Refusal | None:
        """See both rows as they are now; a refusal while the system itself has asked for a pause."""
        self._seen = {row.window: row for row in self._rows()}
        for window in (MINUTE, DAY):
            if window not in self._seen:
                self._seen[window] = PaceWindow.objects.get_or_create(
                    connection_id=self._connection_id, window=window, defaults={"started_at": now}
                )[0]
        ends = [(row.closed_until, row.window) for row in self._seen.values() if row.closed_until]
        until, window = max(ends, default=(now, ""))
        return Refusal(window, (until - now).total_seconds()) if until > now else None

    def look_once(self, now: datetime) -> None:
        """`look`, unless there was one before."""
        if not self._seen:
            self.look(now)

    def take_minute(self, calls: int, now: datetime) -> Refusal | None:
        """Take calls off the bucket; its `started_at` is the moment when it will be full again."""
        row = self._seen[MINUTE]
        full_again = max(row.started_at, now) + calls * self._budget.interval
        too_early = full_again - now - self._budget.at_once * self._budget.interval
        if too_early > timedelta(0):
            return Refusal(MINUTE, too_early.total_seconds())
        return None if self._same(row).update(started_at=full_again) else AGAIN

    def take_day(self, calls: int, allowed: int, now: datetime) -> Refusal | None:
        row = self._seen[DAY]
        if row.started_at + DAY_LENGTH <= now:
            self._same(row).update(started_at=now, used=0, remaining=None)
            return AGAIN
        if row.used > allowed - calls:
            return Refusal(DAY, (row.started_at + DAY_LENGTH - now).total_seconds())
        if not self._same(row).filter(used__lte=allowed - calls).update(used=F("used") + calls):
            return AGAIN
        row.used += calls
        return None

    def give_back_day(self, calls: int) -> None:
        self._rows().filter(window=DAY, used__gte=calls).update(used=F("used") - calls)

    def close(self, window: str, seconds: float, now: datetime) -> None:
        """Nobody calls for so long."""
        until = now + timedelta(seconds=seconds)
        self._rows().filter(window=window).exclude(closed_until__gte=until).update(closed_until=until)

    def refused(self, problem: str, pause: int | None, now: datetime) -> int:
        """The system answered 429. Where it names no pause, each refusal in a row doubles it, with a little chance.

        Returns the seconds of the pause. A call that is taken ends the row of refusals.
        """
        window = DAY if problem == DAY else MINUTE
        row = self._seen[window]
        if pause is None:
            first, longest = PAUSES[problem]
            pause = round(min(first * 2**row.refusals, longest) * random.uniform(1.0, 1.2))  # noqa: S311
        row.refusals = min(row.refusals + 1, 10)
        self._rows().filter(pk=row.pk).update(refusals=row.refusals)
        self.close(window, pause, now)
        return pause

    def accepted(self) -> None:
        """The system took a call: refusals are counted from nothing again."""
        for row in self._seen.values():
            if row.refusals:
                row.refusals = 0
                self._rows().filter(pk=row.pk).update(refusals=0)

    def correct_day(self, remaining: int, unspent: int) -> None:
        """The system's own count is the truth. `unspent` is what this worker has taken and not called yet.

        Fewer calls left than by our count: somebody else uses them. Far more: the system's day has begun anew,
        unless it simply grants more than the operator allows.
        """
        row = self._seen[DAY]
        ours = self._budget.day - row.used + unspent
        fewer, more = remaining < ours - 1, ours + 3 + self._budget.day // 20 < remaining <= self._budget.day
        if fewer or more or row.remaining is None:
            row.used = row.used if not (fewer or more) else self._budget.day - remaining + unspent
            row.remaining = remaining
            self._rows().filter(pk=row.pk).update(used=row.used, remaining=remaining)

    def _same(self, row: PaceWindow) -> "QuerySet[PaceWindow]":
        return self._rows().filter(pk=row.pk, started_at=row.started_at)

    def _rows(self) -> "QuerySet[PaceWindow]":
        return PaceWindow.objects.filter(connection=self._connection_id)
