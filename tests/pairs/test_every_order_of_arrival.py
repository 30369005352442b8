"""Bills, amendments, fixes, payments and denials in every order of arrival end in the same books (A8 to A12, A37)."""

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
from tests.world import Json, World, line, part

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


OVER_TWO = ("approval of the first order", "bill over both", "fix of the bill", "amendment of the second order")


def arrivals_over_two() -> Iterator[tuple[str, ...]]:
    """Every order of the events, the fix after its bill."""
    for order in permutations(OVER_TWO):
        if order.index("bill over both") < order.index("fix of the bill"):
            yield order


def happen_to_two(world: World, event: str, at: int) -> None:
    procurify, first, second = world.sandbox.procurify, f"PA{at}", f"PB{at}"
    if event == "approval of the first order":
        procurify.change_order(worlds.DOMAIN, first, state=0)
    elif event == "bill over both":
        day = worlds.DAY + timedelta(days=at % 20)
        world.invoice(f"IV-{at}", items=[part(first, "40"), part(second, "30")], date=day)
    elif event == "fix of the bill":
        fix_by_half(world, f"IV-{at}")
    else:
        procurify.change_order(worlds.DOMAIN, second, lines=[line("Steel bar", "10.00", "120", taxes=[])])


def fix_by_half(world: World, number: str) -> None:
    """The bill was wrong: fixed after its approval, each of its items is half of what it was."""
    tenant = world.sandbox.procurify.tenant(worlds.DOMAIN)
    kept = next(row for row in tenant.rows("bills") if row["invoice_number"] == number)
    items = [halved(item) for item in kept["items"]]
    total = sum(item["total_cost"] for item in items)
    world.sandbox.procurify.fix_bill(worlds.DOMAIN, number, items=items, invoice_total=total)


def halved(item: Json) -> Json:
    cost = item["total_cost"] / 2
    [allocation] = item["cost_allocations"]
    return {
        **item,
        "quantity": str(Decimal(item["quantity"]) / 2),
        "total_cost": cost,
        "total_cost_with_tax": cost,
        "cost_allocations": [{**allocation, "amount": f"{cost:.8f}"}],
    }


@pytest.mark.promise(4)
@pytest.mark.promise(5)
def test_a10_a_bill_over_two_orders_ends_in_the_same_books_whenever_they_are_approved_amended_and_it_is_fixed(
    world: World,
) -> None:
    """A3, A12, A36: a bill read before its order, an order amended and a bill fixed, in every order of arrival."""
    lives = dict(enumerate(arrivals_over_two(), start=1))
    assert len(lives) == 12
    for at in lives:
        world.order(f"PA{at}", lines=[GOODS], state=None)
        world.order(f"PB{at}", lines=[GOODS])
    world.run()
    for step in range(len(OVER_TWO)):
        for at, life in lives.items():
            happen_to_two(world, life[step], at)
        world.run()
        within_what_was_ordered()
    owed_once(world)
    standing = {bill["InvoiceNumber"]: bill["SubTotal"] for bill in world.bills}
    for at in lives:
        assert (standing[f"PA{at}"], standing[f"PB{at}"], standing[f"IV-{at}"]) == (800.0, 1050.0, 350.0)
    writes = len(world.writes())
    world.run()
    assert len(world.writes()) == writes
