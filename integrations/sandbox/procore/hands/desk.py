"""What all hands share: finding things by the names people call them."""

from __future__ import annotations

from typing import Any

from ...clock import Clock
from ...exchange import Json
from ..company import Company


class Desk:
    """Attributes are the stand-in's."""

    clock: Clock
    knobs: dict[str, Any]
    companies: dict[int, Company]

    def company(self, company: int = 0) -> Company:
        """By id; the one added first if left out. Raises KeyError."""
        return self.companies[company or next(iter(self.companies))]

    def _project(self, name: int | str) -> tuple[Company, Json]:
        for company in self.companies.values():
            for project in company.rows("projects"):
                if name in (project["id"], project["name"], project["project_number"]):
                    return company, project
        raise KeyError(f"no project {name!r}")

    def _vendor(self, company: Company, name: int | str) -> Json:
        for vendor in company.rows("vendors"):
            if name in (vendor["id"], vendor["name"]):
                return vendor
        raise KeyError(f"no vendor {name!r}")

    def _code(self, company: Company, project: Json, flat_code: str) -> Json:
        for code in company.rows("wbs_codes", _project=project["id"]):
            if code["flat_code"].strip() == flat_code.strip():
                return code
        raise KeyError(f"no code {flat_code!r} in {project['name']}")

    def _order(self, name: int | str) -> tuple[Company, Json, Json]:
        for company in self.companies.values():
            for order in company.rows("purchase_orders"):
                if name in (order["id"], order["number"]):
                    return company, company.shelves["projects"][order["_project"]], order
        raise KeyError(f"no commitment {name!r}")
