"""Tokens, the company header, permissions, projects on the permitted list, rate windows."""

from __future__ import annotations

import base64
from typing import Any

import pytest
import requests

from integrations.sandbox.procore.tokens import CLIENT_ID, CLIENT_SECRET
from tests.sandbox.procore_office import CONCRETE, ORDERS, V1, V11, ProcoreOffice


def token_url(procore: ProcoreOffice) -> str:
    return f"{procore.sandbox.url('procore')}/oauth/token"


def test_a_token_lives_90_minutes_and_comes_without_a_refresh_token(procore: ProcoreOffice) -> None:
    answer = procore.token()
    assert procore.specification.of_answer("POST", "/oauth/token", 200, answer.content) == []
    told = answer.json()
    assert told["expires_in"] == 5400
    assert told["token_type"] == "bearer"
    assert "refresh_token" not in told
    procore.sandbox.clock.forward(minutes=89)
    assert procore.call("GET", f"{V1}/me").status_code == 200
    procore.sandbox.clock.forward(minutes=2)
    assert procore.call("GET", f"{V1}/me").status_code == 401


@pytest.mark.parametrize("form", ["data", "files", "basic"])
def test_a_token_is_granted_to_a_form_to_multipart_and_to_basic(procore: ProcoreOffice, form: str) -> None:
    fields = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    if form == "data":
        answer = requests.post(token_url(procore), data=fields, timeout=10)
    elif form == "files":
        answer = requests.post(token_url(procore), files={k: (None, v) for k, v in fields.items()}, timeout=10)
    else:
        pair = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        headers = {"Authorization": f"Basic {pair}"}
        wanted = {"grant_type": "client_credentials"}
        answer = requests.post(token_url(procore), data=wanted, headers=headers, timeout=10)
    assert answer.status_code == 200, answer.text


def test_a_wrong_secret_and_another_grant_are_refused(procore: ProcoreOffice) -> None:
    assert procore.token(client_secret="wrong").json()["error"] == "invalid_client"
    assert procore.token(client_secret="wrong").status_code == 401
    assert procore.token(grant_type="password").json()["error"] == "unsupported_grant_type"
    procore.stand_in.revoke_secret()
    assert procore.token().status_code == 401


