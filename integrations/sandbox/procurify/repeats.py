"""The shelf of orders. Orders for benchmarks stand on it as a pattern and a number until somebody looks at them."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass

from ..exchange import Json


@dataclass(frozen=True, slots=True)
class Repeat:
    """The `pattern`th pattern as order `number`, its lines numbered from `first_item`."""

    pattern: int
    number: int
    first_item: int


class OrderShelf(MutableMapping[str, Json]):
    """A dict of orders by `procurify_PO`, whose repeated ones are made anew each time they are read."""

    def __init__(self) -> None:
        self._rows: dict[str, Json | Repeat] = {}
        self._patterns: list[Json] = []

    def repeat(self, patterns: list[Json], numbers: Iterator[tuple[int, int]]) -> None:
        """Add one order per (number, first item id), going round the patterns."""
        first = len(self._patterns)
        self._patterns += patterns
        for at, (number, first_item) in enumerate(numbers):
            self._rows[str(number)] = Repeat(first + at % len(patterns), number, first_item)

    def _made(self, row: Json | Repeat) -> Json:
        if isinstance(row, dict):
            return row
        number, pattern = row.number, self._patterns[row.pattern]
        uuid = f"{number:08x}{pattern['uuid'][8:]}"
        lines = [
            {
                **line,
                "id": row.first_item + at,
                "PO": [number],
                "purchase_order": number,
                "purchase_order_number": f"PF{number}",
                "purchase_order_uuid": uuid,
            }
            for at, line in enumerate(pattern["order_items"])
        ]
        return {**pattern, "procurify_PO": number, "number": f"PF{number}", "uuid": uuid, "order_items": lines}

    def heads(self) -> Iterator[tuple[str, Json]]:
        """Key and order of all, for lists to choose from; the lines of repeated ones bear no numbers yet."""
        for key, row in self._rows.items():
            yield key, row if isinstance(row, dict) else {**self._patterns[row.pattern], "procurify_PO": row.number}

    def __getitem__(self, key: str) -> Json:
        return self._made(self._rows[key])

    def __setitem__(self, key: str, order: Json) -> None:
        self._rows[key] = order

    def __delitem__(self, key: str) -> None:
        del self._rows[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __reversed__(self) -> Iterator[str]:
        return reversed(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def dump(self) -> Json:
        """The order of the rows is kept; a repeated one is written as a list."""
        rows = [
            row if isinstance(row, dict) else [row.pattern, row.number, row.first_item] for row in self._rows.values()
        ]
        return {"patterns": self._patterns, "rows": list(zip(self._rows, rows, strict=True))}

    def load(self, state: Json) -> None:
        self._patterns = state["patterns"]
        self._rows = {key: row if isinstance(row, dict) else Repeat(*row) for key, row in state["rows"]}
