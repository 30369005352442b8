"""Procurify's manual in figures: API reference of developer.procurify.com, state of October 2026."""

from datetime import timedelta

from integrations.systems.facts import ClientCredentials, PaceFacts, SuspensionFacts, System

PROCURIFY = System(
    slug="procurify",
    label="Procurify",
    client="integrations.systems.procurify.client.ProcurifyClient",
    parse="integrations.systems.procurify.feeds",
    auth=ClientCredentials(
        fetch="integrations.systems.procurify.oauth.fetch_token",
        refresh_after=timedelta(hours=23),
        account="Domain",
        hint="acme, acme.procurify.com or the whole address.",
        missing="Which account is it? The first part of the address you sign in at.",
    ),
    hosts={"api": "https://{domain}.procurify.com", "web": "https://{domain}.procurify.com"},
    allowed_hosts=(".procurify.com",),
    # No limit is published; the vendor may suspend access for requests it finds too large (2026-10).
    pace=PaceFacts(minute=60, day=5000, concurrent=1),
    page_size=100,
    # Bills bear the supplier's number. The one that its pages show, #613, is the id of a version: drafts and every
    # new version take one, so a gap there says nothing (bills, 2026-10). Payments have no number but an id.
    numbers_itself=("purchase-orders",),
    # Filters take days in an unstated time zone (2026-10).
    overlap=timedelta(days=1),
    call_deadline=timedelta(seconds=60),
    writes_settle_in=timedelta(seconds=10 + 60 + 60),
    correlation_headers=("x-request-id", "x-procurify-request-id"),
    # How a suspension looks on the wire is not documented; these are its likely signs (rate limits, 2026-10).
    suspension=SuspensionFacts(
        support="support@procurify.com", refused_for=timedelta(minutes=30), probed_every=timedelta(hours=6)
    ),
)
