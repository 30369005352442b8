"""A worker that ends at any statement or call, again and again: each document stands once, none is lost (E1 to E3).

Tests with `kill -9` are in `tests/engine/test_crashes.py`; here the points are drawn by seed, hundreds of them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any
from unittest import mock

import pytest
import time_machine
from django.db import connection as database
from django.utils import timezone

from integrations import installation
from integrations.engine import heartbeats
from integrations.http.answer import Answer
from integrations.http.wire import Ask, Wire
from integrations.models import Outcome, Record, Request, Work
from integrations.report import whereabouts
from tests.pairs.billing import GOODS, SERVICE
from tests.world import World, part

KILLS = 50
IN_A_ROW = 5
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


@dataclass
class Office:
    """What people do in procurement between two runs, and what should stand in accounting afterwards."""

    world: World
    draw: Random
    expected: dict[str, float] = field(default_factory=dict)
    unbilled: list[str] = field(default_factory=list)
    billed: set[str] = field(default_factory=set)
    made: int = 0

    def work(self) -> None:
        """An order; then an invoice without an order, an invoice over some order, or a change of one."""
        number = self._next("PF")
        self.world.order(number, lines=[GOODS], modified=timezone.now())
        self.expected[number] = 1000.0
        self.unbilled.append(number)
        chosen = self.draw.choice(self.unbilled)
        self.draw.choice((self._free_invoice, self._invoice_over, self._change))(chosen)

    def _next(self, prefix: str) -> str:
        self.made += 1
        return f"{prefix}{5000 + self.made}"

    def _free_invoice(self, _: str) -> None:
        number = self._next("INV-")
        self.world.invoice(number, items=SERVICE)
        self.expected[number] = 90.0

    def _invoice_over(self, order: str) -> None:
        number = self._next("INV-")
        quantity = self.world.sandbox.procurify.order("harbormills", order)["order_items"][0]["quantity"]
        self.world.invoice(number, items=[part(order, str(quantity))])
        self.expected[number] = self.expected.pop(order)
        self.unbilled.remove(order)
        self.billed.add(order)

    def _change(self, order: str) -> None:
        quantity = self.draw.randint(50, 150)
        changed = {**GOODS, "quantity": Decimal(quantity)}
        self.world.sandbox.procurify.change_order("harbormills", order, lines=[changed], modified=timezone.now())
        self.expected[order] = 10.0 * quantity

    # What is looked at

    def is_there_once(self) -> bool:
        """What should stand does, and nothing else; what was taken away are drafts of orders billed since (A9)."""
        standing = sorted((bill["InvoiceNumber"], bill["Total"]) for bill in self.world.bills)
        return standing == sorted(self.expected.items()) and self.made_once()

    def made_once(self) -> bool:
        """No document was ever made twice, not even if one of them was removed again."""
        stored = self.world.sandbox.xero.bills(self.world.tenant)
        links = [bill["Url"] for bill in stored]
        removed = {bill["InvoiceNumber"] for bill in stored} - {bill["InvoiceNumber"] for bill in self.world.bills}
        return len(set(links)) == len(links) and removed <= self.billed


def killed(world: World, fate: Fate) -> bool:
    try:
        with fate.over():
            world.run()
    except Killed:
        # The next worker is another process: nothing of this one's memory is left.
        heartbeats.forget()
        installation.forget()
        return True
    finally:
        assert not database.in_atomic_block
    return False


def let_live(world: World, clock: Any) -> None:
    """Further workers, none of which dies, until nothing is in doubt or waits."""
    for _ in range(6):
        clock.shift(LATER)
        world.run()
        if not Record.objects.filter(work__in=[Work.WAITING, Work.POSTING, Work.DOUBT]).exists():
            return
    raise AssertionError(f"still going on: {list(Record.objects.values_list('number', 'work', 'explanation'))}")


@pytest.mark.sqlite
@pytest.mark.promise(47)
@pytest.mark.parametrize("seed", range(10))
def test_e2_fifty_random_deaths_lose_nothing_and_post_nothing_twice(world: World, seed: int) -> None:
    draw = Random(seed)
    office = Office(world, draw)
    with time_machine.travel(timezone.now(), tick=True) as clock:
        for whole in (Fate(), Fate()):  # the first one reads the lists too
            office.work()
            assert not killed(world, whole)
        deaths = 0
        while deaths < KILLS:
            for _ in range(IN_A_ROW):
                clock.shift(LATER)
                office.work()
                point = draw.randint(1, whole.steps)
                deaths += killed(world, Fate(dies_at=point))
                assert office.made_once(), f"seed {seed}, death {deaths} at step {point}"
            let_live(world, clock)
            assert office.is_there_once(), f"seed {seed}, after {deaths} deaths"
    assert not Request.objects.filter(outcome__in=[Outcome.INTENDED, Outcome.UNKNOWN]).exists()
    assert not Record.objects.filter(work__in=[Work.HELD, Work.APPROVAL]).exists()
    assert all(line["adds_up"] for flows in whereabouts().values() for line in flows.values())
