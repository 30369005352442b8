"""Orders by the thousand, for benchmarks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from ...exchange import Json
from ..tenant import Moment, Tenant
from .desk import Named
from .orders import Orders


class Many(Orders):
    def many_orders(
        self,
        domain: str,
        count: int,
        *,
        lines: int = 3,
        days: int = 30,
        vendors: Sequence[Named] = (),
        accounts: Sequence[Named] = (),
        departments: Sequence[Named] = (),
        taxes: Sequence[Mapping[str, Any]] = ({"name": "GST", "percent": 5},),
        until: Moment | None = None,
    ) -> Json:
        """`count` good orders for benchmarks, made from one pattern per day and materialised when they are read.

        Dated on the `days` days up to `until` (today); `lines` lines each, round the vendors, codes and
        departments named (the tenant's own preferred and regular vendors, its codes, its departments if none).
        Returns {"first": number, "last": number}.
        """
        with self.lock:
            tenant = self.tenant(domain)
            last = tenant.local(until).date()
            names: Sequence[Named] = vendors or _ids(tenant, "vendors", lambda row: row["type"] in (3, 4))
            codes: Sequence[Named] = accounts or [row["code"] for row in tenant.rows("account_codes") if row["active"]]
            places: Sequence[Named] = departments or _ids(tenant, "departments")
            patterns = [
                self._pattern(
                    domain,
                    names[at % len(names)],
                    last - timedelta(days=days - 1 - at),
                    [_line(at, nth, codes, places, taxes) for nth in range(lines)],
                )
                for at in range(days)
            ]
            first = tenant.next_id("purchase_orders")
            tenant.claim_id("purchase_orders", first + count - 1)
            first_item = tenant.next_id("order_items")
            tenant.claim_id("order_items", first_item + count * lines)
            tenant.orders.repeat(patterns, ((first + at, first_item + at * lines) for at in range(count)))
            tenant.changed()
            return {"first": f"PF{first}", "last": f"PF{first + count - 1}", "count": count}

    def _pattern(self, domain: str, vendor: Named, day: date, lines: list[Json]) -> Json:
        """An order as it would be stored, without being stored."""
        made = self.add_order(domain, vendor=vendor, date=day, lines=lines)
        tenant = self.tenant(domain)
        record = tenant.orders.pop(str(made["procurify_PO"]))
        tenant.shelves["requisitions"].pop(str(record["_requisition"]))
        return record


def _ids(tenant: Tenant, collection: str, chosen: Callable[[Json], bool] = lambda row: True) -> list[Named]:
    return [row["id"] for row in tenant.rows(collection) if row["active"] and chosen(row)]


def _line(
    at: int, nth: int, codes: Sequence[Named], places: Sequence[Named], taxes: Sequence[Mapping[str, Any]]
) -> Json:
    return {
        "name": f"Item {at}-{nth + 1}",
        "price": Decimal("1.25") * (at + 1) + nth,
        "quantity": nth + 1,
        "account": codes[(at + nth) % len(codes)],
        "department": places[(at + nth) % len(places)],
        "taxes": list(taxes),
    }
