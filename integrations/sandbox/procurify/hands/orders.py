"""Purchase orders: made, changed, received, closed, cancelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date as Day  # noqa: N812  (the parameter is called date)
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from ...exchange import Json
from ..amounts import exact, number, text
from ..order_shapes import order_detail
from ..ordering import jsonable
from ..tenant import Moment, Tenant
from .building import Building
from .desk import Named

CANCELLED, CLOSED, PAID, REOPENED = 1, 3, 4, 5


class Orders(Building):
    def add_order(
        self,
        domain: str,
        *,
        number: str | None = None,
        vendor: Named = "Northgate Safety Supply",
        date: Day | datetime | str | None = None,
        lines: Sequence[Mapping[str, Any]] = (),
        approved: Moment | None = None,
        modified: Moment | None = None,
        **given: Any,
    ) -> Json:
        """An order as somebody made it of an approved requisition; its detail, as it would be sent.

        A line is {"name", "price", "quantity", "account", "department"} and, where wanted, "location", "unit",
        "sku", "taxes" [{"name", "percent"}] or [{"name", "amount"}], "tax_amount", "total_cost",
        "shipping_amount", "type" ("one-time", "recurring", "blanket"), "vendor" (free text), "approved_by",
        "allocations" [{"department", "location", "account", "percent" or "amount"}].
        The rest: currency, freight, other, discount and tax (an amount or {"percentage": 10}), total (else computed),
        state, creditcard (True, a provider's id or an object), requester, approved_by, and OWN_FIELDS. `approved` is
        the items' approval, a day before `date` if left out; `modified` is `date` plus an hour.
        """
        with self.lock:
            tenant = self.tenant(domain)
            key = self._order_id(tenant, number)
            wanted = jsonable({**given, "number": number or f"PF{key}", "vendor": vendor, "lines": list(lines)})
            made = tenant.local(date)
            wanted["date"] = made.isoformat(timespec="microseconds")
            asked = tenant.local(approved) if approved else made - timedelta(days=1)
            wanted["approved"] = asked.isoformat(timespec="microseconds")
            requisition = tenant.next_id("requisitions")
            record = self._built(tenant, key, wanted, {"_requisition": requisition, "version": 1})
            record["last_modified"] = tenant.stamp(modified or min(made + timedelta(hours=1), self.clock.now()))
            tenant.store("purchase_orders", record)
            self._add_requisition_of(tenant, record)
            return self.order(domain, key)

    def _order_id(self, tenant: Tenant, wanted: str | None) -> int:
        digits = "".join(filter(str.isdecimal, wanted or ""))[-9:]
        if digits and digits not in tenant.orders and int(digits) > 0:
            return tenant.claim_id("purchase_orders", int(digits))
        return tenant.next_id("purchase_orders")

    def order(self, domain: str, order: Named) -> Json:
        """The detail of an order by number or id, as it would be sent. Raises KeyError."""
        tenant = self.tenant(domain)
        return order_detail(tenant, self._order(tenant, order))

    def change_order(self, domain: str, order: Named, *, modified: Moment | None = None, **given: Any) -> Json:
        """Revise an order: what is given replaces what was, totals follow, the version goes up by one."""
        with self.lock:
            tenant = self.tenant(domain)
            held = self._order(tenant, order)
            wanted = {**held["_given"], "number": held["number"], **jsonable(given)}
            record = self._built(tenant, held["procurify_PO"], wanted, {**held, "version": held["version"] + 1})
            stamp = tenant.stamp(modified)
            for line in record["order_items"]:
                line.update(last_modified=stamp, updated_at=stamp)
            return self._touched(tenant, record, modified)

    def cancel_order(self, domain: str, order: Named, *, modified: Moment | None = None) -> Json:
        return self._moved(domain, order, CANCELLED, modified)

    def close_order(self, domain: str, order: Named, *, modified: Moment | None = None) -> Json:
        """Close by hand, whatever was received."""
        return self._moved(domain, order, CLOSED, modified, closed=True)

    def reopen_order(self, domain: str, order: Named, *, modified: Moment | None = None) -> Json:
        return self._moved(domain, order, REOPENED, modified)

    def mark_order_paid(self, domain: str, order: Named, *, modified: Moment | None = None) -> Json:
        return self._moved(domain, order, PAID, modified)

    def receive(
        self,
        domain: str,
        order: Named,
        quantities: Mapping[int, Any] | Any = None,
        *,
        modified: Moment | None = None,
        closes: bool = True,
    ) -> Json:
        """Receive goods: everything, a share such as Decimal("0.5") of every line, or {line number: quantity}.

        An order that is received in full closes by itself, unless `closes` is False.
        """
        with self.lock:
            tenant = self.tenant(domain)
            record = self._order(tenant, order)
            stamp = tenant.stamp(modified)
            lines = [dict(line) for line in record["order_items"]]
            for line in lines:
                self._receive_line(tenant, line, quantities, stamp)
            got = [(line["receivedPassQty"], line["quantity"]) for line in lines]
            full = all(received >= ordered for received, ordered in got)
            state = "full" if full else "partial" if any(received for received, _ in got) else "empty"
            record = {**record, "order_items": lines, "fulfilment_status": state}
            if full and closes and record["state"] in (0, REOPENED):
                record.update(state=CLOSED, closed_date=stamp)
            return self._touched(tenant, record, modified)

    def _receive_line(self, tenant: Tenant, line: Json, quantities: Any, stamp: str) -> None:
        ordered, before = exact(line["quantity"]), exact(line["receivedPassQty"])
        if isinstance(quantities, Mapping):
            more = exact(quantities.get(line["PO_line_num"], quantities.get(str(line["PO_line_num"]), 0)))
        else:
            more = ordered * exact(1 if quantities is None else quantities) - (before if quantities is None else 0)
        line.update(receivedPassQty=number(before + more), last_modified=stamp, updated_at=stamp)
        line["status"] = 3 if before + more >= ordered else 5
        if more:
            self._add_receipt(tenant, line, more, stamp)

    def _add_receipt(self, tenant: Tenant, line: Json, quantity: Decimal, stamp: str) -> None:
        line["receive_log_count"] = line.get("receive_log_count", 0) + 1
        record = {
            "id": tenant.next_id("receipts"),
            "pass_quantity": text(quantity, 5),
            "fail_quantity": "0.00000",
            "order_item": line["id"],
            "created_at": stamp,
            "is_edited": False,
            "created_by": self._user(tenant, "", 1)["id"],
            "total_quantity": text(quantity, 5),
            "received_at": stamp[:10],
        }
        tenant.store("receipts", record)

    def remove_order(self, domain: str, order: Named) -> None:
        """Make an order vanish; Procurify itself never does."""
        with self.lock:
            tenant = self.tenant(domain)
            del tenant.orders[str(self._order(tenant, order)["procurify_PO"])]
            tenant.changed()

    # How it is done

    def _order(self, tenant: Tenant, order: Named) -> Json:
        if isinstance(order, int) or order.isdecimal():
            return tenant.get("purchase_orders", order)
        digits = "".join(filter(str.isdecimal, order))
        likely = tenant.orders.get(digits)
        if likely is not None and likely["number"] == order:
            return likely
        for row in tenant.orders.values():
            if row.get("number") == order:
                return row
        raise KeyError(f"{tenant.domain} has no order {order}")

    def _moved(self, domain: str, order: Named, state: int, modified: Moment | None, *, closed: bool = False) -> Json:
        with self.lock:
            tenant = self.tenant(domain)
            record = {**self._order(tenant, order), "state": state}
            record["closed_date"] = tenant.stamp(modified) if closed else None
            return self._touched(tenant, record, modified)

    def _touched(self, tenant: Tenant, record: Json, modified: Moment | None) -> Json:
        record["last_modified"] = tenant.stamp(modified)
        tenant.store("purchase_orders", record)
        return self.order(tenant.domain, record["procurify_PO"])
