"""Finding out what the application may do, tool by tool, since no call tells (promise of the connection's test).

Each tool is asked for one row; where more than reading is needed, a synchronisation of no rows at all is sent as well,
which changes nothing and is refused for the missing right first. Should Procore judge the rows before the right (not
documented, August 2026), a level that is too low shows with the first write instead.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from integrations.documents import Permissions, ProjectRights
from integrations.errors import GoneError, NeedsPermissionError, RejectedError, ThrottledError
from integrations.http import Http
from integrations.project_documents import ProjectFacts
from integrations.systems.exact_json import dumps
from integrations.systems.procore import lists, paths, tools
from integrations.systems.procore.tools import Tool

# The test is waited for in front of a page. A project takes eight calls, about five seconds at the pace of this system;
# after so many seconds no further tool is asked for: the rest is looked into afterwards, project by project. No more
# than these are, but for those in use.
MOST_SECONDS, MOST_PROJECTS = 25.0, 40
BUDGET = f"{lists.V1}/projects/{{project_id}}/budget"
JSON = {"Content-Type": "application/json"}
FEW = {"page": "1", "per_page": "1"}


class _OutOfTimeError(Exception):
    """The page has waited long enough."""


def looked_at(http: Http, company: str, used: Sequence[str] = ()) -> Permissions:
    """Every tool that is closed to us or too narrow: of the company, then of its projects, the `used` ones first."""
    began = time.monotonic()
    missing = [*_of_company(http, company)]
    listed: Sequence[ProjectFacts] = []
    try:
        listed = lists.projects(http, company)
    except NeedsPermissionError:
        missing.append(_sentence(tools.PORTFOLIO))
        used = ()
    found = _in_order([each for each in listed if each.active], used)
    known = {each.project_id for each in found}
    wanted = [
        ProjectRights(each.project_id, each.number, each.name)
        for each in found[: max(MOST_PROJECTS, len(known & set(used)))]
    ]
    looked: list[ProjectRights] = []

    def in_time() -> None:
        if looked and time.monotonic() - began > MOST_SECONDS:
            raise _OutOfTimeError

    with suppress(ThrottledError, _OutOfTimeError):  # what was found by then is told
        for project in wanted:
            before = len(missing)
            missing.extend(_of_project(http, project, in_time))  # one by one, so that nothing found is lost
            looked.append(replace(project, missing=tuple(missing[before:])))
    names = [f"{each.number} {each.name}".strip() for each in found]
    if not names and _sentence(tools.PORTFOLIO) not in missing:
        missing.append("No project is on the application's list of permitted projects in Procore, so none can be seen.")
    seen = {"Projects": _listed(names), "Looked into": _counted(names, len(looked), len(wanted))}
    unseen = tuple(each for each in used if each not in known)
    return Permissions(seen, tuple(missing), unseen, (*looked, *wanted[len(looked) :]))


def of_project(http: Http, project: ProjectRights) -> tuple[str, ...]:
    """Every tool of this one, with as much time as it takes."""
    return tuple(_of_project(http, project, lambda: None))


def _in_order(projects: Sequence[ProjectFacts], used: Sequence[str]) -> list[ProjectFacts]:
    place = {project: at for at, project in enumerate(used)}
    return sorted(projects, key=lambda each: place.get(each.project_id, len(place)))


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - 20} more" if len(names) > 20 else ""
    return f"{len(names)}: {', '.join(names[:20])}{more}" if names else "none"


def _counted(names: Sequence[str], looked: int, wanted: int) -> str:
    """What is not looked into at all, because there are too many, is told as well."""
    said = "the company's own tools"
    if not names:
        return said
    if looked == len(names):
        return f"{said} and {'every project' if looked > 1 else 'the project'}"
    which = f" ({', '.join(names[:looked])})" if 0 < looked <= 20 else ""
    later = " A tool that is closed in yet another project is named when a document first needs it."
    others = later if wanted < len(names) else ""
    return f"{said} and {looked} of {len(names)} projects{which}, as many as a test has time for.{others}"


def _of_company(http: Http, company: str) -> Iterator[str]:
    asked = {"company_id": company, **FEW}
    if _closed(lambda: http.read(lists.VENDORS, params=asked)):
        yield _sentence(tools.COMPANY_DIRECTORY)
    elif _too_narrow(http, paths.VENDORS_SYNC, {"company_id": int(company)}):
        yield _sentence(tools.COMPANY_DIRECTORY, reads=True)
    if _closed(lambda: http.read(lists.COST_TYPES, params=asked)):
        yield _sentence(tools.COMPANY_ADMIN)


def _of_project(http: Http, project: ProjectRights, in_time: Callable[[], None]) -> Iterator[str]:
    """Tool by tool, as long as there is time for another."""

    def closed(template: str, **params: str) -> bool:
        in_time()
        path = template.format(project_id=project.project)
        return _closed(lambda: http.read(path, params=params, template=template))

    by_query = {"project_id": project.project, **FEW}
    if closed(paths.PROJECT_VENDORS, **FEW):
        yield _sentence(tools.PROJECT_DIRECTORY, project)
    elif _may_add_nobody(http, project.project):
        yield _sentence(tools.PROJECT_DIRECTORY, project, reads=True)
    if closed(paths.ORDERS, **by_query):
        yield _sentence(tools.COMMITMENTS, project)
    elif _too_narrow(http, paths.ORDERS_SYNC, {"project_id": int(project.project)}):
        yield _sentence(tools.COMMITMENTS, project, reads=True)
    if closed(BUDGET):
        yield _sentence(tools.BUDGET, project)
    if closed(lists.WBS_CODES, **FEW):
        yield _sentence(tools.ADMIN, project)
    if closed(paths.DIRECT_COSTS, **FEW):
        yield _sentence(tools.DIRECT_COSTS, project)
    elif _too_narrow(http, paths.DIRECT_COSTS_SYNC.format(project_id=project.project), {}):
        yield _sentence(tools.DIRECT_COSTS, project, reads=True)


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


def _may_add_nobody(http: Http, project: str) -> bool:
    """A vendor that cannot exist is asked to be put on the list: who may do that is told that there is none."""
    try:
        http.write("POST", paths.ADD_VENDOR.format(project_id=project, id=0), body=b"", headers=JSON)
    except NeedsPermissionError:
        return True
    except (RejectedError, GoneError):
        return False
    return False


def _sentence(tool: Tool, project: ProjectRights | None = None, *, reads: bool = False) -> str:
    where = f" in project {project.number or project.name}" if project else ""
    lacks = "may only read, not write" if reads else "is closed to the application"
    return f"“{tool.name}”{where} {lacks}: it needs {tool.level} for {tool.purpose}."
