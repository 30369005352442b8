"""The knobs of the Procore stand-in (POST /settings/procore), with their defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KNOBS: Mapping[str, Any] = {
    # Seconds a token lives.
    "token_lifetime": 5400,
    # The two windows; the documentation has shown 3600 then 600 an hour, and 100 then 25 in ten seconds (2026).
    "hourly_limit": 600,
    "spike_limit": 25,
    # Whether a 429 carries Retry-After besides X-Rate-Limit-Reset (pages disagree).
    "retry_after": True,
    # Whether more than 100 % of a line of a commitment may be invoiced.
    "overbilling": True,
    # Whether a commitment must be approved before an invoice is taken (not found as a rule of the API).
    "invoice_approved_only": False,
    # Whether a line on a code without a budget line makes a zero budget line by itself (new projects do).
    "zero_budget_lines": True,
    # Whether two commitments of a project may have the same number (open question: allowed).
    "numbers_repeat": True,
    # Webhooks: every event is sent twice; sent as soon as they happen, or only by `deliver_webhooks`.
    "webhook_doubles": False,
    "webhooks_at_once": False,
}
