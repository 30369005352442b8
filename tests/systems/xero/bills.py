"""Bills to be sent, and Xero's own JSON of stored ones."""

import json
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from integrations.documents import Bill, BillAction, BillLine, BillWrite
from integrations.systems.xero import parse

SAMPLES = Path(__file__).parent / "samples"
CONTACT = "430fa14a-f945-44d3-9f97-5df5e28441b8"
RATES = {"INPUT2": Decimal(15), "OUTPUT2": Decimal(15), "NONE": Decimal(0)}


@cache
def _recorded_text() -> str:
    return (SAMPLES / "recorded_demo_invoices.json").read_text()


def recorded() -> list[dict[str, Any]]:
    """79 documents that the live API gave of its public demo company (2020)."""
    found: list[dict[str, Any]] = parse.loads(_recorded_text())["Invoices"]
    return found


def line(net: str = "30.37", **changes: Any) -> BillLine:
    given: dict[str, Any] = {"account": "310", "tax_code": "INPUT2", **changes}
    return BillLine(given.pop("description", "Steel bar 12mm"), Decimal(net), **given)


def bill(*lines: BillLine, **changes: Any) -> Bill:
    lines = lines or (line(),)
    given: dict[str, Any] = {
        "contact": CONTACT,
        "number": "PF1042",
        "date": date(2026, 10, 1),
        "due_date": None,
        "currency": "NZD",
        "net": sum((each.net for each in lines), Decimal(0)),
        "tax": Decimal(0),
        "total": Decimal(0),
        "link": "https://portal.example/r/8f1c",
    }
    return Bill(lines=lines, **(given | changes))


def creating(*bills: Bill) -> list[BillWrite]:
    return [BillWrite(BillAction.CREATE, each) for each in bills]


def stored(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A draft bill as Xero lists it."""
    return {
        "Type": "ACCPAY",
        "InvoiceID": f"ed255415-e141-4150-aab7-{number:012d}",
        "InvoiceNumber": f"PF{number}",
        "Contact": {"ContactID": CONTACT, "Name": "Delta Steel Ltd"},
        "Status": "DRAFT",
        "Date": "/Date(1790812800000+0000)/",
        "DueDate": "/Date(1793404800000+0000)/",
        "CurrencyCode": "NZD",
        "LineAmountTypes": "Exclusive",
        "SubTotal": Decimal("30.37"),
        "TotalTax": Decimal("4.56"),
        "Total": Decimal("34.93"),
        "AmountPaid": Decimal("0.00"),
        "Url": f"https://portal.example/r/{number}",
        "UpdatedDateUTC": f"/Date({1790812999120 + number}+0000)/",
        "LineItems": [
            {
                "LineItemID": "5f7a612b-fdcc-4d33-90fa-a9f6bc6db32f",
                "Description": "Steel bar 12mm",
                "Quantity": Decimal("3.0000"),
                "UnitAmount": Decimal("10.1234"),
                "TaxType": "INPUT2",
                "TaxAmount": Decimal("4.56"),
                "LineAmount": Decimal("30.37"),
                "AccountCode": "310",
                "Tracking": [{"TrackingCategoryID": "351953c4", "Name": "Region", "Option": "North"}],
            }
        ],
        **changes,
    }


def page(rows: list[Any], number: int = 1, pages: int = 1, plural: str = "Invoices", **more: Any) -> bytes:
    paging = {"page": number, "pageSize": 1000, "pageCount": pages, "itemCount": len(rows)}
    return parse.dumps({"Status": "OK", "pagination": paging, plural: rows, **more}).encode()


def sent(body: bytes) -> list[dict[str, Any]]:
    """What stands in a request, its fractions as text, so that nothing is lost in looking at it."""
    found: list[dict[str, Any]] = json.loads(body, parse_float=str)["Invoices"]
    return found
