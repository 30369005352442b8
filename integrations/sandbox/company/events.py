"""What happens after the portal's first run: orders cancelled and changed, drafts approved and edited by people.

`play(sandbox, "changed-after-posting")` plays one, `play(sandbox, "all")` all of them, in this order. Names are ids of
`awkward.CASES` and `bill_cases.CASES`; "vendors" plays what happens to vendors (`vendor_cases.py`). Returns {"played":
[case id], "numbers": [number]}.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

from ..exchange import Json
from . import vendor_cases
from .awkward import NUMBERS
from .awkward_orders import BEARINGS, MAINTENANCE, OFFICE, line
from .bill_cases import BILL_NUMBERS
from .bill_events import BILL_EVENTS, TENANT, approve, draft, remove
from .seed import DOMAIN
from .taxes import SALES_TAX

if TYPE_CHECKING:
    from ..box import Sandbox

NUMBER_OF = {**NUMBERS, **BILL_NUMBERS}


def _cancel(sandbox: Sandbox, number: str) -> None:
    sandbox.procurify.cancel_order(DOMAIN, number)


def _cancel_after_approval(sandbox: Sandbox, number: str) -> None:
    approve(sandbox, number)
    sandbox.procurify.cancel_order(DOMAIN, number)


def _change(sandbox: Sandbox, number: str) -> None:
    """Fewer rollers, another bracket, and freight: 880.00 + 270.00 becomes 704.00 + 324.00 + 45.00."""
    lines = [
        line("Conveyor roller 89 mm", "44.00", "16", "6280", MAINTENANCE),
        line("Roller brackets, galvanised", "8.10", "40", "6280", MAINTENANCE),
    ]
    sandbox.procurify.change_order(DOMAIN, number, vendor=BEARINGS, lines=lines, freight=Decimal("45.00"))


def _change_after_edit(sandbox: Sandbox, number: str) -> None:
    stands = draft(sandbox, number)
    lines = [*stands["LineItems"], {"Description": "Assembly", "Quantity": 1, "UnitAmount": 60, "AccountCode": "409",
                                   "TaxType": "NONE"}]  # fmt: skip
    sandbox.xero.edit_bill(stands["InvoiceID"], tenant=TENANT, LineItems=lines)
    more = [line("Office chair", "268.00", "8", "6690", OFFICE, SALES_TAX)]
    sandbox.procurify.change_order(DOMAIN, number, lines=more)


EVENTS: dict[str, Callable[[Sandbox, str], None]] = {
    "cancelled-after-posting": _cancel,
    "cancelled-after-approval": _cancel_after_approval,
    "changed-after-posting": _change,
    "changed-after-edit": _change_after_edit,
    "approved-by-a-person": approve,
    "removed-by-a-person": remove,
    **BILL_EVENTS,
}


def play(sandbox: Sandbox, event: str) -> Json:
    """Play one event or "all"; raises LookupError for one that does not exist or comes too early."""
    if event == "vendors":
        return {"played": vendor_cases.play(sandbox), "numbers": []}
    if event != "all" and event not in EVENTS:
        raise LookupError(f"no event {event!r}; there are {', '.join(EVENTS)}, all, vendors")
    chosen = list(EVENTS) if event == "all" else [event]
    for name in chosen:
        EVENTS[name](sandbox, NUMBER_OF[name])
    return {"played": chosen, "numbers": [NUMBER_OF[name] for name in chosen]}
