"""What must stand in Procore against what does, in sentences: nothing missing, nothing besides, nothing twice."""

from collections.abc import Iterator
from decimal import Decimal

from integrations.sandbox import Sandbox
from tests.pairs.xero_procore.ledger import Json, Standing, standing
from tests.pairs.xero_procore.reckoning import Due, Reckoning


def differences(sandbox: Sandbox, due: Reckoning, status: str = "Approved") -> list[str]:
    stands = standing(sandbox)
    return [*_of_orders(stands, due, status), *_of_bills(stands, due), *_of_payments(stands, due)]


def _of_orders(stands: Standing, due: Reckoning, status: str) -> Iterator[str]:
    for key in {*stands.commitments, *(key for key, each in due.orders.items() if each.place == "done")}:
        wanted, found = due.orders.get(key, Due("nowhere")), stands.commitments.get(key, [])
        if wanted.place != "done" or len(found) != 1:
            yield f"{len(found)} commitments of {wanted.number or key}, whose place is {wanted.place}"
            continue
        [held] = found
        if (held["project"], held["number"], held["status"]) != (wanted.project, wanted.number, status):
            said = f"{held['number']} in {held['project']}: {held['status']}"
            yield f"{wanted.number} in {wanted.project} stands as {said}"
        if held["lines"] != wanted.lines:
            yield f"lines of {wanted.number}: {_lines(held['lines'])}, not {_lines(wanted.lines)}"


def _of_bills(stands: Standing, due: Reckoning) -> Iterator[str]:
    for key in {*stands.requisitions, *(key for key, each in due.bills.items() if each.place == "done")}:
        wanted, found = due.bills.get(key, Due("nowhere")), stands.requisitions.get(key, [])
        if wanted.place != "done" or len(found) != 1:
            yield f"{len(found)} requisitions of bill {wanted.number or key}, whose place is {wanted.place}"
            continue
        yield from _of_bill(stands, found[0], wanted)


def _of_bill(stands: Standing, held: Json, wanted: Due) -> Iterator[str]:
    [commitment] = stands.commitments.get(wanted.order) or [{"id": None}]
    if held["commitment"] != commitment["id"]:
        yield f"bill {wanted.number} stands on another commitment"
    amounts = {line: amount for line, (_, amount) in wanted.lines.items()}
    if held["lines"] != amounts or held["date"] != str(wanted.day) or held["number"] != wanted.number:
        yield f"bill {wanted.number} of {wanted.day}: {held['number']} of {held['date']}, {held['lines']} not {amounts}"
    paid = {
        key: (row["amount"], row["date"]) for key, rows in stands.payments.items() for row in rows
        if row["requisition"] == held["id"]
    }  # fmt: skip
    expected = {key: (amount, str(day)) for key, (amount, day) in wanted.payments.items()}
    if paid != expected:
        yield f"payments of bill {wanted.number}: {paid}, not {expected}"


def _of_payments(stands: Standing, due: Reckoning) -> Iterator[str]:
    known = {key for each in due.bills.values() for key in each.payments}
    for key, rows in stands.payments.items():
        if len(rows) != 1 or key not in known:
            yield f"{len(rows)} contract payments of {key}, {'once' if key in known else 'never'} paid in Xero"


def _lines(lines: dict[str, tuple[str, Decimal]]) -> list[tuple[str, Decimal]]:
    return sorted(lines.values())


__all__ = ["differences"]
