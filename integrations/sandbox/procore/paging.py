"""Pages: `page` and `per_page`, `Link`, `Total` and `Per-Page`; past the end there is an empty list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from ..exchange import Answer, Json
from .call import Call
from .problems import Problem


@dataclass(frozen=True, slots=True)
class Size:
    usual: int = 100
    most: int = 2000


V1, V2 = Size(), Size(10, 100)
PROJECTS, REQUISITIONS, TAX_CODES = Size(100, 300), Size(30), Size(100, 100)
Show = Callable[[Json], object]


def listed(
    call: Call,
    records: Sequence[Json],
    show: Show,
    size: Size = V1,
    *,
    sorts: Sequence[str] = (),
    enveloped: bool = False,
) -> Answer:
    """One page of the records, each as `show` shows it; v2.0 puts it under `data`. `sorts` are those on offer."""
    records = _in_order(call, records, sorts)
    page, per_page = _whole(call, "page", 1), min(_whole(call, "per_page", size.usual), size.most)
    pages = max(-(-len(records) // per_page), 1)
    endless = call.asked.effect == "endless_next"
    start = 0 if endless and page > pages else (page - 1) * per_page
    rows = [show(record) for record in records[start : start + per_page]]
    if call.asked.effect == "duplicate_row" and rows:
        rows.append(rows[0])
    headers = {"Total": str(len(records)), "Per-Page": str(per_page)}
    if links := _links(call, page, pages + page if endless else pages, per_page):
        headers["Link"] = links
    return Answer.json({"data": rows} if enveloped else rows, 200, headers)


def _in_order(call: Call, records: Sequence[Json], sorts: Sequence[str]) -> Sequence[Json]:
    """By `sort=name` or `sort=-name`, where that is offered; a 400 where it is not."""
    written = call.first("sort")
    if not written:
        return records
    name = written.removeprefix("-")
    if name not in sorts:
        raise Problem(400, {"sort": ["is not included in the list"]})
    return sorted(records, key=lambda record: str(record.get(name) or ""), reverse=written.startswith("-"))


def _whole(call: Call, name: str, default: int) -> int:
    written = call.first(name) or str(default)
    if not written.isdecimal() or int(written) < 1:
        raise Problem(400, {name: ["must be a positive integer"]})
    return int(written)


def _links(call: Call, page: int, pages: int, per_page: int) -> str:
    """First page without first and prev, last page without next and last."""
    kept = {name: values for name, values in call.asked.query.items() if name not in ("page", "per_page")}

    def link(number: int, rel: str) -> str:
        query = urlencode({**kept, "page": number, "per_page": per_page}, doseq=True)
        return f'<{call.base}{call.asked.path}?{query}>; rel="{rel}"'

    links = []
    if page < pages:
        links += [link(page + 1, "next"), link(pages, "last")]
    if page > 1:
        links += [link(1, "first"), link(page - 1, "prev")]
    return ", ".join(links)
