"""What happens at the contractor's after the first run: payments come and go, documents change, a budget is raised.

`play(sandbox, "bill-unpaid")` plays one, `play(sandbox, "all")` all of them. Names are ids of `order_cases.CASES` and
`bill_cases.CASES`. Returns {"played": [case id], "numbers": [number of the order]}.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ..exchange import Json
from . import books
from .awkward_orders import line
from .bill_cases import ORDERED_BY
from .order_cases import ORDER_NUMBERS

if TYPE_CHECKING:
    from ..box import Sandbox

NUMBER_OF = {**ORDER_NUMBERS, **ORDERED_BY}


def bill_of(sandbox: Sandbox, number: str) -> Json:
    """The bill of the one order that was made for it."""
    wanted = number.casefold()
    return next(bill for bill in sandbox.xero.bills(books.TENANT) if wanted in bill["InvoiceNumber"].casefold())


def _raise_budget(sandbox: Sandbox, number: str) -> None:
    sandbox.procore.change_budget("1202", "06-100.M", approved="500.00")


def _delete_order(sandbox: Sandbox, number: str) -> None:
    _change(sandbox, number, Status="DELETED")


def _order_more(sandbox: Sandbox, number: str) -> None:
    """60 sheets where 40 were ordered: 1,872.00 becomes 2,808.00."""
    _change(sandbox, number, LineItems=[line("Plywood 18 mm, sheet", "46.80", "60", "330", books.ROWS)])


def _order_less(sandbox: Sandbox, number: str) -> None:
    """After its bill: the commitment would need a change order."""
    boards = line("Boards 13 mm", "700.00", account="350", project=books.LIBRARY)
    _change(sandbox, number, LineItems=[boards])


def _change(sandbox: Sandbox, number: str, **fields: Any) -> None:
    order = sandbox.xero.purchase_order(number, tenant=books.TENANT)
    sandbox.xero.edit_purchase_order(order["PurchaseOrderID"], tenant=books.TENANT, **fields)


def _pay_a_part(sandbox: Sandbox, number: str) -> None:
    sandbox.xero.pay_bill(bill_of(sandbox, number)["InvoiceID"], "400.00", tenant=books.TENANT)


def _delete_payment(sandbox: Sandbox, number: str) -> None:
    [payment] = bill_of(sandbox, number)["Payments"]
    sandbox.xero.remove_payment(payment["PaymentID"], tenant=books.TENANT)


def _void(sandbox: Sandbox, number: str) -> None:
    _delete_payment(sandbox, number)
    sandbox.xero.delete_bill(bill_of(sandbox, number)["InvoiceID"], tenant=books.TENANT)


def _open_period(sandbox: Sandbox, number: str) -> None:
    start = sandbox.clock.now().date().replace(day=1)
    end = (start + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    sandbox.procore.add_billing_period("1204", start.isoformat(), end.isoformat())


EVENTS: dict[str, Callable[[Sandbox, str], None]] = {
    "order-over-until-raised": _raise_budget,
    "order-deleted-later": _delete_order,
    "order-grows": _order_more,
    "bill-unpaid": _pay_a_part,
    "bill-payment-deleted": _delete_payment,
    "bill-no-open-period": _open_period,
    "bill-voided-later": _void,
    "bill-order-changes": _order_less,
}


def play(sandbox: Sandbox, event: str) -> Json:
    """Play one event or "all"; raises LookupError for one that does not exist."""
    if event != "all" and event not in EVENTS:
        raise LookupError(f"no event {event!r}; there are {', '.join(EVENTS)}, all")
    chosen = list(EVENTS) if event == "all" else [event]
    for name in chosen:
        EVENTS[name](sandbox, NUMBER_OF[name])
    return {"played": chosen, "numbers": [NUMBER_OF[name] for name in chosen]}
