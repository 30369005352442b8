"""Procurify's own shape of an order, as JSON that a test may change."""

from functools import cache
from pathlib import Path
from typing import Any

from integrations.systems.procurify import parse

SAMPLES = Path(__file__).parent / "samples"


@cache
def _text(name: str) -> str:
    return (SAMPLES / f"{name}.json").read_text()


def sample(name: str) -> Any:
    """A fresh copy of a sample answer, its numbers exact."""
    return parse.loads(_text(name))


def detail() -> dict[str, Any]:
    found: dict[str, Any] = sample("purchase_order_detail")["data"]
    return found


def row(number: int = 1041, **changes: Any) -> dict[str, Any]:
    """A row of the order list."""
    found: dict[str, Any] = sample("purchase_orders_list")["data"][0]
    return found | {"procurify_PO": number, "number": f"PF{number}"} | changes


def put(raw: Any, path: str, value: Any) -> Any:
    """Set `order_items[0].price` and the like; MISSING takes the field away."""
    parts = [int(part) if part.isdigit() else part for part in path.replace("]", "").replace("[", ".").split(".")]
    inner = raw
    for part in parts[:-1]:
        inner = inner[part]
    if value is MISSING:
        del inner[parts[-1]]
    else:
        inner[parts[-1]] = value
    return raw


MISSING = object()


def page(rows: list[Any], number: int, pages: int, count: int | None = None) -> bytes:
    """One page of a list, as Procurify answers it."""
    more = f"http://elsewhere.example/?page={number + 1}" if number < pages else None
    paging = {
        "count": len(rows) if count is None else count,
        "next": more,
        "previous": None,
        "page_size": 100,
        "num_pages": pages,
        "current_page": number,
    }
    return parse.dumps({"metadata": {"pagination": paging}, "data": rows}).encode()
