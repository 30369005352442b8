"""How orders end, in every order of arrival and with workers dying on the way: closed short, cancelled, blanket, paid.

Each life is one order with what happens to it; all lives are played side by side in one company.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import permutations
from random import Random
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from integrations.models import Integration, OrderLine, Record, Work
from integrations.places import lines as places
from tests import world as worlds
from tests.pairs.billing import GOODS, totals
from tests.pairs.fate import LATER, Fate, killed
from tests.world import World, part

pytestmark = pytest.mark.django_db(transaction=True)

BILL, RECEIPT, CLOSING, CANCELLATION, PAYMENT = "bill of 400", "receipt of 60", "closing", "cancellation", "payment"
PAID_BILL = "bill of 400 that was paid before anybody saw it"
Ending = tuple[dict[str, float], tuple[str, str]]  # what stands, and where the order is and why


@dataclass(frozen=True)
class Life:
    events: tuple[str, ...]
    kind: str = "one-time"

    @property
    def ends(self) -> Ending:
        """Of 1,000.00 ordered; IN is its bill of 400.00, PF what its draft has left."""
        if PAID_BILL in self.events:  # held, so that nobody pays it again, and nothing of its order moves (A33)
            return {"PF": 1000.0}, (Work.DONE, "")
        if self.kind == "blanket":
            return {"IN": 400.0}, (Work.EXCLUDED_RULE, "")
        if CLOSING in self.events:  # 600.00 received less 400.00 billed is proposed, and a person decides (A13)
            return {"PF": 600.0, "IN": 400.0}, (Work.HELD, "closed-short")
        if self.events.index(CANCELLATION) < self.events.index(BILL):  # nothing was billed yet: the draft went
            return {"IN": 400.0}, (Work.WITHDRAWN, "")
        return {"PF": 600.0, "IN": 400.0}, (Work.HELD, "withdrawn-after-posting")


def lives() -> Iterator[Life]:
    """Goods are received before the order is closed, and a bill is paid after it came; nothing else is in order."""
    for events in permutations((BILL, RECEIPT, CLOSING, PAYMENT)):
        if events.index(RECEIPT) < events.index(CLOSING) and events.index(BILL) < events.index(PAYMENT):
            yield Life(events)
    for events in permutations((BILL, CANCELLATION, PAYMENT)):
        if events.index(BILL) < events.index(PAYMENT):
            yield Life(events)
    yield Life((BILL, PAYMENT), "blanket")
    yield Life((PAID_BILL,))


def happen(world: World, life: Life, step: int, at: int) -> None:
    procurify, order, bill = world.sandbox.procurify, f"PF{at}", f"IN{at}"
    if step >= len(life.events):
        return
    event, now = life.events[step], timezone.now()
    if event in (BILL, PAID_BILL):
        world.invoice(bill, items=[part(order, "40")], date=worlds.DAY + timedelta(days=at))
    if event in (PAYMENT, PAID_BILL):
        procurify.add_payment(worlds.DOMAIN, [bill], modified=now)
    elif event == RECEIPT:
        procurify.receive(worlds.DOMAIN, order, {1: 60}, modified=now)
    elif event == CLOSING:
        procurify.close_order(worlds.DOMAIN, order, modified=now)
    elif event == CANCELLATION:
        procurify.cancel_order(worlds.DOMAIN, order, modified=now)


def all_end_as_they_must(world: World, every: dict[int, Life]) -> None:
    stands = totals(world)
    assert len(stands) == len(world.bills)
    found = {
        record.number: (record.work, record.hold_reason) for record in Record.objects.filter(number__startswith="PF")
    }
    for at, life in every.items():
        expected, place = life.ends
        mine = {number[:2]: total for number, total in stands.items() if number in (f"PF{at}", f"IN{at}")}
        assert (mine, found[f"PF{at}"]) == (expected, place), life
    held = Record.objects.filter(flow="bills").exclude(work=Work.DONE).values_list("hold_reason", flat=True)
    assert list(held) == ["paid-at-source"]
    assert all(drafted + billed <= ordered for ordered, billed, drafted in ordered_billed_drafted())
    assert all(found.adds_up for found in places(Integration.objects.all()))


def ordered_billed_drafted() -> list[tuple[Any, Any, Any]]:
    return list(OrderLine.objects.values_list("ordered", "billed", "drafted"))


def played(world: World, run: Callable[[], object]) -> dict[int, Life]:
    every = dict(enumerate(lives(), start=1))
    assert len(every) == 11
    for at, life in every.items():
        world.order(f"PF{at}", lines=[{**GOODS, "type": life.kind}])
    run()
    for step in range(4):
        for at, life in every.items():
            happen(world, life, step, at)
        run()
    return every


@pytest.mark.promise(4)
def test_a13_closed_cancelled_blanket_and_paid_end_alike_in_every_order_of_arrival(world: World) -> None:
    every = played(world, world.run)
    all_end_as_they_must(world, every)
    writes = len(world.writes())
    world.run()
    assert len(world.writes()) == writes


@pytest.mark.sqlite
@pytest.mark.promise(47)
@pytest.mark.parametrize("seed", range(2))
def test_a13_they_end_alike_when_workers_die_at_any_step(world: World, seed: int) -> None:
    draw = Random(seed)
    with time_machine.travel(timezone.now(), tick=True) as clock:

        def run() -> None:
            deaths = 0
            for _ in range(4):
                deaths += killed(world.run, Fate(dies_at=draw.randint(1, 400)))
                clock.shift(LATER)
            while Record.objects.filter(work__in=[Work.WAITING, Work.POSTING, Work.DOUBT]).exists() or deaths:
                deaths = 0
                world.run()
                clock.shift(LATER)

        all_end_as_they_must(world, played(world, run))
