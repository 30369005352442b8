"""The way from a request to its endpoint: header, company, path, project, permission."""

from __future__ import annotations

from ..exchange import Answer, Asked, Json
from .call import Call, body_of
from .company import Company
from .problems import Problem, forbidden, missing, not_connected, not_found
from .projects import companies
from .routes import ROUTES, Route

MISSING_HEADER = "Missing Procore-Company-Id header! Please add it to your request."
COMPANIES = "/rest/v1.0/companies"


def company_of(asked: Asked, known: dict[int, Company]) -> Company:
    """The company that the header names; with a service account even /me and /companies need it."""
    written = asked.headers.get("procore-company-id", "")
    if not written:
        raise Problem(400, MISSING_HEADER)
    company = known.get(int(written)) if written.isdecimal() else None
    if company is None or not company.connected:
        raise not_connected()
    return company


def answered(asked: Asked, company: Company, known: dict[int, Company], base: str) -> Answer:
    if asked.path == COMPANIES and asked.method == "GET":
        return companies(Call(asked, company, {}, base), list(known.values()))
    route, words = _found(asked)
    _check_company(asked, route, company, words)
    project = _project(asked, route, company, words)
    if route.tool and not company.may(route.tool, route.level, project):
        raise forbidden()
    return route.endpoint(Call(asked, company, words, base, project))


def _found(asked: Asked) -> tuple[Route, dict[str, str]]:
    allowed = []
    for route in ROUTES:
        if match := route.pattern.fullmatch(asked.path):
            if route.method == asked.method:
                return route, match.groupdict()
            allowed.append(route.method)
    if allowed:
        raise Problem(405, "Method Not Allowed", {"Allow": ", ".join(allowed)})
    raise not_found()


def _named(asked: Asked, where: str, name: str, words: dict[str, str]) -> str:
    """An id where the endpoint wants it; raises a 400 where it is missing."""
    if where == "path":
        return words[name]
    found = asked.first(name) if where == "query" else str(body_of(asked).get(name) or "")
    if not found.isdecimal():
        raise missing(name)
    return found


def _check_company(asked: Asked, route: Route, company: Company, words: dict[str, str]) -> None:
    """Both the header and the parameter are needed, and mean the same company."""
    if route.company and int(_named(asked, route.company, "company_id", words)) != company.id:
        raise not_connected()


def _project(asked: Asked, route: Route, company: Company, words: dict[str, str]) -> Json | None:
    """The project, once it is on the app's permitted list; permissions are looked at anew on every request."""
    if not route.project:
        return None
    project = company.get("projects", _named(asked, route.project, "project_id", words))
    if not project["_permitted"]:
        raise forbidden()
    return project
