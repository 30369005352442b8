"""The entries the engine leaves: always in the transaction of what they tell."""

from collections.abc import Mapping
from typing import Any

from audit.trail import Event, Subject
from integrations.models import Record

LABELS = {"purchase-orders": "Order", "bills": "Bill", "payments": "Payment", "vendors": "Vendor"}


def subject(record: Record) -> Subject:
    name = record.number or record.document.source_id
    return Subject("record", record.pk, f"{LABELS.get(record.flow, 'Document')} {name}", document=name)


def event(action: str, record: Record, **details: Any) -> Event:
    return Event(action, subject(record), details=details)


def event_by(action: str, record: Record, actor: Any, details: Mapping[str, Any]) -> Event:
    return Event(action, subject(record), actor=actor, details=details)
