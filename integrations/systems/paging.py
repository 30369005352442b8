"""One page of a list, as every client yields it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from integrations.documents import Unreadable

Row = TypeVar("Row")
Raw = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows in the source's order with their JSON beside them, number by number; a repeated row appears once.

    `newest` is the greatest change time of any row so far in this scan: the cursor, once `last` has come.
    `missing` on the last page is how many rows the system counted beyond those it showed (A101).
    """

    rows: list[Row | Unreadable]
    raws: list[Raw]
    number: int
    last: bool
    newest: datetime | None = None
    missing: int = 0
