"""A Xero stand-in with one organisation and tokens, and short calls to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from integrations.sandbox import Sandbox
from integrations.sandbox.xero.standin import XeroStandIn

Json = dict[str, Any]
ALL_SCOPES = (
    "openid offline_access accounting.invoices accounting.payments accounting.contacts accounting.settings "
    "accounting.attachments"
)


class XeroOffice:
    """`tenant` is Harbor Mills; every call carries its id and a valid token unless told otherwise."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.xero: XeroStandIn = sandbox.xero
        self.tenant: str = self.xero.add_organisation("Harbor Mills Ltd", "NZD", currencies=["USD"])["OrganisationID"]
        self.supplier: str = self.xero.add_contact("Delta Steel Ltd", EmailAddress="ap@delta.example")["ContactID"]
        self.session = requests.Session()
        self.session.trust_env = False
        self.tokens = self.xero.issue_tokens(scopes=ALL_SCOPES)
        self.headers = {"Accept": "application/json", "xero-tenant-id": self.tenant}
        self.carry(self.tokens)

    def carry(self, tokens: Json) -> None:
        self.headers["Authorization"] = f"Bearer {tokens['access_token']}"

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Json | None = None,
        headers: dict[str, str] | None = None,
        json: Any = None,
        content: bytes | None = None,
    ) -> requests.Response:
        url = f"{self.sandbox.url('xero')}/api.xro/2.0/{path}"
        sent = {**self.headers, **(headers or {})}
        return self.session.request(method, url, params=query, headers=sent, json=json, data=content, timeout=10)

    def get(self, path: str, headers: dict[str, str] | None = None, **query: Any) -> requests.Response:
        return self.call("GET", path, query=query, headers=headers)

    def rows(self, path: str, headers: dict[str, str] | None = None, **query: Any) -> list[Json]:
        """The rows of a list or of one record, which must be there."""
        answer = self.get(path, headers, **query)
        assert answer.status_code == 200, answer.text
        found = [value for value in answer.json().values() if isinstance(value, list)]
        assert len(found) == 1
        rows: list[Json] = found[0]
        return rows

    def bill(self, **fields: Any) -> Json:
        """A payload as a careful connector sends it: one line of 100.00 and 15 % tax."""
        return {
            "Type": "ACCPAY",
            "Contact": {"ContactID": self.supplier},
            "InvoiceNumber": "PO-1042",
            "Date": "2026-10-01",
            "DueDate": "2026-10-31",
            "LineAmountTypes": "Exclusive",
            "LineItems": [line()],
            **fields,
        }

    def put_bill(self, query: Json | None = None, **fields: Any) -> requests.Response:
        return self.call("PUT", "Invoices", query=query, json={"Invoices": [self.bill(**fields)]})

    def new_bill(self, **fields: Any) -> Json:
        """Put a bill, which must be taken, and return it as answered."""
        answer = self.put_bill({"unitdp": 4}, **fields)
        assert answer.status_code == 200, answer.text
        row: Json = answer.json()["Invoices"][0]
        return row

    def change(self, bill_id: str, **fields: Any) -> requests.Response:
        return self.call("POST", f"Invoices/{bill_id}", query={"unitdp": 4}, json=fields)


def line(**fields: Any) -> Json:
    return {
        "Description": "Steel bar 12mm",
        "Quantity": 1,
        "UnitAmount": 100,
        "AccountCode": "310",
        "TaxType": "INPUT2",
        **fields,
    }


def complaints(answer: requests.Response) -> list[str]:
    """Every validation message in an answer, wherever it is placed."""
    return list(_messages(answer.json()))


def _messages(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for each in node:
            yield from _messages(each)
    elif isinstance(node, dict):
        yield from (each["Message"] for each in node.get("ValidationErrors", []))
        for name, each in node.items():
            if name != "ValidationErrors":
                yield from _messages(each)


@contextmanager
def xero_office(*, limits: bool = False) -> Iterator[XeroOffice]:
    with Sandbox(systems=["xero"], limits=limits) as sandbox:
        yield XeroOffice(sandbox)
