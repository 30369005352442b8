"""Walking Procore's lists to their end, and noticing when a list does not do as it was asked.

Order is not guaranteed and pages are no snapshot (pagination, August 2026): rows are told apart by id and change time,
and a list that showed fewer rows than it counted is read once more.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from integrations.documents import Unreadable
from integrations.errors import FilterIgnoredError, InvalidSourceError, RequestTooLargeError, UnreadableAnswerError
from integrations.http import Answer, Http
from integrations.systems.paging import Page
from integrations.systems.procore.system import PROCORE

Row = TypeVar("Row")
SMALLER = (50, 25, 10)
PAGES_BEYOND_COUNT = 5
NEXT = re.compile(r'rel="?next"?')


@dataclass(frozen=True, slots=True)
class Listing(Generic[Row]):
    """One list: where it is, how a row is read, when it changed, and whether it obeys the filter."""

    path: str
    template: str
    parse: Callable[[Any], Row]
    params: Mapping[str, str | list[str]] = field(default_factory=dict)
    changed: Callable[[Row], datetime | None] = lambda row: None
    obeys: Callable[[Row], bool] = lambda row: True


def whole(http: Http, listing: Listing[Row]) -> list[Row]:
    """Every row of the list. One that cannot be read is not offered, so whatever is mapped to it holds."""
    pages = Walk(http, listing).pages()
    return [row for page in pages for row in page.rows if not isinstance(row, Unreadable)]


def documents(http: Http, listing: Listing[Row]) -> list[Row]:
    """Every row of a list whose rows all matter: UnreadableAnswerError for one that cannot be read."""
    found: list[Row] = []
    for page in Walk(http, listing).pages():
        for row in page.rows:
            if isinstance(row, Unreadable):
                raise UnreadableAnswerError(f"{listing.template} shows a row that cannot be read: {row.reason}")
            found.append(row)
    return found


@dataclass
class Walk(Generic[Row]):
    """One walk through a list: iterate `pages()` once. Memory grows by the ids seen, not by the rows."""

    http: Http
    listing: Listing[Row]
    _seen: dict[str, datetime | None] = field(default_factory=dict)
    _newest: datetime | None = None
    _size: int = 0
    _counted: int | None = None
    _before: list[str] = field(default_factory=list)

    def pages(self) -> Iterator[Page[Row]]:
        """Every row once."""
        self._size = PROCORE.page_size
        number, again = 1, False
        while True:
            answer, number = self._asked(number)
            raws = self._rows(answer)
            rows, kept = self._new_rows(raws)
            if NEXT.search(answer.headers.get("Link", "")) and raws:
                yield Page(rows, kept, number, False, self._newest)
                number += 1
                continue
            missing = max((_total(answer) or 0) - len(self._seen), 0)
            if missing and number > 1 and not again:
                yield Page(rows, kept, number, False, self._newest)
                number, again, self._before = 1, True, []
                continue
            yield Page(rows, kept, number, True, self._newest, missing)
            return

    def _asked(self, number: int) -> tuple[Answer, int]:
        """Page `number`, or what takes its place in smaller pages where the list is too heavy."""
        while True:
            params = {**self.listing.params, "page": str(number), "per_page": str(self._size)}
            try:
                answer = self.http.read(self.listing.path, params=params, template=self.listing.template)
            except RequestTooLargeError:
                smaller = next((size for size in SMALLER if size < self._size), None)
                if smaller is None:
                    raise
                number, self._size = (number - 1) * self._size // smaller + 1, smaller
                self._before = []
            else:
                self._check_end(answer, number)
                return answer, number

    def _check_end(self, answer: Answer, number: int) -> None:
        if self._counted is None:
            self._counted = _total(answer)
        if self._counted is not None and number > self._counted // self._size + 1 + PAGES_BEYOND_COUNT:
            raise FilterIgnoredError(f"{self.listing.template} goes on beyond the rows it first counted.")

    def _rows(self, answer: Answer) -> list[Any]:
        """v1.x answers with the bare list, v2.0 with an envelope."""
        body = answer.json()
        rows = body.get("data") if isinstance(body, dict) else body
        if not isinstance(rows, list):
            raise UnreadableAnswerError(f"{self.listing.template} answered without a list.")
        keys = [_key(raw) for raw in rows]
        if keys and keys == self._before:
            raise FilterIgnoredError(f"{self.listing.template} shows the same page again and again.")
        self._before = keys
        return rows

    def _new_rows(self, raws: Sequence[Any]) -> tuple[list[Row | Unreadable], list[dict[str, Any]]]:
        rows: list[Row | Unreadable] = []
        kept: list[dict[str, Any]] = []
        for raw in raws:
            row = self._row(raw)
            changed = None if isinstance(row, Unreadable) else self.listing.changed(row)
            key = _key(raw)
            if key and key in self._seen and self._seen[key] == changed:
                continue
            self._seen[key] = changed
            self._newest = max((each for each in (self._newest, changed) if each), default=None)
            rows.append(row)
            kept.append(raw if isinstance(raw, dict) else {})
        return rows, kept

    def _row(self, raw: Any) -> Row | Unreadable:
        try:
            row = self.listing.parse(raw)
        except InvalidSourceError as error:
            number = raw.get("number") if isinstance(raw, dict) else None
            return Unreadable(_key(raw), error.field, str(error), number if isinstance(number, str) else "")
        if not self.listing.obeys(row):
            raise FilterIgnoredError(f"{self.listing.template} shows rows that its filter leaves out.")
        return row


def _total(answer: Answer) -> int | None:
    written = answer.headers.get("Total", "")
    return int(written) if written.isdigit() and len(written) < 10 else None


def _key(raw: Any) -> str:
    return str(raw.get("id", ""))[:40] if isinstance(raw, dict) else ""
