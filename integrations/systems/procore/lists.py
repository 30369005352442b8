"""Procore's reference lists as entries of ours. Codes, periods and budget lines belong to one project each."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from integrations.documents import ReferenceFacts, Vendor
from integrations.errors import GoneError, NeedsPermissionError
from integrations.http import Http
from integrations.project_documents import ProjectFacts
from integrations.systems.procore import parse, shapes
from integrations.systems.procore.walking import Listing, whole
from integrations.systems.reading import read

V1, V2 = "/rest/v1.0", "/rest/v2.0"
PROJECTS = f"{V1}/projects"
VENDORS = f"{V1}/vendors"
INACTIVE = f"{V1}/companies/{{company_id}}/vendors/inactive"
CURRENCY = f"{V1}/companies/{{company_id}}/projects/{{project_id}}/currency_configuration"
UNITS = f"{V1}/companies/{{company_id}}/uoms"
TAX_CODES = f"{V1}/tax_codes"
COST_TYPES = f"{V1}/line_item_types"
COST_CODES = f"{V1}/cost_codes"
WBS_CODES = f"{V1}/projects/{{project_id}}/work_breakdown_structure/wbs_codes"
PERIODS = f"{V1}/projects/{{project_id}}/billing_periods"
BUDGET_LINES = f"{V2}/companies/{{company_id}}/projects/{{project_id}}/budget_line_items"

Lists = Iterator[tuple[str, list[ReferenceFacts]]]
Entry = Callable[[Any, str], ReferenceFacts]


def projects(http: Http, company: str) -> list[ProjectFacts]:
    """Every project on the application's list of permitted ones, closed ones too."""
    params = {"company_id": company, "filters[by_status]": "All"}
    return whole(http, Listing(PROJECTS, PROJECTS, parse.project, params))


def project(http: Http, company: str, project_id: str) -> ProjectFacts:
    """One of them with its currency; GoneError when it is not shown to us."""
    params = {"company_id": company, "filters[by_status]": "All", "filters[id]": project_id}
    found = whole(http, Listing(PROJECTS, PROJECTS, parse.project, params))
    for each in found:
        if each.project_id == project_id:
            return with_currency(http, company, each)
    raise GoneError("Procore does not show the project: it is not on the application's list of permitted projects.")


def with_currency(http: Http, company: str, known: ProjectFacts) -> ProjectFacts:
    """A call of its own; currencies are kept by project."""
    path = CURRENCY.format(company_id=company, project_id=known.project_id)
    return parse.with_currency(known, http.read(path, template=CURRENCY).json())


def _as_shown(http: Http, company: str, known: ProjectFacts) -> ProjectFacts | None:
    """None where a project that was listed is closed to us: without its currency nothing may be written to it."""
    try:
        return with_currency(http, company, known) if known.active else known
    except (NeedsPermissionError, GoneError):
        return None


def reference_lists(http: Http, company: str) -> Lists:
    """Nine lists: one walk each for the company's, and five calls per open project that we may see."""
    found = projects(http, company)
    in_use = [known for each in found if (known := _as_shown(http, company, each)) is not None]
    yield "project", [_project(each) for each in in_use]
    yield "contact", [vendor_entry(each) for each in vendors(http, company)]
    yield "cost_type", whole(http, Listing(COST_TYPES, COST_TYPES, _cost_type, {"company_id": company}))
    yield "unit", whole(http, Listing(UNITS.format(company_id=company), UNITS, _unit))
    yield "tax_rate", whole(http, Listing(TAX_CODES, TAX_CODES, _tax_code, {"company_id": company}))
    open_ones = [each.project_id for each in in_use if each.active]
    for kind, template, entry, params in (
        ("cost_code", COST_CODES, _cost_code, {"project_id": ""}),
        ("budget_code", WBS_CODES, _wbs_code, {}),
        ("budget_line", BUDGET_LINES, _budget_line, {}),
        ("billing_period", PERIODS, _period, {}),
    ):
        yield kind, [row for each in open_ones for row in _of_project(http, company, each, template, entry, params)]


