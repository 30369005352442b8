"""Companies, the app's connection, permissions, permitted projects, limits, webhooks."""

from __future__ import annotations

import threading
from typing import Any

from ...exchange import Json
from .. import sending
from ..company import FIRST_ID, LEVELS, PERMISSIONS, Company
from ..limits import Limits
from ..tokens import Tokens
from .desk import Desk


class Access(Desk):
    tokens: Tokens
    limits: Limits
    lock: threading.RLock
    delivering: bool

    def tell(self, company: Company, project: Json | None, resource: str, event: str, record_id: int) -> None:
        raise NotImplementedError

    def add_company(self, name: str) -> Json:
        """A company in which the app is installed, with units of measure and an empty rest."""
        made = Company(FIRST_ID + 1_000_000 * len(self.companies), name, self.clock, self.knobs, self.tell)
        self.companies[made.id] = made
        for unit in ("ea", "ls", "hours", "m3", "tonne"):
            made.add("uoms", {"name": unit, "description": None, "is_standard": True})
        return {"id": made.id, "name": name}

    def disconnect_app(self, company: int = 0, *, connected: bool = False) -> None:
        """An administrator removes the app from the company, or puts it back."""
        self.company(company).connected = connected

    def set_permission(self, tool: str, level: str, project: int | str = "", company: int = 0) -> None:
        """Level of the service account in a tool (none, read, standard, admin), for one project or for all."""
        if tool not in PERMISSIONS or level not in LEVELS:
            raise ValueError(f"tools are {', '.join(PERMISSIONS)}, levels are {', '.join(LEVELS)}")
        if project:
            self._project(project)[1]["_permissions"][tool] = level
        else:
            self.company(company).permissions[tool] = level

    def revoke_secret(self, *, revoked: bool = True) -> None:
        self.tokens.secret_revoked = revoked

    def use_up(self, window: str = "spike", left: int = 0, company: int = 0) -> None:
        """Leave only `left` calls of the current hour or spike window."""
        now = int(self.clock.now().timestamp())
        self.limits.use_up(window, str(self.company(company).id), now, self.knobs, left)

    def _send_due(self, post: sending.Post) -> list[int]:
        return [status for company in list(self.companies.values()) for status in sending.send_due(company, post)]

    def deliver_webhooks(self) -> list[int]:
        """Send what is due now; the answers' statuses, 0 for none in time. The lock is not held while waiting.

        While somebody else is sending there is nothing to do: they go on until nothing is left.
        """

        def unlocked(*request: Any) -> int:
            self.lock.release()
            try:
                return sending.post(*request)
            finally:
                self.lock.acquire()

        statuses: list[int] = []
        with self.lock:
            if self.delivering:
                return statuses
            self.delivering = True
            try:
                while sent := self._send_due(unlocked):
                    statuses += sent
            finally:
                self.delivering = False
        return statuses
