"""Reading a project's budget: which line a code has, and the figures of the line.

Version 1.0 of a budget line is the only one with stable names for the computed figures; the list is in v2.0 only, and
the columns of a budget view are named by the customer (budget, August 2026). A code costs a call, the list one more.
"""

from collections.abc import Collection
from dataclasses import fields, replace
from decimal import Decimal

from integrations.errors import HoldRecordError
from integrations.http import Http
from integrations.project_documents import BudgetLine
from integrations.systems.procore import lists, parse, paths, shapes
from integrations.systems.procore.walking import Listing, documents
from integrations.systems.reading import read

FIGURES = tuple(each.name for each in fields(BudgetLine) if each.type is Decimal)


def lines(
    http: Http, company: str, project: str, codes: Collection[str], seen: dict[str, dict[str, str]]
) -> dict[str, BudgetLine]:
    """Per WBS code the figures of its budget line; one of nothing where it has none.

    `seen` are lines of projects by code: which line a code has stays, so the list is read again for a new code only.
    """
    known = seen.get(project, {})
    if not set(codes) <= set(known):
        known = seen[project] = _line_ids(http, company, project)
    return {
        code: _line(http, project, code, known[code]) if code in known else BudgetLine(code, "", "") for code in codes
    }


def whole_project(http: Http, company: str, project: str) -> BudgetLine:
    """The sum of every line: a call per line. HoldRecordError while costs stand on codes without a line.

    What those come to is told in columns of the customer's own names only, and a budget without them would show
    more to spend than there is.
    """
    unbudgeted = _unbudgeted(http, project)
    if unbudgeted:
        codes = ", ".join(sorted(unbudgeted)[:10])
        said = f"The project has costs on codes without a budget line: {codes}. Add lines of zero for them in Procore."
        raise HoldRecordError(said, reason="cannot-represent")
    total = BudgetLine("", "", "")
    for code, line_id in _line_ids(http, company, project).items():
        line = _line(http, project, code, line_id)
        sums = {name: getattr(total, name) + getattr(line, name) for name in FIGURES}
        total = replace(total, currency=total.currency or line.currency, **sums)
    return total


def _line_ids(http: Http, company: str, project: str) -> dict[str, str]:
    path = lists.BUDGET_LINES.format(company_id=company, project_id=project)
    rows = documents(
        http, Listing(path, lists.BUDGET_LINES, lambda raw: read(shapes.BudgetLineRow, raw, "Budget line"))
    )
    return {row.wbs_code.id: row.id for row in rows}


def _line(http: Http, project: str, code: str, line_id: str) -> BudgetLine:
    path = paths.BUDGET_LINE.format(id=line_id)
    raw = http.read(path, params={"project_id": project}, template=paths.BUDGET_LINE).json()
    return parse.budget_line(raw, code, line_id)


def _unbudgeted(http: Http, project: str) -> set[str]:
    """Codes of rows without a budget line, in any view of the project: all views show the same rows."""
    views = documents(http, Listing(
        paths.BUDGET_VIEWS, paths.BUDGET_VIEWS, lambda raw: read(shapes.BudgetView, raw, "Budget view"),
        {"project_id": project},
    ))  # fmt: skip
    if not views:
        return set()
    rows = documents(http, Listing(
        paths.DETAIL_ROWS.format(budget_view_id=views[0].id), paths.DETAIL_ROWS,
        lambda raw: read(shapes.DetailRow, raw, "Row of the budget"),
        {"project_id": project, "budget_row_type": "unbudgeted"},
    ))  # fmt: skip
    return {row.wbs_code.flat_code if row.wbs_code else "?" for row in rows if row.id is None}
