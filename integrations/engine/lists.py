"""Keeping the reference lists and lock dates fresh: only for a run that will post, and only when they are old (E30)."""

from typing import cast

from django.db import transaction
from django.utils import timezone

from integrations.engine.vendor_sync.reading import take_in_contacts, take_in_vendors, vendors_are_old
from integrations.models import Connection
from integrations.systems import system
from integrations.systems.protocols import Reachable, Source
from mappings import reference

__all__ = ["are_old", "take_in", "take_in_contacts"]


def are_old(connection: Connection) -> bool:
    fresh_for = system(connection.system).lists_fresh_for
    return connection.lists_read_at is None or timezone.now() - connection.lists_read_at > fresh_for


def take_in(connection: Connection, client: Reachable, *, vendors_again: bool = True) -> None:
    """Read every list, the lock dates and the base currency now; vendors that were just read only if asked to."""
    facts = client.company()
    lists = list(client.reference_lists())
    books = connection.books
    with transaction.atomic():
        if books is not None:
            for kind, entries in lists:
                reference.refresh(books, kind, entries)
            if facts.base_currency and books.base_currency != facts.base_currency:
                books.base_currency = facts.base_currency
                books.save(update_fields=["base_currency"])
        connection.company_name, connection.country = facts.name, facts.country
        connection.locked_until, connection.warnings = facts.locked_until, list(facts.warnings)
        connection.lists_read_at = timezone.now()
        connection.save(update_fields=["company_name", "country", "locked_until", "warnings", "lists_read_at"])
    if hasattr(client, "vendors") and (vendors_again or vendors_are_old(connection)):
        take_in_vendors(connection, cast(Source, client))
