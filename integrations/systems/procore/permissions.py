"""Finding out what the application may do, tool by tool, since no call tells (promise of the connection's test).

Each tool is asked for one row; where more than reading is needed, a synchronisation of no rows at all is sent as well,
which changes nothing and is refused for the missing right first. Should Procore judge the rows before the right (not
documented, August 2026), a level that is too low shows with the first write instead.
"""

from collections.abc import Callable, Iterator, Sequence

from integrations.documents import Permissions
from integrations.errors import GoneError, NeedsPermissionError, RejectedError
from integrations.http import Http
from integrations.project_documents import ProjectFacts
from integrations.systems.exact_json import dumps
from integrations.systems.procore import lists, paths, tools
from integrations.systems.procore.tools import Tool

# The test is waited for in front of a page; projects mostly share one permission template.
MOST_PROJECTS = 5
BUDGET = f"{lists.V1}/projects/{{project_id}}/budget"
JSON = {"Content-Type": "application/json"}
FEW = {"page": "1", "per_page": "1"}


def looked_at(http: Http, company: str, projects: Sequence[ProjectFacts]) -> Permissions:
    """Every tool of the company, and of the first open projects, that is closed to us or too narrow."""
    found = [each for each in projects if each.active][:MOST_PROJECTS]
    missing = [*_of_company(http, company)]
    for project in found:
        missing += _of_project(http, project)
    names = [f"{each.number} {each.name}".strip() for each in projects if each.active]
    if not names:
        missing.append("No project is on the application's list of permitted projects in Procore, so none can be seen.")
    return Permissions(
        {"Projects": f"{len(names)}: {', '.join(names[:20])}" if names else "none", "Looked into": _counted(found)},
        tuple(missing),
    )


def _counted(found: Sequence[ProjectFacts]) -> str:
    return "the company's own tools" + (f" and {len(found)} of the projects" if found else "")


def _of_company(http: Http, company: str) -> Iterator[str]:
    asked = {"company_id": company, **FEW}
    if _closed(lambda: http.read(lists.VENDORS, params=asked)):
        yield _sentence(tools.COMPANY_DIRECTORY)
    elif _too_narrow(http, paths.VENDORS_SYNC, {"company_id": int(company)}):
        yield _sentence(tools.COMPANY_DIRECTORY, reads=True)
    if _closed(lambda: http.read(lists.COST_TYPES, params=asked)):
        yield _sentence(tools.COMPANY_ADMIN)


def _of_project(http: Http, project: ProjectFacts) -> Iterator[str]:
    def closed(template: str, **params: str) -> bool:
        path = template.format(project_id=project.project_id)
        return _closed(lambda: http.read(path, params=params, template=template))

    by_query = {"project_id": project.project_id, **FEW}
    if closed(paths.PROJECT_VENDORS, **FEW):
        yield _sentence(tools.PROJECT_DIRECTORY, project)
    if closed(paths.ORDERS, **by_query):
        yield _sentence(tools.COMMITMENTS, project)
    elif _too_narrow(http, paths.ORDERS_SYNC, {"project_id": int(project.project_id)}):
        yield _sentence(tools.COMMITMENTS, project, reads=True)
    if closed(BUDGET):
        yield _sentence(tools.BUDGET, project)
    if closed(lists.WBS_CODES, **FEW):
        yield _sentence(tools.ADMIN, project)


def _closed(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except (NeedsPermissionError, GoneError):
        return True
    return False


def _too_narrow(http: Http, path: str, ids: dict[str, int]) -> bool:
    """Whatever else is said of a synchronisation of nothing, the right to it is there."""
    try:
        http.write("PATCH", path, body=dumps({**ids, "updates": []}).encode(), headers=JSON)
    except NeedsPermissionError:
        return True
    except RejectedError:
        return False
    return False


def _sentence(tool: Tool, project: ProjectFacts | None = None, *, reads: bool = False) -> str:
    where = f" in project {project.number or project.name}" if project else ""
    lacks = "may only read, not write" if reads else "is closed to the application"
    return f"“{tool.name}”{where} {lacks}: it needs {tool.level} for {tool.purpose}."
