"""Projects, codes, vendors: what has to be there before anything is bought."""

from __future__ import annotations

from typing import Any

from ...exchange import Json
from .. import codes, projects, vendors
from ..budgets import STANDARD_COLUMNS
from ..company import public
from .desk import Desk

# Cost types by the letter after the code's delimiter.
COST_TYPES = {"M": "Materials", "L": "Labor", "S": "Subcontract", "E": "Equipment", "O": "Other"}
BASE_TYPES = {"M": "materials", "S": "commitment", "E": "equipment"}


class Building(Desk):
    def add_project(
        self, name: str, number: str | None = None, *, company: int = 0, permitted: bool = True, **given: Any
    ) -> Json:
        """A project on the app's permitted list, with the standard budget view. Fields are Procore's own."""
        owner = self.company(company)
        hidden = {"_permitted": permitted, "_permissions": {}, "_budget_locked": False}
        money = {"_currency": given.pop("currency", "USD"), "_multicurrency": False}
        origin = {"origin_id": None, "origin_data": None, "origin_code": None}
        made = owner.add(
            "projects",
            {
                "name": name,
                "display_name": f"{number} - {name}" if number else name,
                "project_number": number,
                "active": True,
                **origin,
                **given,
                **hidden,
                **money,
            },
        )
        view = {"name": "Procore Standard Budget", "description": None, "role": "budgeting"}
        owner.add("budget_views", {**view, "_project": made["id"], "_columns": dict(STANDARD_COLUMNS)})
        owner.tell(made, "Projects", "create", made["id"])
        return projects.show(owner, made)

    def permit_project(self, project: int | str, *, permitted: bool = True) -> None:
        """Put the project on the app's permitted list, or take it off."""
        self._project(project)[1]["_permitted"] = permitted

    def close_project(self, project: int | str) -> None:
        owner, found = self._project(project)
        owner.touch(found, active=False)

    def set_currency(self, project: int | str, currency: str | None, *, multicurrency: bool = False) -> None:
        self._project(project)[1].update(_currency=currency, _multicurrency=multicurrency)

    def add_uom(self, name: str, company: int = 0) -> Json:
        return self.company(company).add("uoms", {"name": name, "description": None, "is_standard": False})

    def add_tax_code(self, code: str, rate: float, company: int = 0, **given: Any) -> Json:
        plain = {"description": None, "origin_data": None, "origin_id": None, "archived": False}
        made = {**plain, "code": code, "rate1": rate, "default_tax_code": False, **given}
        return self.company(company).add("tax_codes", made)

    def add_code(self, project: int | str, flat_code: str, name: str = "", *, trailing: str = "") -> Json:
        """A code like "03-300.M": cost code and cost type are made when they do not exist."""
        owner, found = self._project(project)
        written, _, letter = flat_code.rpartition(codes.DELIMITER)
        cost_code = self._cost_code(owner.id, found, written, name or written)
        kind = self._cost_type(owner.id, letter)
        segments = codes.segments_of(owner, found)
        items = [
            next(item for item in codes.items_of(owner, found, segments[which]) if item["id"] == half["id"])
            for which, half in (("cost_code", cost_code), ("line_item_type", kind))
        ]
        made = codes.code_of(owner, found, items)
        made["flat_code"] = flat_code + trailing
        return public(made)

    def _cost_code(self, company: int, project: Json, written: str, name: str) -> Json:
        owner = self.company(company)
        known = next(owner.rows("cost_codes", _project=project["id"], full_code=written), None)
        blank: Json = {"origin_id": None, "origin_data": None, "parent": {"id": None}, "line_item_types": []}
        names = {"name": name, "code": written.rpartition("-")[2], "full_code": written, "sortable_code": written}
        place = {"biller_type": "Project", "biller_id": project["id"], "budgeted": False, "_project": project["id"]}
        return known or owner.add("cost_codes", {**blank, **names, **place})

    def _cost_type(self, company: int, letter: str) -> Json:
        owner = self.company(company)
        known = next(owner.rows("line_item_types", code=letter), None)
        names = {"name": COST_TYPES.get(letter, letter), "code": letter, "base_type": BASE_TYPES.get(letter, "other")}
        return known or owner.add("line_item_types", {**names, "origin_data": None, "origin_id": None})

    def deactivate_code(self, project: int | str, flat_code: str) -> None:
        owner, found = self._project(project)
        owner.touch(self._code(owner, found, flat_code), status="inactive")

    def add_vendor(
        self,
        name: str,
        *,
        projects: tuple[int | str, ...] | list[int | str] = (),
        keywords: tuple[str, ...] | list[str] = (),
        tax_number: str | None = None,
        company: int = 0,
        **given: Any,
    ) -> Json:
        """A vendor of the company, in the directories of the projects named."""
        owner = self.company(company)
        made = vendors.create(owner, {"name": name, **given})
        made["_keywords"], made["_tax_number"] = list(keywords), tax_number
        made["project_ids"] = [self._project(each)[1]["id"] for each in projects]
        return vendors.show(made)

    def edit_vendor(self, vendor: int | str, company: int = 0, **given: Any) -> Json:
        """Change fields; `is_active=False` moves it to the inactive list."""
        owner = self.company(company)
        return vendors.show(vendors.update(owner, self._vendor(owner, vendor), given))

    def add_vendor_to_project(self, vendor: int | str, project: int | str) -> None:
        owner, found = self._project(project)
        self._vendor(owner, vendor)["project_ids"].append(found["id"])
