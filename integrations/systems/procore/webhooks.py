"""Procore's webhooks: no signature, but a header of our own choice that comes back with each (Webhooks v2.0, 2026-10).

Payloads v2.0 and v3.0 have whole numbers for ids, `event_type` and `resource_name`; v4.0 has texts, `reason` and
`resource_type`.
"""

from datetime import UTC, datetime
from typing import Any

from pydantic import AliasChoices, Field

from integrations.systems.exact_json import loads
from integrations.systems.procore.system import ENVIRONMENTS
from integrations.systems.reading import Code, Id, Model, read
from integrations.systems.webhooks import Sender, Told, is_equal


class EventShape(Model):
    company: Id | Code = Field(alias="company_id")
    resource: Id | Code = Field(alias="resource_id")
    category: Code = Field(validation_alias=AliasChoices("resource_type", "resource_name"))
    kind: Code = Field(validation_alias=AliasChoices("reason", "event_type"))
    moment: Code = Field("", alias="timestamp")


def is_genuine(secret: str, proof: str, body: bytes) -> bool:
    return is_equal(proof, secret)


def events(body: bytes) -> list[Told]:
    """The one event of a request. Raises InvalidSourceError."""
    raw: Any = loads(body)
    shape = read(EventShape, raw, "Webhook")
    return [Told(str(shape.company), shape.category, str(shape.resource), shape.kind, _moment(shape.moment), raw)]


def _moment(written: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None


SENDER = Sender(
    slug="procore",
    label="Procore",
    secret_label="Value of the Authorization header",  # noqa: S106  (a label)
    header="Authorization",
    categories=frozenset(
        {
            "Purchase Order Contracts",
            "Purchase Order Contract Line Items",
            "Contract Payments",
            "Direct Costs",
            "Company Vendors",
            "Projects",
        }
    ),
    is_genuine=is_genuine,
    read=events,
    where="Procore, company settings, Webhooks: enter the address and choose a long random value for the header",
    installations=("", *(f"{name}/" for name in ENVIRONMENTS)),
)
