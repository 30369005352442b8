"""Procore's reference lists, and what the application may do, found out tool by tool."""

from types import SimpleNamespace

import pytest

from integrations.documents import ReferenceFacts
from integrations.errors import RequestTooLargeError
from integrations.systems.procore import permissions
from tests.contract.procore import CONCRETE
from tests.systems.procore.office import STEEL, Office


def lists_of(office: Office) -> dict[str, list[ReferenceFacts]]:
    return dict(office.client().reference_lists())


def test_every_list_is_read_and_codes_name_their_project(office: Office) -> None:
    office.people.add_code(int(office.other), CONCRETE, "Concrete")
    office.people.deactivate_code(int(office.project), STEEL)
    office.people.add_tax_code("GST", 5.0)
    office.people.add_vendor("Gone Ltd", is_active=False)
    found = lists_of(office)
    assert {each.name: each.attributes["currency"] for each in found["project"]} == {
        "Harbour Clinic": "USD",
        "Depot": "USD",
    }
    assert {(each.code, each.active, each.attributes["project"]) for each in found["budget_code"]} == {
        (CONCRETE, True, office.project),
        (STEEL, False, office.project),
        (CONCRETE, True, office.other),
    }
    assert {each.code for each in found["cost_code"]} == {"03-300", "05-120"}
    assert [(each.code, each.attributes["base"]) for each in found["cost_type"]] == [("M", "materials")]
    assert [(each.code, each.attributes["wbs_code"]) for each in found["budget_line"]] == [(CONCRETE, office.concrete)]
    assert [(each.name, each.active) for each in found["billing_period"]] == [("2026-02-01 to 2026-02-28", True)]
    assert {each.name: each.active for each in found["contact"]} == {"Mau Mixers": True, "Gone Ltd": False}
    assert "ea" in {each.code for each in found["unit"]}
    assert [(each.code, each.attributes["rate"]) for each in found["tax_rate"]] == [("GST", "5.0")]


def test_a_closed_project_is_listed_without_its_codes(office: Office) -> None:
    office.people.close_project(int(office.project))
    found = lists_of(office)
    assert {each.name: each.active for each in found["project"]} == {"Harbour Clinic": False, "Depot": True}
    assert found["budget_code"] == []


def test_a_project_whose_tool_is_closed_leaves_its_list_out_and_the_others_in(office: Office) -> None:
    office.people.add_code(int(office.other), CONCRETE, "Concrete")
    office.people.set_permission("admin", "none", project=int(office.project))
    found = lists_of(office)
    assert {each.attributes["project"] for each in found["budget_code"]} == {office.other}
    assert {each.attributes["project"] for each in found["billing_period"]} == {office.project}


def test_a_project_that_is_closed_to_us_while_lists_are_read_is_left_out(office: Office) -> None:
    office.sandbox.faults.add("procore", "status", path=f"{office.project}/currency", times=-1, status=403)
    found = lists_of(office)
    assert [each.name for each in found["project"]] == ["Depot"]
    assert {each.attributes["project"] for each in found["budget_code"]} <= {office.other}


def test_a_list_that_is_too_heavy_is_asked_for_in_smaller_pages(office: Office) -> None:
    office.bench.fill(30)
    path = office.bench.feed_path
    office.sandbox.faults.add("procore", "status", path=path, times=2, status=408)
    rows = [row for page in office.bench.walk(office.client()) for row in page.rows]
    assert len(rows) == 30
    sizes = [each["query"]["per_page"] for each in office.bench.requests()]
    assert sizes == [["100"], ["50"], ["25"], ["25"]]
    office.sandbox.faults.add("procore", "status", path=path, times=-1, status=408)
    with pytest.raises(RequestTooLargeError):
        list(office.bench.walk(office.client()))


