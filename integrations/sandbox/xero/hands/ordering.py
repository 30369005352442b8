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
from ..organisation import Organisation, new_id
from ..problems import Complaints
from ..tax import totals
from .desk import Day, Desk, as_day, shown, typed


class Ordering(Desk):
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
        found = organisation.contacts.get(contact) or next(
            row for row in organisation.contacts.rows.values() if row["Name"] == contact
        )
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
        """Change fields of an order (`Status="BILLED"`); new `LineItems` replace the old ones."""
        organisation = self.organisation(tenant)
        row = {**organisation.purchase_orders.rows[order_id], **fields}
        if "LineItems" in fields:
            row.update(_summed(organisation, fields["LineItems"], row["LineAmountTypes"]))
        return shown(organisation.purchase_orders, organisation.purchase_orders.store(row), updated)


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
