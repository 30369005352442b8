"""What cannot be read is held with the exact field, the rest of the run goes on, and nothing is half-posted."""

from typing import Any

import pytest

from integrations.models import Integration, Work
from integrations.places import lines as places
from tests import world as worlds
from tests.world import World, line

pytestmark = pytest.mark.django_db(transaction=True)


def spoil(world: World, number: str, /, **fields: Any) -> None:
    """Have Procurify serve this order with those fields, as they are."""
    tenant = world.sandbox.procurify.tenant(worlds.DOMAIN)
    record = next(order for order in tenant.orders.values() if order["number"] == number)
    world.sandbox.procurify.put(f"{worlds.DOMAIN}/purchase_orders", {**record, **fields})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("total", "NaN"),
        ("total", "99999999999999999999.00"),
        ("total", ["12.00"]),
        ("date", "yesterday"),
        ("date", "0001-01-01T00:00:00+00:00"),
        ("purchased_currency", None),
        ("number", "x" * 10_000),
    ],
)
def test_an_order_with_a_wrong_field_is_held_and_the_others_are_posted(world: World, field: str, value: Any) -> None:
    world.order("PF1")
    world.order("PF2")
    spoil(world, "PF1", **{field: value})
    world.run()
    assert [bill["InvoiceNumber"] for bill in world.bills] == ["PF2"]
    (held,) = world.integration.records.filter(work=Work.HELD)
    assert held.hold_reason == "invalid-source"
    assert field in held.explanation
    assert all(found.adds_up for found in places(Integration.objects.all()))


def test_an_order_that_can_be_read_again_goes_on(world: World) -> None:
    world.order("PF1")
    spoil(world, "PF1", total="NaN")
    world.run()
    assert world.bills == []
    world.sandbox.procurify.change_order(worlds.DOMAIN, "PF1", lines=[line(quantity="20")], total=None)
    world.run()
    assert world.bill("PF1")["Total"] == 262.5
    assert all(found.adds_up for found in places(Integration.objects.all()))


@pytest.mark.parametrize("effect", ["html", "malformed", "cut_body", "duplicate_row", "endless_next", "ignore_filter"])
def test_a_list_that_goes_wrong_posts_nothing_twice_and_comes_right_later(world: World, effect: str) -> None:
    world.order("PF1")
    world.sandbox.faults.add(system="procurify", method="GET", path="purchase_orders/purchased", effect=effect)
    world.run()
    world.run()
    assert [bill["InvoiceNumber"] for bill in world.bills] == ["PF1"]


def test_an_answer_cut_in_the_middle_of_the_lines_puts_the_order_back(world: World) -> None:
    world.order("PF1")
    world.order("PF2")
    world.sandbox.faults.add(system="procurify", method="GET", path=r"purchase_orders/\d+/$", effect="cut_body")
    world.run()
    assert len(world.bills) == 1
    assert all(found.adds_up for found in places(Integration.objects.all()))
