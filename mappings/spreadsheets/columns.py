"""Columns of an exported table: codes and names, never ids that people would have to type.

Each finds on import what it shows on export. A column says what is wrong with a cell by raising ValueError.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any

from import_export.fields import Field

from mappings import names, offered
from mappings.models import Books, MappingRow, ReferenceEntry, Scope
from mappings.spreadsheets import cells

SCOPE = "set of tables"


class Lists:
    """The lists of one company, read once per import and searched by code or name."""

    def __init__(self, books: Books, kind: str) -> None:
        self.books = books
        self.kind = kind

    def named(self, text: str) -> ReferenceEntry:
        """The one entry of this code or name, an active one before archived ones. Raises ValueError."""
        wanted = names.folded(text)
        found = self._by_code.get(text.casefold()) or self._by_name.get(wanted) or self._by_label.get(wanted) or []
        usable = [entry for entry in found if entry.active] or found
        word = self.kind.replace("_", " ")
        if not usable:
            raise ValueError(f"There is no {word} “{text}” in {self.books}.")
        if len(usable) > 1:
            raise ValueError(f"{self.books} has {len(usable)} entries of the {word} list called “{text}”.")
        return usable[0]

    @cached_property
    def by_key(self) -> dict[str, ReferenceEntry]:
        return {entry.key: entry for entry in self._entries}

    @cached_property
    def _entries(self) -> list[ReferenceEntry]:
        return list(ReferenceEntry.objects.filter(books=self.books, kind=self.kind))

    @cached_property
    def _by_code(self) -> Mapping[str, list[ReferenceEntry]]:
        return _grouped((entry.code.casefold(), entry) for entry in self._entries if entry.code)

    @cached_property
    def _by_name(self) -> Mapping[str, list[ReferenceEntry]]:
        return _grouped((names.folded(entry.name), entry) for entry in self._entries if entry.name)

    @cached_property
    def _by_label(self) -> Mapping[str, list[ReferenceEntry]]:
        return _grouped((entry.folded, entry) for entry in self._entries)


class Known:
    """What one import may point at: the visible sets of tables and the lists of their companies."""

    def __init__(self, scopes: Iterable[Scope]) -> None:
        self.scopes = {scope.name.casefold(): scope for scope in scopes}
        self._lists: dict[tuple[int, str], Lists] = {}

    def scope(self, name: str) -> Scope:
        """Raises ValueError for one that does not exist or that this person may not see."""
        if not name and len(self.scopes) == 1:
            return next(iter(self.scopes.values()))
        if name.casefold() not in self.scopes:
            raise ValueError(f"There is no set of tables “{name}”." if name else "Say which set of tables it is for.")
        return self.scopes[name.casefold()]

    def lists(self, books: Books, kind: str) -> Lists:
        return self._lists.setdefault((books.pk, kind), Lists(books, kind))


class Column(Field):  # type: ignore[misc]  # import-export ships no types
    """One column. Subclasses say how a value is written and read; `row` holds the cells as text by column."""

    def __init__(self, attribute: str, title: str, *, required: bool = False, readonly: bool = False) -> None:
        super().__init__(attribute=attribute, column_name=title, readonly=readonly)
        self.required = required
        self.known: Known | None = None

    def clean(self, row: Mapping[str, Any], **_: Any) -> Any:
        text = cells.text_of(row.get(self.column_name))
        if self.required and not text:
            raise ValueError("The cell is empty.")
        return self.read(text, row)

    def export(self, instance: MappingRow, **_: Any) -> str:
        return cells.harmless(self.write(instance))

    def read(self, text: str, row: Mapping[str, Any]) -> Any:
        return text

    def write(self, instance: MappingRow) -> str:
        value = self.get_value(instance)
        return "" if value is None else str(value)

    def scope_of(self, row: Mapping[str, Any]) -> Scope:
        return self.all_known.scope(cells.text_of(row.get(SCOPE)))

    @property
    def all_known(self) -> Known:
        if self.known is None:
            raise RuntimeError("The resource has not said what its columns may point at.")
        return self.known


class ScopeColumn(Column):
    def __init__(self) -> None:
        super().__init__("scope", SCOPE)

    def read(self, text: str, row: Mapping[str, Any]) -> Scope:
        return self.all_known.scope(text)

    def write(self, instance: MappingRow) -> str:
        return instance.scope.name


class EntryColumn(Column):
    """An entry of the target's lists, by code or name. A name in the column beside has to be the entry's."""

    def __init__(
        self, attribute: str, title: str, use: str, *, beside: str = "", by: str = "code", required: bool = False
    ) -> None:
        super().__init__(attribute, title, required=required)
        self.use, self.beside, self.by = use, beside, by

    def read(self, text: str, row: Mapping[str, Any]) -> ReferenceEntry | None:
        if not text:
            return None
        lists = self.all_known.lists(self.scope_of(row).target_books, offered.KINDS[self.use])
        entry = lists.named(text)
        said = cells.text_of(row.get(self.beside)) if self.beside else ""
        if said and names.folded(said) != names.folded(entry.name):
            raise ValueError(f"{text} is called “{entry.name}” in {lists.books}, not “{said}”.")
        return entry

    def write(self, instance: MappingRow) -> str:
        entry: ReferenceEntry | None = getattr(instance, self.attribute)
        if entry is None:
            return ""
        return (entry.code or entry.name) if self.by == "code" else entry.name


class OptionColumn(EntryColumn):
    """A tracking option; two categories may have options of one name, so the category's column decides."""

    def read(self, text: str, row: Mapping[str, Any]) -> ReferenceEntry | None:
        category = cells.text_of(row.get(self.beside))
        if not text or not category:
            return super().read(text, {**row, self.beside: ""})
        books = self.scope_of(row).target_books
        parent = self.all_known.lists(books, "tracking_category").named(category)
        options = self.all_known.lists(books, "tracking_option").by_key.values()
        found = [
            option
            for option in options
            if option.attribute("category") == parent.key and names.folded(option.name) == names.folded(text)
        ]
        usable = [option for option in found if option.active] or found
        if not usable:
            raise ValueError(f"The category “{parent}” has no option “{text}” in {books}.")
        return usable[0]