@pytest.mark.usefixtures("time_stands_still")
def test_a_new_token_leaves_the_older_one_alone_and_revoking_ends_one(procore: ProcoreOffice) -> None:
    newer = procore.token().json()["access_token"]
    info = procore.call("GET", "/oauth/token/info").json()
    assert info["scopes"] == []
    assert info["expires_in_seconds"] == 5400
    fields = {"token": newer, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    for _ in range(2):  # 200 even for a token that is unknown by now
        assert requests.post(f"{procore.sandbox.url('procore')}/oauth/revoke", data=fields, timeout=10).ok
    refused = procore.call("GET", f"{V1}/me", headers={"Authorization": f"Bearer {newer}"})
    assert refused.status_code == 401
    assert procore.call("GET", f"{V1}/me").status_code == 200


def test_the_company_header_is_needed_everywhere_even_for_companies(procore: ProcoreOffice) -> None:
    for path in ("me", "companies", "projects"):
        answer = procore.call("GET", f"{V1}/{path}", headers={"Procore-Company-Id": None}, odd=True)
        assert answer.status_code == 400
        assert answer.json()["errors"].startswith("Missing Procore-Company-Id header!")
    assert [each["id"] for each in procore.get(f"{V1}/companies")] == [procore.company]


def test_projects_need_the_header_and_the_parameter(procore: ProcoreOffice) -> None:
    assert procore.call("GET", f"{V1}/projects", odd=True).status_code == 400
    assert len(procore.get(f"{V1}/projects", company_id=procore.company)) == 2
    assert procore.call("GET", f"{V1}/projects", params={"company_id": 7}).status_code == 403


def test_an_app_that_is_not_connected_is_told_so(procore: ProcoreOffice) -> None:
    procore.stand_in.disconnect_app()
    answer = procore.call("GET", f"{V1}/me")
    assert answer.status_code == 403
    assert answer.json() == {"errors": ["App is not connected to this company."]}
    procore.stand_in.disconnect_app(connected=True)
    assert procore.call("GET", f"{V1}/me").status_code == 200


def test_a_project_off_the_permitted_list_is_403_for_reads_too_and_missing_in_the_list(procore: ProcoreOffice) -> None:
    procore.stand_in.permit_project(procore.project, permitted=False)
    answer = procore.call("GET", ORDERS, params={"project_id": procore.project})
    assert answer.status_code == 403
    assert "permitted" not in answer.text.lower()
    assert [each["id"] for each in procore.get(f"{V1}/projects", company_id=procore.company)] == [procore.other]
    procore.stand_in.permit_project(procore.project)  # takes effect on the same token
    assert procore.in_project(ORDERS) == []


def test_a_project_that_does_not_exist_is_404(procore: ProcoreOffice) -> None:
    assert procore.call("GET", ORDERS, params={"project_id": 17}).status_code == 404


@pytest.mark.parametrize(
    ("tool", "level", "method", "path"),
    [
        ("commitments", "none", "GET", ORDERS),
        ("budget", "none", "GET", f"{V1}/budget_views"),
        ("admin", "none", "GET", f"{V1}/cost_codes"),
    ],
)
def test_a_tool_without_permission_is_403_in_that_project_only(
    procore: ProcoreOffice, tool: str, level: str, method: str, path: str
) -> None:
    procore.stand_in.set_permission(tool, level, project=procore.project)
    assert procore.call(method, path, params={"project_id": procore.project}).status_code == 403
    assert procore.call(method, path, params={"project_id": procore.other}).status_code == 200


def test_reading_is_not_enough_to_write(procore: ProcoreOffice) -> None:
    procore.stand_in.set_permission("commitments", "read")
    procore.stand_in.set_permission("company_directory", "standard")
    assert procore.in_project(ORDERS) == []
    body = {"project_id": procore.project, "updates": [{"title": "PO"}]}
    assert procore.call("PATCH", f"{ORDERS}/sync", json=body).status_code == 403
    vendor = {"company_id": procore.company, "vendor": {"name": "New"}}
    assert procore.call("POST", f"{V1}/vendors", json=vendor).status_code == 403


def test_a_path_that_is_known_by_another_method_says_which(procore: ProcoreOffice) -> None:
    answer = procore.call("DELETE", f"{V1}/vendors/17", odd=True)
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "PATCH"}
    assert procore.call("GET", f"{V1}/gadgets", odd=True).status_code == 404


def test_an_unknown_field_and_another_content_type_are_406(procore: ProcoreOffice) -> None:
    body = {"company_id": procore.company, "vendor": {"name": "New", "favourite_colour": "red"}}
    assert procore.call("POST", f"{V1}/vendors", json=body, odd=True).status_code == 406
    url = f"{procore.sandbox.url('procore')}{V1}/vendors"
    sent = requests.post(url, data="name=New", headers=procore.headers, timeout=10)
    assert sent.status_code == 406


def test_errors_of_v2_have_the_shape_of_v2(procore: ProcoreOffice) -> None:
    path = f"/rest/v2.0/companies/{procore.company}/projects/17/commitment_contracts"
    error = procore.call("GET", path).json()["error"]
    assert error["code"] == "NOT_FOUND"


# Rate windows


def limited(procore: ProcoreOffice) -> requests.Response:
    return procore.call("GET", f"{V1}/me")