def vendors(http: Http, company: str) -> list[Vendor]:
    """Active and inactive ones, which are two lists."""
    active = Listing(VENDORS, VENDORS, parse.vendor, {"company_id": company, "view": "normal"})
    return [*whole(http, active), *inactive_vendors(http, company)]


def inactive_vendors(http: Http, company: str) -> list[Vendor]:
    """That list has no filters."""
    path = INACTIVE.format(company_id=company)
    return whole(http, Listing(path, INACTIVE, parse.vendor, {"view": "normal"}))


def vendor_entry(vendor: Vendor) -> ReferenceFacts:
    """Among what documents may be written to, as other targets' contacts are; the code is the origin id."""
    attributes = {
        "email": ",".join(vendor.emails),
        "status": "active" if vendor.active else "inactive",
        "country": vendor.country,
        "external_ref": vendor.external_ref,
    }
    return ReferenceFacts("contact", vendor.source_id, vendor.external_ref, vendor.name, vendor.active, attributes)


def _of_project(
    http: Http, company: str, project_id: str, template: str, entry: Entry, params: Mapping[str, str]
) -> list[ReferenceFacts]:
    """Nothing for a project whose tool is closed to us: what is mapped to it holds, and the test names the tool."""
    listing = Listing(
        template.format(company_id=company, project_id=project_id),
        template,
        lambda raw: entry(raw, project_id),
        {name: value or project_id for name, value in params.items()},
    )
    try:
        return whole(http, listing)
    except (NeedsPermissionError, GoneError):
        return []


def _project(facts: ProjectFacts) -> ReferenceFacts:
    several = "yes" if facts.several_currencies else ""
    attributes = {"currency": facts.currency, "several_currencies": several, "external_ref": facts.origin}
    return ReferenceFacts("project", facts.project_id, facts.number, facts.name, facts.active, attributes)


def _cost_type(raw: Any) -> ReferenceFacts:
    row = read(shapes.CostType, raw, "Cost type")
    return ReferenceFacts("cost_type", str(row.id), row.code or "", row.name, True, {"base": row.base_type or ""})


def _unit(raw: Any) -> ReferenceFacts:
    """A unit is named by its name, not its number, where it is used."""
    row = read(shapes.Unit, raw, "Unit")
    return ReferenceFacts("unit", str(row.id), row.name, row.name)


def _tax_code(raw: Any) -> ReferenceFacts:
    row = read(shapes.TaxCode, raw, "Tax code")
    rate = "" if row.rate1 is None else format(row.rate1, "f")
    return ReferenceFacts("tax_rate", str(row.id), row.code, row.code, not row.archived, {"rate": rate})


def _cost_code(raw: Any, project_id: str) -> ReferenceFacts:
    """Codes may carry trailing blanks (August 2026)."""
    row = read(shapes.CostCode, raw, "Cost code")
    return ReferenceFacts("cost_code", str(row.id), row.full_code.strip(), row.name or "", True, _in(project_id))


def _wbs_code(raw: Any, project_id: str) -> ReferenceFacts:
    """What Procore's pages call a budget code: cost code and cost type."""
    row = read(shapes.WbsCode, raw, "WBS code")
    name = row.description or row.flat_name or ""
    return ReferenceFacts(
        "budget_code", str(row.id), row.flat_code.strip(), name, row.status == "active", _in(project_id)
    )


def _budget_line(raw: Any, project_id: str) -> ReferenceFacts:
    row = read(shapes.BudgetLineRow, raw, "Budget line")
    attributes = {**_in(project_id), "wbs_code": row.wbs_code.id}
    return ReferenceFacts("budget_line", row.id, row.wbs_code.flat_code.strip(), "", True, attributes)


def _period(raw: Any, project_id: str) -> ReferenceFacts:
    found = parse.billing_period(raw, project_id)
    attributes = {**_in(project_id), "starts": found.starts.isoformat(), "ends": found.ends.isoformat()}
    name = f"{found.starts} to {found.ends}"
    return ReferenceFacts("billing_period", found.period_id, "", name, found.is_open, attributes)


def _in(project_id: str) -> dict[str, str]:
    return {"project": project_id}
