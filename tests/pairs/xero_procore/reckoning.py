"""Every order, bill and payment in Xero, worked out by hand's rules: what must stand in Procore, to the cent.

A document that must not stand says where its record belongs, and every reason there is. Nothing of the portal's own
code is used.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from integrations.sandbox import Sandbox
from tests.pairs.xero_procore.ledger import Json, Setting, company, day_of, exact, projects, shelf
from tests.pairs.xero_procore.reckoned_costs import NONE, NOT_COST, Costs, Lines, fill, shares


@dataclass(frozen=True)
class Due:
    """`place` "done": it must stand so. `lines` are by the id of the order's line: the code and the amount."""

    place: str
    reasons: frozenset[str] = frozenset()
    project: str = ""
    contact: str = ""
    number: str = ""
    lines: Lines = field(default_factory=dict)
    day: date | None = None
    order: str = ""
    payments: dict[str, tuple[Decimal, date]] = field(default_factory=dict)

    @property
    def total(self) -> Decimal:
        return sum((amount for _, amount in self.lines.values()), NONE)


@dataclass
class Reckoning:
    """By Xero's ids."""

    orders: dict[str, Due] = field(default_factory=dict)
    bills: dict[str, Due] = field(default_factory=dict)


def reckon(sandbox: Sandbox, setting: Setting) -> Reckoning:
    at = _Desk(sandbox, setting)
    done = Reckoning()
    stored = shelf(sandbox, setting.tenant, "purchase_orders")
    orders = [setting.as_billed.get(order["PurchaseOrderID"], order) for order in stored]
    done.orders = at.within_budget({order["PurchaseOrderID"]: at.order(order) for order in orders})
    bills = [bill for bill in shelf(sandbox, setting.tenant, "invoices") if bill["Type"] == "ACCPAY"]
    billed: dict[str, Decimal] = defaultdict(Decimal)
    for bill in sorted(bills, key=lambda bill: bill["DateString"]):
        due = at.bill(bill, orders, done.orders, billed)
        done.bills[bill["InvoiceID"]] = due
        for line, (_, amount) in due.lines.items():
            billed[line] += amount
    return done


