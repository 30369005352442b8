"""The contractor: its organisation in Xero and its company in Procore, connected, with its accountant's tables."""

from django.contrib.auth.models import User
from django.utils import timezone

from integrations.engine.running import run_until_idle
from integrations.models import (
    Connection,
    Cursor,
    GapPolicy,
    Integration,
    ProjectSettings,
    Record,
    ScheduleKind,
    VendorPolicy,
)
from integrations.pairs.xero_procore.terms import Trigger
from integrations.sandbox.company.calendar import Calendar
from integrations.sandbox.contractor import books, mapping
from mappings import changes
from mappings.models import Books, BudgetLineRow, CostCodeRow, ProjectRow, ReferenceEntry, Scope
from portal.demonstration import connecting, tables
from portal.demonstration.surroundings import Control

NAME = "Northline projects"


def set_up(by: User, control: Control) -> None:
    """Live from the first day; bills come with their first payment."""
    source, target, scope = connect(by, control)
    integration = Integration.objects.create(
        name=NAME,
        pair="xero-procore",
        source=source,
        target=target,
        scope=scope,
        trial=False,
        vendors=VendorPolicy.BOTH,
        new_vendors_need_approval=False,
        on_gap=GapPolicy.HOLD,
        enabled=True,
        start_date=Calendar(timezone.now().date()).start,
        schedule=ScheduleKind.EVERY,
        every_minutes=5,
    )
    ProjectSettings.objects.create(
        integration=integration,
        project_category=category(scope, books.PROJECT),
        budget_category=category(scope, books.BUDGET_LINE),
        trigger=Trigger.PAID.value,
    )


def play(control: Control) -> list[str]:
    """The first run, then what happens in both systems, then the run that notices it. Returns what went wrong."""
    integration = Integration.objects.get(name=NAME)
    troubles = [run_until_idle(integration.pk).failure]
    control.play("contractor/all")
    # An hour later everything would be read and tried again by itself.
    Cursor.objects.filter(connection=integration.source).update(last_pass_at=None)
    later = Record.objects.filter(integration=integration, not_before__isnull=False)
    later.update(not_before=timezone.now())
    return [each for each in (*troubles, run_until_idle(integration.pk).failure) if each]


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
