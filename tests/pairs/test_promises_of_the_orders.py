"""What the product promises of orders and bills as such: all of them arrive, and nothing that nobody approved."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.utils import timezone

from integrations import tasks
from integrations.models import Integration
from tests import world as worlds
from tests.pairs.billing import GOODS, SERVICE
from tests.pairs.minutes import Worker
from tests.world import Json, World

pytestmark = pytest.mark.django_db(transaction=True)

COUNT = 1000
ORDER_STATES, OF_APPROVED_ORDERS = (None, 0, 1, 2, 3, 4, 5), (0, 5)
BILL_STATUSES, OF_APPROVED_BILLS = range(9), (2, 6, 7, 8)


@pytest.mark.sqlite
@pytest.mark.promise(1)
@pytest.mark.promise(3)
def test_a_thousand_approved_orders_are_a_thousand_drafts_after_one_scheduled_run(world: World, worker: Worker) -> None:
    """Field by field what Procurify's stand-in serves, by the tables as an accountant would read them."""
    procurify = world.sandbox.procurify
    made = procurify.many_orders(worlds.DOMAIN, COUNT, vendors=[worlds.VENDOR], accounts=["6100", "6200"])
    Integration.objects.update(enabled=True, schedule="every", every_minutes=5, next_run_at=timezone.now())
    tasks.tick()
    worker.work()
    first, last = (int(made[end].removeprefix("PF")) for end in ("first", "last"))
    assert last - first + 1 == COUNT
    expected = {f"PF{at}": expected_draft(procurify.order(worlds.DOMAIN, f"PF{at}")) for at in range(first, last + 1)}
    assert {bill["InvoiceNumber"]: stored(bill) for bill in world.bills} == expected
    assert len(world.bills) == COUNT


def expected_draft(order: Json) -> Json:
    lines = order["order_items"]
    return {
        "type": "ACCPAY",
        "status": "DRAFT",
        "number": order["number"],
        "contact": order["pref_vendor"]["name"],
        "date": order["date"][:10],
        "currency": order["purchased_currency"]["name"],
        "lines": sorted(
            ("400", f"{float(each['total_cost']):.2f}", "TAX005", each["account"]["department"]["name"])
            for each in lines
        ),
        "tax": f"{sum(float(each['tax_amount']) for each in lines):.2f}",
        "total": f"{float(order['total']):.2f}",
    }


def stored(bill: Json) -> Json:
    return {
        "type": bill["Type"],
        "status": bill["Status"],
        "number": bill["InvoiceNumber"],
        "contact": bill["Contact"]["Name"],
        "date": bill["DateString"][:10],
        "currency": bill["CurrencyCode"],
        "lines": sorted(
            (each["AccountCode"], f"{each['LineAmount']:.2f}", each["TaxType"], each["Tracking"][0]["Option"])
            for each in bill["LineItems"]
            if each.get("AccountCode")
        ),
        "tax": f"{bill['TotalTax']:.2f}",
        "total": f"{bill['Total']:.2f}",
    }


def ever_posted(world: World) -> set[str]:
    """Everything that ever stood, removed since or not."""
    return {bill["InvoiceNumber"] for bill in world.sandbox.xero.bills(world.tenant)}


@pytest.mark.sqlite
@pytest.mark.promise(2)
def test_of_every_state_and_every_change_of_it_only_what_is_approved_then_is_posted(world: World) -> None:
    """Each state an order or a bill can have, and each it can pass into: what is new in Xero was approved just then."""
    procurify = world.sandbox.procurify
    orders = {f"PF{at}": pair for at, pair in enumerate(product(ORDER_STATES, ORDER_STATES), start=1)}
    bills = {f"INV-{at}": pair for at, pair in enumerate(product(BILL_STATUSES, BILL_STATUSES), start=1)}
    for number, (state, _) in orders.items():
        world.order(number, lines=[GOODS], state=state)
    for at, (number, (status, _)) in enumerate(bills.items()):
        world.invoice(number, items=SERVICE, status=status, date=worlds.DAY + timedelta(days=at % 20))
    world.run()
    first = ever_posted(world)
    assert first == approved(orders, 0, OF_APPROVED_ORDERS) | approved(bills, 0, OF_APPROVED_BILLS)
    for number, (_, state) in orders.items():
        procurify.change_order(worlds.DOMAIN, number, state=state, modified=timezone.now())
    for number, (_, status) in bills.items():
        procurify.move_bill(worlds.DOMAIN, number, status)
    world.run()
    then = approved(orders, 1, OF_APPROVED_ORDERS) | approved(bills, 1, OF_APPROVED_BILLS)
    assert ever_posted(world) - first == then - first


def approved(every: dict[str, tuple[Any, Any]], when: int, by: tuple[int, ...]) -> set[str]:
    return {number for number, states in every.items() if states[when] in by}
