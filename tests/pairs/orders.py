"""Orders and tables to translate, without any system or database."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from integrations.documents import (
    Allocation,
    ExtraCost,
    HeaderAmount,
    Line,
    OrderState,
    PurchaseOrder,
    PurchaseOrderSummary,
    Tax,
    Vendor,
)
from integrations.pairs.flow import Terms, Translation
from integrations.pairs.procurify_xero import translate
from integrations.systems.xero.payloads import expected_totals
from mappings import keys
from mappings.tables import (
    AccountRow,
    ExtraCostRow,
    RequiredCategory,
    Tables,
    TaxRow,
    TrackingRow,
    VendorRow,
)

D = Decimal
GST, PST = Tax("GST", D(5)), Tax("PST", D(7))
VENDOR = Vendor("318", "Northgate Safety Supply")
LINK = "http://localhost:8000/r/abcdefghjk-o1-1041"


def part(amount: str, code: str = "6100", department: str = "14", location: str = "2") -> Allocation:
    return Allocation(D(amount), code, department, "Production", location, "Plant North")


def line(amount: str = "500.00", *, taxes: tuple[Tax, ...] = (GST,), tax: str | None = None, **more: Any) -> Line:
    """An item of quantity 1; its tax is computed from its percentages unless given."""
    net = D(amount)
    percent = sum((each.percent or D(0) for each in taxes), D(0))
    given = D(tax) if tax is not None else (net * percent / 100).quantize(D("0.01"))
    fields: dict[str, Any] = {
        "source_id": "5511", "description": "Nitrile gloves M", "quantity": D(1), "unit": "each", "price": net,
        "amount": net, "allocations": (part(amount),), "taxes": taxes, "tax_amount": given, "received": D(1),
    }  # fmt: skip
    return Line(**(fields | more))


def order(*lines: Line, total: str | None = None, costs: tuple[ExtraCost, ...] = (), discount: str = "0",
          header_tax: str | None = None, currency: str = "USD", **more: Any) -> PurchaseOrder:  # fmt: skip
    """An order that adds up, unless `total` says otherwise."""
    lines = lines or (line(),)
    nets = sum((each.amount for each in lines), D(0))
    taxes = sum((each.tax_amount for each in lines), D(0))
    whole = nets + taxes + sum((cost.amount for cost in costs), D(0)) - D(discount)
    summary = PurchaseOrderSummary(
        source_id="1041", number="PF1041", version="1", state=more.pop("state", OrderState.OPEN), active=True,
        date=more.pop("day", date(2026, 5, 1)), modified_at=datetime(2026, 5, 3, tzinfo=UTC), vendor=VENDOR,
        currency=currency, total=D(total) if total is not None else whole,
    )  # fmt: skip
    return PurchaseOrder(
        summary=summary, lines=lines, extra_costs=costs, tax=HeaderAmount(D(header_tax) if header_tax else taxes),
        discount=HeaderAmount(D(discount)), subtotal=nets, **{"approved_by": "Priya Shah", **more},
    )  # fmt: skip


def terms(**more: Any) -> Terms:
    base = Terms(
        start_date=date(2026, 1, 1), bills_from="orders", tax_from="source", include_card_orders=False,
        base_currency="USD", currencies=frozenset({"USD", "CAD", "JPY"}), locked_until=None, source_label="Procurify",
        target_label="Xero", tax_rates={"INPUT": D(5), "NONE": D(0), "PART": D(5)},
    )  # fmt: skip
    return replace(base, **more)


def tax_row(taxes: tuple[Tax, ...], code: str, recoverable: str, pk: int) -> tuple[tuple[str, str, str], TaxRow]:
    percent = sum((each.percent or D(0) for each in taxes), D(0))
    key = keys.taxes_key([(each.name, each.percent) for each in taxes])
    row = TaxRow("tax", pk, 1, code, code, code, percent=percent, recoverable=D(recoverable))
    return (key, "", ""), row


def tables(**more: Any) -> Tables:
    accounts = {
        (code, "", "", ""): AccountRow("account", pk, 1, code, target, f"account {target}", mark=mark)
        for pk, (code, target, mark) in enumerate(
            [("6100", "400", ""), ("6200", "410", ""), ("2300", "", "tax account")], start=1
        )
    }
    rows = [tax_row((), "NONE", "0", 11), tax_row((GST,), "INPUT", "5", 12), tax_row((GST, PST), "PART", "5", 13),
            tax_row((PST,), "NONE", "0", 14)]  # fmt: skip
    costs = {
        keys.cost_name(name): ExtraCostRow("extra-cost", pk, 1, treatment=treatment, account=account)
        for pk, (name, treatment, account) in enumerate(
            [("Freight", "account", "425"), ("Other", "spread", ""), ("Tax", "tax", "")], start=21
        )
    }
    base: dict[str, Any] = {
        "accounts": accounts, "taxes": dict(rows), "extra_costs": costs,
        "tracking_rows": {
            ("department", "14"): TrackingRow("tracking", 31, 1, "opt-production", name="Production", category="cat-d"),
            ("location", "2"): TrackingRow("tracking", 32, 1, "opt-north", name="Plant North", category="cat-l"),
        },
        "vendors": {("318", ""): VendorRow("vendor", 41, 1, "contact-1", name="Northgate")},
        "required_categories": (RequiredCategory("cat-l", "Warehouse", "location"),),
        "rounding_account": "860",
    }  # fmt: skip
    return Tables(**(base | more))


def translated(given: PurchaseOrder, with_: Tables | None = None, on: Terms | None = None) -> Translation:
    return translate(given, with_ or tables(), on or terms(), LINK, expected_totals)
