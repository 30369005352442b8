"""What happens to bills after the portal's first run, by ids of `bill_cases.CASES`, in this order."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..exchange import Json
from . import books
from .awkward_orders import MAINTENANCE, line
from .bill_cases import ordered_by
from .calendar import Calendar
from .seed import DOMAIN

if TYPE_CHECKING:
    from ..box import Sandbox

TENANT = books.HARBOR_MILLS.tenant_id


def draft(sandbox: Sandbox, number: str) -> Json:
    """The draft of an order or a bill in the target; LookupError before the portal has posted it."""
    for bill in sandbox.xero.bills(TENANT):
        if bill.get("InvoiceNumber") == number and bill["Status"] == "DRAFT":
            return bill
    raise LookupError(f"there is no draft of {number} yet")


def approve(sandbox: Sandbox, number: str) -> None:
    sandbox.xero.approve_bill(draft(sandbox, number)["InvoiceID"], tenant=TENANT)


def remove(sandbox: Sandbox, number: str) -> None:
    sandbox.xero.delete_bill(draft(sandbox, number)["InvoiceID"], tenant=TENANT)


def _order_booked(sandbox: Sandbox, number: str) -> None:
    approve(sandbox, ordered_by[number])
    sandbox.procurify.move_bill(DOMAIN, number, "approved")


def _order_raised(sandbox: Sandbox, number: str) -> None:
    lines = [line("Dosing pump", "40.00", "12", "5370", MAINTENANCE)]
    sandbox.procurify.change_order(DOMAIN, ordered_by[number], lines=lines)


def _denied(sandbox: Sandbox, number: str) -> None:
    sandbox.procurify.move_bill(DOMAIN, number, "denied")


def _denied_after_approval(sandbox: Sandbox, number: str) -> None:
    approve(sandbox, number)
    _denied(sandbox, number)


def _fixed(sandbox: Sandbox, number: str) -> None:
    """Its date was misread: it is of three days ago."""
    day = Calendar(sandbox.clock.now().date()).day(3)
    sandbox.procurify.fix_bill(DOMAIN, number, invoice_date=f"{day}T00:00:00-08:00")


def _fixed_after_approval(sandbox: Sandbox, number: str) -> None:
    approve(sandbox, number)
    _fixed(sandbox, number)


def _deleted(sandbox: Sandbox, number: str) -> None:
    sandbox.procurify.delete_bill(DOMAIN, number)


BILL_EVENTS: dict[str, Callable[[Sandbox, str], None]] = {
    "bill-over-billed": _order_raised,
    "bill-order-booked": _order_booked,
    "bill-denied-after-posting": _denied,
    "bill-denied-after-approval": _denied_after_approval,
    "bill-fixed-after-posting": _fixed,
    "bill-fixed-after-approval": _fixed_after_approval,
    "bill-deleted": _deleted,
    "bill-removed-by-a-person": remove,
}