@pytest.mark.usefixtures("time_stands_still")
def test_headers_tell_the_window_that_is_nearer_to_its_end(procore: ProcoreOffice) -> None:
    procore.stand_in.turn(limits=True, hourly_limit=600, spike_limit=25)
    first = limited(procore)
    assert first.headers["X-Rate-Limit-Limit"] == "25"
    assert first.headers["X-Rate-Limit-Remaining"] == "24"
    assert int(first.headers["X-Rate-Limit-Reset"]) % 10 == 0
    procore.stand_in.use_up("hour", left=4)
    second = limited(procore)
    assert second.headers["X-Rate-Limit-Limit"] == "600"
    assert second.headers["X-Rate-Limit-Remaining"] == "3"
    assert int(second.headers["X-Rate-Limit-Reset"]) % 3600 == 0


@pytest.mark.usefixtures("time_stands_still")
@pytest.mark.parametrize(("window", "seconds"), [("spike", 10), ("hour", 3600)])
def test_a_full_window_is_429_until_its_reset(procore: ProcoreOffice, window: str, seconds: int) -> None:
    procore.stand_in.turn(limits=True)
    procore.stand_in.use_up(window)
    refused = limited(procore)
    assert refused.status_code == 429
    assert "for an hour" in refused.text
    assert refused.headers["X-Rate-Limit-Remaining"] == "0"
    assert 0 < int(refused.headers["Retry-After"]) <= seconds
    procore.sandbox.clock.forward(seconds=int(refused.headers["Retry-After"]) + 1)
    assert limited(procore).status_code == 200


@pytest.mark.usefixtures("time_stands_still")
def test_every_company_has_its_own_budget_of_calls(procore: ProcoreOffice) -> None:
    second = procore.stand_in.add_company("Second Builders")["id"]
    procore.stand_in.turn(limits=True, retry_after=False)
    procore.stand_in.use_up("spike")
    assert "Retry-After" not in limited(procore).headers
    assert procore.call("GET", f"{V1}/me", headers={"Procore-Company-Id": str(second)}).status_code == 200


# Lists


def test_lists_come_in_pages_with_links_and_totals(procore: ProcoreOffice) -> None:
    for number in range(5):
        procore.stand_in.add_vendor(f"Vendor {number}")
    query = {"company_id": procore.company, "per_page": 4}
    first = procore.call("GET", f"{V1}/vendors", params={**query, "page": 1})
    assert (first.headers["Total"], first.headers["Per-Page"]) == ("6", "4")
    assert set(first.links) == {"next", "last"}
    last = procore.session.get(first.links["next"]["url"], headers=procore.headers, timeout=10)
    assert len(last.json()) == 2
    assert set(last.links) == {"first", "prev"}
    assert procore.get(f"{V1}/vendors", **query, page=9) == []


def test_requisitions_come_30_a_page_and_v2_comes_10_and_at_most_100(procore: ProcoreOffice) -> None:
    order = procore.order()
    for _ in range(31):
        procore.stand_in.add_invoice(order["id"])
    assert len(procore.in_project(f"{V11}/requisitions")) == 30
    for _ in range(11):
        procore.order()
    path = f"/rest/v2.0/companies/{procore.company}/projects/{procore.project}/commitment_contracts"
    assert len(procore.get(path)["data"]) == 10
    answer = procore.call("GET", path, params={"per_page": 500})
    assert answer.headers["Per-Page"] == "100"
    assert all(isinstance(row["id"], str) for row in answer.json()["data"])


def test_ids_exceed_32_bits(procore: ProcoreOffice) -> None:
    assert procore.order()["id"] > 2**32


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("updated_at", "2026-02-01", "must be a range"),
        ("updated_at", "yesterday...today", "must be a range"),
        ("id", "first", "must be integer, array of integers, or range"),
    ],
)
def test_a_filter_that_is_not_understood_is_a_400(procore: ProcoreOffice, name: str, value: str, sentence: str) -> None:
    query = {"project_id": procore.project, f"filters[{name}]": value}
    answer = procore.call("GET", ORDERS, params=query)
    assert answer.status_code == 400
    assert answer.json() == {"errors": {name: [sentence]}}


