"""The Xero stand-in: login host, identity host, connections and Accounting API 2.0 on one port."""

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
from .accounting import PREFIX, AccountingApi, bearer
from .authorization import LoginHost
from .dates import ms_of
from .hands import Bookkeeping
from .identity import Identity
from .knobs import KNOBS
from .organisation import SHELVES, Organisation, public
from .problems import Problem, TextProblem, not_found
from .shelf import Stamps
from .webhooks import Webhooks


class XeroStandIn(Bookkeeping, StandIn):
    """Xero as documented in October 2026. Knobs are listed in `knobs.py`, tests' conveniences in `hands/`."""

    slug = "xero"
    KNOBS: ClassVar[Mapping[str, Any]] = {**StandIn.KNOBS, **KNOBS}
    CONVENIENCES = frozenset(
        [
            "add_organisation",
            "add_account",
            "archive_account",
            "add_tax_rate",
            "add_tracking_category",
            "add_tracking_option",
            "archive_tracking_option",
            "add_currency",
            "add_item",
            "set_lock_date",
            "refuse_actions",
            "add_contact",
            "edit_contact",
            "archive_contact",
            "restore_contact",
            "merge_contacts",
            "contact",
            "add_bill",
            "edit_bill",
            "submit_bill",
            "approve_bill",
            "delete_bill",
            "bills",
            "bill",
            "pay_bill",
            "remove_payment",
            "credit_bill",
            "add_credit_note",
            "add_prepayment",
            "add_overpayment",
            "apply_credit",
            "take_credit_back",
            "refund_credit",
            "add_purchase_order",
            "edit_purchase_order",
            "purchase_order",
            "bill_purchase_orders",
            "issue_tokens",
            "disconnect",
            "use_up",
            "set_webhook",
            "deliver_webhooks",
        ]
    )

    def reset(self) -> None:
        self.knobs.update({**KNOBS})
        self.stamps = Stamps(self.clock)
        self.organisations: dict[str, Organisation] = {}
        self._connect_parts()

    def _connect_parts(self) -> None:
        self.identity = Identity(self.organisations, self.knobs, self._now)
        self.login = LoginHost(self.organisations, self.identity.codes, self.knobs, self._now)
        self.api = AccountingApi(self.identity, self.knobs, lambda: self.limits_on, lambda: self.url)
        self.webhooks = Webhooks(self.clock, self.knobs, self.identity.connections.anybody, lambda: self.url)

    def _now(self) -> int:
        return ms_of(self.clock.now())

    def load_company(self, today: date) -> None:
        from ..company.seed import seed_xero
        from ..contractor.seed import seed_xero as seed_contractor

        seed_xero(self, today)
        seed_contractor(self, today)

    # Webhooks

    def tell(self) -> None:
        """Queue what changed since the last time, and send it at once if the knob says so."""
        fresh = self.webhooks.gather(self.organisations.values())
        if fresh and self.knobs["webhooks_at_once"]:
            threading.Thread(target=self.deliver_webhooks, daemon=True).start()

    def deliver_webhooks(self) -> list[Json]:
        """Send what is due now; for each attempt the status, and what was wrong with the answer."""
        return self.webhooks.deliver(self.lock)

    # Answers

    def answer(self, asked: Asked) -> Answer:
        found = self._answered(asked)
        self.tell()
        return found

    def _answered(self, asked: Asked) -> Answer:
        path = asked.path.rstrip("/")
        if path.startswith(PREFIX):
            return self.api.answer(asked, self.in_flight[self.crowd(asked)])
        correlation = str(uuid.uuid4())
        try:
            found = self._identity_answer(asked, path.lower())
        except Problem as problem:
            found = problem.answer(correlation)
        return replace(found, headers={"Xero-Correlation-Id": correlation, **found.headers})

    def _identity_answer(self, asked: Asked, path: str) -> Answer:
        offered = {
            ("GET", "/identity/connect/authorize"): self.login.authorize,
            ("POST", "/identity/connect/authorize"): self.login.decide,
            ("POST", "/connect/token"): self.identity.token,
            ("POST", "/connect/revocation"): self.identity.revoke,
        }
        if path.startswith("/connections"):
            return self._connections(asked, path)
        if (asked.method, path) in offered:
            return offered[asked.method, path](asked)
        if path in {known for _, known in offered}:
            raise TextProblem(405, "Method not allowed")
        raise not_found()

    def _connections(self, asked: Asked, path: str) -> Answer:
        held = bearer(asked, self.identity)
        user = held["person"]["xero_userid"]
        words = path.strip("/").split("/")
        if asked.method == "GET" and len(words) == 1:
            return self.identity.connections.listed(user, asked.first("authEventId"))
        if asked.method == "DELETE" and len(words) == 2:
            return self.identity.connections.deleted(user, words[1])
        raise TextProblem(405, "Method not allowed") if len(words) <= 2 else not_found()

    def crowd(self, asked: Asked) -> str:
        """Requests at one time are limited per organisation."""
        return asked.headers.get("xero-tenant-id", "").lower() if asked.path.startswith(PREFIX) else ""

    def suspended(self, asked: Asked) -> Answer:
        """An organisation that is offline, or maintenance: plain text, on the Accounting API only."""
        if asked.path.startswith(PREFIX):
            return Answer.text("The Organisation is offline", 503)
        with self.lock:
            return self.answer(asked)

    # Tokens

    def expire_tokens(self) -> None:
        self.identity.tokens.expire_access(self.identity.now())

    def revoke_tokens(self) -> None:
        for held in list(self.identity.tokens.sets.values()):
            self.identity.forget(held["person"]["xero_userid"])

    # State

    def collections(self) -> dict[str, dict[str, Json]]:
        """`<tenant id>/<collection>` for one organisation, `<collection>` over all of them, and the identity's."""
        found: dict[str, dict[str, Json]] = {name: {} for name in SHELVES}
        for tenant, organisation in self.organisations.items():
            for name, shelf in organisation.shelves.items():
                rows = {key: public(row) for key, row in shelf.rows.items()}
                found[f"{tenant}/{name}"] = rows
                found[name].update(rows)
        found["organisations"] = {tenant: each.facts for tenant, each in self.organisations.items()}
        found["connections"] = {key: public(row) for key, row in self.identity.connections.rows.items()}
        return found

    def put(self, collection: str, record: Json) -> Json:
        """Add or replace as it is. `invoices` without a tenant goes to the organisation that was added first."""
        tenant, _, name = collection.rpartition("/")
        if name == "organisations":
            self.organisation(record["OrganisationID"]).facts.update(record)
            return record
        organisation = self.organisation(tenant)
        before = organisation.shelves[name].rows.get(record[SHELVES[name][0]], {})
        own = {key: value for key, value in before.items() if key.startswith("_")}
        return public(organisation.shelves[name].put({**own, **record}))

    def remove(self, collection: str, key: str) -> None:
        tenant, _, name = collection.rpartition("/")
        self.organisation(tenant).shelves[name].remove(key)

    def dump(self) -> Json:
        return {
            "knobs": {name: self.knobs[name] for name in KNOBS},
            "last_stamp": self.stamps.last,
            "organisations": [each.dump() for each in self.organisations.values()],
            "identity": self.identity.dump(),
            "webhooks": self.webhooks.dump(),
        }

    def load(self, state: Json) -> None:
        self.reset()
        self.knobs.update(state["knobs"])
        for kept in state["organisations"]:
            made = Organisation.load(kept, self.stamps)
            self.organisations[made.tenant_id] = made
        self.stamps.last = state["last_stamp"]
        self.identity.load(state["identity"])
        self.webhooks.load(state.get("webhooks", {}))


def _with_lock(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def locked(stand_in: XeroStandIn, *positional: Any, **named: Any) -> Any:
        with stand_in.lock:
            found = method(stand_in, *positional, **named)
            stand_in.tell()
            return found

    return locked


# Tests call the conveniences from their own thread while calls are being answered in others.
for _name in XeroStandIn.CONVENIENCES - {"deliver_webhooks"}:
    setattr(XeroStandIn, _name, _with_lock(getattr(XeroStandIn, _name)))
