"""One company of Procore: its records by shelf and id, what the service account may do, its numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..clock import Clock
from ..exchange import Json
from .moments import stamp
from .problems import Invalid, not_found

# Ids exceed 32 bits.
FIRST_ID = 598_134_325_000_000
SHELVES = (
    "projects",
    "vendors",
    "cost_codes",
    "line_item_types",
    "segments",
    "wbs_codes",
    "uoms",
    "tax_codes",
    "budget_views",
    "budget_lines",
    "purchase_orders",
    "line_items",
    "detail_lines",
    "billing_periods",
    "requisitions",
    "requisition_items",
    "contract_payments",
    "direct_costs",
    "direct_cost_lines",
    "hooks",
    "triggers",
    "deliveries",
)
# Tools and the levels the service account starts with; a project may have its own.
PERMISSIONS = {
    "company_directory": "admin",
    "company_admin": "read",
    "project_directory": "admin",
    "commitments": "admin",
    "budget": "read",
    "direct_costs": "standard",
    "portfolio": "read",
    "admin": "standard",
    "webhooks": "standard",
}
LEVELS = ("none", "read", "standard", "admin")
Told = Callable[["Company", Json | None, str, str, int], None]


class Company:
    """Records are held under the names Procore sends; those that start with an underscore are never sent."""

    def __init__(self, company_id: int, name: str, clock: Clock, knobs: dict[str, Any], told: Told) -> None:
        self.id, self.name = company_id, name
        self.clock, self.knobs = clock, knobs
        self._told = told
        self.connected = True
        self.asked_by_app = False  # while the service account is being answered; people otherwise
        self.permissions = dict(PERMISSIONS)
        self.shelves: dict[str, dict[int, Json]] = {shelf: {} for shelf in SHELVES}
        self.next_id = company_id + 1_000

    # Records

    def new_id(self) -> int:
        self.next_id += 7
        return self.next_id

    def add(self, shelf: str, record: Json) -> Json:
        """Store a new record with an id and its time stamps."""
        now = stamp(self.clock)
        made = {"id": self.new_id(), "created_at": now, "updated_at": now, **record}
        self.shelves[shelf][made["id"]] = made
        return made

    def touch(self, record: Json, **changes: Any) -> Json:
        record.update(changes)
        record["updated_at"] = stamp(self.clock)
        return record

    def rows(self, shelf: str, **wanted: Any) -> Iterator[Json]:
        """Records whose fields are as wanted, in the order in which they were made."""
        for record in self.shelves[shelf].values():
            if all(record.get(name) == value for name, value in wanted.items()):
                yield record

    def get(self, shelf: str, key: object, **wanted: Any) -> Json:
        """By id; raises a 404 for one that is missing or belongs elsewhere."""
        record = self.shelves[shelf].get(int(str(key))) if str(key).isdecimal() else None
        if record is None or any(record.get(name) != value for name, value in wanted.items()):
            raise not_found()
        return record

    def by_origin(self, shelf: str, origin_id: object) -> Json | None:
        return next(self.rows(shelf, origin_id=origin_id), None) if origin_id else None

    def claim_origin(self, shelf: str, origin_id: object, own_id: int | None = None) -> None:
        """An origin id is taken once per kind of record within the whole company, deleted ones included."""
        owner = self.by_origin(shelf, origin_id)
        if owner is not None and owner["id"] != own_id:
            raise Invalid(origin_id="has already been taken")

    def tell(self, project: Json | None, resource: str, event: str, record_id: int) -> None:
        """Something happened that a webhook may want to know."""
        self._told(self, project, resource, event, record_id)

    # Permissions

    def may(self, tool: str, level: str, project: Json | None) -> bool:
        own = (project or {}).get("_permissions", {})
        return LEVELS.index(own.get(tool, self.permissions[tool])) >= LEVELS.index(level)

    # State

    def dump(self) -> Json:
        return {
            "id": self.id,
            "name": self.name,
            "connected": self.connected,
            "permissions": self.permissions,
            "next_id": self.next_id,
            "shelves": {name: list(rows.values()) for name, rows in self.shelves.items()},
        }

    @classmethod
    def load(cls, kept: Json, clock: Clock, knobs: dict[str, Any], told: Told) -> Company:
        made = cls(kept["id"], kept["name"], clock, knobs, told)
        made.connected, made.permissions, made.next_id = kept["connected"], kept["permissions"], kept["next_id"]
        made.shelves = {name: {row["id"]: row for row in kept["shelves"].get(name, [])} for name in SHELVES}
        return made


def public(record: Json) -> Json:
    return {name: value for name, value in record.items() if not name.startswith("_")}
