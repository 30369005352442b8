"""The words that stories of orders and bills are told in."""

from decimal import Decimal

from django.contrib.auth.models import User

from integrations.engine import record_decisions
from integrations.models import OrderLine
from tests.world import World, line

D = Decimal
# 1,000.00 net without tax, so that the figures of the rules can be read off.
GOODS = line("Steel bar", "10.00", "100", taxes=[])
SERVICE = [{"name": "Service", "amount": D(90), "account": "6100"}]


def thousand(world: World, number: str = "PF1", **more: object) -> None:
    world.order(number, lines=[GOODS], **more)


def totals(world: World) -> dict[str, float]:
    return {bill["InvoiceNumber"]: bill["Total"] for bill in world.bills}


def ledger(world: World, number: str = "PF1") -> list[tuple[Decimal, Decimal, Decimal]]:
    """(ordered, billed, still in the draft) per line of an order."""
    rows = OrderLine.objects.filter(record__number=number).order_by("position")
    return [(row.ordered, row.billed, row.drafted) for row in rows]


def touched(world: World, how: str) -> None:
    xero, draft = world.sandbox.xero, world.bill("PF1")["InvoiceID"]
    if how == "approve":
        xero.approve_bill(draft, tenant=world.tenant)
    elif how == "remove":
        xero.delete_bill(draft, tenant=world.tenant)
    else:
        typed = [{"Description": "As agreed", "Quantity": 1, "UnitAmount": 77, "AccountCode": "400", "TaxType": "NONE"}]
        xero.edit_bill(draft, LineItems=typed, tenant=world.tenant)


def two_people(users: type) -> list[User]:
    return [users.objects.create_superuser(name) for name in ("ana", "ben")]  # type: ignore[attr-defined]


def beside(world: World, number: str, users: type) -> None:
    asks, decides = two_people(users)
    record_decisions.post_beside([world.record(number)], asks, "Both are owed")
    approved(world, number, decides)


def approved(world: World, number: str, by: User) -> None:
    ((_, said),) = record_decisions.approve([world.record(number)], by, "As agreed")
    assert said == "approved."
    world.run()
