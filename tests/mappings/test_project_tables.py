"""Projects, cost codes and budget lines: looked up, saved, missed, released (A82, A87; promises 18 and 19)."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import product

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from integrations.documents import Tracked
from integrations.pairs.xero_procore import orders
from integrations.pairs.xero_procore.terms import ProjectTerms
from mappings import keys, reference, waiting
from mappings.keys import LookupKey
from mappings.lists import Lists
from mappings.models import BudgetLineRow, CostCodeRow, ProjectRow, ReferenceEntry, Scope
from mappings.project_tables import CostCodeRow as FoundRow
from mappings.project_tables import ProjectTables
from mappings.signals import lookup_changed
from mappings.spreadsheets import uploads
from mappings.spreadsheets.project_resources import BudgetLineResource, CostCodeResource, ProjectResource
from mappings.spreadsheets.resources import TableResource
from mappings.tables import Tables
from mappings.versions import tables_at
from mappings.waiting import Waiting
from tests.mappings.company import all_missing, person
from tests.mappings.site import CLINIC, OLD, WHARF, Site
from tests.pairs.xero_procore import books

PAGES = ("projectrow", "costcoderow", "budgetlinerow")


@pytest.fixture
def site(db: None) -> Site:
    return Site.build()


def fill(site: Site) -> dict[str, int]:
    rows = {
        "projectrow": ProjectRow(scope=site.scope, source_key="opt-clinic", target=site.project(CLINIC)),
        "costcoderow": CostCodeRow(scope=site.scope, source_code="310", code="03-300.M"),
        "budgetlinerow": BudgetLineRow(scope=site.scope, source_key="opt-slab", code="03-300.L"),
    }
    for row in rows.values():
        row.save()
    return {name: row.pk for name, row in rows.items()}


@pytest.mark.promise(18)
def test_the_truth_table_of_account_item_category_and_project() -> None:
    """The item before the beginning of its code before any item; then the project before any; else nothing."""
    kept = {
        ("310", "CONC-30", "p1"): 1, ("310", "CONC-30", ""): 2, ("310", "CONC*", "p1"): 3, ("310", "CONC*", ""): 4,
        ("310", "", "p1"): 5, ("310", "", ""): 6,
    }  # fmt: skip
    for chosen in product([True, False], repeat=len(kept)):
        rows = {
            key: FoundRow(keys.COST_CODE, pk, 1) for (key, pk), in_ in zip(kept.items(), chosen, strict=True) if in_
        }
        tables = ProjectTables(cost_codes=rows)
        asked = {
            ("310", "CONC-30", "p1"): (1, 2, 3, 4, 5, 6),
            ("310", "CONC-30", "p2"): (2, 4, 6),
            ("310", "CONC-40", "p1"): (3, 4, 5, 6),
            ("310", "STEEL", "p1"): (5, 6),
            ("310", "", "p2"): (6,),
            ("311", "CONC-30", "p1"): (),
        }
        for line, order in asked.items():
            there = [pk for pk in order if pk in {row.pk for row in rows.values()}]
            found = tables.cost_code(*line)
            assert (found.pk if found else None) == (there[0] if there else None), (line, rows)


def test_the_longer_beginning_of_an_item_code_wins() -> None:
    rows = {("310", item, ""): FoundRow(keys.COST_CODE, pk, 1) for pk, item in enumerate(["C*", "CONC*", "CO*"])}
    found = ProjectTables(cost_codes=rows).cost_code("310", "CONC-30", "p1")
    assert found is not None
    assert found.pk == 1


item = st.sampled_from(["", "CONC-30", "CONC-3", "CONC*", "C*", "STEEL*", 'C"*', "C,"])
gap_item = st.sampled_from(["", "CONC-30", "CONC-3", "STEEL-1", "C", 'C"x', "C,"])
place = st.sampled_from(["", "p1", "p2"])


@given(item, place, gap_item, place)
def test_e9_a_saved_cost_code_answers_exactly_the_gaps_of_lines_that_find_it(
    saved_item: str, saved_project: str, line_item: str, line_project: str
) -> None:
    row = FoundRow(keys.COST_CODE, 1, 1)
    tables = ProjectTables(cost_codes={("310", saved_item, saved_project): row})
    found = tables.cost_code("310", line_item, line_project) is row
    key, gap = (
        keys.cost_code_key("310", saved_item, saved_project),
        keys.cost_code_key("310", line_item, line_project),
    )
    assert key.answers(gap) == found
    if found:
        assert gap.text.startswith(key.beginning)


@pytest.mark.promise(19)
def test_one_code_in_two_projects_is_two_ids(site: Site) -> None:
    BudgetLineRow.objects.create(scope=site.scope, source_key="opt-slab", code="03-300.M")
    CostCodeRow.objects.create(scope=site.scope, source_code="310", code="05-100.M")
    tables = Tables.load(site.scope).projects
    ids = []
    for project in (CLINIC, WHARF):
        line, account = tables.budget_line("opt-slab", project), tables.cost_code("310", "", project)
        assert line is not None
        assert account is not None
        ids.append([tables.code(project, row.code) for row in (line, account)])
    assert [[code.key for code in found if code] for found in ids] == [["1001", "1003"], ["2001", "2003"]]


@pytest.mark.promise(19)
def test_the_tables_that_people_fill_lead_an_order_to_its_project_and_codes(site: Site) -> None:
    fill(site)
    on_site = (Tracked("cat-job", "Harbour Clinic"), Tracked("cat-line", "Slab"))
    wharf = (Tracked("cat-job", "1240"),)
    terms = ProjectTerms(start_date=date(2026, 1, 1), project_category="cat-job")
    tables = replace(Tables.load(site.scope), vendors=books.tables().vendors)
    found = [
        orders.translate(books.order(books.line("10.00", tracking=each)), tables, terms).result
        for each in (on_site, wharf)
    ]
    assert [(each.project, each.lines[0].code) for each in found if each] == [(CLINIC, "1002"), (WHARF, "2001")]


def test_a_budget_line_of_one_project_comes_before_the_one_of_any(site: Site) -> None:
    BudgetLineRow.objects.create(scope=site.scope, source_key="opt-slab", code="03-300.M")
    narrow = BudgetLineRow(scope=site.scope, source_key="opt-slab", project=site.project(WHARF), code="31-600.S")
    narrow.save()
    tables = Tables.load(site.scope).projects
    codes = [row.code if (row := tables.budget_line("opt-slab", each)) else "" for each in (CLINIC, WHARF)]
    assert codes == ["03-300.M", "31-600.S"]


def test_a82_a_project_is_found_by_its_number_blanks_and_leading_zeros_apart(site: Site) -> None:
    tables = Tables.load(site.scope).projects
    assert [each.key for each in tables.numbered(" 1240 ")] == [WHARF]
    assert [each.key for each in tables.numbered("0001234")] == [CLINIC]
    assert tables.numbered("900") == [], "an inactive project is no place to post to"
    assert tables.numbered("124") == []
    site.add(site.target, "project", "99", "1234", "The same number again")
    assert len(Tables.load(site.scope).projects.numbered("1234")) == 2


def test_a_tracking_option_is_told_by_id_or_by_category_and_name(site: Site) -> None:
    tables = Tables.load(site.scope).projects
    assert tables.option("cat-job", "harbour  CLINIC") == "opt-clinic"
    assert tables.option("cat-job", "opt-clinic") == "opt-clinic"
    assert tables.option("cat-region", "Harbour Clinic") == ""


def test_a_company_without_projects_has_no_such_tables(company: object) -> None:
    assert Tables.load(Scope.objects.get()).projects == ProjectTables()


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"source_code": "310"}, "code", "Choose the budget code"),
        ({"source_code": "310", "code": "99-999.X"}, "code", "No project has an active budget code “99-999.X”"),
        ({"source_code": "310", "code": "31-600.S", "project": CLINIC}, "code", "“1234 Harbour Clinic” has no active"),
        ({"source_code": "310", "code": "03-300.M", "project": OLD}, "project", "is archived or gone"),
        ({"source_code": "310", "code": "03-300.M", "mark": "retention"}, "code", "has no budget code"),
        ({"source_code": "310", "code": "03-300.M", "item": "*"}, "item", "The star stands once"),
        ({"source_code": "310", "code": "03-300.M", "item": "C*N*"}, "item", "The star stands once"),
    ],
)
def test_a_wrong_cost_code_row_cannot_be_stored(site: Site, values: dict[str, str], field: str, words: str) -> None:
    project = {"project": site.project(values["project"])} if "project" in values else {}
    with pytest.raises(ValidationError) as refused:
        CostCodeRow.objects.create(scope=site.scope, **{**values, **project})
    assert words in " ".join(refused.value.message_dict[field])


def test_two_rows_of_one_key_cannot_be_stored_not_even_for_any_project(site: Site) -> None:
    CostCodeRow.objects.create(scope=site.scope, source_code="310", code="03-300.M")
    with pytest.raises(ValidationError, match="already a row for exactly this account code"):
        CostCodeRow.objects.create(scope=site.scope, source_code=" 310 ", code="05-100.M")
    BudgetLineRow.objects.create(scope=site.scope, source_key="opt-slab", code="03-300.M")
    with pytest.raises(ValidationError, match="already a row for exactly this tracking option"):
        BudgetLineRow.objects.create(scope=site.scope, source_key="opt-slab", code="05-100.M")


def test_a87_a_marked_account_needs_no_code(site: Site) -> None:
    CostCodeRow.objects.create(scope=site.scope, source_code="820", mark="not project cost")
    row = Tables.load(site.scope).projects.cost_code("820", "FREIGHT", CLINIC)
    assert row is not None
    assert (row.mark, row.code) == ("not project cost", "")


def test_an_archived_project_marks_its_rows(site: Site) -> None:
    fill(site)
    CostCodeRow.objects.create(scope=site.scope, source_code="310", project=site.project(CLINIC), code="03-300.M")
    kept = ReferenceEntry.objects.filter(books=site.target, kind="project").exclude(key=CLINIC)
    reference.refresh(site.target, "project", list(kept))
    assert ProjectRow.objects.get().marked == "inactive"
    assert list(CostCodeRow.objects.order_by("pk").values_list("marked", flat=True)) == ["", "inactive"]
    row = Tables.load(site.scope).projects.project("opt-clinic")
    assert row is not None
    assert "Harbour Clinic" in row.problem


@dataclass(frozen=True)
class Facts:
    key: str
    code: str
    name: str
    active: bool = True
    attributes: dict[str, str] = field(default_factory=dict)


def test_what_appears_in_the_lists_answers_what_waited_for_it(site: Site) -> None:
    told: list[LookupKey] = []

    def listen(scope: Scope, keys: list[LookupKey], **_: object) -> None:
        assert scope == site.scope
        told.extend(keys)

    lookup_changed.connect(listen)
    try:
        reference.merge(site.target, "budget_code", [Facts("1009", "09-900.M", "Paint", True, {"project": CLINIC})])
        reference.merge(site.target, "project", [Facts("7", "1300", "New Quay")])
        reference.merge(site.source, "tracking_option", [Facts("opt-9", "", "1300", True, {"category": "cat-job"})])
    finally:
        lookup_changed.disconnect(listen)
    for gap in (
        keys.budget_code_key(CLINIC, "09-900.M"), keys.project_key("opt-9"), keys.budget_line_key("opt-slab", WHARF),
    ):  # fmt: skip
        assert any(key.answers(gap) for key in told), gap
    assert not any(key.answers(keys.budget_code_key(WHARF, "09-900.M")) for key in told)


def test_a39_rows_as_they_were_lead_to_the_ids_of_each_project(site: Site) -> None:
    rows = fill(site)
    row = CostCodeRow.objects.get()
    row.code = "05-100.M"
    row.save()
    used = [("project", rows["projectrow"], 1), ("cost-code", row.pk, 1), ("budget-line", rows["budgetlinerow"], 1)]
    then = tables_at(site.scope, used).projects
    found = then.cost_code("310", "", WHARF)
    assert found is not None
    code = then.code(WHARF, found.code)
    assert code is not None
    assert (found.code, code.key) == ("03-300.M", "2001")


def test_what_is_missing_is_named_and_proposed(site: Site) -> None:
    gaps = [
        keys.project_key("opt-clinic"), keys.cost_code_key("310", "CONC-30", CLINIC),
        keys.budget_line_key("opt-slab", CLINIC), keys.budget_code_key(CLINIC, "31-600.S"),
    ]  # fmt: skip
    since = timezone.now() - timedelta(days=1)

    def rule(scopes: Iterable[int], user: object) -> list[Waiting]:
        return [Waiting(site.scope.pk, gap, "label", at, "NZD", Decimal(10), since) for at, gap in enumerate(gaps)]

    waiting.register(rule)
    items = all_missing(site.scope, person("boss", superuser=True))
    assert [each.title for each in items] == [
        "Project of Harbour Clinic", "Cost code of account 310 Concrete", "Budget line of Slab",
        "Budget code 31-600.S in 1234 Harbour Clinic",
    ]  # fmt: skip
    lists = Lists(site.scope)
    proposed = [each.suggested(lists) for each in items]
    assert [found[0].entry.code if found else "" for found in proposed] == ["1234", "03-300.L", "", ""]
    assert proposed[1][0].evidence == "similar name (73 %)"
    assert items[0].form == reverse("admin:mappings_projectrow_add") + f"?scope={site.scope.pk}&source_key=opt-clinic"
    assert items[3].form == ""


@pytest.fixture
def boss() -> User:
    return person("boss", superuser=True)


@pytest.fixture
def browser(boss: User, client: Client) -> Client:
    client.force_login(boss)
    return client


@pytest.mark.django_db
@pytest.mark.parametrize("name", PAGES)
def test_every_page_of_a_table_opens(browser: Client, site: Site, name: str) -> None:
    pk = fill(site)[name]
    assert browser.get(reverse(f"admin:mappings_{name}_changelist"), {"q": "03 clinic"}).status_code == 200
    for page in ("change", "history", "delete"):
        assert browser.get(reverse(f"admin:mappings_{name}_{page}", args=[pk])).status_code == 200
    assert browser.get(reverse(f"admin:mappings_{name}_add")).status_code == 200


@pytest.mark.django_db
def test_a_person_who_may_only_look_sees_names(client: Client, site: Site) -> None:
    rows = fill(site)
    client.force_login(person("eve", *[f"view_{name}" for name in PAGES]))
    shown = {
        name: client.get(reverse(f"admin:mappings_{name}_change", args=[pk])).content.decode()
        for name, pk in rows.items()
    }
    assert "1234 Harbour Clinic" in shown["projectrow"]
    assert "03-300.M" in shown["costcoderow"]
    assert "Slab" in shown["budgetlinerow"]


@pytest.mark.django_db
def test_a_person_fills_the_tables_by_choosing(browser: Client, site: Site) -> None:
    asked = reverse("admin:mappings_referenceentry_choices")

    def offered(list_: str, term: str) -> list[dict[str, str]]:
        found = browser.get(asked, {"scope": str(site.scope.pk), "list": list_, "term": term}).json()["results"]
        assert isinstance(found, list)
        return found

    assert offered("budget code", "03") == [
        {"id": "03-300.L", "text": "03-300.L Concrete.Labour"},
        {"id": "03-300.M", "text": "03-300.M Concrete.Materials"},
    ]
    assert offered("source account", "conc") == [{"id": "310", "text": "310 Concrete"}]
    assert offered("source tracking_option", "harbour") == [{"id": "opt-clinic", "text": "Harbour Clinic"}]
    values = {"_save": "Save", "source_code": "310", "item": "CONC*", "code": "03-300.M", "mark": "", "project": ""}
    said = browser.post(reverse("admin:mappings_costcoderow_add"), values, follow=True).content.decode()
    assert "was added successfully" in said
    assert str(CostCodeRow.objects.get()) == "310 · CONC*"
    form = browser.get(reverse("admin:mappings_costcoderow_add"), {"source_code": "310"}).content.decode()
    assert "code=03-300.M" in form


@pytest.mark.django_db
@pytest.mark.parametrize("resource", [ProjectResource, CostCodeResource, BudgetLineResource])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_is_exported_comes_back_the_same(site: Site, boss: User, resource: type[TableResource], form: str) -> None:
    fill(site)
    site.add(site.source, "tracking_option", "opt-twin", "", "Slab", category="cat-region")
    CostCodeRow.objects.create(scope=site.scope, source_code="820", mark="not project cost")
    CostCodeRow.objects.create(
        scope=site.scope, source_code="310", item="STEEL*", project=site.project(WHARF), code="05-100.M"
    )
    model = resource._meta.model
    before = sorted(str(row.described()) for row in model.objects.all())
    content, _ = uploads.export(resource, boss, form)
    unchanged, _ = uploads.preview(resource, content, f"rows.{form}", boss)
    assert {row.verb for row in unchanged.rows} == {"skip"}, unchanged.errors
    model.objects.all().delete()
    plan, upload = uploads.preview(resource, content, f"rows.{form}", boss)
    assert upload is not None, plan.errors
    uploads.commit(resource, str(upload.token), boss)
    assert sorted(str(row.described()) for row in model.objects.all()) == before
