"""What a contact owes and is owed: raw sums of what is outstanding, not converted to the base currency."""

from __future__ import annotations

from decimal import Decimal

from ..exchange import Json
from .amounts import exact, sent
from .call import Call
from .organisation import public

_SIDES = {"ACCPAY": "AccountsPayable", "ACCREC": "AccountsReceivable"}
_owed: dict[str, dict[tuple[str, str], list[Decimal]]] = {}


def with_balances(call: Call, row: Json) -> Json:
    """The contact with `Balances`: approved documents still due, credits not yet applied taken off."""
    found = _of_call(call)
    key = row["ContactID"]
    balances = {
        side: {
            "Outstanding": sent(found.get((key, side), [Decimal(0)])[0]),
            "Overdue": sent(found.get((key, side), [Decimal(0), Decimal(0)])[1]),
        }
        for side in ("AccountsReceivable", "AccountsPayable")
    }
    return {**public(row), "Balances": balances}


def _of_call(call: Call) -> dict[tuple[str, str], list[Decimal]]:
    """Summed once for all contacts of one answer."""
    if call.correlation not in _owed:
        _owed.clear()
        _owed[call.correlation] = _summed(call)
    return _owed.get(call.correlation) or _summed(call)


def _summed(call: Call) -> dict[tuple[str, str], list[Decimal]]:
    sums: dict[tuple[str, str], list[Decimal]] = {}
    today = call.organisation.today().isoformat()
    for row in list(call.organisation.invoices.rows.values()):
        if row["Status"] == "AUTHORISED":
            both = sums.setdefault((row["Contact"]["ContactID"], _SIDES[row["Type"]]), [Decimal(0), Decimal(0)])
            due = exact(row["AmountDue"])
            both[0] += due
            both[1] += due if str(row.get("DueDateString", "9999"))[:10] < today else 0
    for row in list(call.organisation.credit_notes.rows.values()):
        if row["Status"] == "AUTHORISED":
            side = "AccountsPayable" if row["Type"] == "ACCPAYCREDIT" else "AccountsReceivable"
            both = sums.setdefault((row["Contact"]["ContactID"], side), [Decimal(0), Decimal(0)])
            both[0] -= exact(row["RemainingCredit"])
    return sums
