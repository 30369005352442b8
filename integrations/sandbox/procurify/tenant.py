"""One customer of Procurify: its records by collection, its time zone, its numbers."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, MutableMapping
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ..clock import Clock
from ..exchange import Json
from .repeats import OrderShelf

# Collection -> the field that is its key.
KEYS = {
    "users": "id",
    "currencies": "id",
    "locations": "id",
    "departments": "id",
    "account_codes": "id",
    "accounts": "id",
    "custom_fields": "id",
    "catalog_items": "id",
    "vendors": "id",
    "requisitions": "num",
    "order_items": "id",  # items of requisitions that are on no order yet
    "purchase_orders": "procurify_PO",
    "bills": "uuid",
    "payments": "id",
    "receipts": "id",
}
# Numbers begin where a company that has used Procurify for a while would be.
FIRST_IDS = {
    "vendors": 320,
    "users": 23,
    "departments": 16,
    "account_codes": 74,
    "accounts": 301,
    "requisitions": 881,
    "order_items": 5511,
    "purchase_orders": 1001,
    "bills": 613,
    "bill_items": 9001,
    "bill_groups": 502,
    "payments": 4410,
    "receipts": 24,
    "taxes": 1,
}
Moment = datetime | date | str


class Tenant:
    """Records are held in the shape they are sent, except that they name each other by id; see `shapes.py`."""

    def __init__(self, domain: str, clock: Clock, client_id: str, client_secret: str, **facts: Any) -> None:
        self.domain, self.clock = domain, clock
        self.url = self.files_at = ""  # where the stand-in shows it, and its files
        self.client_id, self.client_secret = client_id, client_secret
        self.name: str = facts.get("name", domain.capitalize())
        self.time_zone: str = facts.get("time_zone", "America/Vancouver")
        self.email: str = facts.get("email", f"integrations@{domain}.example")
        self.secret_revoked = self.user_deactivated = False
        self.permissions: list[str] = ["superuser", "accounts_payable", "nav_purchase"]
        self.hidden_departments: list[int] = []  # a narrower role silently sees less
        self.tokens_issued = 0
        self.shelves: dict[str, MutableMapping[str, Json]] = {name: {} for name in KEYS}
        self.orders = OrderShelf()
        self.shelves["purchase_orders"] = self.orders
        self.taxes: dict[str, int] = {}
        self._next: dict[str, int] = {}
        self._zone = zone_of(self.time_zone)
        self.revision = 0
        self.found: dict[Any, Any] = {}  # what lists have worked out; void at the next change

    # Time

    def stamp(self, moment: Moment | None = None) -> str:
        """An instant as Procurify writes it, in the tenant's time zone; a plain day is 9:30 in the morning."""
        return self.local(moment).isoformat(timespec="microseconds")

    def midnight(self, day: date | str) -> str:
        """A business date: midnight of that day, without fractions."""
        wanted = date.fromisoformat(day) if isinstance(day, str) else day
        return datetime.combine(wanted, time(), self._zone).isoformat()

    def local(self, moment: Moment | None = None) -> datetime:
        """Now, or that moment in the tenant's time zone, which is also the zone of a moment that names none."""
        if moment is None:
            moment = self.clock.now()
        if isinstance(moment, str):
            moment = datetime.fromisoformat(moment)
        if not isinstance(moment, datetime):
            return datetime.combine(moment, time(9, 30, 12, 402113), self._zone)
        return moment.replace(tzinfo=self._zone) if moment.tzinfo is None else moment.astimezone(self._zone)

    def today(self) -> date:
        return self.local().date()

    # Records

    def next_id(self, kind: str) -> int:
        given = self._next.get(kind, FIRST_IDS.get(kind, 1))
        self._next[kind] = given + 1
        return given

    def claim_id(self, kind: str, wanted: int) -> int:
        """`wanted`, with later ids behind it."""
        self._next[kind] = max(self._next.get(kind, FIRST_IDS.get(kind, 1)), wanted + 1)
        return wanted

    def new_uuid(self, kind: str, number: int) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.domain}/{kind}/{number}"))

    def store(self, collection: str, record: Json) -> Json:
        """Add or replace by its key; a record whose key cannot be one gets one that nobody asks for."""
        key = record.get(KEYS[collection])
        self.shelves[collection][str(key) if isinstance(key, str | int) else f"?{len(self.shelves[collection])}"] = (
            record
        )
        self.changed()
        return record

    def changed(self) -> None:
        self.revision += 1
        self.found.clear()

    def rows(self, collection: str) -> Iterable[Json]:
        return self.shelves[collection].values()

    def get(self, collection: str, key: int | str) -> Json:
        """Raises KeyError with the collection's name."""
        try:
            return self.shelves[collection][str(key)]
        except KeyError:
            raise KeyError(f"{self.domain} has no {key} in {collection}") from None

    # State

    def dump(self) -> Json:
        facts = ("name", "time_zone", "email", "secret_revoked", "user_deactivated", "permissions")
        return {
            "domain": self.domain,
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            **{name: getattr(self, name) for name in (*facts, "hidden_departments", "tokens_issued", "taxes")},
            "next": self._next,
            "shelves": {name: dict(shelf) for name, shelf in self.shelves.items() if shelf is not self.orders},
            "orders": self.orders.dump(),
        }

    @classmethod
    def load(cls, state: Json, clock: Clock) -> Tenant:
        loaded = cls(
            state["domain"],
            clock,
            state["client_id"],
            state["client_secret"],
            name=state["name"],
            time_zone=state["time_zone"],
            email=state["email"],
        )
        for name in (
            "secret_revoked",
            "user_deactivated",
            "permissions",
            "hidden_departments",
            "tokens_issued",
            "taxes",
        ):
            setattr(loaded, name, state[name])
        loaded._next = state["next"]
        loaded.shelves.update(state["shelves"])
        loaded.orders.load(state["orders"])
        return loaded


def zone_of(name: str) -> tzinfo:
    """The zone, or the Pacific standard offset where the machine has no time zone files."""
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError:
        return UTC if name == "UTC" else timezone(-timedelta(hours=8))
