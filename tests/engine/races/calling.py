"""Several processes call as often as the shared budget lets them; when each call was let through and made is told."""

import time
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from tests.engine.races import start

told = start.facts()

from integrations.engine.pace import StoredPace  # noqa: E402
from integrations.engine.pace_rows import Budget, Refusal  # noqa: E402
from integrations.errors import ThrottledError  # noqa: E402
from integrations.models import Connection, PaceSlot, PaceWindow  # noqa: E402
from tests.engine.rows import a_connection  # noqa: E402


def call(number: int, budget: Budget, begin: Any, found: Any, count: Any) -> None:
    connection = Connection.objects.get(system="xero")
    begin.wait()
    pace = StoredPace(connection, budget=budget)
    made, let_through = [], noted(pace)
    while count.value < told["calls"]:
        try:
            pace.take(write=False)
        except ThrottledError:
            time.sleep(0.05)
            continue
        began = time.monotonic()
        time.sleep(told["call"])
        made.append((began, time.monotonic()))
        pace.give_back()
        with count.get_lock():
            count.value += 1
    pace.settle()
    found.put((made, let_through))


def noted(pace: StoredPace) -> list[float]:
    """The moments at which calls were let through; the machine may make any of them later."""
    moments, take_minute = [], pace._rows.take_minute

    def take(calls: int, now: datetime) -> Refusal | None:
        refusal = take_minute(calls, now)
        if refusal is None:
            moments.append(now.timestamp())
        return refusal

    pace._rows.take_minute = take  # type: ignore[method-assign]
    return moments


def main() -> None:
    a_connection()
    minute = timedelta(seconds=told["minute_length"])
    budget = Budget(**told["budget"], minute_length=minute, late=timedelta(0))
    begin, found = start.FORK.Barrier(told["workers"] + 1), start.FORK.Queue()
    start.workers(told["workers"], call, budget, begin, found, start.FORK.Value("i", 0))
    begin.wait(start.PATIENCE)
    made, let_through = zip(*(found.get(timeout=start.PATIENCE) for _ in range(told["workers"])), strict=True)
    start.tell(
        calls=sorted(chain(*made)),
        let_through=sorted(chain(*let_through)),
        day_used=PaceWindow.objects.get(window="day").used,
        slots_left=PaceSlot.objects.exclude(lease_token="").count(),
    )


if __name__ == "__main__":
    main()
