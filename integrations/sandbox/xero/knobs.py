"""The knobs of the Xero stand-in (POST /settings/xero), with their defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KNOBS: Mapping[str, Any] = {
    # Name of our app, shown on the consent page and in every envelope.
    "app_name": "Counterfoil",
    # Who is signed in at the login host; the address makes the person.
    "signed_in_as": "morgan.reyes@harbormills.example",
    # Registered redirect addresses besides any port of http://localhost.
    "redirect_uris": [],
    # The consent page answers by itself: allow (these organisations by name or id; none named means all) or deny.
    "auto_consent": False,
    "auto_consent_organisations": [],
    "deny_consent": False,
    # Whether several organisations may be ticked in one consent.
    "bulk_connect": True,
    # Whether the app is old enough (before 2 March 2026) to ask for broad scopes.
    "broad_scopes": False,
    # Whether a new consent of the same person ends the person's older token set (an open question: true is harsher).
    "consent_replaces": True,
    # Missing scope: 401 as documented, or 403 as some report.
    "missing_scope_status": 401,
    # Daily calls by tier (starter 1,000, core 5,000), or any other number in `day_limit`.
    "tier": "core",
    "day_limit": 0,
    "minute_limit": 60,
    "app_minute_limit": 10_000,
    "concurrent_limit": 5,
    # Seconds of Retry-After on too many calls at one time; 0 sends none, as the real service may.
    "concurrent_retry_after": 0,
    # Whether If-Modified-Since includes its own moment (not documented: test both).
    "modified_since_inclusive": True,
    # Whether lists hold DELETED bills (not documented: assume yes).
    "deleted_in_lists": True,
    # Webhooks are sent as changes happen, or only by `deliver_webhooks`.
    "webhooks_at_once": False,
    # Each is sent twice; the newest first; so many are lost on the way.
    "webhook_doubles": False,
    "webhook_disorder": False,
    "webhook_drops": 0,
    # Whether a payment or credit on a bill fires an INVOICE event (an open question: false is harsher).
    "webhook_on_payment": False,
    # Size limit of one attachment; pages disagree between 10 and 25.
    "attachment_megabytes": 10,
}
