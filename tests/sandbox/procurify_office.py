"""A Procurify stand-in with a token for harbormills, and short calls to it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import requests

from integrations.sandbox import Sandbox
from integrations.sandbox.procurify.standin import ProcurifyStandIn

Json = dict[str, Any]
DOMAIN = "harbormills"
GST = [{"name": "GST", "percent": 5}]
ORDERS = "/api/v2/purchase_orders/purchased/all/"


class ProcurifyOffice:
    """Every call carries a valid token and the client header unless told otherwise."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.stand_in: ProcurifyStandIn = sandbox.procurify
        self.session = requests.Session()
        self.session.trust_env = False
        self.headers = {"X-Procurify-Client": "api"}
        self.headers["Authorization"] = f"Bearer {self.token().json()['access_token']}"

    def token(self, domain: str = DOMAIN, **changed: Any) -> requests.Response:
        wanted = {
            "client_id": f"{domain}-id",
            "client_secret": f"sandbox-secret-{domain}",
            "audience": "https://api.procurify.com/",
            "grant_type": "client_credentials",
            **changed,
        }
        return self.session.post(f"{self.sandbox.url('procurify')}/{domain}/oauth/token", json=wanted, timeout=10)

    def call(
        self, method: str, path: str, *, domain: str = DOMAIN, headers: dict[str, Any] | None = None, **more: Any
    ) -> requests.Response:
        url = f"{self.sandbox.url('procurify')}/{domain}{path}"
        sent = {**self.headers, **(headers or {})}
        return self.session.request(method, url, headers=sent, timeout=10, allow_redirects=False, **more)

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.call("GET", path, params=query)

    def data(self, path: str, **query: Any) -> Any:
        """`data` of an answer that must be good."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def paging(self, path: str, **query: Any) -> Json:
        found: Json = self.get(path, **query).json()["metadata"]["pagination"]
        return found

    def numbers(self, **query: Any) -> list[str]:
        """Numbers of the orders on the first page."""
        return [row["number"] for row in self.data(ORDERS, **query)]

    def order(self, number: str | None = None, **given: Any) -> Json:
        """The order of the published samples: 889.00 + 44.45 tax."""
        lines = given.pop("lines", None) or [
            line("Nitrile gloves M, box 100", "12.50", 40, account="6100"),
            line("Pallet jack 2.5t", 389, 1, account="1500"),
        ]
        return self.stand_in.add_order(DOMAIN, number=number, lines=lines, **given)


def line(name: str = "Gloves", price: Any = "12.50", quantity: Any = 1, **more: Any) -> Json:
    return {"name": name, "price": Decimal(str(price)), "quantity": quantity, "department": "Production",
            "account": "6100", "taxes": GST, **more}  # fmt: skip
