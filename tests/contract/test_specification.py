"""Every request that a client can send is one that the system's own specification knows."""

from pathlib import Path
from typing import Any

import pytest

from tests.contract.bench import Bench
from tests.contract.specifications import complaints


def test_every_request_validates_against_the_specification(bench: Bench, api_facts: Path) -> None:
    bench.everything(bench.open())
    requests = bench.specified()
    found = {f"{entry['method']} {entry['path']}": complaints(bench.slug, entry, api_facts) for entry in requests}
    assert {name: told for name, told in found.items() if told} == {}
    assert len(found) >= 6


def entry(path: str, method: str = "GET", body: str | None = None, **query: list[str]) -> dict[str, Any]:
    headers = {"xero-tenant-id": "t", "x-procurify-client": "api"}
    return {"path": path, "method": method, "query": query, "headers": headers, "body": body}


ORDERS = "/acme/api/v2/purchase_orders/purchased/all/"
BILLS = "/api.xro/2.0/Invoices"


@pytest.mark.parametrize(
    ("slug", "bad", "told"),
    [
        ("procurify", entry(ORDERS, modified_after=["2026-05-01"]), "unknown parameter modified_after"),
        ("procurify", entry(ORDERS, page=["two"]), "page: "),
        ("procurify", entry(ORDERS, modified_date_0=["01.05.2026"]), "modified_date_0: "),
        ("procurify", entry(ORDERS, page=["1", "2"]), "page is sent 2 times"),
        ("procurify", entry(ORDERS, "POST"), "no POST"),
        ("procurify", entry(ORDERS[:-1]), "no GET"),
        ("procurify", entry(ORDERS.replace("all", "approved")), "no GET"),
        ("procurify", entry("/acme/api/v3/ap/bills/", "POST", "{}"), "no POST"),
        ("procurify", entry(ORDERS) | {"headers": {}}, "header x-procurify-client is missing"),
        ("xero", entry(BILLS, IDs=["not-a-guid"]), "IDs: "),
        ("xero", entry(BILLS, "PUT", '{"Invoices": [{"Type": "BILL"}]}'), "Type"),
        ("xero", entry(BILLS, "PUT", '{"Invoices": [{"LineItems": [{"Amount": 1}]}]}'), ".LineItems.Amount"),
        ("xero", entry(BILLS, "PUT", '{"Invoices": [{"LineItems": [{"Quantity": "1"}]}]}'), "Quantity"),
        ("xero", entry(BILLS) | {"headers": {"xero-tenant-id": "t", "x-odd": "1"}}, "unknown header x-odd"),
        ("xero", entry("/api.xro/2.0/Bills"), "no GET"),
    ],
)
def test_the_check_itself_sees_what_is_wrong(slug: str, bad: dict[str, Any], told: str, api_facts: Path) -> None:
    assert any(told in complaint for complaint in complaints(slug, bad, api_facts))
