"""Hours of a working day on a clock that is moved on: a run every five minutes, and approvals as they come."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from integrations import tasks
from integrations.engine import housekeeping, ticking
from integrations.engine.slice import Slice

CADENCE = 5
# What the pace of 60 calls a minute lets through.
CALL = timedelta(seconds=1)
# The clock of django-q2 asks for the tick once a minute and is never early.
TICK = timedelta(seconds=60.4)


class Worker:
    """Takes what was queued, one task after another, in the order it came."""

    def __init__(self) -> None:
        self.queue: list[tuple[str, tuple[Any, ...]]] = []

    def put(self, name: str, *given: Any) -> None:
        self.queue.append((name, given))

    def work(self) -> None:
        while self.queue:
            name, given = self.queue.pop(0)
            module, _, function = name.rpartition(".")
            getattr(import_module(module), function)(*given)


def hire(monkeypatch: pytest.MonkeyPatch) -> Worker:
    hired = Worker()
    for module in (ticking, housekeeping):
        monkeypatch.setattr(module, "async_task", hired.put)
    return hired


def let_calls_take_time(clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch) -> None:
    beat = Slice.beat

    def slow(slice_: Slice) -> None:
        clock.shift(CALL)
        beat(slice_)

    monkeypatch.setattr(Slice, "beat", slow)


def pass_by(
    span: timedelta,
    clock: time_machine.Traveller,
    worker: Worker,
    approved: Mapping[str, datetime],
    approve: Callable[[str], None],
) -> None:
    """The span and two runs more; each of `approved` is approved at its moment, whatever is at work then."""
    waiting = sorted((moment, number) for number, moment in approved.items())
    end = timezone.now() + span + timedelta(minutes=2 * CADENCE)
    while (tick_at := timezone.now()) < end:
        tasks.tick()
        worker.work()
        following = max(tick_at + TICK, timezone.now())
        while waiting and waiting[0][0] <= following:
            moment, number = waiting.pop(0)
            clock.move_to(max(moment, timezone.now()))
            approve(number)
        clock.move_to(following)


def p95(waits: list[timedelta]) -> timedelta:
    return sorted(waits)[-(-len(waits) * 95 // 100) - 1]
