"""Workers that end at any statement or call, within this process."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from unittest import mock

from django.db import connection as database

from integrations import installation
from integrations.engine import heartbeats
from integrations.http.answer import Answer
from integrations.http.wire import Ask, Wire

# Past the lease of the worker that died and past the moment at which its write must have ended.
LATER = timedelta(seconds=200)


class Killed(BaseException):
    """As kill -9: nothing that the worker does afterwards reaches the database or the network."""


@dataclass
class Fate:
    """Counts the statements and calls of a worker, and ends it at one of them; 0 lets it live."""

    dies_at: int = 0
    steps: int = 0
    _exchange: Callable[[Wire, Ask], Answer] = field(default=Wire.exchange)

    def step(self) -> None:
        self.steps += 1
        if self.dies_at and self.steps >= self.dies_at:
            raise Killed

    def statement(self, execute: Callable[..., Any], *given: Any) -> Any:
        self.step()
        return execute(*given)

    def call(self, wire: Wire, ask: Ask) -> Answer:
        """Before the bytes leave, or after the other system has acted on them."""
        self.step()
        answer = self._exchange(wire, ask)
        self.step()
        return answer

    @contextmanager
    def over(self) -> Iterator[None]:
        def exchange(wire: Wire, ask: Ask) -> Answer:
            return self.call(wire, ask)

        with database.execute_wrapper(self.statement), mock.patch.object(Wire, "exchange", exchange):
            yield


def killed(run: Callable[[], Any], fate: Fate) -> bool:
    try:
        with fate.over():
            run()
    except Killed:
        # The next worker is another process: nothing of this one's memory is left.
        heartbeats.forget()
        installation.forget()
        return True
    finally:
        assert not database.in_atomic_block
    return False
