"""Sweeping Xero's lists by change time, so that rows that move between two pages are not missed.

Xero sorts by change time; a row that changes during a sweep moves to the end and every row behind it moves one
place forward, so the first row of the next page would be skipped (Accounting API, paging, October 2026). Each
full page is therefore followed by page 1 from the newest change seen, not by page 2.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from integrations.documents import Unreadable
from integrations.errors import FilterIgnoredError, InvalidSourceError, UnreadableAnswerError
from integrations.http import Http
from integrations.systems.paging import Page, Raw
from integrations.systems.reading import read, refuse_oversized
from integrations.systems.xero import shapes
from integrations.systems.xero.parse import unreadable
from integrations.systems.xero.system import XERO

Row = TypeVar("Row")
Mark = tuple[str, str]
SECOND = timedelta(seconds=1)
# A row that is this much older than asked for shows that the filter was not read.
GRACE = timedelta(hours=1)
PAGES_WITHOUT_NEWS = 3
LARGE_PAGE = 8_000_000


@dataclass(frozen=True, slots=True)
class Sweep(Generic[Row]):
    """One list under /api.xro/2.0: the plural its rows stand under, their key, and how a row is read.

    A row that does not belong shows that the filter was ignored; one that is not wanted is left out here, since no
    filter is documented that would.
    """

    path: str
    plural: str
    key: str
    params: Mapping[str, str]
    parse: Callable[[Raw], Row]
    belongs: Callable[[Raw], bool] = lambda raw: True
    wanted: Callable[[Raw], bool] = lambda raw: True


@dataclass
class _Place:
    """Where a sweep stands: asked from which moment, which page of that, and what it has seen since that moment."""

    since: datetime | None
    page: int = 1
    seen: dict[Mark, datetime | None] = field(default_factory=dict)
    newest: datetime | None = None
    without_news: int = 0


def pages(http: Http, sweep: Sweep[Row], moment: datetime | None) -> Iterator[Page[Row]]:
    """Every row changed since `moment` (less the overlap) once, as of its latest change."""
    place = _Place(moment - XERO.overlap if moment else None)
    number = 0
    while True:
        number += 1
        raws, has_more, is_large = _page(http, sweep, place)
        changes = [_changed(raw) for raw in raws]
        fresh = [raw for raw, when in zip(raws, changes, strict=True) if _is_new(raw, when, sweep, place)]
        shown = [raw for raw in fresh if not isinstance(raw, dict) or sweep.wanted(raw)]
        rows: list[Row | Unreadable] = []
        for raw in shown:
            row = _row(raw, sweep, is_large)
            rows.append(row)
        kept = [raw if isinstance(raw, dict) and not is_large else _small(raw) for raw in shown]
        place.newest = max([place.newest, *changes], key=lambda when: when.timestamp() if when else 0.0)
        yield Page(rows, kept, number, not has_more, place.newest)
        if not has_more:
            return
        _go_on(sweep, place, changes, found_news=bool(fresh))


def _page(http: Http, sweep: Sweep[Row], place: _Place) -> tuple[list[Any], bool, bool]:
    """(rows, whether more follow, whether the answer is suspiciously large)"""
    headers = {"If-Modified-Since": _written(place.since)} if place.since else {}
    asked = {"order": "UpdatedDateUTC ASC", "page": str(place.page), "pageSize": str(XERO.page_size)}
    answer = http.read(sweep.path, params={**sweep.params, **asked}, headers=headers)
    rows, paging = envelope(answer.json(), sweep.plural, answer.url_template)
    more = paging.page < paging.page_count if paging else len(rows) >= XERO.page_size
    for raw in rows:
        _check(raw, sweep, place)
    return rows, more, len(answer.body) > LARGE_PAGE


def envelope(body: Any, plural: str, where: str) -> tuple[list[Any], shapes.Paging | None]:
    """The rows of an answer and its `pagination`, which answers before 2024 do not have."""
    rows = body.get(plural) if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise UnreadableAnswerError(f"{where} answered without {plural}.")
    try:
        paging = read(shapes.Paging, body["pagination"], where) if body.get("pagination") else None
    except InvalidSourceError as error:
        raise UnreadableAnswerError(str(error)) from None
    return rows, paging


def _written(moment: datetime) -> str:
    """Whole seconds with their zone, as Xero's own SDK sends it; RFC 1123 would be ignored silently (2026-10)."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _check(raw: Any, sweep: Sweep[Row], place: _Place) -> None:
    changed = _changed(raw)
    is_old = place.since is not None and changed is not None and changed < place.since - GRACE
    if is_old or (isinstance(raw, dict) and not sweep.belongs(raw)):
        raise FilterIgnoredError(f"{sweep.path} shows rows that were not asked for: its filter is ignored.")


def _go_on(sweep: Sweep[Row], place: _Place, changes: list[datetime | None], *, found_news: bool) -> None:
    place.without_news = 0 if found_news else place.without_news + 1
    # Where the sweep went back by a second, so many pages may hold nothing but what it has seen.
    seen_before = len(place.seen) // len(changes) if changes else 0
    if place.without_news >= PAGES_WITHOUT_NEWS + seen_before:
        raise FilterIgnoredError(f"{sweep.path} shows the same rows again and again.")
    known = [when for when in changes if when]
    later = known[-1].replace(microsecond=0) - SECOND if known and known == sorted(known) else None
    if later and (place.since is None or later > place.since):
        place.since, place.page = later, 1
        place.seen = {mark: when for mark, when in place.seen.items() if when is None or when >= later}
    else:
        place.page += 1


def _is_new(raw: Any, when: datetime | None, sweep: Sweep[Row], place: _Place) -> bool:
    if not isinstance(raw, dict):
        return True
    mark = (str(raw.get(sweep.key))[:100], str(raw.get("UpdatedDateUTC"))[:40])
    is_new = mark not in place.seen
    place.seen[mark] = when
    return is_new


def _row(raw: Any, sweep: Sweep[Row], is_large: bool) -> Row | Unreadable:
    try:
        if is_large:
            refuse_oversized(raw, "A row")
        return sweep.parse(raw)
    except InvalidSourceError as error:
        return unreadable(raw, error, key=sweep.key)


def _small(raw: Any) -> Raw:
    try:
        refuse_oversized(raw, "A row")
    except InvalidSourceError:
        return {}
    return raw if isinstance(raw, dict) else {}


def _changed(raw: Any) -> datetime | None:
    written = raw.get("UpdatedDateUTC") if isinstance(raw, dict) else None
    try:
        return shapes.moment(written)
    except ValueError:
        return None
