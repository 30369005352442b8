"""Xero's webhooks: one address and one signing key per app, for all its organisations (webhooks pages, 2026-10).

Nothing is told of purchase orders and payments. INVOICE stands for bills and sales alike.
"""

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any

from pydantic import Field

from integrations.errors import InvalidSourceError
from integrations.systems.exact_json import loads
from integrations.systems.reading import Code, Model, read
from integrations.systems.webhooks import Sender, Told, is_equal


class EventShape(Model):
    """`resourceUrl` is never called: what it names is read from our own address of the system."""

    tenant: Code = Field(alias="tenantId")
    category: Code = Field(alias="eventCategory")
    resource: Code = Field(alias="resourceId")
    kind: Code = Field(alias="eventType")
    moment: Code = Field(alias="eventDateUtc")


def is_genuine(secret: str, proof: str, body: bytes) -> bool:
    """HMAC-SHA256 over the raw bytes, with the key as plain text although it looks like base64."""
    signed = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return bool(secret) and is_equal(proof, base64.b64encode(signed).decode())


def events(body: bytes) -> list[Told]:
    """Every event of a request, none in those of the intent to receive. Raises InvalidSourceError."""
    whole = loads(body)
    rows = whole.get("events") if isinstance(whole, dict) else None
    if not isinstance(rows, list):
        raise InvalidSourceError("A webhook without a list of events.", field="events")
    return [_event(row) for row in rows]


def _event(raw: Any) -> Told:
    shape = read(EventShape, raw, "Webhook")
    return Told(shape.tenant, shape.category, shape.resource, shape.kind, _moment(shape.moment), raw)


def _moment(written: str) -> datetime | None:
    """UTC without a zone, milliseconds as a rule (sample of the specification)."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


SENDER = Sender(
    slug="xero",
    label="Xero",
    secret_label="Webhooks key",  # noqa: S106  (what Xero's page calls it)
    header="x-xero-signature",
    categories=frozenset({"INVOICE", "CONTACT", "CREDITNOTE", "PREPAYMENT", "OVERPAYMENT"}),
    is_genuine=is_genuine,
    read=events,
    where="developer.xero.com, your app, Webhooks: tick Invoices, Contacts and Credit notes, enter the delivery "
    "address, save, copy the key into the field below, and let Xero send its intent to receive",
)
