"""What all hands share: the tenants, and how a record is found by what people call it."""

from __future__ import annotations

from typing import Any

from ...clock import Clock
from ...exchange import Json
from ..tenant import Tenant

Named = str | int


class Desk:
    """Attributes are the stand-in's."""

    clock: Clock
    lock: Any
    tenants: dict[str, Tenant]

    def tenant(self, domain: str) -> Tenant:
        """Raises KeyError."""
        return self.tenants[domain]

    def _find(self, tenant: Tenant, collection: str, name: Named, field: str = "name") -> Json | None:
        """By id or by a field; the one added first where several are called so."""
        shelf = tenant.shelves[collection]
        if isinstance(name, int):
            return tenant.get(collection, name)
        return next((row for row in shelf.values() if row.get(field) == name), None)

    def _currency(self, tenant: Tenant, name: Named) -> Json:
        found = self._find(tenant, "currencies", name)
        if found is None:
            raise KeyError(f"{tenant.domain} has no currency {name}")
        return found

    def _base_currency(self, tenant: Tenant) -> Json:
        return next(row for row in tenant.rows("currencies") if row["base"])

    def _first(self, tenant: Tenant, collection: str) -> Json:
        return next(iter(tenant.rows(collection)))

    def _user(self, tenant: Tenant, name: Any, at: int = 0) -> Json:
        """A user by full name or id, or else the one at this position."""
        users = list(tenant.rows("users"))
        if isinstance(name, str) and name:
            return next(row for row in users if f"{row['firstName']} {row['lastName']}" == name)
        if isinstance(name, int) and name:
            return tenant.get("users", name)
        return users[min(at, len(users) - 1)]
