"""Pages: how many, which one, and the addresses of its neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from ..exchange import Answer, Asked, Json
from .problems import InvalidFields, Problem, detail, not_found

DEFAULT_SIZE = 10


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of `count` records is shown; `size` is the number per page as it is told."""

    number: int
    size: int
    count: int

    @property
    def pages(self) -> int:
        return max(-(-self.count // self.size), 1)

    @property
    def part(self) -> slice:
        return slice((self.number - 1) * self.size, self.number * self.size)


def page_of(asked: Asked, count: int, knobs: dict[str, Any]) -> Page:
    """The page that was asked for. Raises InvalidFields, or Problem with 404 past the end and 504 for a huge page."""
    if asked.first("page_size") == "all":
        _refuse_large(count, knobs)
        return Page(1, max(count, 1), count)
    size = _positive(asked, "page_size", DEFAULT_SIZE)
    _refuse_large(size, knobs)
    page = Page(_positive(asked, "page", 1), min(size, int(knobs["page_cap"])), count)
    if page.number > page.pages and asked.effect != "endless_next":
        raise not_found("Invalid page.")
    return page


def _refuse_large(size: int, knobs: dict[str, Any]) -> None:
    most = int(knobs["too_large_above"])
    if most and size > most:
        raise Problem(Answer.html("<html><body><h1>504 Gateway Time-out</h1></body></html>", 504))


def _positive(asked: Asked, name: str, default: int) -> int:
    written = asked.first(name) or str(default)
    if not written.isdecimal() or int(written) < 1:
        if name == "page":
            raise detail(404, "Invalid page.")
        raise InvalidFields({name: "A valid integer is required."})
    return int(written)


def pagination(page: Page, asked: Asked, base: str, knobs: dict[str, Any]) -> Json:
    """The block as Procurify has it; `base` is the absolute address of the list."""
    endless = asked.effect == "endless_next"

    def address(number: int) -> str:
        query = {name: values for name, values in asked.query.items() if name not in ("page", "page_size")}
        return f"{base}?{urlencode({**query, 'page': number, 'page_size': page.size}, doseq=True)}"

    has_next = page.number < page.pages or endless
    return {
        "count": page.count,
        "next": address(page.number + 1) if has_next else None,
        "previous": address(page.number - 1) if page.number > 1 else None,
        "page_size": page.size,
        "num_pages": page.number + 1 if endless and page.number >= page.pages else page.pages,
        "current_page": page.number,
    }
