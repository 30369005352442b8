"""Bills: made of orders or typed in, moved through their life, fixed, deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from ...exchange import Json
from ..amounts import ZERO, exact, number, rounded, text
from ..bill_shapes import bill_detail
from ..files import content_of, new_file
from ..tenant import Moment, Tenant
from .desk import Named
from .orders import Orders

STATUSES = {
    "draft": 0,
    "confirmed": 1,
    "approved": 2,
    "denied": 3,
    "paid": 4,
    "withdrawn": 5,
    "payment confirmed": 6,
    "payment approved": 7,
    "payment limbo": 8,
}
# The way a bill takes to a status, each step on record.
WAYS = {0: (0,), 1: (0, 1), 2: (0, 1, 2), 3: (0, 1, 3), 4: (0, 1, 2, 6, 7, 4), 5: (0, 1, 5), 6: (0, 1, 2, 6),
        7: (0, 1, 2, 6, 7), 8: (0, 1, 2, 8)}  # fmt: skip


class Bills(Orders):
    def add_bill(
        self,
        domain: str,
        *,
        orders: Sequence[Named] = (),
        share: Any = 1,
        items: Sequence[Mapping[str, Any]] = (),
        costs: Sequence[Mapping[str, Any]] = (),
        vendor: Named = "",
        invoice_number: str = "",
        date: date | str | None = None,
        due: date | str | None = None,
        status: str | int = "approved",
        modified: Moment | None = None,
        currency: Named = "",
        freight_account: Named = "6900",
        **fields: Any,
    ) -> Json:
        """A bill, as its detail would be sent.

        `orders` bills the lines of these orders, `share` of each quantity (negative for a credit), freight as a
        cost when the whole order is billed. `items` are {"order", "line", "quantity"} or, without an order,
        {"name", "amount", "account", "department", "tax_name", "tax_percentage", "inclusive", "currency" (if it is
        another than the bill's), "names" (an order, though none of its lines)}; `costs` are
        {"name", "amount", "account", "department"}. Other fields as Procurify names them: type, group,
        invoice_total, gl_post_date, note.
        """
        with self.lock:
            tenant = self.tenant(domain)
            wanted = list(items)
            for each in orders:
                held = self._order(tenant, each)
                wanted += [{"order": each, "line": line["PO_line_num"], "share": share} for line in held["order_items"]]
                if exact(share) == 1 and exact(held["freight"]):
                    costs = [*costs, {"name": "Freight", "amount": held["freight"], "account": freight_account}]
            key = tenant.next_id("bills")
            made = [self._bill_item(tenant, key, item) for item in wanted]
            first = next((self._order(tenant, item["order"]) for item in wanted if item.get("order")), None)
            payee = self.vendor(domain, vendor or (first["pref_vendor"] if first else 318))
            money = self._currency(tenant, currency or (first["purchased_currency"] if first else "")
                                   or payee["currency"] or self._base_currency(tenant)["id"])  # fmt: skip
            day = tenant.local(date)
            record = {
                **self._bill_head(tenant, key, payee, money),
                "items": made,
                "costs": [self._cost(tenant, key, cost, money) for cost in costs],
                "invoice_number": invoice_number,
                "invoice_date": tenant.midnight(day.date()),
                "due_date": tenant.midnight(due or day.date() + timedelta(days=30)),
                "added_purchase_orders": _orders_of(tenant, made, money),
                **fields,
            }
            record.update(_bill_totals(record))
            tenant.store("bills", record)
            number_of = STATUSES[status] if isinstance(status, str) else status
            for step in WAYS[number_of]:
                self._step(tenant, record, step, modified or day)
            return bill_detail(tenant, record)

    def bill(self, domain: str, bill: Named) -> Json:
        """The detail of a bill by id, uuid or invoice number, as it would be sent. Raises KeyError."""
        tenant = self.tenant(domain)
        return bill_detail(tenant, self._bill(tenant, bill))

    def move_bill(self, domain: str, bill: Named, status: str | int, *, modified: Moment | None = None) -> Json:
        """The next step of its life: confirmed, approved, denied, withdrawn, payment confirmed, .., paid."""
        with self.lock:
            tenant = self.tenant(domain)
            record = self._bill(tenant, bill)
            self._step(tenant, record, STATUSES[status] if isinstance(status, str) else status, modified)
            return bill_detail(tenant, record)

    def fix_bill(
        self, domain: str, bill: Named, *, same_uuid: bool = True, modified: Moment | None = None, **fields: Any
    ) -> Json:
        """Fix an approved bill: a new version, approved again, under the same uuid or under a new one of its group."""
        with self.lock:
            tenant = self.tenant(domain)
            record = dict(self._bill(tenant, bill))
            before = {"version": record["version"], "pk": record["id"]}
            if not same_uuid:
                del tenant.shelves["bills"][record["uuid"]]
                record["id"] = tenant.next_id("bills")
                record["uuid"] = tenant.new_uuid("bill", record["id"])
            record.update(fields, version=record["version"] + 1)
            now = {"version": record["version"], "pk": record["id"]}
            choices = [each for each in record["version_choices"] if each["version"] < before["version"]]
            record["version_choices"] = [*choices, before, now]
            record.update(_bill_totals(record))
            tenant.store("bills", record)
            for step in (1, 2):
                self._step(tenant, record, step, modified)
            return bill_detail(tenant, record)

    def attach_file(
        self, domain: str, bill: Named, name: str, content: Any = b"%PDF-1.4 invoice", *, modified: Moment | None = None
    ) -> Json:
        """A supplier's file hung on a bill: bytes, text, or a number of bytes. The row of it, as kept."""
        with self.lock:
            tenant = self.tenant(domain)
            record = self._bill(tenant, bill)
            file = new_file(tenant, name, content_of(content), self._user(tenant, "", 0)["id"])
            record["invoice_attachments"] = [*(record.get("invoice_attachments") or []), file]
            if modified is not None:
                record["last_modified_datetime"] = tenant.stamp(modified)
            tenant.changed()
            return file

    def detach_file(self, domain: str, bill: Named, name: str) -> None:
        with self.lock:
            tenant = self.tenant(domain)
            record = self._bill(tenant, bill)
            record["invoice_attachments"] = [each for each in record["invoice_attachments"] if each["name"] != name]
            tenant.changed()

    def delete_bill(self, domain: str, bill: Named) -> None:
        """A deleted bill vanishes from lists and detail."""
        with self.lock:
            tenant = self.tenant(domain)
            del tenant.shelves["bills"][self._bill(tenant, bill)["uuid"]]
            tenant.changed()

    # How it is done

    def _bill(self, tenant: Tenant, bill: Named) -> Json:
        for record in tenant.rows("bills"):
            if bill in (record["id"], record["uuid"], record["uuid"].replace("-", "")) or (
                bill and bill == record["invoice_number"]
            ):
                return record
        raise KeyError(f"{tenant.domain} has no bill {bill}")

    def _step(self, tenant: Tenant, record: Json, status: int, modified: Moment | None) -> None:
        stamp = tenant.stamp(modified)
        user = self._user(tenant, "", 1 if status == 2 else 0)
        number_of = sum(len(row["bill_statuses"]) for row in tenant.rows("bills")) + 1
        step = {"id": number_of, "user": user["id"], "date": stamp, "status": status, "bill": record["id"]}
        record["bill_statuses"] = [*record["bill_statuses"], step]
        record.update(status=status, last_modified_datetime=stamp)
        if status == 1:
            record["submitted_date"] = stamp
        if status == 2:
            record["gl_post_date"] = record["gl_post_date"] or tenant.midnight(tenant.local(modified).date())
        tenant.changed()

    def _bill_head(self, tenant: Tenant, key: int, vendor: Json, currency: Json) -> Json:
        return {
            "version": 1,
            "id": key,
            "uuid": tenant.new_uuid("bill", key),
            "group": tenant.next_id("bill_groups"),
            "user": self._user(tenant, "", 1)["id"],
            "creator": self._user(tenant, "", 0)["id"],
            "vendor": vendor["id"],
            "currency": currency["id"],
            "version_choices": [{"version": 1, "pk": key}],
            "bill_statuses": [],
            "submitted_date": None,
            "gl_post_date": None,
            "status": 0,
            "type": 0,
        }

    def _bill_item(self, tenant: Tenant, bill: int, given: Mapping[str, Any]) -> Json:
        return self._item_of_order(tenant, bill, given) if given.get("order") else self._free_item(tenant, bill, given)

    def _item_of_order(self, tenant: Tenant, bill: int, given: Mapping[str, Any]) -> Json:
        """What one line of an order bills, coded as the order is."""
        order = self._order(tenant, given["order"])
        line = order["order_items"][int(given.get("line", 1)) - 1]
        ordered = exact(line["quantity"])
        quantity = exact(given["quantity"]) if "quantity" in given else ordered * exact(given.get("share", 1))
        whole = quantity == ordered
        cost = exact(line["total_cost"]) if whole else rounded(quantity * exact(line["price"]))
        taxes = line.get("taxes") or []
        percent = sum((exact(tax["value"]) for tax in taxes if tax["type"] == "percent"), ZERO)
        tax = exact(line["tax_amount"]) if whole else rounded(cost * percent / 100)
        total = exact(line["total_cost"])
        parts = [
            (part["account"], exact(part["amount"]) * (cost / total if total else 1))
            for part in line.get("spend_allocation") or [{"account": line["account"], "amount": line["total_cost"]}]
        ]
        return self._item(
            tenant,
            bill,
            description=line["name"],
            sku=line["sku"],
            unit=line["unit"],
            quantity=quantity,
            unit_cost=exact(line["price"]),
            cost=cost,
            tax_name=" + ".join(tax["name"] for tax in taxes),
            tax_percentage=percent,
            tax=rounded(tax),
            parts=parts,
            extra={
                "po": _named(order),
                "_order_item": line["id"],
                "_order": order["procurify_PO"],
            },
        )

    def _free_item(self, tenant: Tenant, bill: int, given: Mapping[str, Any]) -> Json:
        department = self.department(tenant.domain, given.get("department") or self._usual(tenant))
        account = self.account(
            tenant.domain, given.get("account") or self._first(tenant, "account_codes")["code"], department["id"]
        )
        cost, percent = exact(given["amount"]), exact(given.get("tax_percentage", 0))
        return self._item(
            tenant,
            bill,
            description=given["name"],
            sku="",
            unit="each",
            quantity=exact(given.get("quantity", 1)),
            unit_cost=cost / exact(given.get("quantity", 1)),
            cost=cost,
            tax_name=given.get("tax_name", ""),
            tax_percentage=percent,
            tax=rounded(exact(given["tax_amount"]) if "tax_amount" in given else cost * percent / 100),
            parts=[(account, cost)],
            extra={"tax_is_inclusive": bool(given.get("inclusive")), **self._beside(tenant, given)},
        )

    def _beside(self, tenant: Tenant, given: Mapping[str, Any]) -> Json:
        """A currency of its own, and an order that it names without one of its lines."""
        order = self._order(tenant, given["names"]) if given.get("names") else None
        found: Json = {"po": _named(order) if order else None, "_order_item": None}
        if order:
            found["_order"] = order["procurify_PO"]
        if given.get("currency"):
            found["_currency"] = self._currency(tenant, given["currency"])["id"]
        return found

    def _item(
        self,
        tenant: Tenant,
        bill: int,
        *,
        quantity: Decimal,
        unit_cost: Decimal,
        cost: Decimal,
        tax_name: str,
        tax_percentage: Decimal,
        tax: Decimal,
        parts: Sequence[tuple[int, Decimal]],
        extra: Json,
        **texts: str,
    ) -> Json:
        return {
            **texts,
            "id": tenant.next_id("bill_items"),
            "bill": bill,
            "quantity": text(quantity, 8),
            "unit_cost": number(unit_cost),
            "total_cost": number(cost),
            "tax": tenant.taxes.get(tax_name.split(" + ")[0]) if tax_name else None,
            "tax_name": tax_name,
            "tax_percentage": text(tax_percentage, 8) if tax_name else None,
            "tax_amount": number(tax),
            "tax_is_inclusive": False,
            "total_cost_with_tax": number(cost + tax),
            "received_on": None,
            "cost_allocations": [self._part(tenant, account, amount) for account, amount in parts],
            **extra,
        }

    def _part(self, tenant: Tenant, account: int, amount: Decimal) -> Json:
        return {"id": tenant.next_id("cost_allocations"), "budget": account, "amount": text(amount, 8)}

    def _cost(self, tenant: Tenant, bill: int, given: Mapping[str, Any], currency: Json) -> Json:
        department = self.department(tenant.domain, given.get("department") or self._usual(tenant))
        code = given["account"]
        account = self.account(tenant.domain, code, department["id"])
        amount = exact(given["amount"])
        return {
            "id": tenant.next_id("costs"),
            "name": given["name"],
            "amount": text(amount, 8),
            "bill": bill,
            "cost": 2,
            "currency": currency["id"],
            "cost_allocation": self._part(tenant, account, amount),
        }


def _named(order: Json) -> Json:
    return {"number": order["number"], "id": order["procurify_PO"], "uuid": order["uuid"]}


def _orders_of(tenant: Tenant, items: Sequence[Json], currency: Json) -> list[Json]:
    found: dict[int, Json] = {}
    for item in items:
        key = item.get("_order")
        if key is not None and key not in found:
            order = tenant.get("purchase_orders", key)
            found[key] = {
                "id": key,
                "number": order["number"],
                "currency": currency["name"],
                "total_amount": order["total"],
            }
    return list(found.values())


def _bill_totals(record: Json) -> Json:
    """The totals of a bill as JSON numbers, tax rounded per item and summed."""
    items, costs = record["items"], record["costs"]
    subtotal = sum((exact(item["total_cost"]) for item in items), ZERO)
    included = sum((exact(item["tax_amount"]) for item in items if item["tax_is_inclusive"]), ZERO)
    added = sum((exact(item["tax_amount"]) for item in items if not item["tax_is_inclusive"]), ZERO)
    extra = sum((exact(cost["amount"]) for cost in costs), ZERO)
    total = subtotal + extra + added + included
    return {
        "subtotal_cost": number(subtotal),
        "total_cost": number(subtotal + extra),
        "tax_amount": number(included + added),
        "inclusive_tax_amount": number(included),
        "exclusive_tax_amount": number(added),
        "total_cost_with_tax": number(total),
        "converted_total_cost": number(total),
        "invoice_total": record.get("invoice_total", number(total)),
    }
