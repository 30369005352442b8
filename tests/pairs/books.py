"""What is owed, worked out again from both stand-ins alone: every spend stands once, as draft or as bill."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from tests.world import DOMAIN, World

APPROVED = (2, 4, 6, 7, 8)
GONE = ("DELETED", "VOIDED")
D = Decimal
Json = dict[str, Any]


def owed_once(world: World) -> None:
    """Per order: what stands of its draft and of its bills is what was ordered; every approved bill stands once."""
    tenant = world.sandbox.procurify.tenant(DOMAIN)
    bills = {row["invoice_number"]: row for row in tenant.rows("bills") if row["status"] in APPROVED}
    standing: dict[str, Decimal] = defaultdict(Decimal)
    for bill in world.sandbox.xero.bills(world.tenant):
        if bill["Status"] not in GONE:
            standing[bill["InvoiceNumber"]] += D(str(bill["SubTotal"]))
    for number, row in bills.items():
        assert standing.pop(number, None) == D(str(row["total_cost"])), f"bill {number} stands as {standing}"
    for order in tenant.orders.values():
        assert standing.pop(order["number"], D(0)) == expected_draft(order, list(bills.values())), order["number"]
    assert not standing, f"nobody owes {dict(standing)}"


def expected_draft(order: Json, bills: list[Json]) -> Decimal:
    """Ordered (or received, where it was closed short) less billed, per line, with the extra costs not billed yet."""
    rest = D(0)
    for line in order["order_items"]:
        whole = D(line["total_cost"])
        if order["state"] == 3:
            whole = min(whole, D(str(line["receivedPassQty"])) * D(line["price"]))
        billed = sum((D(str(item["total_cost"])) for bill in bills for item in items_of(bill, line["id"])), D(0))
        rest += max(whole - billed, D(0))
    extra = D(order["freight"]) + D(order["other"]) if rest else D(0)
    return D(0) if order["state"] == 1 else rest + extra


def items_of(bill: Json, line: int) -> list[Json]:
    return [item for item in bill["items"] if item.get("_order_item") == line]