class SourceColumn(Column):
    """A key of the source's lists, shown and found by name; the key itself in the column beside decides."""

    def __init__(self, attribute: str, title: str, kind: str, *, beside: str = "", required: bool = False) -> None:
        super().__init__(attribute, title, required=required)
        self.kind, self.beside = kind, beside

    def read(self, text: str, row: Mapping[str, Any]) -> str:
        key = cells.text_of(row.get(self.beside)) if self.beside else ""
        if not text and not key:
            return ""
        lists = self.all_known.lists(self.scope_of(row).source_books, self.kind)
        if not key:
            return lists.named(text).key
        if key not in lists.by_key:
            raise ValueError(f"{lists.books} has no {self.kind.replace('_', ' ')} of the number “{key}”.")
        return key

    def write(self, instance: MappingRow) -> str:
        return instance.label_of(self.attribute)


class ChoiceColumn(Column):
    """A word of a closed list."""

    def __init__(self, attribute: str, title: str, words: Iterable[str], *, required: bool = False) -> None:
        super().__init__(attribute, title, required=required)
        self.words = {word.casefold(): word for word in words}

    def read(self, text: str, row: Mapping[str, Any]) -> str:
        if text and text.casefold() not in self.words:
            raise ValueError(f"“{text}” is none of: {', '.join(self.words.values())}.")
        return self.words.get(text.casefold(), "")


class YesColumn(Column):
    def read(self, text: str, row: Mapping[str, Any]) -> bool:
        return cells.yes_or_no(text)

    def write(self, instance: MappingRow) -> str:
        return "yes" if self.get_value(instance) else "no"


class PercentColumn(Column):
    def read(self, text: str, row: Mapping[str, Any]) -> Any:
        return cells.percentage(text)

    def write(self, instance: MappingRow) -> str:
        value = self.get_value(instance)
        return "" if value is None else (f"{value.normalize():f}" if value else "0")


class ShownColumn(Column):
    """Exported for the reader; on import only other columns look at it."""

    def __init__(self, title: str, said: Callable[[Any], str]) -> None:
        super().__init__("", title, readonly=True)
        self.said = said

    def write(self, instance: MappingRow) -> str:
        return self.said(instance)


def _grouped(pairs: Iterable[tuple[str, ReferenceEntry]]) -> Mapping[str, list[ReferenceEntry]]:
    groups: dict[str, list[ReferenceEntry]] = defaultdict(list)
    for name, entry in pairs:
        groups[name].append(entry)
    return groups
