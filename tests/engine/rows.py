"""Rows that the tests of the engine's infrastructure start from."""

from datetime import date
from typing import Any

from django.utils import timezone

from integrations.digests import tenant_digest
from integrations.models import Connection, Integration, Record, SourceDocument
from mappings.models import Books, Scope


def a_connection(system: str = "xero", key: str = "6a1f", **more: Any) -> Connection:
    """Connected to the company that its system calls `key`."""
    named = {"domain": key} if system == "procurify" else {"tenant_id": key}
    values = {
        "label": f"{system} {key}",
        "client_id": "an-id",
        "client_secret": "a-secret",
        "tenant_digest": tenant_digest(system, key),
        "health": "connected",
        **named,
        **more,
    }
    return Connection.objects.create(system=system, **values)


def an_integration(name: str = "Harbor Mills orders", **more: Any) -> Integration:
    number = Integration.objects.count()
    source, target = (
        Books.objects.create(system=system, name=f"{name} at {system}", key_digest=f"{system}{number}")
        for system in ("procurify", "xero")
    )
    values: dict[str, Any] = {
        "pair": "procurify-xero",
        "name": name,
        "source": a_connection("procurify", f"mills{number}", books=source),
        "target": a_connection("xero", f"6a1f{number}", books=target),
        "scope": Scope.objects.create(source_books=source, target_books=target, name=name),
        "start_date": date(2026, 1, 1),
        **more,
    }
    return Integration.objects.create(**values)


def a_record(integration: Integration, number: str) -> Record:
    document = SourceDocument.objects.create(
        connection=integration.source, feed="purchase-orders", source_id=number, number=number
    )
    return Record.objects.create(
        integration=integration, flow="purchase-orders", document=document, number=number, changed_at=timezone.now()
    )
