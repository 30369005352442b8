"""A worker that ends at any statement or call, again and again: each document stands once, none is lost (E1 to E3).

Tests with `kill -9` are in `tests/engine/test_crashes.py`; here the points are drawn by seed, hundreds of them.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from integrations.models import Outcome, Record, Request, Work
from integrations.report import whereabouts
from tests.pairs.billing import GOODS, SERVICE
from tests.pairs.books import owed_once
from tests.pairs.fate import LATER, Fate, killed
from tests.world import Json, World, part

KILLS = 50
IN_A_ROW = 5


@dataclass
class Office:
    """What people do in procurement between two runs."""

    world: World
    draw: Random
    unbilled: list[str] = field(default_factory=list)
    fixable: list[str] = field(default_factory=list)
    taken_away: set[str] = field(default_factory=set)
    made: int = 0

    def work(self) -> None:
        """An order; then an invoice, without an order or over one or two, or a change of what came before."""
        number = self._next("PF")
        self.world.order(number, lines=[GOODS], modified=timezone.now())
        self.unbilled.append(number)
        chosen = self.draw.choice(self.unbilled)
        acts = (self._free_invoice, self._invoice_over, self._invoice_part, self._change, self._cancel, self._fix)
        self.draw.choice(acts)(chosen)

    def _next(self, prefix: str) -> str:
        self.made += 1
        return f"{prefix}{5000 + self.made}"

    def _invoice(self, items: list[Json]) -> str:
        number = self._next("INV-")
        self.world.invoice(number, items=items)
        return number

    def _free_invoice(self, _: str) -> None:
        self.fixable.append(self._invoice(SERVICE))

    def _invoice_over(self, order: str) -> None:
        """All of it: the draft becomes the bill (A9)."""
        self._invoice([part(order, str(self._quantity(order)))])
        self.unbilled.remove(order)
        self.taken_away.add(order)

    def _invoice_part(self, order: str) -> None:
        """A part of it and, where there is another order, of that one as well: the drafts shrink (A10)."""
        others = [each for each in self.unbilled if each != order][-1:]
        self._invoice([part(each, "20") for each in (order, *others)])
        for each in (order, *others):
            self.unbilled.remove(each)

    def _change(self, order: str) -> None:
        changed = {**GOODS, "quantity": Decimal(self.draw.randint(50, 150))}
        self.world.sandbox.procurify.change_order("harbormills", order, lines=[changed], modified=timezone.now())

    def _cancel(self, order: str) -> None:
        """Nothing was received or billed: its draft goes (A13)."""
        self.world.sandbox.procurify.cancel_order("harbormills", order, modified=timezone.now())
        self.unbilled.remove(order)
        self.taken_away.add(order)

    def _fix(self, _: str) -> None:
        """An invoice that was approved turns out wrong, and is approved again with another due date (A36)."""
        for number in self.fixable[-1:]:
            due = f"{timezone.now() + timedelta(days=self.draw.randint(20, 60)):%Y-%m-%d}T00:00:00-08:00"
            self.world.sandbox.procurify.fix_bill("harbormills", number, due_date=due, modified=timezone.now())

    def _quantity(self, order: str) -> Decimal:
        [item] = self.world.sandbox.procurify.order("harbormills", order)["order_items"]
        return Decimal(str(item["quantity"]))

    # What is looked at

    def made_once(self) -> bool:
        """No document was ever made twice, not even if one of them was removed again."""
        stored = self.world.sandbox.xero.bills(self.world.tenant)
        links = [bill["Url"] for bill in stored]
        removed = {bill["InvoiceNumber"] for bill in stored} - {bill["InvoiceNumber"] for bill in self.world.bills}
        return len(set(links)) == len(links) and removed <= self.taken_away


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
            assert not killed(world.run, whole)
        deaths = 0
        while deaths < KILLS:
            for _ in range(IN_A_ROW):
                clock.shift(LATER)
                office.work()
                point = draw.randint(1, whole.steps)
                deaths += killed(world.run, Fate(dies_at=point))
                assert office.made_once(), f"seed {seed}, death {deaths} at step {point}"
            let_live(world, clock)
            owed_once(world)
            assert office.made_once(), f"seed {seed}, after {deaths} deaths"
    assert not Request.objects.filter(outcome__in=[Outcome.INTENDED, Outcome.UNKNOWN]).exists()
    assert not Record.objects.filter(work__in=[Work.HELD, Work.APPROVAL]).exists()
    assert all(line["adds_up"] for flows in whereabouts().values() for line in flows.values())