@pytest.mark.promise(37)
def test_with_every_right_nothing_is_missing_and_nothing_was_changed(office: Office) -> None:
    before = office.people.dump()
    found = office.client().permissions()
    assert found.missing == ()
    assert found.seen["Projects"] == "2: 1234 Harbour Clinic, 1300 Depot"
    assert found.seen["Looked into"] == "the company's own tools and every project"
    assert office.people.dump() == before


@pytest.mark.promise(37)
@pytest.mark.parametrize(
    ("tool", "level", "project", "told"),
    [
        ("company_directory", "none", False, "“Company Directory” is closed"),
        ("company_directory", "standard", False, "“Company Directory” may only read, not write: it needs Admin"),
        ("company_admin", "none", False, "“Admin (company)” is closed"),
        ("project_directory", "none", True, "“Project Directory” in project 1234 is closed"),
        ("commitments", "none", True, "“Commitments” in project 1234 is closed"),
        ("commitments", "read", True, "“Commitments” in project 1234 may only read, not write"),
        ("budget", "none", True, "“Budget” in project 1234 is closed"),
        ("admin", "none", True, "“Admin (project)” in project 1234 is closed"),
    ],
)
def test_each_missing_right_is_named_as_procore_names_it(
    office: Office, tool: str, level: str, project: bool, told: str
) -> None:
    office.people.set_permission(tool, level, **({"project": int(office.project)} if project else {}))
    (missing,) = office.client().permissions().missing
    assert missing.startswith(told)


@pytest.mark.promise(37)
@pytest.mark.parametrize("used", ["", "the other"])
def test_projects_in_use_are_looked_into_first_and_the_rest_is_said(
    office: Office, used: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(permissions, "MOST_SECONDS", 0.0)
    for project in (office.project, office.other):
        office.people.set_permission("budget", "none", project=int(project))
    found = office.client().permissions([office.other] if used else [])
    number, name = ("1300", "1300 Depot") if used else ("1234", "1234 Harbour Clinic")
    (missing,) = found.missing
    assert missing.startswith(f"“Budget” in project {number} is closed")
    assert found.seen["Looked into"].startswith(f"the company's own tools and 1 of 2 projects ({name}), as many as")


def test_where_calls_are_used_up_what_was_found_by_then_is_told(office: Office) -> None:
    office.people.set_permission("budget", "none", project=int(office.project))
    path = f"/projects/{office.other}/vendors$"
    office.sandbox.faults.add("procore", "status", path=path, status=429, headers={"Retry-After": "9"})
    found = office.client().permissions()
    assert ["“Budget”" in each for each in found.missing] == [True]
    assert "1 of 2 projects (1234 Harbour Clinic)" in found.seen["Looked into"]


def test_what_a_project_lacks_is_told_also_where_the_time_ends_in_the_middle_of_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first project is looked into whole; of the next one there is time for three tools."""
    ticks = iter(range(100))
    monkeypatch.setattr(permissions, "MOST_SECONDS", 3.0)
    monkeypatch.setattr(permissions, "time", SimpleNamespace(monotonic=lambda: float(next(ticks))))
    for tool in ("project_directory", "direct_costs"):
        office.people.set_permission(tool, "none", project=int(office.other))
    found = office.client().permissions()
    assert [each.partition(" in ")[0] for each in found.missing] == ["“Project Directory”"]
    assert "1 of 2 projects" in found.seen["Looked into"]


def test_a_project_in_use_that_is_not_shown_to_us_is_named(office: Office) -> None:
    office.people.permit_project(int(office.project), permitted=False)
    found = office.client().permissions([office.project, office.other])
    assert (found.missing, found.unseen) == ((), (office.project,))
    assert found.seen["Looked into"] == "the company's own tools and the project"


@pytest.mark.promise(37)
def test_without_a_permitted_project_the_list_is_named(office: Office) -> None:
    for project in (office.project, office.other):
        office.people.permit_project(int(project), permitted=False)
    (missing,) = office.client().permissions().missing
    assert "list of permitted projects" in missing
