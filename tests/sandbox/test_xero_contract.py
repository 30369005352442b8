"""Every answer of the Xero stand-in against Xero's own specification (Xero-OpenAPI 16.1.0)."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_schema_validator import OAS30Validator
from referencing import Registry
from referencing.jsonschema import DRAFT4

from tests.sandbox.xero_office import Json, XeroOffice, line, xero_office

# Sent by the service though the specification does not list them; each stands in its recorded answers or examples.
UNLISTED = {
    "Invoice": {"DateString", "DueDateString"},
    "CreditNote": {"DateString", "ID"},
    "Prepayment": {"DateString", "ID"},
    "Overpayment": {"DateString", "ID"},
    "PurchaseOrder": {"DateString", "Type", "HasErrors", "IsDiscounted"},
    "LineItem": {"ValidationErrors"},
    "LineItemTracking": {"Options"},
    "HistoryRecord": {"DateUTCString"},
}
ENVELOPE = {"Id", "Status", "ProviderName", "DateTimeUTC"}


@cache
def specification(folder: Path) -> Json:
    text = (folder / "xero" / "xero_accounting.yaml").read_text()
    found: Json = with_booleans(yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    return found


def with_booleans(node: Any) -> Any:
    """The specification writes some booleans as the strings "true" and "false"."""
    if isinstance(node, list):
        return [with_booleans(each) for each in node]
    if not isinstance(node, dict):
        return node
    mended = {name: with_booleans(each) for name, each in node.items()}
    if mended.get("type") == "boolean":
        for name in ("default", "example"):
            if isinstance(mended.get(name), str):
                mended[name] = mended[name] == "true"
    return mended


@pytest.fixture(scope="module")
def spec(api_facts: Path) -> Json:
    return specification(api_facts)


@pytest.fixture(scope="module")
def registry(spec: Json) -> Any:
    return Registry().with_resource("urn:xero", DRAFT4.create_resource(spec))


def work_through(office: XeroOffice) -> None:
    """Call every endpoint in all its shapes: good, refused, whole, thin, empty."""
    xero = office.xero
    xero.set_lock_date("2020-12-31")
    xero.add_tracking_category("Region", ["North", "South"])
    xero.add_item("BAR", "Steel bar", 10.1234, "310", "INPUT2")
    tracked = line(Tracking=[{"Name": "Region", "Option": "North"}])
    bill = office.new_bill(Status="AUTHORISED", LineItems=[tracked, {"Description": "Text"}], Url="https://p.example/1")
    office.new_bill(CurrencyCode="USD", LineItems=[{"ItemCode": "BAR"}], PlannedPaymentDate="2026-11-01")
    bad = office.bill(LineItems=[line(AccountCode="999")], Contact={"ContactID": office.supplier, "Name": "<x>"})
    for query in ({"summarizeErrors": "false"}, {}):
        office.call("PUT", "Invoices", query=query, json={"Invoices": [bad, office.bill()]})
        office.call("PUT", "Contacts", query=query, json={"Contacts": [{"Name": "<x>"}, {"Name": "Kite Ltd"}]})
    office.call(
        "POST", f"Contacts/{office.supplier}", json={"PaymentTerms": {"Bills": {"Day": 20, "Type": "OFCURRENTMONTH"}}}
    )
    payment = {"Invoice": {"InvoiceID": bill["InvoiceID"]}, "Account": {"Code": "090"}, "Amount": 50}
    paid = office.call("PUT", "Payments", json={"Payments": [payment]}).json()["Payments"][0]["PaymentID"]
    xero.credit_bill(bill["InvoiceID"], 5)
    order = xero.add_purchase_order("Delta Steel Ltd", [{**tracked, "DiscountRate": 10}])
    xero.bill_purchase_orders([order["PurchaseOrderID"]])
    note = next(iter(xero.organisation().credit_notes.rows))
    ahead, beyond = xero.add_prepayment(office.supplier, 20), xero.add_overpayment(office.supplier, 9)
    xero.apply_credit(ahead["PrepaymentID"], bill["InvoiceID"], 2)
    xero.apply_credit(beyond["OverpaymentID"], bill["InvoiceID"], 1)
    xero.refund_credit(beyond["OverpaymentID"], 1)
    owner = f"Invoices/{bill['InvoiceID']}"
    office.call("PUT", f"{owner}/Attachments/a.pdf", content=b"x", headers={"Content-Type": "application/pdf"})
    office.call("PUT", f"{owner}/History", json={"HistoryRecords": [{"Details": "Note"}]})
    category = office.rows("TrackingCategories")[0]["TrackingCategoryID"]
    office.call("PUT", f"TrackingCategories/{category}/Options", json={"Name": "West"})
    account = office.rows("Accounts")[0]["AccountID"]
    for path in (
        "Organisation", "Organisation/Actions", "Accounts", f"Accounts/{account}", "TrackingCategories",
        f"TrackingCategories/{category}", "TaxRates", "TaxRates/INPUT2", "Currencies", "Items", "Items/BAR", "Contacts",
        f"Contacts/{office.supplier}", "Invoices", owner, "CreditNotes", f"CreditNotes/{note}", "PurchaseOrders",
        f"PurchaseOrders/{order['PurchaseOrderID']}", "Payments", f"Payments/{paid}", f"{owner}/Attachments",
        f"{owner}/History", "Prepayments", f"Prepayments/{ahead['PrepaymentID']}", "Overpayments",
        f"Overpayments/{beyond['OverpaymentID']}",
    ):  # fmt: skip
        office.rows(path)
    pages: list[Json] = [{"page": 1}, {"page": 1, "unitdp": 4}, {"page": 1, "summaryOnly": "true"}, {"page": 9}]
    for path in ("Invoices", "Contacts", "CreditNotes", "Payments", "Prepayments", "Overpayments"):
        for page in pages:
            office.rows(path, **page)
    office.call("POST", f"Payments/{paid}", json={"Status": "DELETED"})
    office.get("Invoices", where="Nonsense")


@pytest.fixture(scope="module")
def answers() -> list[Json]:
    """Every logged JSON answer of a walk through all endpoints."""
    with xero_office() as office:
        office.xero.turn(log_answers=True)
        work_through(office)
        log = office.sandbox.log("xero")
    return [{**entry, "json": json.loads(entry["answer_body"])} for entry in log]


def schema_of(spec: Json, entry: Json) -> str:
    """Name of the schema that the specification gives for an answer."""
    if entry["status"] != 200:
        return "Error"
    path = entry["path"].removeprefix("/api.xro/2.0")
    for template, operations in spec["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) and entry["method"].lower() in operations:
            response = operations[entry["method"].lower()]["responses"]["200"]
            if "$ref" in response:
                response = spec["components"]["responses"][response["$ref"].rpartition("/")[2]]
            reference: str = response["content"]["application/json"]["schema"]["$ref"]
            return reference.rpartition("/")[2]
    raise AssertionError(f"the specification has no {entry['method']} {path}")


def test_the_walk_reaches_every_kind_of_answer(spec: Json, answers: list[Json]) -> None:
    reached = {schema_of(spec, entry) for entry in answers}
    assert reached == {
        "Accounts", "Actions", "Attachments", "Contacts", "CreditNotes", "Currencies", "Error", "HistoryRecords",
        "Invoices", "Items", "Organisations", "Overpayments", "Payments", "Prepayments", "PurchaseOrders", "TaxRates",
        "TrackingCategories", "TrackingOptions",
    }  # fmt: skip
    assert len(answers) >= 50


def test_every_answer_is_valid_by_the_specification(spec: Json, registry: Any, answers: list[Json]) -> None:
    for entry in answers:
        name = schema_of(spec, entry)
        validator = OAS30Validator({"$ref": f"urn:xero#/components/schemas/{name}"}, registry=registry)
        problems = [f"{list(each.absolute_path)}: {each.message}" for each in validator.iter_errors(entry["json"])]
        assert problems == [], (entry["method"], entry["path"])


def strangers(spec: Json, name: str, node: Any) -> Iterator[str]:
    """Field names in an answer that the schema does not know."""
    schema = spec["components"]["schemas"][name]
    known = schema.get("properties", {})
    for field, value in node.items():
        if field not in known:
            if field not in UNLISTED.get(name, set()):
                yield f"{name}.{field}"
            continue
        inside = known[field]
        reference = inside.get("$ref") or inside.get("items", {}).get("$ref")
        if reference is None:
            continue
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict):
                yield from strangers(spec, reference.rpartition("/")[2], each)


def test_every_field_is_one_that_xero_has(spec: Json, answers: list[Json]) -> None:
    checked = 0
    for entry in answers:
        name = schema_of(spec, entry)
        if name == "Error":
            continue
        for field, rows in entry["json"].items():
            if field in ENVELOPE:
                continue
            whole = spec["components"]["schemas"][name]
            assert field in whole["properties"], (name, field)
            if isinstance(rows, list):
                row_schema = whole["properties"][field]["items"]["$ref"].rpartition("/")[2]
                found = [stranger for row in rows for stranger in strangers(spec, row_schema, row)]
                assert found == [], entry["path"]
                checked += len(rows)
    assert checked > 100


def test_fields_beyond_the_specification_were_seen_in_real_answers(api_facts: Path) -> None:
    folder = api_facts / "xero"
    seen = (folder / "recorded_demo_invoices.json").read_text() + (folder / "xero_accounting.yaml").read_text()
    for names in UNLISTED.values():
        assert [name for name in names if f'"{name}"' not in seen] == []


def test_a_recorded_bill_and_ours_have_the_same_fields(api_facts: Path, answers: list[Json]) -> None:
    recorded = json.loads((api_facts / "xero" / "recorded_demo_invoices.json").read_text())["Invoices"]
    theirs = {name for row in recorded for name in row if row["Type"] == "ACCPAY"} - {
        "SentToContact",
        "BrandingThemeID",
    }
    lists = [entry for entry in answers if entry["path"].endswith("/Invoices") and entry["query"].get("page") == ["1"]]
    ours = {name for row in lists[0]["json"]["Invoices"] for name in row}
    assert theirs - ours <= {"FullyPaidOnDate"}
    assert ours - theirs <= {"Url", "PlannedPaymentDate", "ExpectedPaymentDate", "UpdatedDateUTCString"}
    line_fields = {name for row in recorded for each in row["LineItems"] for name in each}
    assert {
        name for row in lists[0]["json"]["Invoices"] for each in row["LineItems"] for name in each
    } - line_fields <= {"AccountID"}
