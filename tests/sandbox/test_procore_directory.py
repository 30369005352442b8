"""Projects, vendors and codes of the Procore stand-in."""

from __future__ import annotations

from typing import Any

from tests.sandbox.procore_office import CONCRETE, STEEL, V1, V11, Json, ProcoreOffice

SYNC = f"{V1}/vendors/sync"


def sync_vendors(procore: ProcoreOffice, *updates: Json) -> Json:
    found: Json = procore.send("PATCH", SYNC, {"company_id": procore.company, "updates": list(updates)})
    return found


def names(procore: ProcoreOffice, **query: Any) -> list[str]:
    return [row["name"] for row in procore.get(f"{V1}/vendors", company_id=procore.company, **query)]


# Projects


def test_closed_projects_are_listed_when_asked_for(procore: ProcoreOffice) -> None:
    procore.stand_in.close_project("Depot")
    for path in (f"{V1}/projects", f"{V11}/projects"):
        rows = procore.get(path, company_id=procore.company)
        assert [row["project_number"] for row in rows] == ["1234"]
        closed = procore.get(path, company_id=procore.company, **{"filters[by_status]": "Inactive"})
        assert [row["name"] for row in closed] == ["Depot"]


def test_a_project_is_found_by_its_number_and_shown_compact(procore: ProcoreOffice) -> None:
    rows = procore.get(f"{V11}/projects", company_id=procore.company, **{"filters[project_number]": "1300"})
    assert [row["id"] for row in rows] == [procore.other]
    rows = procore.get(f"{V1}/projects", company_id=procore.company, serializer_view="compact")
    assert rows[0].keys() == {"id", "name", "display_name"}
    assert procore.get(f"{V11}/projects", company_id=procore.company, view="ids") == [procore.project, procore.other]


def test_a_project_tells_its_currency(procore: ProcoreOffice) -> None:
    path = f"{V1}/companies/{procore.company}/projects/{procore.project}/currency_configuration"
    assert procore.get(path)["currency_iso_code"] == "USD"
    procore.stand_in.set_currency(procore.project, None, multicurrency=True)
    told = procore.get(path)
    assert (told["currency_iso_code"], told["multicurrency_enabled"]) == (None, True)


# Vendors


def test_a_vendor_may_have_the_name_of_another(procore: ProcoreOffice) -> None:
    body = {"company_id": procore.company, "vendor": {"name": "Mau Mixers", "country_code": "US"}}
    made = procore.send("POST", f"{V1}/vendors", body, 201)
    assert made["id"] != procore.vendor
    assert names(procore) == ["Mau Mixers", "Mau Mixers"]
    assert procore.get(f"{V1}/vendors/{made['id']}", company_id=procore.company)["company"] == "Mau Mixers"


def test_a_vendor_needs_a_name_and_codes_in_capitals(procore: ProcoreOffice) -> None:
    for vendor in ({"city": "Reno"}, {"name": ""}, {"name": "New", "country_code": "us"}):
        body = {"company_id": procore.company, "vendor": vendor}
        assert procore.call("POST", f"{V1}/vendors", json=body, odd=True).status_code == 422
    body = {"company_id": procore.company, "vendor": {}}
    refused = procore.call("POST", f"{V1}/vendors", json=body, odd=True)
    assert refused.status_code == 400
    assert refused.json()["errors"].endswith("invalid: vendor")


def test_search_looks_at_name_keywords_origin_code_and_tax_number(procore: ProcoreOffice) -> None:
    stand_in = procore.stand_in
    stand_in.add_vendor("Steel Ltd", keywords=["mixers"], origin_code="S-77", tax_number="91-0001")
    for wanted in ("MIXERS", "mau"):
        assert "Mau Mixers" in names(procore, **{"filters[search]": wanted})
    for wanted in ("mixers", "s-77", "91-00", "steel"):
        assert "Steel Ltd" in names(procore, **{"filters[search]": wanted})
    assert names(procore, **{"filters[search]": "nobody"}) == []


def test_inactive_vendors_are_in_a_list_of_their_own(procore: ProcoreOffice) -> None:
    procore.stand_in.edit_vendor("Mau Mixers", is_active=False)
    assert names(procore) == []
    rows = procore.get(f"{V1}/companies/{procore.company}/vendors/inactive")
    assert [row["id"] for row in rows] == [procore.vendor]


def test_a_vendor_is_changed_with_its_name_only(procore: ProcoreOffice) -> None:
    path = f"{V1}/vendors/{procore.vendor}"
    body: Json = {"company_id": procore.company, "vendor": {"name": "Mau Mixers", "city": "Reno"}}
    assert procore.send("PATCH", path, body)["city"] == "Reno"
    body = {"company_id": procore.company, "vendor": {"city": "Reno"}}
    assert procore.call("PATCH", path, json=body, odd=True).status_code == 422


def test_sync_makes_an_unknown_origin_id_and_changes_a_known_one(procore: ProcoreOffice) -> None:
    row = {"origin_id": "xero:contact:1", "name": "Cascade Steel"}
    made = sync_vendors(procore, row)["entities"][0]
    again = sync_vendors(procore, {**row, "city": "Tacoma"})["entities"][0]
    assert (again["id"], again["city"]) == (made["id"], "Tacoma")
    assert names(procore, **{"filters[origin_id]": "xero:contact:1"}) == ["Cascade Steel"]


def test_sync_without_an_id_always_makes_another(procore: ProcoreOffice) -> None:
    for _ in range(2):
        sync_vendors(procore, {"name": "Twice Ltd"})
    assert names(procore).count("Twice Ltd") == 2


