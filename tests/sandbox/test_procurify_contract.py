"""Every answer of the Procurify stand-in against the published specification, and its fields against the samples."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_schema_validator import OAS30Validator

from integrations.sandbox import Sandbox
from tests.sandbox.procurify_office import DOMAIN, ORDERS, Json, ProcurifyOffice, line

PATHS = {
    ORDERS: "/api/v2/purchase_orders/{role}/{status}/",
    "/api/v2/purchase_orders/receivable/open/": "/api/v2/purchase_orders/{role}/{status}/",
    "/api/v2/purchase_orders/1041/": "/api/v2/purchase_orders/{id}/",
    "/api/v2/purchase_orders/1042/": "/api/v2/purchase_orders/{id}/",
    "/api/v2/purchase_orders/1043/": "/api/v2/purchase_orders/{id}/",
    "/api/v2/locations/2/": "/api/v2/locations/{id}/",
    "/api/v3/vendors/318/": "/api/v3/vendors/{id}/",
    "/api/v3/users/me/": "/api/v3/users/me/",
    **{
        path: path
        for path in (
            "/api/v3/order-items/",
            "/api/v2/global/order_items/",
            "/api/v2/global/orders/",
            "/api/v3/ap/bills/",
            "/api/v2/ap/items/",
            "/api/public/v1/payments/",
            "/api/v2/ap/payments/",
            "/api/v3/account-codes/",
            "/api/v3/accounts/",
            "/api/v3/departments/",
            "/api/v2/locations/",
            "/api/v2/currencies/",
            "/api/v3/custom-fields/order-items/",
            "/api/v3/catalog-items/",
            "/api/v3/receipt/items/",
            "/api/v3/vendors/",
            "/api/v3/vendors/all/",
            "/api/v3/vendors/default/",
            "/api/v3/vendors/preferred/",
            "/api/v3/vendors/purchasable/",
            "/api/v3/vendors/requestable/",
            "/api/v3/vendors/other/",
            "/api/v3/vendors/credit_card_providers/",
        )
    },
}
SAMPLES = {
    "account_codes_list": "/api/v3/account-codes/",
    "accounts_list": "/api/v3/accounts/",
    "bills_list": "/api/v3/ap/bills/",
    "currencies_list": "/api/v2/currencies/",
    "departments_list": "/api/v3/departments/",
    "order_items_list": "/api/v3/order-items/",
    "orders_list": "/api/v2/global/orders/",
    "payments_list": "/api/public/v1/payments/",
    "purchase_order_detail": "/api/v2/purchase_orders/1041/",
    "purchase_orders_list": ORDERS,
    "receipt_items_list": "/api/v3/receipt/items/",
    "vendor_detail": "/api/v3/vendors/318/",
    "vendors_list": "/api/v3/vendors/all/",
}


@pytest.fixture(scope="module")
def spec(api_facts: Path) -> Json:
    found: Json = json.loads((api_facts / "procurify" / "procurify-openapi-subset.json").read_bytes())
    return found


@pytest.fixture(scope="module")
def office() -> Iterator[ProcurifyOffice]:
    """One of everything, in as many states as there are."""
    with Sandbox(systems=["procurify"]) as sandbox:
        made = ProcurifyOffice(sandbox)
        stand_in = made.stand_in
        stand_in.add_custom_field(DOMAIN, "Machine")
        stand_in.add_catalog_item(DOMAIN, "Gloves", "12.50", account="6100")
        stand_in.add_vendor(DOMAIN, "Card bank", type=6, email=["cards@bank.example"])
        made.order("PF1041", freight="35", approved_by="Ana Petrov")
        allocations = [{"department": "Production", "percent": 60}, {"department": "Warehouse", "percent": 40}]
        free = line(
            taxes=[{"name": "Duty", "amount": 3}], type="blanket", shipping_amount="4.5", allocations=allocations
        )
        made.order(
            "PF1042", lines=[free], creditcard=True, discount={"percentage": 10}, vendor="Beaver Lift Trucks Ltd"
        )
        made.order("PF1043", lines=[line(quantity=-2)], state=None, comment="Ålesund")
        stand_in.receive(DOMAIN, "PF1041", {1: 20})
        stand_in.cancel_order(DOMAIN, "PF1042")
        stand_in.add_bill(DOMAIN, orders=["PF1041"], share="0.5", invoice_number="INV-1")
        stand_in.add_bill(DOMAIN, orders=["PF1041"], share="0.5", invoice_number="INV-2", status="draft", group=None)
        item = {"name": "Service", "amount": "115.00", "tax_name": "GST", "tax_percentage": 15, "inclusive": True}
        stand_in.add_bill(DOMAIN, vendor=318, items=[item], invoice_number="INV-3", status="denied", invoice_total=None)
        stand_in.add_payment(DOMAIN, {"INV-1": "100.00"})
        stand_in.fix_bill(DOMAIN, "INV-1", same_uuid=False)
        stand_in.attach_file(DOMAIN, "INV-1", "INV 1.pdf", b"%PDF")
        yield made


def problems(spec: Json, path: str, status: str, body: Any, method: str = "get") -> list[str]:
    content = spec["paths"][path][method]["responses"][status]["content"]["application/json"]
    checker = OAS30Validator({**content["schema"], "components": spec["components"]})
    return [f"{'/'.join(map(str, error.path))}: {error.message[:200]}" for error in checker.iter_errors(body)]


@pytest.mark.parametrize(("path", "template"), PATHS.items())
def test_an_answer_is_as_published(office: ProcurifyOffice, spec: Json, path: str, template: str) -> None:
    answer = office.get(path, page_size=100)
    assert answer.status_code == 200
    assert problems(spec, template, "200", answer.json()) == []


def test_there_is_something_in_every_list(office: ProcurifyOffice) -> None:
    """Or the test before this one would check empty lists."""
    lists = [path for path, template in PATHS.items() if path == template and path != "/api/v3/users/me/"]
    assert [path for path in lists if not office.data(path)] == []


def test_a_bill_is_as_published(office: ProcurifyOffice, spec: Json) -> None:
    bills = office.data("/api/v3/ap/bills/")
    assert len(bills) == 3
    for row in bills:
        body = office.get(f"/api/v2/ap/bills/{row['uuid'].replace('-', '')}/").json()
        assert problems(spec, "/api/v2/ap/bills/{id}/", "200", body) == []


def test_a_token_is_as_published(office: ProcurifyOffice, spec: Json) -> None:
    assert problems(spec, "/oauth/token", "200", office.token().json(), "post") == []


def test_a_written_vendor_is_as_published(office: ProcurifyOffice, spec: Json) -> None:
    wanted = {"name": "Cedar Industrial", "email": ["ap@cedar.example"], "type": 3, "overall_score": None}
    made = office.call("POST", "/api/v3/vendors/", json=wanted).json()
    assert problems(spec, "/api/v3/vendors/", "201", made, "post") == []
    changed = office.call("PATCH", f"/api/v3/vendors/{made['data']['id']}/", json={"overall_score": "4.5"}).json()
    assert problems(spec, "/api/v3/vendors/{id}/", "200", changed, "patch") == []


def test_every_published_read_is_offered(spec: Json) -> None:
    """All but three lists that no pair asks for."""
    left_out = {
        "/api/v2/ap/company-payment-methods/",
        "/api/v2/ap/vendor-payment-methods/",
        "/api/v3/purchase-orders/billing-history/",
    }
    published = {path for path, offered in spec["paths"].items() if "get" in offered}
    assert published - {*PATHS.values(), "/api/v2/ap/bills/{id}/"} == left_out


@pytest.mark.parametrize(("sample", "path"), SAMPLES.items())
def test_fields_and_their_types_are_those_of_the_samples(
    office: ProcurifyOffice, api_facts: Path, sample: str, path: str
) -> None:
    wanted = json.loads((api_facts / "procurify" / "samples" / f"{sample}.json").read_bytes())
    found = office.get(path, page_size=50).json()
    assert differences(wanted, found) == []


def test_a_bill_has_the_fields_and_types_of_the_sample(office: ProcurifyOffice, api_facts: Path) -> None:
    wanted = json.loads((api_facts / "procurify" / "samples" / "bill_detail.json").read_bytes())
    uuid = next(row["uuid"] for row in office.data("/api/v3/ap/bills/") if row["invoice_number"] == "INV-1")
    found = office.get(f"/api/v2/ap/bills/{uuid}/").json()
    assert differences(wanted, found) == []


def differences(wanted: Any, found: Any, where: str = "") -> list[str]:
    """Fields of the sample that are missing, or of another kind; null may stand for anything."""
    if wanted is None or found is None:
        return []
    if isinstance(wanted, dict) and isinstance(found, dict):
        missing = [f"{where}.{name} is missing" for name in wanted if name not in found and where != ".metadata"]
        both = [name for name in wanted if name in found]
        return missing + [each for name in both for each in differences(wanted[name], found[name], f"{where}.{name}")]
    if isinstance(wanted, list) and isinstance(found, list):
        return [each for row in found for each in differences(wanted[0], row, where)] if wanted else []
    return [] if type(wanted) is type(found) else [f"{where} is {type(found).__name__}, not {type(wanted).__name__}"]


def test_the_company_is_as_published(spec: Json) -> None:
    """Every order, bill and vendor of the seed: what the demo and its test read."""
    with Sandbox(systems=["procurify"], company=True) as sandbox:
        office = ProcurifyOffice(sandbox)
        rows = office.data(ORDERS, page_size=100)
        assert problems(spec, PATHS[ORDERS], "200", office.get(ORDERS, page_size=100).json()) == []
        for row in rows[::4]:
            body = office.get(f"/api/v2/purchase_orders/{row['procurify_PO']}/").json()
            assert problems(spec, "/api/v2/purchase_orders/{id}/", "200", body) == []
        for path in ("/api/v3/ap/bills/", "/api/v3/vendors/all/", "/api/public/v1/payments/"):
            assert problems(spec, path, "200", office.get(path, page_size=100).json()) == []
