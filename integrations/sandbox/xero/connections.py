"""Which organisations a person has connected to the app: `/connections`."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from ..exchange import Answer, Json
from .dates import seven_decimals
from .problems import JSON_TYPE, not_found


class Connections:
    """Connections by id. `_user` is the person; `_gone` keeps a former one, since a reconnect shows its date."""

    def __init__(self) -> None:
        self.rows: dict[str, Json] = {}

    def connect(self, user: str, tenant_id: str, tenant_name: str, auth_event: str, now: int) -> Json:
        """Add a connection, or bring one up to date: after a reconnect created and updated differ."""
        before = next(
            (row for row in self.rows.values() if row["_user"] == user and row["tenantId"] == tenant_id), None
        )
        moment = seven_decimals(now)
        row: Json = {
            "id": before["id"] if before else str(uuid.uuid4()),
            "authEventId": auth_event,
            "tenantId": tenant_id,
            "tenantType": "ORGANISATION",
            "tenantName": tenant_name,
            "createdDateUtc": before["createdDateUtc"] if before else moment,
            "updatedDateUtc": moment,
            "_user": user,
            "_gone": False,
        }
        self.rows[row["id"]] = row
        return row

    def of(self, user: str) -> list[Json]:
        return [row for row in self.rows.values() if row["_user"] == user and not row["_gone"]]

    def is_connected(self, user: str, tenant_id: str) -> bool:
        return any(row["tenantId"] == tenant_id for row in self.of(user))

    def anybody(self, tenant_id: str) -> bool:
        """Whether any person has this organisation connected to the app."""
        return any(row["tenantId"] == tenant_id and not row["_gone"] for row in self.rows.values())

    def drop(self, rows: Iterable[Json]) -> None:
        for row in list(rows):
            self.rows[row["id"]] = {**row, "_gone": True}

    def drop_tenant(self, tenant_id: str) -> None:
        """Disconnected in Xero's own screens, by anybody: no message goes out."""
        self.drop(row for row in self.rows.values() if row["tenantId"] == tenant_id)

    # Endpoints

    def listed(self, user: str, auth_event: str) -> Answer:
        rows = [row for row in self.of(user) if not auth_event or row["authEventId"] == auth_event]
        return Answer.json([_shown(row) for row in rows], headers={"Content-Type": JSON_TYPE})

    def deleted(self, user: str, connection_id: str) -> Answer:
        """204, or 404 for one that is gone; a tenant id is not a connection id."""
        found = [row for row in self.of(user) if row["id"] == connection_id.lower()]
        if not found:
            raise not_found()
        self.drop(found)
        return Answer.empty(204)


def _shown(row: Json) -> Json:
    return {name: value for name, value in row.items() if not name.startswith("_")}
