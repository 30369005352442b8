"""The sync endpoints: rows by origin id, always 200, each row refused by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..exchange import Answer, Json
from .call import Call
from .problems import Problem, missing

MOST_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Shelfwork:
    """How rows of one kind are found, made, changed and shown."""

    by_id: Callable[[int], Json | None]
    by_origin: Callable[[str], Json | None]
    create: Callable[[Json], Json]
    update: Callable[[Json, Json], Json]
    show: Callable[[Json], Json]


def sync(call: Call, work: Shelfwork) -> Answer:
    """Without id and origin id a row always creates; with both the id finds and the origin id is overwritten."""
    updates = call.body().get("updates")
    if not isinstance(updates, list) or not updates or not all(isinstance(row, dict) for row in updates):
        raise missing("updates")
    if len(updates) > MOST_ROWS:
        raise Problem(413, f"Too many rows: at most {MOST_ROWS} are taken.")
    entities: list[Json] = []
    errors: list[Json] = []
    for row in updates:
        try:
            entities.append(work.show(_written(row, work)))
        except Problem as refused:
            errors.append({**row, "errors": _by_field(refused)})
    return Answer.json({"entities": entities, "errors": errors})


def _written(row: Json, work: Shelfwork) -> Json:
    sent = {name: value for name, value in row.items() if name != "id"}
    if row.get("id") is not None:
        found = work.by_id(row["id"]) if isinstance(row["id"], int) else None
        if found is None:
            raise Problem(422, {"id": ["Entity with this ID not found"]})
        return work.update(found, sent)
    found = work.by_origin(row["origin_id"]) if row.get("origin_id") else None
    return work.create(sent) if found is None else work.update(found, sent)


def _by_field(refused: Problem) -> Json:
    return refused.errors if isinstance(refused.errors, dict) else {"base": [str(refused.errors)]}
