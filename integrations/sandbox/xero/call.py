"""One call of the Accounting API, understood as far as every endpoint needs it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ..exchange import Answer, Asked, Json
from .dates import read_since
from .forms import Form, read_elements
from .organisation import Organisation
from .problems import JSON_TYPE, query_not_understood

MOST_PER_PAGE = 1000
USUAL_PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class Call:
    """`words` are the parts of the path after `/api.xro/2.0`; `now` is milliseconds of the sandbox's clock."""

    asked: Asked
    organisation: Organisation
    words: tuple[str, ...]
    knobs: Mapping[str, Any]
    app: str
    now: int
    correlation: str
    base_url: str
    query: dict[str, list[str]] = field(init=False)

    def __post_init__(self) -> None:
        # Parameter names are taken in any capitals.
        named = {name.lower(): values for name, values in self.asked.query.items()}
        object.__setattr__(self, "query", named)

    # Query

    def first(self, name: str) -> str:
        return self.query.get(name.lower(), [""])[0]

    def flag(self, name: str, default: bool = False) -> bool:
        """`True`, `true`, `False`, `false`; anything else is the default."""
        return {"true": True, "false": False}.get(self.first(name).lower(), default)

    def several(self, name: str) -> list[str]:
        """A comma list. Sent as a repeated parameter it is ignored, so that everything is returned."""
        values = self.query.get(name.lower(), [])
        return [part.strip() for part in values[0].split(",") if part.strip()] if len(values) == 1 else []

    def whole(self, name: str, default: int) -> int:
        text = self.first(name)
        return int(text) if re.fullmatch(r"-?\d{1,9}", text) else default

    def day(self, name: str) -> date | None:
        text = self.first(name)
        if not text:
            return None
        try:
            return date.fromisoformat(text[:10])
        except ValueError as wrong:
            raise query_not_understood(f"{name}: {wrong}") from wrong

    @property
    def decimals(self) -> int:
        """Decimals of unit prices: 4 with `unitdp=4`, else 2."""
        return 4 if self.first("unitdp") == "4" else 2

    @property
    def paged(self) -> bool:
        return "page" in self.query or "pagesize" in self.query

    @property
    def since(self) -> int | None:
        header = self.asked.headers.get("if-modified-since")
        return read_since(header) if header and self.asked.effect != "ignore_filter" else None

    def elements(self, plural: str, form: Form) -> list[tuple[Json, Json]]:
        return read_elements(self.asked.body, plural, form)

    # Answer

    def envelope(self, plural: str, texts: list[str], more: Json | None = None) -> Answer:
        """The success envelope around rows that are JSON text already."""
        head: Json = {
            "Id": self.correlation,
            "Status": "OK",
            "ProviderName": self.app,
            "DateTimeUTC": f"/Date({self.now})/",
            **(more or {}),
        }
        body = f'{encoded(head)[:-1]},"{plural}":[{",".join(texts)}]}}'
        return Answer(200, {"Content-Type": JSON_TYPE}, body.encode())

    def rows(self, plural: str, rows: list[Json]) -> Answer:
        return self.envelope(plural, [encoded(row) for row in rows])


def encoded(value: Any) -> str:
    return _ENCODER.encode(value)


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)
