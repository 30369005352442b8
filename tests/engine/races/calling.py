"""Several processes call as often as the shared budget lets them; when each call went out is told."""

import time
from datetime import timedelta
from typing import Any

from tests.engine.races import start

told = start.facts()

from integrations.engine.pace import StoredPace  # noqa: E402
from integrations.engine.pace_rows import Budget  # noqa: E402
from integrations.errors import ThrottledError  # noqa: E402
from integrations.models import Connection, PaceSlot, PaceWindow  # noqa: E402
from tests.engine.rows import a_connection  # noqa: E402


def call(number: int, budget: Budget, begin: Any, found: Any) -> None:
    connection = Connection.objects.get(system="xero")
    begin.wait()
    end, made = time.monotonic() + told["seconds"], []
    pace = StoredPace(connection, budget=budget)
    while time.monotonic() < end:
        try:
            pace.take(write=False)
        except ThrottledError:
            time.sleep(0.05)
            continue
        began = time.monotonic()
        time.sleep(told["call"])
        made.append((began, time.monotonic()))
        pace.give_back()
    pace.settle()
    found.put(made)


def main() -> None:
    a_connection()
    minute, late = timedelta(seconds=told["minute_length"]), timedelta(seconds=told["late"])
    budget = Budget(**told["budget"], minute_length=minute, late=late)
    begin, found = start.FORK.Barrier(told["workers"] + 1), start.FORK.Queue()
    start.workers(told["workers"], call, budget, begin, found)
    begin.wait(60)
    made = [each for _ in range(told["workers"]) for each in found.get(timeout=120)]
    day = PaceWindow.objects.get(window="day")
    start.tell(calls=sorted(made), day_used=day.used, slots_left=PaceSlot.objects.exclude(lease_token="").count())


if __name__ == "__main__":
    main()
