"""Bills, an amendment, a payment and a denial in every order of arrival end in the same books (A8, A10, A12, A37)."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import permutations

import pytest

from integrations.models import Integration, OrderLine
from integrations.places import lines as places
from tests import world as worlds
from tests.pairs.billing import GOODS
from tests.pairs.books import owed_once
from tests.world import World, line, part

pytestmark = pytest.mark.django_db(transaction=True)

EVENTS = ("bill of 400", "bill of 600", "amendment", "payment", "denial")


def arrivals() -> Iterator[tuple[str, ...]]:
    """Every order of the events, a payment and a denial after the bill that they are about."""
    for order in permutations(EVENTS):
        paid_after = order.index("bill of 400") < order.index("payment")
        if paid_after and order.index("bill of 600") < order.index("denial"):
            yield order


def happen(world: World, event: str, at: int) -> None:
    procurify, number = world.sandbox.procurify, f"PF{at}"
    day = worlds.DAY + timedelta(days=at % 20)
    if event == "bill of 400":
        world.invoice(f"IA-{at}", items=[part(number, "40")], date=day)
    elif event == "bill of 600":
        world.invoice(f"IB-{at}", items=[part(number, "60")], date=day)
    elif event == "amendment":
        procurify.change_order(worlds.DOMAIN, number, lines=[line("Steel bar", "10.00", "120", taxes=[])])
    elif event == "payment":
        procurify.add_payment(worlds.DOMAIN, [f"IA-{at}"])
    else:
        procurify.move_bill(worlds.DOMAIN, f"IB-{at}", "denied")


@pytest.mark.promise(4)
@pytest.mark.promise(30)
def test_a8_whatever_the_order_of_arrival_a_payable_arises_once(world: World) -> None:
    """Each order lives through one order of arrival, all side by side; the books are checked after every step."""
    lives = dict(enumerate(arrivals(), start=1))
    assert len(lives) == 30
    for at in lives:
        world.order(f"PF{at}", lines=[GOODS])
    world.run()
    for step in range(len(EVENTS)):
        for at, life in lives.items():
            happen(world, life[step], at)
        world.run()
        owed_once(world)
        within_what_was_ordered()
    assert all(found.adds_up for found in places(Integration.objects.all()))
    writes = len(world.writes())
    world.run()
    assert len(world.writes()) == writes


def within_what_was_ordered() -> None:
    """A8: still in the draft + billed <= ordered."""
    rows = OrderLine.objects.values_list("ordered", "billed", "drafted")
    assert all(drafted + billed <= ordered for ordered, billed, drafted in rows), list(rows)
    assert all(Decimal(0) <= drafted for _, _, drafted in rows)
