"""A Procore stand-in with a token and two projects; every call is held against the specification, both ways."""

from __future__ import annotations

from typing import Any

import requests

from integrations.sandbox import Sandbox
from integrations.sandbox.procore.standin import ProcoreStandIn
from integrations.sandbox.procore.tokens import CLIENT_ID, CLIENT_SECRET
from tests.sandbox.procore_specification import Specification

Json = dict[str, Any]
V1, V11 = "/rest/v1.0", "/rest/v1.1"
ORDERS, REQUISITIONS, PAYMENTS = f"{V1}/purchase_order_contracts", f"{V11}/requisitions", f"{V1}/contract_payments"
CONCRETE, STEEL = "03-300.M", "05-120.M"


class ProcoreOffice:
    """`odd=True` sends what the specification does not allow; answers are checked all the same."""

    def __init__(self, sandbox: Sandbox, specification: Specification) -> None:
        self.sandbox, self.specification = sandbox, specification
        self.stand_in: ProcoreStandIn = sandbox.procore
        self.session = requests.Session()
        self.session.trust_env = False
        self.company = self.stand_in.company().id
        self.headers = {"Procore-Company-Id": str(self.company)}
        self.sign_in()
        self.seen: set[tuple[str, str]] = set()

    def furnish(self) -> None:
        """Two projects, one budget of 20,000 for concrete, one vendor in the first project, an open period."""
        self.project: int = self.stand_in.add_project("Harbour Clinic", "1234")["id"]
        self.other: int = self.stand_in.add_project("Depot", "1300")["id"]
        self.concrete: int = self.stand_in.add_code(self.project, CONCRETE, "Concrete")["id"]
        self.steel: int = self.stand_in.add_code(self.project, STEEL, "Steel")["id"]
        self.stand_in.set_budget(self.project, CONCRETE, "20000.00")
        self.vendor: int = self.stand_in.add_vendor("Mau Mixers", projects=[self.project])["id"]
        self.period: int = self.stand_in.add_billing_period(self.project, "2026-02-01", "2026-02-28")["id"]

    def sign_in(self) -> None:
        self.headers["Authorization"] = f"Bearer {self.token().json()['access_token']}"

    def token(self, **changed: Any) -> requests.Response:
        wanted = {
            "grant_type": "client_credentials",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            **changed,
        }
        return self.session.post(f"{self.sandbox.url('procore')}/oauth/token", json=wanted, timeout=10)

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Json | None = None,
        json: Any = None,
        odd: bool = False,
        headers: dict[str, Any] | None = None,
    ) -> requests.Response:
        if not odd:
            complaints = self.specification.of_request(method, path, params or {}, json)
            assert not complaints, complaints
        answer = self.session.request(
            method,
            f"{self.sandbox.url('procore')}{path}",
            params=params,
            json=json,
            headers={**self.headers, **(headers or {})},
            timeout=10,
        )
        wrong = self.specification.of_answer(method, path, answer.status_code, answer.content)
        assert not wrong, wrong
        if found := self.specification.operation(method, path):
            self.seen.add((method, found[0]))
        return answer

    def get(self, path: str, **query: Any) -> Any:
        """What a good answer holds."""
        answer = self.call("GET", path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def in_project(self, path: str, **query: Any) -> Any:
        return self.get(path, project_id=self.project, **query)

    def send(self, method: str, path: str, body: Any, status: int = 200, **more: Any) -> Any:
        answer = self.call(method, path, json=body, **more)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    # Documents

    def sync_orders(self, *updates: Json, project: int = 0, **more: Any) -> Json:
        body = {"project_id": project or self.project, "updates": list(updates)}
        found: Json = self.send("PATCH", f"{ORDERS}/sync", body, **more)
        return found

    def sync_lines(self, order: int, *updates: Json) -> Json:
        query = {"project_id": self.project}
        path = f"{ORDERS}/{order}/line_items/sync"
        found: Json = self.send("PATCH", path, {"updates": list(updates)}, params=query)
        return found

    def order(self, amount: str = "1000.00", status: str = "Approved", **given: Any) -> Json:
        """A commitment of one line of concrete, made by people."""
        lines = [{"code": CONCRETE, "amount": amount}]
        return self.stand_in.add_order(self.project, self.vendor, lines, status=status, **given)

    def shown(self, order: Json) -> Json:
        found: Json = self.in_project(f"{ORDERS}/{order['id']}")
        return found

    def invoice(self, order: Json, amount: Any = "400.00", status: int = 201, odd: bool = False, **given: Any) -> Any:
        """A requisition on the commitment's first line; `odd` lets a wrong body through."""
        line = order["line_items"][0]["id"]
        items = [{"item_type": "contract_item", "line_item_id": line, "work_completed_this_period": amount}]
        requisition = {"period_id": self.period, "items": items, **given}
        body = {"project_id": self.project, "commitment_id": order["id"], "requisition": requisition}
        return self.send("POST", REQUISITIONS, body, status, odd=odd)

    def pay(self, order: Json, amount: str = "400.00", status: int = 201, **given: Any) -> Any:
        payment = {"amount": amount, "date": "2026-03-02", **given}
        body = {"project_id": self.project, "contract_id": order["id"], "contract_payment": payment}
        return self.send("POST", PAYMENTS, body, status)
