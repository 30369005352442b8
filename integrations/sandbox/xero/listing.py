"""Reading lists: filter, order, page. One `Listing` says what each kind of document offers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..exchange import Answer, Json
from .call import MOST_PER_PAGE, USUAL_PER_PAGE, Call, encoded
from .organisation import Organisation, public, stamp_of
from .problems import query_not_understood
from .shelf import Shelf
from .where import Field, Fields, QueryParseError, condition, ordering

TOO_MANY_ROWS = 100_000
Filter = Callable[[Call, list[Json]], list[Json]]
Shape = Callable[[Call, Json], Json]


def as_held(call: Call, row: Json) -> Json:
    return public(row)


@dataclass(frozen=True, slots=True)
class Listing:
    """How `GET /<plural>` works for one kind of document.

    `shapes` by name; the name chosen by `shape_of` and the decimals make the key under which texts are kept.
    """

    plural: str
    shelf: str
    fields: Callable[[Organisation], Fields]
    shapes: Mapping[str, Shape] = field(default_factory=lambda: {"held": as_held})
    shape_of: Callable[[Call], str] = lambda call: "held"
    filters: tuple[Filter, ...] = ()
    since: bool = True
    where: bool = True
    paging: bool = True
    always_paged: bool = False
    keep_texts: bool = True
    ids: str = ""

    def answer(self, call: Call) -> Answer:
        rows = self.chosen(call)
        if not self.paging or not (call.paged or self.always_paged):
            if len(rows) > TOO_MANY_ROWS:
                raise query_not_understood("The query returns too many records: narrow it, or ask for pages")
            return call.envelope(self.plural, self.texts(call, rows))
        page, size, count = self._page(call, len(rows))
        shown = rows[(page - 1) * size : page * size] if call.asked.effect != "endless_next" else rows[:size]
        pagination = {"page": page, "pageSize": size, "pageCount": count, "itemCount": len(rows)}
        return call.envelope(self.plural, self.texts(call, shown), {"pagination": pagination})

    def _page(self, call: Call, found: int) -> tuple[int, int, int]:
        """Page, size and count of pages. A size out of range is clamped; see the pagination notes of 2024."""
        size = min(max(call.whole("pageSize", USUAL_PER_PAGE), 1), MOST_PER_PAGE)
        page = max(call.whole("page", 1), 1)
        count = page + 1 if call.asked.effect == "endless_next" else -(-found // size)
        return page, size, count

    def chosen(self, call: Call) -> list[Json]:
        """The rows that the query's filters leave, in the order asked for."""
        organisation = call.organisation
        shelf = organisation.shelves[self.shelf]
        rows = self._candidates(call, shelf)
        for each in self.filters:
            rows = each(call, rows)
        try:
            fields = self.fields(organisation)
            if self.where and (text := call.first("where")):
                rows = list(filter(condition(text, fields), rows))
            if text := call.first("order"):
                rows = ordered(rows, ordering(text, fields))
        except QueryParseError as wrong:
            raise query_not_understood(str(wrong)) from wrong
        return rows

    def _candidates(self, call: Call, shelf: Shelf) -> list[Json]:
        since = call.since if self.since else None
        if since is None:
            rows = shelf.in_order()
        else:
            rows = shelf.changed_since(since, bool(call.knobs["modified_since_inclusive"]))
        if not self.ids or not (ids := call.several(self.ids)):
            return rows
        held = [shelf.rows[each] for each in {each.lower() for each in ids} if each in shelf.rows]
        inside = since is None or {row[shelf.key] for row in rows}
        kept = [row for row in held if inside is True or row[shelf.key] in inside]
        return sorted(kept, key=lambda row: (stamp_of(row), row[shelf.key]))

    def texts(self, call: Call, rows: list[Json]) -> list[str]:
        name = self.shape_of(call)
        shape, shelf = self.shapes[name], call.organisation.shelves[self.shelf]
        if self.keep_texts:
            kept = f"{name}{call.decimals}"
            found = [shelf.text(row, kept, lambda row=row: encoded(shape(call, row))) for row in rows]  # type: ignore[misc]
        else:
            found = [encoded(shape(call, row)) for row in rows]
        return found[:1] + found if call.asked.effect == "duplicate_row" else found


def ordered(rows: list[Json], by: list[tuple[Field, bool]]) -> list[Json]:
    """Sorted by several fields, nulls first, earlier order kept among equals."""
    for chosen, descending in reversed(by):
        rows = sorted(rows, key=lambda row: ((value := chosen.read(row)) is not None, value), reverse=descending)
    return rows
