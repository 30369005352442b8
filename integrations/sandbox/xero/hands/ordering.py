"""Purchase orders, as people enter and change them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ...exchange import Json
from .. import forms
from ..amounts import ZERO, exact, rounded, sent
from ..dates import day_string, day_text
from ..lines import LineRules
from ..organisation import Organisation, new_id, public
from ..problems import Complaints
from ..tax import totals
from .desk import Day, as_day, shown, typed
from .payables import Payables

# Moves of an order. That anything but a billed one may be deleted is not documented.
MOVES = {
    "DRAFT": {"SUBMITTED", "AUTHORISED", "DELETED"},
    "SUBMITTED": {"DRAFT", "AUTHORISED", "DELETED"},
    "AUTHORISED": {"BILLED", "DELETED"},
    "BILLED": set[str](),
    "DELETED": set[str](),
}
MOST_COPIED = 25


class Ordering(Payables):
    def add_purchase_order(
        self,
        contact: str,
        lines: Sequence[Json],
        *,
        number: str = "",
        day: Day | None = None,
        status: str = "AUTHORISED",
        currency: str = "",
        amount_types: str = "Exclusive",
        tenant: str = "",
        updated: datetime | str | None = None,
        **fields: Any,
    ) -> Json:
        """An order to a contact by id or name, who must exist. Prices keep four decimals, discounts are allowed."""
        organisation = self.organisation(tenant)
        found = self.contact(contact, tenant=tenant)
        _check_number(organisation, number)
        dated = as_day(day) or organisation.today()
        code = currency or organisation.base_currency
        row: Json = {
            "PurchaseOrderID": new_id(),
            "PurchaseOrderNumber": number or f"PO-{len(organisation.purchase_orders.rows) + 1:04d}",
            "Type": "PURCHASEORDER",
            "Reference": "",
            "Contact": {name: found[name] for name in ("ContactID", "Name")},
            "DateString": day_string(dated),
            "Date": day_text(dated),
            "Status": status,
            "LineAmountTypes": amount_types,
            "CurrencyCode": code,
            "CurrencyRate": organisation.currency_rate(code),
            "HasErrors": False,
            "IsDiscounted": any("DiscountRate" in line for line in lines),
            "HasAttachments": False,
            "SentToContact": False,
            **fields,
            **_summed(organisation, lines, amount_types),
        }
        return shown(organisation.purchase_orders, organisation.purchase_orders.store(row), updated)

    def edit_purchase_order(
        self, order_id: str, *, tenant: str = "", updated: datetime | str | None = None, **fields: Any
    ) -> Json:
        """Change fields of an order (`Status="BILLED"`); new `LineItems` replace the old ones. Raises Refused.

        A deleted order stays, and lists go on showing it.
        """
        organisation = self.organisation(tenant)
        before = organisation.purchase_orders.rows[order_id]
        _check_move(before, fields)
        if fields.get("PurchaseOrderNumber", before["PurchaseOrderNumber"]) != before["PurchaseOrderNumber"]:
            _check_number(organisation, fields["PurchaseOrderNumber"])
        row = {**before, **fields}
        if "LineItems" in fields:
            row.update(_summed(organisation, fields["LineItems"], row["LineAmountTypes"]))
        return shown(organisation.purchase_orders, organisation.purchase_orders.store(row), updated)

    def purchase_order(self, order: str, *, tenant: str = "") -> Json:
        """By id or number; raises KeyError."""
        shelf = self.organisation(tenant).purchase_orders
        found = shelf.get(order) or next((row for row in shelf.in_order() if row["PurchaseOrderNumber"] == order), None)
        if found is None:
            raise KeyError(f"no purchase order {order!r}")
        return public(found)

    def bill_purchase_orders(
        self, orders: Sequence[str], *, billed: bool = True, number: str = "", tenant: str = ""
    ) -> list[Json]:
        """Copy approved orders, by id or number, to one draft bill per supplier; returns the bills.

        The orders' numbers become the bill's number unless a person types another one: nothing else links the two.
        `billed` is the tick that marks the orders as billed. At most 25 orders at once (Xero's help, 2026).
        """
        chosen = [self.purchase_order(each, tenant=tenant) for each in orders]
        _check_copied(chosen)
        for order in chosen if billed else ():
            self.edit_purchase_order(order["PurchaseOrderID"], tenant=tenant, Status="BILLED")
        by_supplier: dict[str, list[Json]] = {}
        for order in chosen:
            by_supplier.setdefault(order["Contact"]["ContactID"], []).append(order)
        return [self._copied(supplier, theirs, number, tenant) for supplier, theirs in by_supplier.items()]

    def _copied(self, supplier: str, orders: list[Json], number: str, tenant: str) -> Json:
        return self.add_bill(
            supplier,
            [_without_discount(line) for order in orders for line in order["LineItems"]],
            number=number or ", ".join(order["PurchaseOrderNumber"] for order in orders),
            currency=orders[0]["CurrencyCode"],
            tenant=tenant,
            LineAmountTypes=orders[0]["LineAmountTypes"],
        )


def _refuse(order: Json, message: str) -> None:
    complaints = Complaints()
    complaints.add(message)
    complaints.raise_for(order, "PurchaseOrderID")


def _check_number(organisation: Organisation, number: str) -> None:
    taken = (row["PurchaseOrderNumber"].casefold() for row in organisation.purchase_orders.rows.values())
    if number and number.casefold() in taken:
        _refuse({"PurchaseOrderNumber": number}, "Purchase Order # must be unique.")


def _check_move(order: Json, fields: Json) -> None:
    before, after = order["Status"], fields.get("Status", order["Status"])
    if before == "DELETED" or (after != before and after not in MOVES[before]):
        _refuse(order, "Purchase Order not of valid status for modification")


def _check_copied(orders: list[Json]) -> None:
    if not orders or len(orders) > MOST_COPIED:
        _refuse({}, f"Between one and {MOST_COPIED} purchase orders are copied at once")
    for order in orders:
        if order["Status"] != "AUTHORISED":
            _refuse(order, "Only approved purchase orders can be copied to a bill")


def _without_discount(line: Json) -> Json:
    """Bills know no discount: what does not come out as a whole price becomes one piece at the net amount."""
    names = ("Description", "Quantity", "UnitAmount", "AccountCode", "ItemCode", "TaxType", "Tracking")
    copied = {name: line[name] for name in names if name in line}
    copied["Tracking"] = [{name: each[name] for name in ("Name", "Option")} for each in line.get("Tracking", [])]
    if not line.get("DiscountRate") and not line.get("DiscountAmount"):
        return copied
    return {**copied, "Quantity": 1, "UnitAmount": line["LineAmount"]}


def _summed(organisation: Organisation, lines: Sequence[Json], amount_types: str) -> Json:
    """Lines as stored, with the totals of the document; raises Refused."""
    complaints = Complaints()
    rules = LineRules(
        organisation,
        amount_types,
        4,
        committed=False,
        purchase=True,
        retaxed=False,
        complaints=complaints,
        discounts=True,
    )
    built = rules.build([typed(line, forms.LINE) for line in lines], [], create=True)
    complaints.raise_for({"LineItems": list(lines)}, "PurchaseOrderID")
    summed = totals(
        ((exact(each.get("LineAmount", 0.0)), exact(each.get("TaxAmount", 0.0))) for each in built), amount_types
    )
    gross = sum((rounded(exact(each.get("Quantity", 0)) * exact(each.get("UnitAmount", 0))) for each in built), ZERO)
    net = sum((exact(each.get("LineAmount", 0.0)) for each in built), ZERO)
    return {
        "LineItems": built,
        "SubTotal": sent(summed.subtotal),
        "TotalTax": sent(summed.tax),
        "Total": sent(summed.total),
        "TotalDiscount": sent(gross - net),
    }
