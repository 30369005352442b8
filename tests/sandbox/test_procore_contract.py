"""Every path of Procore's specification, held against it; the contractor; what survives a restart."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from integrations.sandbox import Sandbox
from integrations.sandbox.contractor.projects import SITES
from tests.sandbox.procore_office import ORDERS, PAYMENTS, REQUISITIONS, V1, V11, Json, ProcoreOffice
from tests.sandbox.procore_specification import Specification, specification


@pytest.fixture
def spec(api_facts: Path) -> Specification:
    return specification(api_facts)


def read_everything(procore: ProcoreOffice, order: Json, invoice: Json, paid: Json) -> None:
    """Every GET of the specification."""
    company, project = procore.company, procore.project
    for path in (f"{V1}/me", f"{V1}/companies", f"{V1}/companies/{company}/vendors/inactive"):
        procore.get(path)
    for path in (f"{V1}/projects", f"{V11}/projects", f"{V1}/vendors", f"{V1}/vendors/{procore.vendor}"):
        procore.get(path, company_id=company)
    for path in (f"{V1}/tax_codes", f"{V1}/line_item_types"):
        procore.get(path, company_id=company)
    structure = f"{V1}/projects/{project}/work_breakdown_structure"
    segment = procore.get(f"{structure}/segments")[0]["id"]
    for rest in ("patterns", "wbs_codes", f"segments/{segment}/segment_items"):
        procore.get(f"{structure}/{rest}")
    for path in (
        f"{V1}/companies/{company}/uoms",
        f"{V1}/companies/{company}/projects/{project}/currency_configuration",
        f"{V1}/projects/{project}/budget",
        f"{V1}/projects/{project}/billing_periods",
        f"{V11}/projects/{project}/vendors",
        f"{V11}/projects/{project}/direct_costs",
    ):
        procore.get(path)
    read_project(procore, order, invoice, paid)


def read_project(procore: ProcoreOffice, order: Json, invoice: Json, paid: Json) -> None:
    view = procore.in_project(f"{V1}/budget_views")[0]["id"]
    twin = f"/rest/v2.0/companies/{procore.company}/projects/{procore.project}"
    lines = procore.get(f"{twin}/budget_line_items")["data"]
    for path in (
        f"{V1}/cost_codes",
        f"{V1}/budget_views/{view}/detail_rows",
        f"{V1}/budget_views/{view}/budget_detail_columns",
        f"{V1}/budget_line_items/{lines[0]['id']}",
        ORDERS,
        f"{ORDERS}/{order['id']}",
        f"{ORDERS}/{order['id']}/line_items",
        REQUISITIONS,
        f"{REQUISITIONS}/{invoice['id']}",
        f"{V1}/requisitions/{invoice['id']}/contract_items",
    ):
        assert procore.in_project(path)
    procore.in_project(PAYMENTS, contract_id=order["id"])
    procore.in_project(f"{PAYMENTS}/{paid['id']}", contract_id=order["id"])
    procore.get(f"{twin}/commitment_contracts")
    procore.get(f"{twin}/commitment_contracts/{order['id']}/summary")
    hooks = f"/rest/v2.0/companies/{procore.company}/webhooks/hooks"
    body = {"payload_version": "v4.0", "namespace": "our-app", "destination_url": "http://localhost:1/hooks"}
    made = procore.send("POST", hooks, body, 201)["data"]["id"]
    for path in (hooks, f"{hooks}/{made}", f"{hooks}/{made}/triggers", f"{hooks}/{made}/deliveries"):
        procore.get(path)
    procore.get(f"{hooks.removesuffix('/hooks')}/resources", payload_version="v4.0")


def test_every_read_of_the_specification_is_offered_and_answered_by_it(
    procore: ProcoreOffice, spec: Specification
) -> None:
    """The office holds every answer against the specification; here it is asked for all of them."""
    order = procore.order()
    invoice = procore.invoice(order)
    paid = procore.pay(order, requisition_id=invoice["id"])
    procore.stand_in.add_tax_code("GST", 5.0)
    read_everything(procore, order, invoice, paid)
    offered = {path for path, item in spec.document["paths"].items() if "get" in item}
    assert offered - {template for _, template in procore.seen} == {"/oauth/token/info"}


def test_every_write_of_the_specification_has_a_route(spec: Specification) -> None:
    from integrations.sandbox.procore.routes import ROUTES

    writes = [
        (method.upper(), path)
        for path, item in spec.document["paths"].items()
        for method in item
        if method != "get" and path.startswith("/rest")
    ]
    assert len(writes) == 32
    for method, path in writes:
        filled = re.sub(r"{\w+}", "7", path)
        assert any(route.method == method and route.pattern.fullmatch(filled) for route in ROUTES), (method, path)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", f"{V1}/vendors", {"company_id": 1, "vendor": {"name": "New", "nickname": "N"}}),
        ("POST", f"{V1}/vendors", {"vendor": {"name": "New"}}),
        ("PATCH", f"{ORDERS}/sync", {"project_id": 1, "updates": [{"upload_ids": ["a"]}]}),
        ("POST", REQUISITIONS, {"project_id": 1, "commitment_id": 1, "requisition": {"billing_date": "18/02/2026"}}),
        ("POST", PAYMENTS, {"project_id": 1, "contract_id": 1, "contract_payment": {"amount": 400.0}}),
        ("PUT", f"{V1}/vendors", {}),
    ],
)
def test_a_request_that_the_specification_does_not_know_is_complained_about(
    spec: Specification, method: str, path: str, body: Any
) -> None:
    """Or the stories would prove nothing."""
    assert spec.of_request(method, path, {}, body)


def test_an_answer_that_is_not_as_specified_is_complained_about(spec: Specification) -> None:
    assert spec.of_answer("GET", f"{V1}/vendors", 200, b'[{"name": "No id"}]')
    assert spec.of_answer("GET", f"{V1}/vendors", 403, b'{"reason": "no"}')
    assert spec.of_answer("GET", f"{V1}/vendors", 403, b'{"errors": "Forbidden"}') == []


# The contractor


@pytest.fixture
def contractor(spec: Specification) -> Any:
    with Sandbox(systems=["procore"], limits=False, company=True) as sandbox:
        yield ProcoreOffice(sandbox, spec)


def test_the_contractor_has_five_projects_and_two_are_near_their_budgets(contractor: ProcoreOffice) -> None:
    rows = contractor.get(f"{V11}/projects", company_id=contractor.company)
    assert [row["project_number"] for row in rows] == ["1201", "1202", "1203", "1204", "1205"]
    near = {
        site.number
        for site in SITES
        for code in site.budget
        if near_its_end(contractor.stand_in.budget(site.number, code))
    }
    assert near == {"1202", "1204"}


def near_its_end(figures: dict[str, str]) -> bool:
    """More than nine tenths are committed."""
    return float(figures["committed_costs"]) > 0.9 * float(figures["revised_budget"])


def test_every_project_of_the_contractor_reads_as_published(contractor: ProcoreOffice) -> None:
    for row in contractor.get(f"{V1}/projects", company_id=contractor.company):
        contractor.project = row["id"]
        view = contractor.in_project(f"{V1}/budget_views")[0]["id"]
        assert contractor.in_project(f"{V1}/budget_views/{view}/detail_rows")
        contractor.in_project(ORDERS, view="extended")
        periods = contractor.get(f"{V1}/projects/{row['id']}/billing_periods", **{"filters[status]": "open"})
        assert len(periods) == (row["project_number"] != "1204")  # the one whose periods are closed


# State


def test_everything_survives_a_restart(tmp_path: Path, spec: Specification) -> None:
    kept = tmp_path / "state.json"
    with Sandbox(systems=["procore"], limits=False, state_file=kept) as sandbox:
        office = ProcoreOffice(sandbox, spec)
        office.furnish()
        order = office.order()
        office.invoice(order)
        before, headers = office.shown(order), office.headers
    with Sandbox(systems=["procore"], limits=False, state_file=kept) as sandbox:
        again = ProcoreOffice(sandbox, spec)
        again.project, again.headers = office.project, headers  # the older token still holds
        assert again.shown(order) == before
        assert again.in_project(REQUISITIONS)[0]["commitment_id"] == order["id"]


def test_records_are_put_and_removed_through_the_control_port(procore: ProcoreOffice) -> None:
    control, session = procore.sandbox.control_url, procore.session
    state = f"{control}/state/procore/vendors"
    vendor = session.get(state, timeout=10).json()["records"][0]
    session.put(state, json={**vendor, "name": "Renamed"}, timeout=10)
    path = f"{V1}/vendors/{procore.vendor}"
    assert procore.get(path, company_id=procore.company)["name"] == "Renamed"
    session.delete(f"{state}/{procore.vendor}", timeout=10)
    assert procore.call("GET", path, params={"company_id": procore.company}).status_code == 404
    made = session.post(f"{control}/do/procore/add_project", json={"name": "Annex", "number": "1400"}, timeout=10)
    assert made.json()["result"]["display_name"] == "1400 - Annex"


def test_a_suspended_company_and_void_tokens_are_told_apart(procore: ProcoreOffice) -> None:
    procore.sandbox.faults.add("procore", "suspend", times=1)
    assert procore.call("GET", f"{V1}/me").json() == {"errors": ["App is not connected to this company."]}
    procore.sandbox.faults.add("procore", "expire_token")
    assert procore.call("GET", f"{V1}/me").status_code == 401
    procore.sandbox.faults.add("procore", "revoke_token")
    assert procore.call("GET", f"{V1}/me").json() == {"errors": "The access token is invalid"}