def test_sync_by_id_overwrites_the_origin_id(procore: ProcoreOffice) -> None:
    for origin in ("xero:contact:1", "xero:contact:2"):
        found = sync_vendors(procore, {"id": procore.vendor, "origin_id": origin})["entities"][0]
        assert (found["id"], found["origin_id"]) == (procore.vendor, origin)


def test_sync_answers_200_though_every_row_is_refused(procore: ProcoreOffice) -> None:
    sync_vendors(procore, {"id": procore.vendor, "origin_id": "taken"})
    other = procore.stand_in.add_vendor("Other Ltd")["id"]
    rows: list[Json] = [{"id": 17, "name": "Nobody"}, {"name": ""}, {"id": other, "origin_id": "taken", "city": "Reno"}]
    answer = sync_vendors(procore, *rows)
    assert answer["entities"] == []
    assert [each["errors"] for each in answer["errors"]] == [
        {"id": ["Entity with this ID not found"]},
        {"name": ["can't be blank"]},
        {"origin_id": ["has already been taken"]},
    ]
    assert answer["errors"][0]["name"] == "Nobody"  # the row is echoed
    assert procore.get(f"{V1}/vendors/{other}", company_id=procore.company)["city"] is None


def test_sync_takes_a_thousand_rows_and_not_one_more(procore: ProcoreOffice) -> None:
    body: Json = {"company_id": procore.company, "updates": [{"name": f"Vendor {n}"} for n in range(1001)]}
    assert procore.call("PATCH", SYNC, json=body, odd=True).status_code == 413
    assert len(sync_vendors(procore, *body["updates"][:1000])["entities"]) == 1000
    empty = procore.call("PATCH", SYNC, json={"company_id": procore.company, "updates": []}, odd=True)
    assert empty.status_code == 400


def test_a_vendor_is_added_to_a_project_once(procore: ProcoreOffice) -> None:
    directory = f"{V11}/projects/{procore.other}/vendors"
    assert procore.get(directory) == []
    path = f"{directory}/{procore.vendor}/actions/add"
    assert procore.send("POST", path, None, 201)["id"] == procore.vendor
    assert [row["id"] for row in procore.get(directory)] == [procore.vendor]
    assert procore.call("POST", path).status_code == 422


# Codes


def wbs(procore: ProcoreOffice, project: int = 0) -> str:
    return f"{V1}/projects/{project or procore.project}/work_breakdown_structure"


def test_codes_belong_to_a_project_and_may_have_trailing_blanks(procore: ProcoreOffice) -> None:
    procore.stand_in.add_code(procore.other, CONCRETE, trailing="  ")
    rows = procore.get(f"{wbs(procore, procore.other)}/wbs_codes")
    assert [row["flat_code"] for row in rows] == [f"{CONCRETE}  "]
    assert rows[0]["id"] != procore.concrete


def test_codes_are_searched_and_filtered_by_status(procore: ProcoreOffice) -> None:
    procore.stand_in.deactivate_code(procore.project, STEEL)
    path = f"{wbs(procore)}/wbs_codes"
    active = {"filters[status][]": "active"}
    assert [row["flat_code"] for row in procore.get(path, **active)] == [CONCRETE]
    assert [row["status"] for row in procore.get(path, query="steel")] == ["inactive"]


def test_the_pattern_names_its_segments_and_these_their_items(procore: ProcoreOffice) -> None:
    pattern = procore.get(f"{wbs(procore)}/patterns")
    assert [each["type"] for each in pattern["segments"]] == ["cost_code", "line_item_type"]
    assert {each["delimiter"] for each in procore.get(f"{wbs(procore)}/segments")} == {"."}
    first = pattern["segments"][0]["id"]
    items = procore.get(f"{wbs(procore)}/segments/{first}/segment_items")
    assert [item["path_code"] for item in items] == ["03-300", "05-120"]


def test_making_a_code_is_safe_to_repeat(procore: ProcoreOffice) -> None:
    procore.stand_in.add_code(procore.project, "03-300.L")
    segments = procore.get(f"{wbs(procore)}/segments")
    items = [procore.get(f"{wbs(procore)}/segments/{each['id']}/segment_items") for each in segments]
    parts = [
        {"segment_id": segments[0]["id"], "segment_item_id": items[0][1]["id"]},
        {"segment_id": segments[1]["id"], "segment_item_id": items[1][1]["id"]},
    ]
    path = f"{wbs(procore)}/wbs_codes"
    made = procore.send("POST", path, {"segment_items": parts}, 201)
    assert made["flat_code"] == "05-120.L"
    again = procore.send("POST", path, {"segment_items": parts, "description": "Erecting"}, 201)
    assert (again["id"], again["description"]) == (made["id"], "Erecting")
    assert procore.call("POST", path, json={"segment_items": parts[:1]}).status_code == 422


def test_the_older_codes_and_the_companys_tables_are_listed(procore: ProcoreOffice) -> None:
    procore.stand_in.add_tax_code("GST", 5.0)
    rows = procore.in_project(f"{V1}/cost_codes")
    assert [row["full_code"] for row in rows] == ["03-300", "05-120"]
    types = procore.get(f"{V1}/line_item_types", company_id=procore.company)
    assert [row["base_type"] for row in types] == ["materials"]
    units = procore.get(f"{V1}/companies/{procore.company}/uoms")
    assert "ea" in [row["name"] for row in units]
    assert procore.get(f"{V1}/tax_codes", company_id=procore.company)[0]["rate1"] == 5.0
