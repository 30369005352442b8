"""The Procore stand-in: login host and API host on one port."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import wraps
from typing import Any, ClassVar

from ..exchange import Answer, Asked, Json
from ..standin import StandIn
from . import sending
from .company import SHELVES, Company, public
from .gate import answered, company_of
from .hands import Construction
from .knobs import KNOBS
from .limits import Limits
from .problems import Problem, not_connected
from .tokens import Tokens


class ProcoreStandIn(Construction, StandIn):
    """Procore as documented in June to August 2026. Knobs are listed in `knobs.py`, tests' conveniences in `hands/`."""

    slug = "procore"
    KNOBS: ClassVar[Mapping[str, Any]] = {**StandIn.KNOBS, **KNOBS}
    CONVENIENCES = frozenset(
        [
            "add_company",
            "disconnect_app",
            "set_permission",
            "revoke_secret",
            "use_up",
            "add_project",
            "permit_project",
            "close_project",
            "set_currency",
            "add_uom",
            "add_tax_code",
            "add_code",
            "deactivate_code",
            "add_vendor",
            "edit_vendor",
            "add_vendor_to_project",
            "set_budget",
            "change_budget",
            "lock_budget",
            "rename_columns",
            "budget",
            "add_billing_period",
            "close_billing_period",
            "add_order",
            "edit_order",
            "delete_order",
            "order",
            "enable_ssov",
            "move_ssov",
            "add_invoice",
            "add_payment",
            "deliver_webhooks",
        ]
    )

    def reset(self) -> None:
        self.knobs.update(KNOBS)
        self.tokens = Tokens(self.clock, self.knobs)
        self.limits = Limits()
        self.delivering = False
        self.companies: dict[int, Company] = {}
        self.add_company("Northline Builders")

    def load_company(self, today: date) -> None:
        from ..contractor.seed import seed_procore

        seed_procore(self, today)

    # Answers

    def answer(self, asked: Asked) -> Answer:
        v2 = asked.path.startswith("/rest/v2.0/")
        told: dict[str, str] = {"X-Request-Id": str(uuid.uuid4())}
        try:
            found = self._answer(asked, told)
        except Problem as problem:
            found = problem.answer(v2)
        return replace(found, headers={**told, **found.headers})

    def _answer(self, asked: Asked, told: dict[str, str]) -> Answer:
        login: dict[tuple[str, str], Callable[[Asked], Answer]] = {
            ("POST", "/oauth/token"): self.tokens.grant,
            ("GET", "/oauth/token/info"): self.tokens.info,
            ("POST", "/oauth/revoke"): self.tokens.revoke,
        }
        if (asked.method, asked.path) in login:
            return login[asked.method, asked.path](asked)
        if self.limits_on:
            whom = asked.headers.get("procore-company-id", "")
            told.update(self.limits.admit(whom, int(self.clock.now().timestamp()), self.knobs))
        self.tokens.check(asked)
        company = company_of(asked, self.companies)
        company.asked_by_app = True
        try:
            return answered(asked, company, self.companies, self.url)
        finally:
            company.asked_by_app = False

    # Webhooks

    def tell(self, company: Company, project: Json | None, resource: str, event: str, record_id: int) -> None:
        if sending.enqueue(company, project, resource, event, record_id) and self.knobs["webhooks_at_once"]:
            threading.Thread(target=self.deliver_webhooks, daemon=True).start()

    # Tokens and state

    def expire_tokens(self) -> None:
        self.tokens.expire()

    def revoke_tokens(self) -> None:
        self.tokens.issued.clear()

    def suspended(self, asked: Asked) -> Answer:
        """The app is not connected to the company any more."""
        return not_connected().answer(asked.path.startswith("/rest/v2.0/"))

    def collections(self) -> dict[str, dict[str, Json]]:
        """`<company id>/<shelf>` for one company and `<shelf>` over all of them."""
        found: dict[str, dict[str, Json]] = {name: {} for name in SHELVES}
        for company in self.companies.values():
            for name, shelf in company.shelves.items():
                rows = {str(key): public(row) for key, row in shelf.items()}
                found[f"{company.id}/{name}"] = rows
                found[name].update(rows)
        return found

    def _shelf(self, collection: str) -> dict[int, Json]:
        company, _, name = collection.rpartition("/")
        return self.company(int(company or 0)).shelves[name]

    def put(self, collection: str, record: Json) -> Json:
        """Add or replace as it is; without a company it goes to the one that was added first."""
        shelf = self._shelf(collection)
        own = {name: value for name, value in shelf.get(record["id"], {}).items() if name.startswith("_")}
        shelf[record["id"]] = {**own, **record}
        return record

    def remove(self, collection: str, key: str) -> None:
        del self._shelf(collection)[int(key)]

    def dump(self) -> Json:
        return {
            "knobs": {name: self.knobs[name] for name in KNOBS},
            "companies": [company.dump() for company in self.companies.values()],
            "tokens": self.tokens.issued,
            "secret_revoked": self.tokens.secret_revoked,
        }

    def load(self, state: Json) -> None:
        self.reset()
        self.knobs.update(state["knobs"])
        kept = [Company.load(each, self.clock, self.knobs, self.tell) for each in state["companies"]]
        self.companies = {company.id: company for company in kept}
        self.tokens.issued, self.tokens.secret_revoked = state["tokens"], state["secret_revoked"]


def _with_lock(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def locked(stand_in: ProcoreStandIn, *positional: Any, **named: Any) -> Any:
        with stand_in.lock:
            return method(stand_in, *positional, **named)

    return locked


# Tests call the conveniences from their own thread while calls are being answered in others.
for _name in ProcoreStandIn.CONVENIENCES - {"deliver_webhooks"}:
    setattr(ProcoreStandIn, _name, _with_lock(getattr(ProcoreStandIn, _name)))
