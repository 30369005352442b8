"""The pull over real HTTP while orders come and change between the pages, all with one time stamp."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.utils import timezone

from integrations.engine import clients, leases, pull, running, storing
from integrations.engine.slice import Slice
from integrations.models import Integration, Record, SourceDocument
from tests.pairs.billing import GOODS
from tests.world import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.promise(30)]
FEED = "purchase-orders"
LIST = "/purchase_orders/purchased/all/"


@contextmanager
def a_run(integration: Integration) -> Iterator[Slice]:
    token = leases.claim(Integration, integration.pk, 180)
    assert token
    slice_ = running._open(integration.pk, token, None, lambda: False)
    try:
        yield slice_
        running._close(slice_, "")
    finally:
        leases.free(Integration, integration.pk, token)


def read_orders(world: World) -> None:
    with a_run(world.integration) as slice_, clients.source_client(world.integration.source, slice_) as source:
        pull.pull(slice_, FEED, source)


def pages_asked(world: World) -> int:
    return sum(LIST in asked["path"] for asked in world.sandbox.log("procurify"))


def stands(world: World) -> dict[str, str]:
    tenant = world.sandbox.procurify.tenant("harbormills")
    return {str(order["procurify_PO"]): str(order["version"]) for order in tenant.orders.values()}


def is_there_once(world: World) -> bool:
    held = dict(SourceDocument.objects.filter(feed=FEED).values_list("source_id", "version"))
    return held == stands(world) and Record.objects.count() == len(held)


def test_orders_of_one_moment_are_all_read_while_others_come_and_change(world: World, monkeypatch: Any) -> None:
    moment = timezone.now()
    for number in range(320):
        world.order(f"PF{9001 + number}", lines=[GOODS], modified=moment)
    stored = storing.store

    def works_on(*given: Any) -> None:
        """A revision and a new order between every two pages."""
        stored(*given)
        at = pages_asked(world)
        world.sandbox.procurify.change_order("harbormills", f"PF{9001 + 7 * at}", comment="urgent", modified=moment)
        world.order(f"PF{9901 + at}", lines=[GOODS], modified=moment)

    monkeypatch.setattr(storing, "store", works_on)
    read_orders(world)
    assert not is_there_once(world)
    monkeypatch.setattr(storing, "store", stored)
    read_orders(world)
    assert is_there_once(world)
    assert len(stands(world)) > 320


def test_a_run_of_many_slices_asks_for_the_list_once_and_the_next_run_finds_what_came_meanwhile(world: World) -> None:
    for number in range(6):
        world.order(f"PF{9001 + number}", lines=[GOODS], modified=timezone.now())

    def used_up() -> bool:
        """After the lines of two orders."""
        return sum("/purchase_orders/9" in asked["path"] for asked in world.sandbox.log("procurify")) >= 2

    assert running.run_slice(world.integration.pk, stopping=used_up).more
    asked = pages_asked(world)
    assert asked
    world.order("PF9500", lines=[GOODS], modified=timezone.now())
    world.run()
    assert pages_asked(world) == asked
    assert len(world.bills) == 6
    world.run()
    assert {bill["InvoiceNumber"] for bill in world.bills} == {*(f"PF{9001 + at}" for at in range(6)), "PF9500"}
