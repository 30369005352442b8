"""Billing periods, requisitions and contract payments of the Procore stand-in."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.procore_office import PAYMENTS, REQUISITIONS, V1, Json, ProcoreOffice


def requisition(procore: ProcoreOffice, made: Json, **query: Any) -> Json:
    found: Json = procore.in_project(f"{REQUISITIONS}/{made['id']}", **query)
    return found


def change(procore: ProcoreOffice, made: Json, **given: Any) -> Any:
    body = {"project_id": procore.project, "commitment_id": made["commitment_id"], "requisition": given}
    return procore.call("PATCH", f"{REQUISITIONS}/{made['id']}", json=body)


# Billing periods


def test_only_one_billing_period_is_open(procore: ProcoreOffice) -> None:
    path = f"{V1}/projects/{procore.project}/billing_periods"
    march = {"start_date": "2026-03-01", "end_date": "2026-03-31", "due_date": "2026-03-25", "status": "open"}
    assert procore.call("POST", path, json={"billing_period": march}).status_code == 422
    procore.stand_in.close_billing_period(procore.project)
    made = procore.send("POST", path, {"billing_period": march}, 201)
    rows = procore.get(path, **{"filters[status]": "open"})
    assert [(row["id"], row["position"]) for row in rows] == [(made["id"], 2)]
    del march["due_date"]
    assert procore.call("POST", path, json={"billing_period": march}, odd=True).status_code == 422


def test_without_an_open_period_an_invoice_needs_one_named(procore: ProcoreOffice) -> None:
    order = procore.order()
    procore.stand_in.close_billing_period(procore.project)
    body = {"project_id": procore.project, "commitment_id": order["id"], "requisition": {"invoice_number": "1"}}
    refused = procore.call("POST", REQUISITIONS, json=body)
    assert refused.status_code == 400
    assert refused.json()["errors"].startswith("The project must have an open billing period")
    procore.invoice(order)  # names the closed one, as an administrator may


def test_the_open_period_is_taken_when_none_is_named(procore: ProcoreOffice) -> None:
    body = {"project_id": procore.project, "commitment_id": procore.order()["id"], "requisition": {}}
    assert procore.send("POST", REQUISITIONS, body, 201)["period_id"] == procore.period


# Requisitions


def test_an_invoice_is_built_from_the_schedule_of_values(procore: ProcoreOffice) -> None:
    order = procore.order()
    made = procore.invoice(order, invoice_number="INV-778", origin_data="xero:inv:aa11", billing_date="2026-02-18")
    assert (made["status"], made["percent_complete"], made["number"]) == ("draft", "40.00%", 1)
    assert made["summary"]["current_payment_due"] == "400.00"
    assert made["summary"]["balance_to_finish_including_retainage"] == "600.00"
    assert made["total_claimed_amount"] == "400.00"
    assert "items" not in made
    items = requisition(procore, made, view="extended")["items"]
    assert [(each["scheduled_value"], each["work_completed_this_period"]) for each in items] == [("1000.00", "400.00")]
    assert procore.stand_in.budget(procore.project, "03-300.M")["committed_costs"] == "1000.00"
    assert procore.shown(order)["total_requisitions_amount"] == "400.0"


def test_an_invoice_with_a_header_only_shows_nothing_done(procore: ProcoreOffice) -> None:
    body = {"project_id": procore.project, "commitment_id": procore.order()["id"], "requisition": {"status": "draft"}}
    made = procore.send("POST", REQUISITIONS, body, 201)
    assert made["percent_complete"] == "0.00%"
    assert made["payment_summary"] == {"invoice_paid_in_full": True, "invoiced_amount_due": "0.00"}


def test_an_amount_that_is_a_number_is_refused_and_leaves_nothing_behind(procore: ProcoreOffice) -> None:
    order = procore.order()
    refused = procore.invoice(order, 400.0, 422, odd=True)
    assert refused["errors"]["work_completed_this_period"][0].endswith("value has incompatible type")
    assert procore.in_project(REQUISITIONS) == []


def test_amounts_may_follow_by_bulk_update_which_answers_without_a_body(procore: ProcoreOffice) -> None:
    made = procore.invoice(procore.order(), "0.00")
    query = {"project_id": procore.project}
    items = procore.in_project(f"{V1}/requisitions/{made['id']}/contract_items")
    rows = [{"id": items[0]["id"], "item_type": "contract_item", "work_completed_this_period": "250.00"}]
    path = f"{V1}/requisitions/{made['id']}/bulk_item_update"
    answer = procore.call("PATCH", path, json={"requisition_items": rows}, params=query)
    assert (answer.status_code, answer.content) == (200, b"")
    assert requisition(procore, made)["percent_complete"] == "25.00%"
    wrong = procore.call("PATCH", path, json={"items": rows}, params=query, odd=True)
    assert wrong.json()["errors"].endswith("requisition_items")


def test_only_the_newest_invoice_of_a_commitment_is_changed_or_deleted(procore: ProcoreOffice) -> None:
    order = procore.order()
    first, second = procore.invoice(order, "400.00"), procore.invoice(order, "100.00")
    assert second["previous_requisition_id"] == first["id"]
    assert second["summary"]["less_previous_certificates_for_payment"] == "400.00"
    assert second["summary"]["current_payment_due"] == "100.00"
    refused = change(procore, first, status="approved")
    assert refused.status_code == 400
    assert refused.json()["errors"] == "Only the most recently created Invoice is editable or deletable"
    query = {"project_id": procore.project}
    assert procore.call("DELETE", f"{REQUISITIONS}/{first['id']}", params=query).status_code == 400
    assert procore.call("DELETE", f"{REQUISITIONS}/{second['id']}", params=query).status_code == 200
    assert change(procore, first, status="approved").json()["status"] == "approved"


def test_every_commitment_has_a_chain_of_its_own(procore: ProcoreOffice) -> None:
    first, second = procore.invoice(procore.order()), procore.invoice(procore.order())
    assert second["previous_requisition_id"] is None
    assert change(procore, first, status="under_review").status_code == 200
    found = procore.in_project(REQUISITIONS, **{"filters[commitment_id]": first["commitment_id"]})
    assert [row["id"] for row in found] == [first["id"]]


def test_items_are_changed_by_their_own_id_and_kind(procore: ProcoreOffice) -> None:
    made = procore.invoice(procore.order())
    item = requisition(procore, made, view="items")["items"][0]["id"]
    row = {"id": item, "item_type": "contract_item", "work_completed_this_period": "999.00"}
    assert change(procore, made, items=[row]).json()["summary"]["current_payment_due"] == "999.00"
    body = {"project_id": procore.project, "commitment_id": made["commitment_id"], "requisition": {"items": [{}]}}
    assert procore.call("PATCH", f"{REQUISITIONS}/{made['id']}", json=body, odd=True).status_code == 400


def test_retainage_is_held_from_the_contract(procore: ProcoreOffice) -> None:
    order = procore.order(retainage_percent="10")
    made = procore.invoice(order)
    assert made["summary"]["total_retainage"] == "40.00"
    assert made["summary"]["current_payment_due"] == "360.00"
    second = procore.invoice(order, "100.00")
    assert second["summary"]["total_retainage"] == "50.00"
    assert second["summary"]["current_payment_due"] == "90.00"


def test_more_than_the_line_may_be_billed_unless_that_is_forbidden(procore: ProcoreOffice) -> None:
    order = procore.order()
    procore.invoice(order, "1200.00")
    procore.stand_in.turn(overbilling=False)
    procore.invoice(order, "1.00", 422)
    assert len(procore.in_project(REQUISITIONS)) == 1


def test_an_invoice_with_an_origin_id_is_locked(procore: ProcoreOffice) -> None:
    made = procore.invoice(procore.order())
    locked = change(procore, made, origin_id="xero:inv:aa11").json()
    assert (locked["erp_status"], locked["deletable"]) == ("synced", False)
    assert change(procore, made, status="approved").status_code == 422
    query = {"project_id": procore.project}
    assert procore.call("DELETE", f"{REQUISITIONS}/{made['id']}", params=query).status_code == 422
    assert procore.in_project(REQUISITIONS, **{"filters[origin_id]": "xero:inv:aa11"})[0]["id"] == made["id"]


def test_a_subcontractors_schedule_must_be_approved_before_an_invoice(procore: ProcoreOffice) -> None:
    order = procore.order()
    procore.stand_in.enable_ssov(order["id"])
    body = {"project_id": procore.project, "commitment_id": order["id"], "requisition": {}}
    refused = procore.call("POST", REQUISITIONS, json=body)
    assert (refused.status_code, refused.content) == (400, b"")
    path = f"{V1}/purchase_order_contracts/{order['id']}/subcontractor_schedule_of_values_status"
    approved = {"project_id": procore.project, "status": "approved"}
    assert procore.send("PATCH", path, approved) == {"status": "approved"}
    made = procore.send("POST", f"{REQUISITIONS}", body, 201)
    items = requisition(procore, made, view="extended")["items"]
    assert [each["item_type"] for each in items] == ["contract_detail_item"]
    procore.invoice(order, status=422)  # a contract_item does not fit any more


def test_an_unapproved_commitment_may_be_billed_unless_the_knob_forbids_it(procore: ProcoreOffice) -> None:
    order = procore.order(status="Draft")
    procore.invoice(order)
    procore.stand_in.turn(invoice_approved_only=True)
    procore.invoice(order, status=422)


def test_a_line_that_was_billed_is_not_deleted_nor_is_its_contract(procore: ProcoreOffice) -> None:
    order = procore.order(status="Draft")
    procore.invoice(order)
    path, query = f"{V1}/purchase_order_contracts/{order['id']}", {"project_id": procore.project}
    line = order["line_items"][0]["id"]
    assert procore.call("DELETE", f"{path}/line_items/{line}", params=query).status_code == 422
    assert procore.call("DELETE", path, params=query).status_code == 422


@pytest.mark.parametrize(("value", "count"), [("true", 1), ("false", 1)])
def test_the_last_invoices_are_filtered(procore: ProcoreOffice, value: str, count: int) -> None:
    order = procore.order()
    procore.invoice(order)
    procore.invoice(order)
    rows = procore.in_project(REQUISITIONS, **{"filters[is_last]": value})
    assert [row["number"] for row in rows] == [2 if value == "true" else 1] * count


# Contract payments


def test_a_payment_moves_the_commitment_and_its_invoice_toward_paid(procore: ProcoreOffice) -> None:
    order = procore.order()
    made = procore.invoice(order)
    paid = procore.pay(order, "150.00", requisition_id=made["id"], origin_data="xero:pay:1", invoice_number="INV-778")
    assert paid["amount"] == "150.00"
    shown = procore.shown(order)
    assert (shown["total_payments"], shown["percentage_paid"]) == ("150.0", "15.0")
    assert shown["remaining_balance_outstanding"] == "850.0"
    assert requisition(procore, made)["payment_summary"]["invoiced_amount_due"] == "250.00"
    procore.pay(order, "250.00", requisition_id=made["id"])
    assert requisition(procore, made)["payment_summary"]["invoice_paid_in_full"] is True


def test_the_list_of_payments_needs_both_ids(procore: ProcoreOffice) -> None:
    order = procore.order()
    procore.pay(order)
    query = {"project_id": procore.project}
    assert procore.call("GET", PAYMENTS, params=query, odd=True).status_code == 400
    assert len(procore.in_project(PAYMENTS, contract_id=order["id"])) == 1


def test_a_payment_is_changed_deleted_and_bound_to_invoices_of_its_contract(procore: ProcoreOffice) -> None:
    order, foreign = procore.order(), procore.invoice(procore.order())
    procore.pay(order, status=422, requisition_id=foreign["id"])
    made = procore.pay(order)
    path, ids = f"{PAYMENTS}/{made['id']}", {"project_id": procore.project, "contract_id": order["id"]}
    changed = procore.send("PATCH", path, {**ids, "contract_payment": {"amount": "90.00"}})
    assert changed["amount"] == "90.00"
    assert procore.get(path, **ids)["amount"] == "90.00"
    assert procore.call("DELETE", path, params=ids).status_code == 200
    assert procore.call("GET", path, params=ids).status_code == 404
    assert procore.shown(order)["total_payments"] == "0.0"


def test_a_payment_with_an_origin_id_changes_its_origin_fields_only(procore: ProcoreOffice) -> None:
    order = procore.order()
    made = procore.pay(order, origin_id="xero:pay:1")
    path, ids = f"{PAYMENTS}/{made['id']}", {"project_id": procore.project, "contract_id": order["id"]}
    changed = procore.send("PATCH", path, {**ids, "contract_payment": {"amount": "90.00", "origin_data": "seen"}})
    assert (changed["amount"], changed["origin_data"]) == ("400.00", "seen")
    assert procore.call("DELETE", path, params=ids).status_code == 422
    procore.pay(order, status=422, origin_id="xero:pay:1")


def test_an_answer_that_is_lost_leaves_the_payment_to_be_looked_up(procore: ProcoreOffice) -> None:
    order = procore.order()
    procore.sandbox.faults.add("procore", "status_after_commit", method="POST", path="contract_payments", status=502)
    body = {"project_id": procore.project, "contract_id": order["id"], "contract_payment": {"amount": "400.00"}}
    assert procore.call("POST", PAYMENTS, json=body, odd=True).status_code == 502
    assert len(procore.in_project(PAYMENTS, contract_id=order["id"])) == 1
