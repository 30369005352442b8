"""The budget of calls per connection, kept in rows that all workers on all machines share (E23).

The minute is a bucket: a twelfth of it may be spent at once, the rest flows in evenly, so that no minute of the
system's, wherever it begins, sees more than the budget. The day is a count, corrected by what the answers say.
Calls at once are slots, each held under a lease for one call.
"""

import math
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.utils import timezone

from integrations.engine import leases
from integrations.engine.pace_answers import CONCURRENT, Said
from integrations.engine.pace_rows import MINUTE, Budget, PaceRows, Refusal
from integrations.errors import OwnPaceError
from integrations.models import Connection, PaceSlot
from integrations.systems import system

# A worker waits this long for its turn and no longer; then the work is put back with a time.
PATIENCE = 5.0
BREATHER = 2.0
LOOK_EVERY, LOOK_AGAIN = 0.05, 0.005
# From ten calls a second on they are taken a tenth of a second's worth at a time, and spent within one second.
BLOCKS_FROM = 600
BLOCK_LIVES = timedelta(seconds=1)
WITHOUT_LIMIT = 1_000_000


class StoredPace:
    """What the door asks before each call. One per client, not shared by threads.

    `urgent` may use the reserve of the day. `settle` gives back what a slice took and did not spend.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        urgent: bool = False,
        budget: Budget | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._connection, self._sleep = connection, sleep
        self._facts = system(connection.system).pace
        self._budget = budget or Budget.of(connection)
        self._allowed_today = self._budget.day_for(urgent=urgent)
        self._rows = PaceRows(connection.pk, self._budget)
        self._slots = _Slots(connection, self._budget.concurrent)
        self._minute_left, self._day_left = 0, 0
        self._minute_until: datetime | None = None

    def take(self, write: bool) -> None:
        """Take one call off every window and a slot. Waits a few seconds at most, then raises OwnPaceError."""
        waited = 0.0
        while (refusal := self._refused(timezone.now())) is not None:
            pause = max(refusal.seconds, LOOK_AGAIN)
            if waited + pause > PATIENCE:
                self.give_back()
                raise self._used_up(refusal)
            self._sleep(pause)
            waited += pause
        self._minute_left -= 1
        self._day_left -= 1

    def give_back(self) -> None:
        """The call has ended: its slot is free again."""
        self._slots.free()

    def learn(self, headers: Mapping[str, str], status: int) -> int | None:
        """Correct the rows by what the answer says, when it says something that they do not."""
        said, now = Said.by(headers, status, self._facts), timezone.now()
        self._rows.look_once(now)
        if said.problem:
            return self._rows.refused(said.problem, said.pause, now)
        self._rows.accepted()
        if said.minute_left is not None and said.minute_left < self._budget.concurrent:
            self._rows.close(MINUTE, BREATHER, now)
        if said.used_up_for:
            self._rows.close(MINUTE, said.used_up_for, now)
        if said.day_left is not None and self._budget.day:
            self._rows.correct_day(said.day_left, self._day_left)
        return None

    def refused(self, pause: int | None) -> int:
        """The sign-in asked for a pause, which counts like one that a call was told."""
        now = timezone.now()
        self._rows.look_once(now)
        return self._rows.refused(MINUTE, pause, now)

    def settle(self) -> None:
        """Give back what was taken of the day and not spent."""
        unspent, self._day_left = self._day_left, 0
        if unspent > 0 and self._budget.day:
            self._rows.give_back_day(unspent)

    def _refused(self, now: datetime) -> Refusal | None:
        """Get one of everything; what was got before a refusal is kept for the next look. The minute comes last."""
        if not self._slots.claim():
            return Refusal(CONCURRENT, LOOK_EVERY)
        if self._minute_left > 0 and self._minute_until and now < self._minute_until and self._day_left > 0:
            return None
        return self._rows.look(now) or self._day_refused(now) or self._minute_refused(now)

    def _day_refused(self, now: datetime) -> Refusal | None:
        if self._day_left > 0:
            return None
        if not self._budget.day:
            self._day_left = WITHOUT_LIMIT
            return None
        for calls in sorted({1, self._budget.day // 250} - {0}, reverse=True):
            refusal = self._rows.take_day(calls, self._allowed_today, now)
            if refusal is None:
                self._day_left = calls
                return None
        return refusal

    def _minute_refused(self, now: datetime) -> Refusal | None:
        limited = self._budget.minute > 0
        calls = (self._budget.minute // BLOCKS_FROM or 1) if limited else WITHOUT_LIMIT
        refusal = self._rows.take_minute(calls, now) if limited else None
        if refusal is None:
            self._minute_left, self._minute_until = calls, now + BLOCK_LIVES
        return refusal

    def _used_up(self, refusal: Refusal) -> OwnPaceError:
        return OwnPaceError(
            f"The calls to {self._connection} are used up for now ({refusal.window}).",
            window=refusal.window,
            seconds=math.ceil(refusal.seconds),
        )


class _Slots:
    """The calls under way at once; the slot that was free last time is tried first."""

    def __init__(self, connection: Connection, count: int) -> None:
        self._connection, self._count = connection, count
        # A call that outlives its own deadline is dead, and so is its worker.
        self._seconds = system(connection.system).call_deadline.total_seconds() + 30
        self._known: list[int] = []
        self._held: tuple[int, str] | None = None

    def claim(self) -> bool:
        if self._held is not None or not self._count:
            return True
        self._known = self._known or self._rows()
        for place, number in enumerate(self._known):
            lease = leases.claim(PaceSlot, number, self._seconds)
            if lease is not None:
                self._held = (number, lease)
                self._known.insert(0, self._known.pop(place))
                return True
        return False

    def free(self) -> None:
        if self._held is not None:
            number, lease = self._held
            self._held = None
            leases.free(PaceSlot, number, lease)

    def _rows(self) -> list[int]:
        wanted = PaceSlot.objects.filter(connection=self._connection.pk, number__lt=self._count).order_by("number")
        if len(wanted) < self._count:
            PaceSlot.objects.bulk_create(
                [PaceSlot(connection_id=self._connection.pk, number=number) for number in range(self._count)],
                ignore_conflicts=True,
            )
        return list(wanted.all().values_list("pk", flat=True))
