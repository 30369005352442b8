"""Secrets are taken out of details before anything is stored (design 8)."""

import re
from collections.abc import Mapping
from typing import Any

REMOVED = "[removed]"

# Compared with a name in lower case without "-" and "_".
SECRET_NAMES = (
    "token", "secret", "password", "passwd", "passphrase", "authorization", "apikey", "accesskey",
    "privatekey", "credential", "cookie", "sessionid", "tenant", "realm", "organizationid", "organisationid",
    "codeverifier", "signature",
)  # fmt: skip
# QuickBooks' SyncToken is the version of a document and belongs to the evidence.
NOT_SECRET = frozenset({"synctoken"})

_SECRET_TEXT = re.compile(
    r"(?i)\b(?P<scheme>bearer|basic|zoho-oauthtoken)\s+[\w.~+/=-]{8,}"
    r"|eyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*"
    r"|(?P<name>[\w-]*(?:token|secret|password|api_?key)=)[^&\s\"']+"
    r"|(?P<user>://)[^/\s:@]+:[^/\s@]+(?=@)"
)
# One of these stands in every text that `redacted` would change; searching for them is 30 times cheaper.
_SIGNS = (
    "token", "secret", "passw", "passphrase", "authorization", "key", "credential", "cookie", "session",
    "tenant", "realm", "organi", "verifier", "signature", "bearer", "basic", "eyj", "://",
)  # fmt: skip


def suspicious(text: str) -> bool:
    """Whether the canonical JSON could hold a secret; often wrong with yes, never with no."""
    lowered = text.lower()
    return any(map(lowered.__contains__, _SIGNS))


def redacted(value: Any, name: str = "") -> Any:
    """The value (as JSON reads it) without what its names or its form give away as a secret.

    None, true, false and empty text stay: whether there was a secret is no secret.
    """
    if value is None or isinstance(value, bool) or value == "":
        return value
    if _is_secret(name):
        return REMOVED
    if isinstance(value, Mapping):
        return {key: redacted(each, _name(key, value)) for key, each in value.items()}
    if isinstance(value, list):
        return [redacted(each, name) for each in value]
    return _SECRET_TEXT.sub(_censored, value) if isinstance(value, str) else value


def _name(key: str, row: Mapping[str, Any]) -> str:
    """A change told as {"field": "password", "before": ..., "after": ...} names its secret beside it."""
    field = row.get("field")
    return field if isinstance(field, str) and key in ("before", "after", "value") else key


def _is_secret(name: str) -> bool:
    bare = name.lower().replace("_", "").replace("-", "").replace(" ", "")
    return bare not in NOT_SECRET and any(secret in bare for secret in SECRET_NAMES)


def _censored(found: re.Match[str]) -> str:
    kept = found["scheme"] and f"{found['scheme']} "
    return f"{kept or found['name'] or found['user'] or ''}{REMOVED}"
