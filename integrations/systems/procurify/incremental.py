"""Walking Procurify's lists to their end, and noticing when a list does not do as it was asked.

Pages are no snapshot: rows move between them while they are read (API reference, pagination, October 2026). So
rows are told apart by id and change time, and a list that showed fewer rows than it counted at any time of the walk
is read once more: where a row left it, the next one slipped onto a page that had been read.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from integrations.documents import Unreadable
from integrations.errors import (
    FilterIgnoredError,
    GoneError,
    InvalidSourceError,
    RequestTooLargeError,
    UnreadableAnswerError,
)
from integrations.http import Answer, Http
from integrations.systems.paging import Page, Raw
from integrations.systems.procurify import shapes
from integrations.systems.procurify.parse import unreadable
from integrations.systems.reading import read, refuse_oversized

Row = TypeVar("Row")
PAGE_SIZES = (100, 50, 25, 10)
PAGES_BEYOND_COUNT = 5
LARGE_PAGE = 2_000_000


@dataclass(frozen=True, slots=True)
class Listing(Generic[Row]):
    """One list: where it is, how a row is read, its key, when it changed, and whether it obeys the filter."""

    path: str
    params: Mapping[str, str]
    parse: Callable[[Raw], Row]
    key: str = "id"
    changed: Callable[[Row], datetime | None] = lambda row: None
    obeys: Callable[[Row], bool] = lambda row: True
    unreadable: Callable[[Any, InvalidSourceError], Unreadable] | None = None


@dataclass(frozen=True, slots=True)
class Envelope:
    rows: list[Any]
    count: int
    pages: int
    current: int
    size: int
    has_more: bool
    is_large: bool


@dataclass
class Scan(Generic[Row]):
    """One walk through a list: iterate `pages()` once. Memory grows by the ids seen, not by the rows."""

    http: Http
    listing: Listing[Row]
    sizes: Sequence[int] = PAGE_SIZES
    _seen: dict[str, datetime | None] = field(default_factory=dict)
    _newest: datetime | None = None
    _asked: int = 0
    _counted: int | None = None
    _size_at: int = 0
    _page_before: list[str] | None = None

    def pages(self, first_page: int = 1) -> Iterator[Page[Row]]:
        """Every row once. `number` counts full-sized pages done, so a later scan goes on with `number` + 1."""
        number, resumed, again, most = first_page, first_page > 1, False, 0
        while True:
            page = self._page(number, resumed)
            if page is None:
                yield Page([], [], number, True, self._newest)
                return
            rows, raws = self._new_rows(page)
            done = page.current * page.size // self.sizes[0]
            most = max(most, page.count)
            missing = 0 if resumed else max(most - len(self._seen), 0)
            read_again = not page.has_more and missing > 0 and page.current > 1 and not again
            if not page.has_more and not read_again:
                yield Page(rows, raws, done, True, self._newest, missing)
                return
            yield Page(rows, raws, done, False, self._newest)
            number = 1 if read_again else page.current + 1
            if read_again:
                again, most, self._page_before = True, 0, None

    def _page(self, number: int, resumed: bool) -> Envelope | None:
        """Page `number`; None when it lies past the end of a list that had pages before."""
        while True:
            size = self.sizes[self._size_at]
            params = {**self.listing.params, "page": str(number), "page_size": str(size)}
            try:
                answer = self.http.read(self.listing.path, params=params)
            except GoneError:
                if not (self._asked or resumed):
                    raise
                return None
            except RequestTooLargeError:
                if size == self.sizes[-1]:
                    raise
            else:
                self._asked += 1
                return self._checked(_envelope(answer, size), number)
            self._size_at += 1
            self._page_before = None
            number = (number - 1) * size // self.sizes[self._size_at] + 1

    def _checked(self, page: Envelope, number: int) -> Envelope:
        keys = [_key(raw, self.listing.key) for raw in page.rows]
        if page.current != number or (keys and keys == self._page_before):
            raise FilterIgnoredError(f"{self.listing.path} shows the same page again and again.")
        if self._counted is None:
            self._counted = page.pages * page.size
        if page.current * page.size > self._counted + PAGES_BEYOND_COUNT * self.sizes[0]:
            raise FilterIgnoredError(f"{self.listing.path} goes on beyond the pages it first counted.")
        self._page_before = keys
        return page

    def _new_rows(self, page: Envelope) -> tuple[list[Row | Unreadable], list[Raw]]:
        rows: list[Row | Unreadable] = []
        raws: list[Raw] = []
        for raw in page.rows:
            row = self._row(raw, page.is_large)
            changed = None if isinstance(row, Unreadable) else self.listing.changed(row)
            key = _key(raw, self.listing.key)
            if key and key in self._seen and self._seen[key] == changed:
                continue
            self._seen[key] = changed
            if changed and (self._newest is None or changed > self._newest):
                self._newest = changed
            rows.append(row)
            raws.append(raw if isinstance(raw, dict) and not _is_oversized(row) else {})
        return rows, raws

    def _row(self, raw: Any, is_large: bool) -> Row | Unreadable:
        try:
            if is_large:
                refuse_oversized(raw, "A row")
            row = self.listing.parse(raw)
        except InvalidSourceError as error:
            return (self.listing.unreadable or self._unreadable)(raw, error)
        if not self.listing.obeys(row):
            raise FilterIgnoredError(
                f"{self.listing.path} shows rows that its filter leaves out: the filter is ignored."
            )
        return row

    def _unreadable(self, raw: Any, error: InvalidSourceError) -> Unreadable:
        return unreadable(raw, error, key=self.listing.key)


def _envelope(answer: Answer, size: int) -> Envelope:
    """The rows and the paging of an answer; some lists keep their paging beside `metadata` (2026-10)."""
    body = answer.json()
    try:
        shape = read(shapes.Listed, body, answer.url_template)
    except InvalidSourceError as error:
        raise UnreadableAnswerError(f"This is no list: {error}") from None
    paging = shape.pagination or (shape.metadata.pagination if shape.metadata else None)
    if paging is None:
        raise UnreadableAnswerError(f"{answer.url_template} does not say how many pages it has.")
    has_more = paging.next is not None and paging.current_page < paging.num_pages
    is_large = len(answer.body) > LARGE_PAGE
    return Envelope(shape.rows, paging.count, paging.num_pages, paging.current_page, size, has_more, is_large)


def _key(raw: Any, key: str) -> str:
    return str(raw.get(key, ""))[:100] if isinstance(raw, dict) else ""


def _is_oversized(row: Any) -> bool:
    return isinstance(row, Unreadable) and "longer than" in row.reason
