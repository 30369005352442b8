"""Companies and projects, and the currency of a project."""

from __future__ import annotations

from collections.abc import Mapping

from ..exchange import Answer, Json
from . import filters
from .call import Call
from .company import Company, public
from .paging import PROJECTS, listed
from .problems import Problem

FILTERS: Mapping[str, filters.Filter] = {
    **filters.USUAL,
    "name": filters.exact("name"),
    "origin_id": filters.exact("origin_id"),
    "synced": filters.flag(lambda project: bool(project["origin_id"])),
}
SORTS = ("name", "display_name")
FILTERS_11: Mapping[str, filters.Filter] = {**FILTERS, "project_number": filters.exact("project_number")}


def companies(call: Call, known: list[Company]) -> Answer:
    rows = [{"id": each.id, "name": each.name} for each in known if each.connected]
    return listed(call, rows, lambda row: {**row, "is_active": True, "logo_url": None, "my_company": True})


def me(call: Call) -> Answer:
    return Answer.json({"id": 1, "login": "counterfoil@service.procore.example", "name": "Counterfoil"})


def show(company: Company, project: Json) -> Json:
    return {**public(project), "company": {"id": company.id, "name": company.name}}


def _visible(call: Call, offered: Mapping[str, filters.Filter]) -> list[Json]:
    """Active projects on the permitted list, unless another status is asked for."""
    status = call.first("filters[by_status]") or "Active"
    if status not in ("All", "Active", "Inactive"):
        raise Problem(400, {"by_status": ["is not included in the list"]})
    visible = [
        project
        for project in call.company.rows("projects")
        if project["_permitted"] and (status == "All" or project["active"] == (status == "Active"))
    ]
    found = filters.chosen(call, visible, offered)
    if vendor := call.first("filters[vendor_id]"):
        found = [project for project in found if _has_vendor(call.company, project, vendor)]
    return found


def _has_vendor(company: Company, project: Json, vendor: str) -> bool:
    found = company.shelves["vendors"].get(int(vendor)) if vendor.isdecimal() else None
    return found is not None and project["id"] in found["project_ids"]


def _compact(project: Json) -> Json:
    return {name: project[name] for name in ("id", "name", "display_name")}


def list_v10(call: Call) -> Answer:
    compact = call.first("serializer_view") == "compact"
    return listed(
        call,
        _visible(call, FILTERS),
        _compact if compact else lambda project: show(call.company, project),
        PROJECTS,
        sorts=SORTS,
    )


def list_v11(call: Call) -> Answer:
    views = {"ids": lambda project: project["id"], "compact": _compact}
    view = views.get(call.first("view"), lambda project: show(call.company, project))
    return listed(call, _visible(call, FILTERS_11), view, PROJECTS, sorts=SORTS)


def currency(call: Call) -> Answer:
    project = call.project
    return Answer.json(
        {
            "company_id": call.company.id,
            "project_id": project["id"],
            "currency_iso_code": project["_currency"],
            "currency_display": "symbol",
            "company_currency_exchange_rate_override": None,
            "multicurrency_enabled": project["_multicurrency"],
            "eligible_for_financial_objs_multicurrency": project["_multicurrency"],
        }
    )
