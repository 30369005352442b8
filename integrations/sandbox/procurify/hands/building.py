"""How an order's record is built of what people gave."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ...exchange import Json
from ..amounts import exact, number, text
from ..ordering import LINE_TYPES, Figures, line_figures, totals
from ..tenant import Tenant
from .desk import Named
from .masters import CARD, CARD_PROVIDER, Masters

NOBODY: Json = {"id": 6, "name": "Card provider", "active": True}  # where the company has no card provider
# Fields of an order that may be given as Procurify itself names them.
OWN_FIELDS = ("PO_Num", "comment", "state", "active", "fulfilment_status", "custom_fields")


class Building(Masters):
    def _built(self, tenant: Tenant, key: int, wanted: Json, before: Json) -> Json:
        """The record; `before` holds what a revision keeps, and at least version and `_requisition`."""
        own = {name: wanted[name] for name in OWN_FIELDS if name in wanted}
        given = {name: value for name, value in wanted.items() if name not in OWN_FIELDS}
        vendor = self.vendor(tenant.domain, given["vendor"])
        currency = self._order_currency(tenant, given, vendor)
        figures = [line_figures(line) for line in given["lines"]]
        uuid = before.get("uuid") or tenant.new_uuid("order", key)
        same = {
            "purchaser": self._user(tenant, "", 0)["id"],
            "pref_vendor": vendor["id"],
            "currency": currency["id"],
            "rate": currency["rate"],
            "number": given["number"],
            "uuid": uuid,
            "key": key,
            "requisition": before["_requisition"],
            "version": before["version"],
            "vendor_name": vendor["name"],
        }
        old = before.get("order_items", [])
        lines = [
            self._line(tenant, at, line, amounts, given, same, old[at] if at < len(old) else {})
            for at, (line, amounts) in enumerate(zip(given["lines"], figures, strict=True))
        ]
        kinds = {line["type"] for line in lines}
        return {
            "version": before["version"],
            "number": given["number"],
            "uuid": uuid,
            "purchaser": same["purchaser"],
            "procurify_PO": key,
            "date": given["date"],
            "buyer_contact": "Ana Petrov",
            "receiver_contact": "Tom Okafor",
            "pref_vendor": vendor["id"],
            "payment_terms": "Net 30",
            "promise_date": before.get("promise_date") or days_after(given["date"], 14),
            **totals(given, figures),
            "comment": None,
            "purchased_currency": currency["id"],
            "purchased_currency_rate": currency["rate"],
            "active": True,
            "state": 0,
            "closed_date": before.get("closed_date"),
            "fulfilment_status": "empty",
            "item_count": len(lines),
            "most_recent_version": before["version"],
            "has_blanket_order_items": LINE_TYPES["blanket"] in kinds,
            "creditcard": self._card(tenant, given.get("creditcard")),
            "order_items": lines,
            **{name: before[name] for name in OWN_FIELDS if name in before},
            **own,
            "_location": self._location(tenant, lines),
            "_requisition": before["_requisition"],
            "_given": given,
        }

    def _order_currency(self, tenant: Tenant, given: Json, vendor: Json) -> Json:
        """The order's own, else the vendor's, else the customer's."""
        wanted = given.get("currency") or vendor.get("currency")
        if isinstance(wanted, str) and self._find(tenant, "currencies", wanted) is None:
            return self.add_currency(tenant.domain, wanted)
        return self._currency(tenant, wanted) if wanted else self._base_currency(tenant)

    def _card(self, tenant: Tenant, card: Any) -> Any:
        """True: the card of the company's first card provider, if any; a number: of the provider of this id."""
        if card is not True and not isinstance(card, int):
            return card or None
        providers = [vendor for vendor in tenant.rows("vendors") if vendor["type"] == CARD_PROVIDER]
        provider = next((each for each in providers if card is True or each["id"] == card), NOBODY)
        named = {name: provider[name] for name in ("id", "name", "active")}
        own = next(iter(provider.get("creditcards", ())), CARD)
        return {
            **CARD,
            "id": own["id"],
            "vendor": named,
            "assignees": [],
            "currency": self._base_currency(tenant),
        }

    def _location(self, tenant: Tenant, lines: list[Json]) -> int:
        if not lines:
            return int(self._first(tenant, "locations")["id"])
        account = tenant.get("accounts", lines[0]["account"])
        return int(tenant.get("departments", account["department"])["branch"])

    def _line(
        self, tenant: Tenant, at: int, given: Json, amounts: Figures, order: Json, same: Json, before: Json
    ) -> Json:
        department = self.department(
            tenant.domain, given.get("department") or self._usual(tenant), given.get("location", "")
        )
        code = given.get("account") or self._first(tenant, "account_codes")["code"]
        requester = self._user(tenant, order.get("requester", ""), 1)["id"]
        approver = given.get("approved_by", order.get("approved_by"))
        approved = tenant.stamp(given.get("approved") or order["approved"])
        shipping = given.get("shipping_amount")
        return {
            **_money(amounts),
            "PO": [same["key"]],
            "PO_line_num": at + 1,
            "account": self.account(tenant.domain, code, department["id"]),
            "accountCode": str(code),
            "approved_currency_rate": same["rate"],
            "approved_datetime": approved,
            "created_at": days_after(approved, -1),
            "currency": same["currency"],
            "id": before.get("id") or tenant.next_id("order_items"),
            "last_changed_by": requester,
            "last_modified": order["date"],
            "name": given["name"],
            "num": f"{same['requisition']}-{at + 1}",
            "orderNum": same["requisition"],
            "order_number": same["requisition"],
            "po_version": same["version"],
            "pref_vendor": same["pref_vendor"],
            "purchase_order": same["key"],
            "purchaser": same["purchaser"],
            "receivedFailQty": 0.0,
            "receivedPassQty": before.get("receivedPassQty", 0.0),
            "sku": given.get("sku", ""),
            "shipping_amount": None if shipping is None else text(exact(shipping), 8),
            "status": before.get("status", 2),
            "unit": given.get("unit", "each"),
            "updated_at": order["date"],
            "vendor": given.get("vendor", same["vendor_name"]),
            "type": LINE_TYPES[given.get("type", "one-time")],
            "date_required": days_after(order["date"], 20),
            "has_sibling_items": len(order["lines"]) > 1,
            "order_description": "",
            "order_uuid": tenant.new_uuid("requisition", same["requisition"]),
            "purchase_order_number": same["number"],
            "purchase_order_uuid": same["uuid"],
            "purchased_currency_rate": same["rate"],
            "requester": requester,
            "spend_allocation": self._allocations(tenant, given, amounts, code),
            "submitted_date": days_after(approved, -1),
            "taxes": [self._tax(tenant, each) for each in given.get("taxes") or ()],
            **self._approver(tenant, approver, requester),
            **given.get("fields", {}),
        }

    def _approver(self, tenant: Tenant, name: Any, requester: int) -> Json:
        """Who approved a line, somebody other than who asked for it unless named; "" is nobody."""
        if name == "":
            return {}
        if name is not None:
            return {"_approver": self._user(tenant, name)["id"]}
        others = [row["id"] for row in tenant.rows("users") if row["id"] != requester]
        return {"_approver": others[0]} if others else {}

    def _usual(self, tenant: Tenant) -> Named:
        return int(self._first(tenant, "departments")["id"])

    def _tax(self, tenant: Tenant, tax: Json) -> Json:
        kind = "percent" if tax.get("percent") is not None else "amount"
        name = tax["name"]
        if name not in tenant.taxes:
            tenant.taxes[name] = tenant.next_id("taxes")
        return {"id": tenant.taxes[name], "type": kind, "value": text(exact(tax[kind]), 8), "name": name}

    def _allocations(self, tenant: Tenant, given: Json, amounts: Figures, code: Named) -> list[Json]:
        parts = []
        for at, part in enumerate(given.get("allocations") or ()):
            amount = part.get("amount")
            value = exact(amount) if amount is not None else amounts.total * exact(part["percent"]) / 100
            department = self.department(tenant.domain, part["department"], part.get("location", ""))
            account = self.account(tenant.domain, part.get("account") or code, department["id"])
            parts.append({"id": at + 1, "amount": text(value, 8), "account": account})
        return parts

    def _add_requisition_of(self, tenant: Tenant, order: Json) -> None:
        lines = order["order_items"]
        account = tenant.get("accounts", lines[0]["account"]) if lines else {"department": self._usual(tenant)}
        department = tenant.get("departments", account["department"])
        given = order["_given"]
        record = {
            "num": order["_requisition"],
            "uuid": tenant.new_uuid("requisition", order["_requisition"]),
            "branch": department["branch"],
            "user": self._user(tenant, given.get("requester", ""), 1)["id"],
            "department": department["id"],
            "currency": order["purchased_currency"],
            "total_cost_in_base_currency": number(exact(order["total"]) * exact(order["purchased_currency_rate"])),
            "logs": [],
            "item_count": len(lines),
            "description": order["comment"] or f"Items of {order['number']}",
            "ip_address": None,
            "date": days_after(given["approved"], -1),
            "dateRequired": days_after(order["date"], 20),
            "dateModified": order["date"],
            "lineCount": len(lines),
            "purchasedCount": len(lines),
            "totalPrice": order["subtotal"],
            "status": 3,
            "next_approver": self._user(tenant, "", 0)["id"],
            "approval_delegatee": None,
            "punchout_group": None,
            "punchout_shipping_address": None,
            "punchout_items_rejected": False,
            "punchout_supplier_name": None,
            "punchout_supplier_icon": None,
            "punchout_vendor_reference": None,
            "has_blanket_order_items": order["has_blanket_order_items"],
        }
        tenant.store("requisitions", record)


def _money(amounts: Figures) -> Json:
    """The amounts of a line, each with the decimals Procurify gives it."""
    price, net, tax = text(amounts.price, 8), text(amounts.total, 8), text(amounts.tax, 8)
    gross = text(amounts.total + amounts.tax, 8)
    return {
        "price": price,
        "quantity": number(amounts.quantity),
        "tax_amount": tax,
        "total_cost": text(amounts.total, 2),
        "approved_price": price,
        "approved_quantity": number(amounts.quantity),
        "approved_tax_amount": tax,
        "approved_total_cost": net,
        "cost_details": {
            "subtotal": net,
            "total_cost": gross,
            "total_cost_in_base_currency": gross,
            "tax_amount": tax,
        },
    }


def days_after(moment: str, days: int) -> str:
    return (datetime.fromisoformat(moment) + timedelta(days=days)).isoformat()