@dataclass
class _Desk:
    sandbox: Sandbox
    setting: Setting

    def __post_init__(self) -> None:
        self.projects = projects(self.sandbox)
        self.costs = Costs(self.setting, self.projects)
        self.vendors = company(self.sandbox)["vendors"]
        tenant = self.setting.tenant
        kinds = {kind: shelf(self.sandbox, tenant, kind) for kind in ("prepayments", "overpayments")}
        self.ahead = [credit for rows in kinds.values() for credit in rows]
        self.notes = shelf(self.sandbox, tenant, "credit_notes")

    # Orders

    def order(self, order: Json) -> Due:
        if rest := self._not_yet(order, {"AUTHORISED", "BILLED"}):
            return rest
        costs, project, reasons = self.costs.of(order)
        reasons |= self._vendor(order["Contact"])
        if not costs and not reasons:
            return Due("excluded-by-rule")
        if reasons:
            return Due("held", frozenset(reasons))
        lines = {line["LineItemID"]: (code, amount) for line, code, amount in costs}
        contact = order["Contact"]["ContactID"]
        return Due("done", project=project, contact=contact, number=order["PurchaseOrderNumber"], lines=lines)

    def within_budget(self, due: dict[str, Due]) -> dict[str, Due]:
        """Orders that are over budget alone are held; all others together must fit, or their order would decide."""
        wanted: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for key, each in due.items():
            needs: dict[str, Decimal] = defaultdict(Decimal)
            for code, amount in each.lines.values():
                needs[code] += amount
            left = self.projects[each.project].left if each.project else {}
            approved = each.number in self.setting.approved
            if any(amount > left.get(code, NONE) for code, amount in needs.items()) and not approved:
                due[key] = Due("held", frozenset({"over-budget"}))
            elif not approved:
                for code, amount in needs.items():
                    wanted[each.project, code] += amount
        for (project, code), amount in wanted.items():
            if amount > self.projects[project].left.get(code, NONE):
                raise AssertionError(f"The order of arrival decides who gets the last of {code} in {project}.")
        return due

    def _vendor(self, contact: Json) -> set[str]:
        """One by our id or by the name; several and inactive ones are held; none is made."""
        if any(vendor["origin_id"] in (contact["ContactID"], f"xero:contact:{contact['ContactID']}")
               and vendor["is_active"] for vendor in self.vendors):  # fmt: skip
            return set()
        named = [vendor for vendor in self.vendors if _plain(vendor["name"]) == _plain(contact["Name"])]
        if len(named) > 1:
            return {"ambiguous-vendor"}
        return {"inactive-vendor"} if named and not named[0]["is_active"] else set()

    def _not_yet(self, document: Json, approved: set[str]) -> Due | None:
        if document["Status"] in ("DELETED", "VOIDED"):
            return Due("withdrawn")
        if document["Status"] not in approved:
            return Due("not-yet-approved")
        if day_of(document["DateString"]) < self.setting.start:
            return Due("before-start")
        if exact(document["Total"]) <= 0:
            return Due("held", frozenset({"credit" if exact(document["Total"]) else "zero-total"}))
        return None

    # Bills

    def bill(self, bill: Json, orders: list[Json], due: dict[str, Due], billed: dict[str, Decimal]) -> Due:
        if rest := self._not_yet(bill, {"AUTHORISED", "PAID"}):
            return rest
        marks = [self.setting.marks.get(line["AccountCode"]) for line in bill["LineItems"] if "AccountCode" in line]
        if set(marks) == {NOT_COST}:
            return Due("excluded-by-rule")
        noted = any(part["Invoice"]["InvoiceID"] == bill["InvoiceID"] for note in self.notes
                    for part in note["Allocations"])  # fmt: skip
        reasons = {"credit-note"} if noted else set()
        named = [order for order in orders if _names(bill, order)]
        if len(named) != 1:
            return Due("held", frozenset(reasons | {"needs-link"}))
        return self._against(bill, named[0], due[named[0]["PurchaseOrderID"]], billed, reasons)

    def _against(self, bill: Json, order: Json, stands: Due, billed: dict[str, Decimal], reasons: set[str]) -> Due:
        paid = self._paid(bill)
        waits = stands.place != "done" or (self.setting.when_paid and not paid)
        if stands.place != "done":
            return Due("held", frozenset(reasons)) if reasons else Due("waiting")
        costs, project, wrong = self.costs.of(bill, stands.project)
        reasons |= wrong
        lines = fill(costs, order, stands.lines, billed, self.setting.tolerance)
        period = self.projects[project].open_period
        if not waits:
            reasons |= {"needs-link"} if lines is None and not wrong else set()
            reasons |= {"no-open-period"} if period is None else set()
        if reasons:
            return Due("held", frozenset(reasons))
        day = day_of(bill["DateString"])
        if waits or (period is not None and day > period[1]):
            return Due("waiting")
        payments = shares(paid, sum((amount for _, _, amount in costs), NONE), exact(bill["Total"]))
        return Due("done", project=project, contact=bill["Contact"]["ContactID"], number=bill["InvoiceNumber"],
                   lines=lines or {}, day=day, order=order["PurchaseOrderID"], payments=payments)  # fmt: skip

    def _paid(self, bill: Json) -> list[tuple[date, str, Decimal]]:
        """Payments and what was paid ahead, on the day it was applied, oldest first."""
        key = bill["InvoiceID"]
        own = [(day_of(each["Date"]), each["PaymentID"], exact(each["Amount"])) for each in bill["Payments"]]
        parts = [part for credit in self.ahead for part in credit["Allocations"] if part["Invoice"]["InvoiceID"] == key]
        return sorted([*own, *((day_of(each["Date"]), each["AllocationID"], exact(each["Amount"])) for each in parts)])


def _names(bill: Json, order: Json) -> bool:
    """The order's whole number stands in the bill's, and both are the same supplier's."""
    words = {word.strip("()[].:#") for word in re.split(r"[\s,;/&+|]+", bill["InvoiceNumber"].casefold())}
    same = bill["Contact"]["ContactID"] == order["Contact"]["ContactID"]
    return same and order["PurchaseOrderNumber"].casefold() in words


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
