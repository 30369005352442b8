"""Payments of bills."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from ...exchange import Json
from .. import shapes
from ..amounts import ZERO, exact, text
from ..tenant import Moment
from .bills import Bills
from .desk import Named


class Payments(Bills):
    def add_payment(
        self,
        domain: str,
        bills: Sequence[Named] | Mapping[Named, Any],
        *,
        status: str = "paid",
        posted: date | str | None = None,
        source: str = "Operating account",
        modified: Moment | None = None,
        **fields: Any,
    ) -> Json:
        """One payment over one or more bills, in full or by the share given for each ({bill: amount}).

        Moves bills that are paid in full, if `status` is "paid". Row of the public list.
        """
        with self.lock:
            tenant = self.tenant(domain)
            held = {each: self._bill(tenant, each) for each in bills}
            wanted = bills if isinstance(bills, Mapping) else {}
            shares = {
                str(bill["group"]): text(exact(wanted.get(each) or bill["total_cost_with_tax"]), 2)
                for each, bill in held.items()
            }
            first = next(iter(held.values()))
            stamp, day = tenant.stamp(modified), tenant.local(posted).date().isoformat()
            key = tenant.next_id("payments")
            record = {
                "id": key,
                "uuid": tenant.new_uuid("payment", key),
                "payment_source_name": source,
                "payment_source_type": "external",
                "external_payment_source_id": 1,
                "creator": self._payer(domain),
                "created_at": stamp,
                "updated_at": stamp,
                "amount": text(sum((exact(share) for share in shares.values()), ZERO), 2),
                "currency": first["currency"],
                "status": status,
                "processing_date": day,
                "direct_debit_bank_account_mask": None,
                "vendor_name": self.vendor(domain, first["vendor"])["name"],
                "posted_date": day if status == "paid" else None,
                "gl_code": "1000",
                "vendor_payment_method_country_code": None,
                "vendor_payment_method_rail": None,
                "bill_groups": [int(group) for group in shares],
                "_shares": shares,
                **fields,
            }
            tenant.store("payments", record)
            if status == "paid":
                for bill in held.values():
                    if exact(shares[str(bill["group"])]) == exact(bill["total_cost_with_tax"]):
                        for step in (6, 7, 4):
                            self._step(tenant, bill, step, modified)
            return shapes.payment(tenant, record)

    def move_payment(self, domain: str, payment: int, status: str, *, modified: Moment | None = None) -> Json:
        """Change a payment's status; bills it had paid go back to approved when it fails or is denied."""
        with self.lock:
            tenant = self.tenant(domain)
            record = tenant.get("payments", payment)
            record.update(status=status, updated_at=tenant.stamp(modified))
            if status in ("failed", "denied"):
                record["posted_date"] = None
                for bill in tenant.rows("bills"):
                    if str(bill["group"]) in record["_shares"] and bill["status"] == 4:
                        self._step(tenant, bill, 2, modified)
            tenant.store("payments", record)
            return shapes.payment(tenant, record)

    def _payer(self, domain: str) -> Json:
        user = self._user(self.tenant(domain), "", 0)
        return {"email": user["email"], "first_name": user["firstName"], "last_name": user["lastName"]}
