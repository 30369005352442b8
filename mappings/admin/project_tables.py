"""The pages of the tables of construction: projects, cost codes and budget lines."""

from typing import Any, ClassVar

from django.contrib import admin
from unfold.decorators import display

from mappings import offered
from mappings.admin.base import TableAdmin
from mappings.admin.forms import RowForm
from mappings.admin.importing import ExchangeMixin
from mappings.admin.pickers import CodeField
from mappings.models import BudgetLineRow, CostCodeRow, Kind, ProjectRow, ReferenceEntry
from mappings.spreadsheets.project_resources import BudgetLineResource, CostCodeResource, ProjectResource


class ProjectForm(RowForm):
    source_lists: ClassVar[dict[str, str]] = {"source_key": Kind.TRACKING_OPTION}

    class Meta:
        model = ProjectRow
        fields = "__all__"


class CodedForm(RowForm):
    """The code is chosen from those of all projects; the row's rules compare it with the project."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._replace("code", CodeField(self.scope, offered.BUDGET_CODE, **self._kept("code")))


class CostCodeForm(CodedForm):
    source_lists: ClassVar[dict[str, str]] = {"source_code": Kind.ACCOUNT}

    class Meta:
        model = CostCodeRow
        fields = "__all__"


class BudgetLineForm(CodedForm):
    source_lists: ClassVar[dict[str, str]] = {"source_key": Kind.TRACKING_OPTION}

    class Meta:
        model = BudgetLineRow
        fields = "__all__"


class CodedAdmin(TableAdmin):
    """What the two tables of budget codes share."""

    list_select_related = ("scope", "project")
    suggested_field = "code"

    def suggested_value(self, entry: ReferenceEntry) -> str:
        return entry.code

    @display(description="only for the project", ordering="project__code")  # type: ignore[untyped-decorator]
    def only_for(self, row: CostCodeRow | BudgetLineRow) -> str:
        return str(row.project or "any")

    @display(description="budget code", ordering="code")  # type: ignore[untyped-decorator]
    def budget_code(self, row: CostCodeRow | BudgetLineRow) -> str:
        return row.code


@admin.register(ProjectRow)
class ProjectRowAdmin(ExchangeMixin, TableAdmin):
    form = ProjectForm
    resource = ProjectResource
    list_display = ("option", "target", "state", "scope")
    search_fields = ("^target__code", "target__folded")
    search_help_text = "Number or name of the project"
    ordering = ("source_key",)
    fields: ClassVar[tuple[str, ...]] = ("source_key", "target")
    view_fields = ("option", "project")
    key_fields = ("source_key",)

    @display(description="tracking option", ordering="source_key")  # type: ignore[untyped-decorator]
    def option(self, row: ProjectRow) -> str:
        return row.label_of("source_key")

    @display(description="project")  # type: ignore[untyped-decorator]
    def project(self, row: ProjectRow) -> str:
        return str(row.target)


@admin.register(CostCodeRow)
class CostCodeRowAdmin(ExchangeMixin, CodedAdmin):
    form = CostCodeForm
    resource = CostCodeResource
    list_display = ("source_code", "category", "only_for", "leads_to", "state", "scope")
    search_fields = ("^source_code", "^item", "^code", "project__folded")
    search_help_text = "Account code, item code, budget code or project"
    ordering = ("source_code", "item", "project__code")
    fields: ClassVar[tuple[str, ...]] = ("source_code", "item", "project", "code", "mark")
    view_fields = ("account", "category", "only_for", "budget_code", "treatment")
    key_fields = ("source_code", "item")

    @display(description="account code")  # type: ignore[untyped-decorator]
    def account(self, row: CostCodeRow) -> str:
        return row.source_code

    @display(description="item category", ordering="item")  # type: ignore[untyped-decorator]
    def category(self, row: CostCodeRow) -> str:
        return row.item or "any"

    @display(description="special treatment")  # type: ignore[untyped-decorator]
    def treatment(self, row: CostCodeRow) -> str:
        return row.get_mark_display() if row.mark else "none"

    @display(description="budget code", ordering="code")  # type: ignore[untyped-decorator]
    def leads_to(self, row: CostCodeRow) -> str:
        return row.code or row.mark


@admin.register(BudgetLineRow)
class BudgetLineRowAdmin(ExchangeMixin, CodedAdmin):
    form = BudgetLineForm
    resource = BudgetLineResource
    list_display = ("option", "only_for", "budget_code", "state", "scope")
    search_fields = ("^code", "project__folded")
    search_help_text = "Budget code or project"
    ordering = ("source_key", "project__code")
    fields: ClassVar[tuple[str, ...]] = ("source_key", "project", "code")
    view_fields = ("option", "only_for", "budget_code")
    key_fields = ("source_key",)

    @display(description="tracking option", ordering="source_key")  # type: ignore[untyped-decorator]
    def option(self, row: BudgetLineRow) -> str:
        return row.label_of("source_key")
