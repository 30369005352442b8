"""Commitments of the Procore stand-in, their schedule of values, and what they do to the budget."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.procore_office import CONCRETE, ORDERS, STEEL, V1, V11, Json, ProcoreOffice

PO = "xero:po:1b2c"


def header(procore: ProcoreOffice, **given: Any) -> Json:
    return {"origin_id": PO, "number": "PO-0042", "vendor_id": procore.vendor, "status": "Draft", **given}


def synced(procore: ProcoreOffice, **given: Any) -> Json:
    answer = procore.sync_orders(header(procore, **given))
    assert answer["errors"] == []
    found: Json = answer["entities"][0]
    return found


def line(procore: ProcoreOffice, **given: Any) -> Json:
    return {"origin_id": "xero:pol:1", "wbs_code_id": procore.concrete, "amount": "1000.00", **given}


# Header and lines


def test_an_order_is_built_as_a_draft_with_lines_and_then_approved(procore: ProcoreOffice) -> None:
    order = synced(procore, contract_date="2026-02-03")
    made = procore.sync_lines(order["id"], line(procore), line(procore, origin_id="xero:pol:2", amount="12.5"))
    assert [each["amount"] for each in made["entities"]] == ["1000.0", "12.5"]
    shown = procore.shown(order)
    assert shown["grand_total"] == "1012.5"
    assert [each["wbs_code"]["flat_code"] for each in shown["line_items"]] == [CONCRETE, CONCRETE]
    approved = procore.sync_orders({"origin_id": PO, "status": "Approved"})["entities"][0]
    assert (approved["id"], approved["status"], approved["number"]) == (order["id"], "Approved", "PO-0042")


def test_repeating_a_sync_makes_nothing_twice(procore: ProcoreOffice) -> None:
    first, second = synced(procore), synced(procore)
    assert first["id"] == second["id"]
    for _ in range(2):
        procore.sync_lines(first["id"], line(procore))
    assert len(procore.shown(first)["line_items"]) == 1


def test_a_badly_written_date_is_silently_stored_as_null(procore: ProcoreOffice) -> None:
    body = {"project_id": procore.project, "updates": [header(procore, contract_date="03/02/2026", delivery_date="2026-02-30")]}  # fmt: skip  # noqa: E501
    order = procore.call("PATCH", f"{ORDERS}/sync", json=body, odd=True).json()["entities"][0]
    assert (order["contract_date"], order["delivery_date"]) == (None, None)


def test_a_vendor_outside_the_projects_directory_is_refused(procore: ProcoreOffice) -> None:
    stranger = procore.stand_in.add_vendor("Stranger Ltd")["id"]
    answer = procore.sync_orders(header(procore, vendor_id=stranger))
    assert answer["errors"][0]["errors"] == {"vendor": ["must be in the project directory"]}
    order = {"title": "PO", "vendor_id": stranger}
    body = {"project_id": procore.project, "purchase_order_contract": order}
    assert procore.call("POST", ORDERS, json=body).status_code == 422


def test_an_origin_id_is_taken_in_the_whole_company(procore: ProcoreOffice) -> None:
    synced(procore)
    row = {"origin_id": PO, "title": "In another project"}
    answer = procore.sync_orders(row, project=procore.other)
    assert answer["errors"][0]["errors"] == {"origin_id": ["has already been taken"]}


def test_a_status_is_written_exactly(procore: ProcoreOffice) -> None:
    body = {"project_id": procore.project, "updates": [header(procore, status="approved")]}
    answer = procore.call("PATCH", f"{ORDERS}/sync", json=body, odd=True).json()
    assert answer["errors"][0]["errors"] == {"status": ["is not included in the list"]}


@pytest.mark.parametrize("status", ["Processing", "Submitted", "Approved", "Received", "Closed"])
def test_the_schedule_of_values_is_edited_in_draft_only(procore: ProcoreOffice, status: str) -> None:
    order = procore.order(status=status)
    held = order["line_items"][0]["id"]
    path = f"{ORDERS}/{order['id']}/line_items"
    refused = procore.sync_lines(order["id"], {"id": held, "amount": "1.00"})
    assert refused["entities"] == []
    body = {"project_id": procore.project, "line_item": {"amount": "5.00"}}
    assert procore.call("POST", path, json=body).status_code == 422
    assert procore.call("PATCH", f"{path}/{held}", json=body).status_code == 422
    query = {"project_id": procore.project}
    assert procore.call("DELETE", f"{path}/{held}", params=query).status_code == 422
    procore.stand_in.edit_order(order["id"], status="Draft")
    assert procore.send("PATCH", f"{path}/{held}", body)["amount"] == "5.0"
    assert procore.call("DELETE", f"{path}/{held}", params=query).status_code == 200
    assert procore.in_project(path) == []


def test_an_approved_order_keeps_its_vendor_and_is_not_deleted(procore: ProcoreOffice) -> None:
    second = procore.stand_in.add_vendor("Second Ltd", projects=[procore.project])["id"]
    order = procore.order()
    path = f"{ORDERS}/{order['id']}"
    body = {"project_id": procore.project, "purchase_order_contract": {"vendor_id": second}}
    assert procore.call("PATCH", path, json=body).status_code == 422
    assert procore.call("DELETE", path, params={"project_id": procore.project}).status_code == 422
    draft = {"project_id": procore.project, "purchase_order_contract": {"status": "Draft"}}
    procore.send("PATCH", path, draft)
    assert procore.send("PATCH", path, body)["vendor"]["id"] == second
    assert procore.call("DELETE", path, params={"project_id": procore.project}).status_code == 200


def test_a_deleted_order_is_gone_but_for_lists_that_ask_for_it(procore: ProcoreOffice) -> None:
    order = synced(procore)
    procore.stand_in.delete_order(order["id"])
    path, query = f"{ORDERS}/{order['id']}", {"project_id": procore.project}
    assert procore.call("GET", path, params=query).status_code == 404
    assert procore.in_project(ORDERS) == []
    for wanted in ("with", "only"):
        rows = procore.in_project(ORDERS, **{"filters[include_deleted]": wanted, "filters[origin_id]": PO})
        assert rows[0]["deleted_at"] is not None
    assert procore.sync_orders(header(procore))["entities"] == []


def test_a_code_of_another_project_or_an_inactive_one_is_refused(procore: ProcoreOffice) -> None:
    foreign = procore.stand_in.add_code(procore.other, CONCRETE)["id"]
    procore.stand_in.deactivate_code(procore.project, STEEL)
    order = synced(procore)
    rows = [line(procore, wbs_code_id=foreign), line(procore, wbs_code_id=procore.steel)]
    answer = procore.sync_lines(order["id"], *rows)
    assert [list(each["errors"]) for each in answer["errors"]] == [["wbs_code_id"], ["wbs_code_id"]]


def test_a_line_may_name_cost_code_and_cost_type_and_the_newer_code_wins(procore: ProcoreOffice) -> None:
    cost_code = procore.in_project(f"{V1}/cost_codes")[1]["id"]
    kind = procore.get(f"{V1}/line_item_types", project_id=procore.project)[0]["id"]
    order, both = synced(procore), {"cost_code_id": cost_code, "line_item_type_id": kind}
    older = procore.sync_lines(order["id"], {"origin_id": "a", "amount": "1.00", **both})["entities"][0]
    assert older["wbs_code"]["id"] == procore.steel
    newer = procore.sync_lines(order["id"], {"origin_id": "b", **both, "wbs_code_id": procore.concrete})["entities"][0]
    assert newer["wbs_code"]["id"] == procore.concrete


def test_a_calculated_line_is_quantity_times_unit_cost_and_a_manual_one_keeps_its_amount(
    procore: ProcoreOffice,
) -> None:
    order = synced(procore)
    both = {"quantity": "3", "unit_cost": "10.25", "amount": "30.00"}
    rows = [line(procore, **both, extended_type="calculated"), line(procore, origin_id="2", **both)]
    made = procore.sync_lines(order["id"], *rows)["entities"]
    assert [each["amount"] for each in made] == ["30.75", "30.0"]


def test_amounts_are_strings_and_units_those_of_the_company(procore: ProcoreOffice) -> None:
    order = synced(procore)
    path = f"{ORDERS}/{order['id']}/line_items"
    for wrong in ({"amount": 5}, {"amount": "5,00"}, {"amount": "5.00", "uom": "bucket"}):
        body = {"project_id": procore.project, "line_item": wrong}
        assert procore.call("POST", path, json=body, odd=True).status_code == 422
    good = {"project_id": procore.project, "line_item": {"amount": "5.00", "uom": "ea"}}
    assert procore.send("POST", path, good, 201)["uom"] == "ea"


def test_a_wrapper_that_is_missing_is_named(procore: ProcoreOffice) -> None:
    answer = procore.call("POST", ORDERS, json={"project_id": procore.project, "order": {}}, odd=True)
    assert answer.status_code == 400
    assert answer.json()["errors"].endswith("purchase_order_contract")


def test_a_currency_is_taken_only_with_several_currencies_on(procore: ProcoreOffice) -> None:
    body = {"project_id": procore.project, "purchase_order_contract": {"title": "PO", "currency_iso_code": "EUR"}}
    assert procore.call("POST", ORDERS, json=body).status_code == 422
    procore.stand_in.set_currency(procore.project, "USD", multicurrency=True)
    procore.send("POST", ORDERS, body, 201)


def test_numbers_repeat_unless_the_knob_says_otherwise(procore: ProcoreOffice) -> None:
    procore.order(number="PO-7")
    procore.order(number="PO-7")
    procore.stand_in.turn(numbers_repeat=False)
    answer = procore.sync_orders({"number": "PO-7"})
    assert answer["errors"][0]["errors"] == {"number": ["has already been taken"]}


def test_orders_are_listed_with_lines_when_extended_and_by_version_2(procore: ProcoreOffice) -> None:
    order = procore.order()
    assert "line_items" not in procore.in_project(ORDERS)[0]
    assert len(procore.in_project(ORDERS, view="extended")[0]["line_items"]) == 1
    base = f"/rest/v2.0/companies/{procore.company}/projects/{procore.project}/commitment_contracts"
    row = procore.get(base, **{"filters[type]": "PurchaseOrderContract"})["data"][0]
    assert row["id"] == str(order["id"])
    assert "origin_id" not in row
    assert procore.get(base, **{"filters[type]": "WorkOrderContract"})["data"] == []
    procore.invoice(order)
    procore.pay(order, "150.00")
    summary = procore.get(f"{base}/{order['id']}/summary")["data"]
    assert (summary["total_invoices_amount"], summary["total_payments_amount"]) == ("400.0", "150.0")


# Budget


@pytest.mark.parametrize(
    ("status", "committed", "pending", "projected"),
    [
        ("Draft", 0, 0, 0),
        ("Processing", 0, 1000, 1000),
        ("Submitted", 0, 1000, 0),
        ("Approved", 1000, 0, 1000),
        ("Partially Received", 1000, 0, 1000),
        ("Received", 0, 1000, 1000),
        ("Closed", 0, 0, 0),
    ],
)
def test_the_status_of_an_order_says_which_column_it_hits(
    procore: ProcoreOffice, status: str, committed: int, pending: int, projected: int
) -> None:
    procore.order(status=status)
    figures = procore.in_project(f"{V1}/budget_line_items/{budget_line(procore)['id']}")
    assert figures["committed_costs"] == committed
    assert figures["pending_cost_changes"] == pending
    assert figures["projected_costs"] == projected
    assert figures["revised_budget"] == 20000.0
    assert figures["projected_over_under"] == 0.0


def budget_line(procore: ProcoreOffice, code: int = 0) -> Json:
    path = f"/rest/v2.0/companies/{procore.company}/projects/{procore.project}/budget_line_items"
    rows = procore.get(path, **{"filters[wbs_code_id]": str(code or procore.concrete)})["data"]
    found: Json = rows[0]
    return found


def test_an_approved_order_beyond_the_budget_shows_as_over(procore: ProcoreOffice) -> None:
    procore.order("20500.00")
    figures = procore.in_project(f"{V1}/budget_line_items/{budget_line(procore)['id']}")
    assert figures["projected_over_under"] == -500.0


def test_budget_changes_move_the_revised_budget(procore: ProcoreOffice) -> None:
    procore.stand_in.change_budget(procore.project, CONCRETE, modification="500", approved="250.50", pending="9")
    found = procore.stand_in.budget(procore.project, CONCRETE)
    assert (found["revised_budget"], found["projected_budget"]) == ("20750.50", "20759.50")


def rows_of_view(procore: ProcoreOffice, name: str = "Procore Standard Budget", **query: Any) -> list[Json]:
    views = procore.in_project(f"{V1}/budget_views")
    view = next(each for each in views if each["name"] == name)
    found: list[Json] = procore.in_project(f"{V1}/budget_views/{view['id']}/detail_rows", **query)
    return found


def test_detail_rows_have_the_columns_that_the_customer_named(procore: ProcoreOffice) -> None:
    procore.order()
    assert rows_of_view(procore)[0]["Committed Costs"] == "1000.00"
    procore.stand_in.rename_columns(procore.project, {"Committed Costs": "Bought"}, view="Owner's View")
    row = rows_of_view(procore, "Owner's View")[0]
    assert row["Bought"] == "1000.00"
    assert "Committed Costs" not in row
    view = next(each for each in procore.in_project(f"{V1}/budget_views") if each["name"] == "Owner's View")
    columns = procore.in_project(f"{V1}/budget_views/{view['id']}/budget_detail_columns")
    assert "Bought" in [each["name"] for each in columns]


def test_a_code_without_budget_gets_a_line_of_zero_or_shows_as_unbudgeted(procore: ProcoreOffice) -> None:
    procore.stand_in.add_order(procore.project, procore.vendor, [{"code": STEEL, "amount": "5.00"}], status="Approved")
    assert budget_line(procore, procore.steel)["original_budget_amount"] == "0.00"
    procore.stand_in.turn(zero_budget_lines=False)
    procore.stand_in.add_code(procore.project, "09-250.M")
    lines = [{"code": "09-250.M", "amount": "7.00"}]
    procore.stand_in.add_order(procore.project, procore.vendor, lines, status="Approved")
    assert len(rows_of_view(procore)) == 2
    row = rows_of_view(procore, budget_row_type="unbudgeted")[0]
    assert (row["id"], row["Committed Costs"], row["budgeted"]) == (None, "7.00", False)
    assert len(rows_of_view(procore, budget_row_type="all")) == 3


def test_a_budget_may_be_locked(procore: ProcoreOffice) -> None:
    path = f"{V1}/projects/{procore.project}/budget"
    assert procore.get(path) == {"locked": False}
    procore.stand_in.lock_budget(procore.project)
    assert procore.get(path) == {"locked": True}


# Direct costs


def cost(procore: ProcoreOffice, **given: Any) -> Json:
    direct: Json = {
        "direct_cost_type": "invoice",
        "vendor_id": procore.vendor,
        "invoice_number": "INV-9",
        "direct_cost_date": "2026-02-18",
        "line_items": [{"wbs_code_id": procore.concrete, "manual_amount": "300.00"}],
        **given,
    }
    return {"direct_cost": direct}


def test_an_approved_direct_cost_is_a_cost_without_a_commitment(procore: ProcoreOffice) -> None:
    path = f"{V11}/projects/{procore.project}/direct_costs"
    made = procore.send("POST", path, cost(procore, status="approved", origin_id="xero:inv:1"), 201)
    assert made["grand_total"] == "300.00"
    procore.send("POST", path, cost(procore, status="draft", invoice_number="INV-10"), 201)
    found = procore.stand_in.budget(procore.project, CONCRETE)
    assert (found["direct_costs"], found["committed_costs"]) == ("300.00", "0.00")
    for query in ({"filters[origin_id]": "xero:inv:1"}, {"filters[invoice_number]": "INV-9"}):
        assert [row["id"] for row in procore.get(path, **query)] == [made["id"]]
    assert procore.call("POST", path, json=cost(procore, origin_id="xero:inv:1")).status_code == 422


def test_a_direct_cost_takes_a_hundred_lines(procore: ProcoreOffice) -> None:
    path = f"{V11}/projects/{procore.project}/direct_costs"
    row = {"wbs_code_id": procore.concrete, "quantity": "2", "unit_cost": "1.50"}
    assert procore.call("POST", path, json=cost(procore, line_items=[row] * 101)).status_code == 422
    made = procore.send("POST", path, cost(procore, line_items=[row] * 100), 201)
    assert Decimal(made["grand_total"]) == 300


def test_a_direct_cost_is_paid_locked_and_deleted_as_the_catalogue_says(procore: ProcoreOffice) -> None:
    """Every request and answer is held against it: by id alone, 200 whatever becomes of a row, and read-only locked."""
    path = f"{V11}/projects/{procore.project}/direct_costs"
    made, kept = (
        procore.send("POST", path, cost(procore, invoice_number=number, origin_data=f"xero:inv:{number}"), 201)
        for number in ("INV-9", "INV-10")
    )
    sync = f"{V1}/projects/{procore.project}/direct_costs/sync"
    paid = {"updates": [{"id": made["id"], "payment_date": "2026-03-02"}, {"id": 1, "payment_date": "2026-03-02"}]}
    found = procore.send("PATCH", sync, paid)
    assert [(row["id"], row["payment_date"]) for row in found["entities"]] == [(made["id"], "2026-03-02")]
    assert [row["errors"] for row in found["errors"]] == [{"id": ["Entity with this ID not found"]}]
    locked = procore.send("PATCH", sync, {"updates": [{"id": made["id"], "origin_id": "xero:inv:INV-9"}]})
    assert [row["origin_id"] for row in locked["entities"]] == ["xero:inv:INV-9"]
    refused = procore.send("PATCH", sync, paid)
    assert (refused["entities"], len(refused["errors"])) == ([], 2)
    assert procore.call("DELETE", f"{path}/{made['id']}").status_code == 422
    assert procore.send("DELETE", f"{path}/{kept['id']}", None) == {"id": kept["id"]}
    assert [row["id"] for row in procore.get(path)] == [made["id"]]
