"""Keyed digests of what is encrypted at rest, so that it can be found and kept unique (E16)."""

import hmac
from hashlib import sha256

from django.conf import settings


def tenant_digest(system: str, key: str) -> str:
    """64 hex digits for a company as its system names it (Xero's tenant id, Procurify's domain); "" for none."""
    return _digest("tenant", system, key) if key else ""


def subject_digest(system: str, subject: str) -> str:
    """64 hex digits for the user who signed in at a system, by that system's own id."""
    return _digest("subject", system, subject)


def connection_digest(system: str, connection_id: int) -> str:
    """What stands for the user in the token set of a connection that nobody signs in to."""
    return _digest("connection", system, str(connection_id))


def webhook_token(system: str, client_id: str) -> str:
    """32 hex digits: the part of an application's webhook address that nobody can guess."""
    return _digest("webhook", system, client_id)[:32]


def _digest(*parts: str) -> str:
    return hmac.new(settings.DIGEST_KEY, "\x1f".join(parts).encode(), sha256).hexdigest()
