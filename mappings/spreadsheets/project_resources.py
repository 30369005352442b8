"""The tables of construction in a file."""

from collections.abc import Mapping
from typing import Any

from mappings import names, offered
from mappings.models import BudgetLineRow, CostCodeRow, CostMark, Kind, MappingRow, ProjectRow, ReferenceEntry
from mappings.spreadsheets import cells
from mappings.spreadsheets.columns import ChoiceColumn, Column, EntryColumn, ScopeColumn, ShownColumn, SourceColumn
from mappings.spreadsheets.resources import TableResource

CATEGORY = "tracking category"


class ProjectColumn(EntryColumn):
    """A project by its number, or by its name where it has none."""

    def __init__(self, attribute: str, title: str, *, required: bool = False) -> None:
        super().__init__(attribute, title, offered.PROJECT, beside="project name", required=required)


class SourceOptionColumn(SourceColumn):
    """A tracking option of the source; the category's column decides between two of one name."""

    def __init__(self) -> None:
        super().__init__("source_key", "tracking option", Kind.TRACKING_OPTION, required=True)

    def read(self, text: str, row: Mapping[str, Any]) -> str:
        category = cells.text_of(row.get(CATEGORY))
        if not category:
            return super().read(text, row)
        books = self.scope_of(row).source_books
        parent = self.all_known.lists(books, Kind.TRACKING_CATEGORY).named(category)
        options = self.all_known.lists(books, Kind.TRACKING_OPTION).by_key.values()
        same = [each for each in options if each.attribute("category") == parent.key and _called(each, text)]
        usable = [each for each in same if each.active] or same
        if not usable:
            raise ValueError(f"The category “{parent}” has no option “{text}” in {books}.")
        return usable[0].key


class ProjectResource(TableResource):
    identity = ("scope", "source_key")

    scope = ScopeColumn()
    category = ShownColumn(CATEGORY, lambda row: _category_of(row))
    source_key = SourceOptionColumn()
    target = ProjectColumn("target", "project", required=True)
    target_name = ShownColumn("project name", lambda row: row.target.name)

    class Meta(TableResource.Meta):
        model = ProjectRow
        import_id_fields = ("source_key",)


class CostCodeResource(TableResource):
    identity = ("scope", "source_code", "item", "project")

    scope = ScopeColumn()
    source_code = Column("source_code", "account code", required=True)
    item = Column("item", "item category")
    project = ProjectColumn("project", "only for the project")
    project_name = ShownColumn("project name", lambda row: row.project.name if row.project else "")
    code = Column("code", "budget code")
    mark = ChoiceColumn("mark", "special treatment", CostMark.values)

    class Meta(TableResource.Meta):
        model = CostCodeRow
        import_id_fields = ("source_code",)


class BudgetLineResource(TableResource):
    identity = ("scope", "source_key", "project")

    scope = ScopeColumn()
    category = ShownColumn(CATEGORY, lambda row: _category_of(row))
    source_key = SourceOptionColumn()
    project = ProjectColumn("project", "only for the project")
    project_name = ShownColumn("project name", lambda row: row.project.name if row.project else "")
    code = Column("code", "budget code", required=True)

    class Meta(TableResource.Meta):
        model = BudgetLineRow
        import_id_fields = ("source_key",)


def _called(entry: ReferenceEntry, text: str) -> bool:
    return names.folded(entry.name) == names.folded(text)


def _category_of(row: MappingRow) -> str:
    """The category that the row's tracking option belongs to at the source."""
    entries = ReferenceEntry.objects.filter(books=row.scope.source_books_id)
    option = entries.filter(kind=Kind.TRACKING_OPTION, key=getattr(row, "source_key", "")).first()
    if option is None:
        return ""
    category = entries.filter(kind=Kind.TRACKING_CATEGORY, key=option.attribute("category")).first()
    return str(category or "")