def test_filters_take_one_a_json_list_a_range_and_repeated_brackets(procore: ProcoreOffice) -> None:
    ids = [procore.order(amount="1.00")["id"] for _ in range(3)]

    def found(value: str) -> list[int]:
        return [row["id"] for row in procore.in_project(ORDERS, **{"filters[id]": value})]

    assert found(str(ids[1])) == [ids[1]]
    assert found(f"[{ids[0]},{ids[2]}]") == [ids[0], ids[2]]
    assert found(f"{ids[1]}...{ids[2]}") == ids[1:]
    query = {"project_id": procore.project, "filters[id][]": ids[:2]}
    assert [row["id"] for row in procore.call("GET", ORDERS, params=query, odd=True).json()] == ids[:2]


def test_changes_are_found_by_a_range_that_includes_both_ends_quoted_or_not(procore: ProcoreOffice) -> None:
    order = procore.order()
    moment = order["updated_at"]
    procore.sandbox.clock.forward(hours=1)
    procore.order()
    for value in (f"{moment}...{moment}", f'"{moment}...{moment}"'):
        rows = procore.in_project(ORDERS, **{"filters[updated_at]": value})
        assert [row["id"] for row in rows] == [order["id"]]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (f"{ORDERS}/sync", {"updates": [{"id": [1]}]}, 200),
        (f"{ORDERS}/sync", {"updates": ["row"]}, 400),
        (f"{ORDERS}/sync", {"updates": [{"title": ["PO"]}, {"vendor_id": "1"}, {"executed": 1}]}, 200),
        (f"{ORDERS}/17", {"purchase_order_contract": []}, 404),
        (f"{ORDERS}/sync", [], 400),
    ],
)
def test_a_body_that_makes_no_sense_is_refused_and_never_a_broken_connection(
    procore: ProcoreOffice, path: str, body: Any, status: int
) -> None:
    sent = {"project_id": procore.project, **body} if body else body
    answer = procore.call("PATCH", path, json=sent, odd=True)
    assert answer.status_code == status
    assert answer.json().get("entities", []) == []


def test_a_list_is_sorted_where_that_is_offered_and_a_400_elsewhere(procore: ProcoreOffice) -> None:
    procore.stand_in.add_vendor("Aardvark Hire")
    path, query = f"{V1}/vendors", {"company_id": procore.company}
    assert [row["name"] for row in procore.get(path, **query, sort="name")] == ["Aardvark Hire", "Mau Mixers"]
    backwards = procore.call("GET", path, params={**query, "sort": "-name"}, odd=True).json()
    assert [row["name"] for row in backwards] == ["Mau Mixers", "Aardvark Hire"]
    refused = procore.call("GET", ORDERS, params={"project_id": procore.project, "sort": "-updated_at"}, odd=True)
    assert refused.status_code == 400


def test_the_faults_of_lists_are_played(procore: ProcoreOffice) -> None:
    procore.order()
    procore.order()
    procore.sandbox.faults.add("procore", "duplicate_row", path="contracts$")
    assert len(procore.in_project(ORDERS)) == 3
    procore.sandbox.faults.add("procore", "endless_next", path="contracts$")
    answer = procore.call("GET", ORDERS, params={"project_id": procore.project, "page": 9})
    assert "next" in answer.links
    assert len(answer.json()) == 2
    procore.sandbox.faults.add("procore", "ignore_filter", path="contracts$")
    assert len(procore.in_project(ORDERS, **{"filters[origin_id]": "nobody"})) == 2


def test_every_answer_has_its_own_request_id(procore: ProcoreOffice) -> None:
    ids = {procore.call("GET", f"{V1}/me").headers["X-Request-Id"] for _ in range(2)}
    assert len(ids) == 2
    assert procore.stand_in.budget(procore.project, CONCRETE)["revised_budget"] == "20000.00"
