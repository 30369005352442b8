"""Our reference: one per source document, whichever integration sees it, so that two cannot post it twice (A2)."""

import re
from typing import Any

from django.conf import settings

from integrations import installation
from integrations.models import Integration, Record
from integrations.pairs.flow import Flow

_OURS = re.compile(r"/r/(?P<token>[a-z0-9]{6,12})-(?P<reference>[a-z]\d+-\S+)$")


def reference(integration: Integration, flow: Flow[Any], record: Record) -> str:
    return of(integration, flow, record.document.source_id)


def of(integration: Integration, flow: Flow[Any], source_id: str) -> str:
    return f"{flow.letter}{integration.source.books_id}-{source_id}"


def link(reference: str) -> str:
    """The address of our record that the target shows its users (A106), and by which we find it again (E2)."""
    return f"{settings.SITE_URL.rstrip('/')}/r/{installation.current().token}-{reference}"


def token_and_reference(address: str) -> tuple[str, str] | None:
    """What a link of any Counterfoil says; None for other links. Another token is another portal's (E6)."""
    match = _OURS.search(address)
    return (match["token"], match["reference"]) if match else None


def is_ours(address: str) -> bool:
    found = token_and_reference(address)
    return found is not None and found[0] == installation.current().token
