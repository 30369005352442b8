"""The contractor: its organisation in Xero and its company in Procore, connected, with its accountant's tables.

The demo does not show them yet.
"""

from django.contrib.auth.models import User

from integrations.models import Connection
from integrations.sandbox.contractor import books, mapping
from mappings import changes
from mappings.models import Books, BudgetLineRow, CostCodeRow, ProjectRow, ReferenceEntry, Scope
from portal.demonstration import connecting, tables
from portal.demonstration.surroundings import Control

NAME = "Northline projects"


def connect(by: User, control: Control) -> tuple[Connection, Connection, Scope]:
    """Source, target and their tables, lists read."""
    ledger = connecting.xero(books.NAME, "Northline (Xero)", by, control)
    projects = connecting.procore(control.procore_company(), "Northline (Procore)", by)
    scope = tables.scope(ledger, projects, "Northline")
    fill(scope)
    return ledger, projects, scope


def fill(scope: Scope) -> None:
    """Everything in one transaction, as an import would do it."""
    options = {
        (entry.attribute("category"), entry.name): entry.key for entry in entries(scope.source_books, "tracking_option")
    }
    project_category, line_category = category(scope, books.PROJECT), category(scope, books.BUDGET_LINE)
    sites = {entry.code: entry for entry in entries(scope.target_books, "project")}
    with changes.together():
        for option, number in mapping.PROJECTS.items():
            ProjectRow.objects.create(scope=scope, source_key=options[project_category, option], target=sites[number])
        for (account, item, number), code in mapping.COST_CODES.items():
            CostCodeRow.objects.create(
                scope=scope, source_code=account, item=item, project=sites.get(number), code=code
            )
        for account, mark in mapping.MARKS.items():
            CostCodeRow.objects.create(scope=scope, source_code=account, mark=mark)
        for (option, number), code in mapping.BUDGET_LINES.items():
            key = options[line_category, option]
            BudgetLineRow.objects.create(scope=scope, source_key=key, project=sites.get(number), code=code)


def category(scope: Scope, name: str) -> str:
    """The id of a tracking category by its name."""
    return next(entry.key for entry in entries(scope.source_books, "tracking_category") if entry.name == name)


def entries(company: Books, kind: str) -> list[ReferenceEntry]:
    return list(ReferenceEntry.objects.filter(books=company, kind=kind))
