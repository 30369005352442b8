"""Xero's manual in figures: Accounting API 2.0 and identity pages of developer.xero.com, state of October 2026."""

from datetime import timedelta

from integrations.systems.facts import AuthorizationCode, PaceFacts, System

XERO = System(
    slug="xero",
    label="Xero",
    client="integrations.systems.xero.client.XeroClient",
    parse="integrations.systems.xero.parse",
    totals="integrations.systems.xero.payloads.expected_totals",
    auth=AuthorizationCode(
        authorize_path="/identity/connect/authorize",
        token_path="/connect/token",  # noqa: S106  (an address, no password)
        revoke_path="/connect/revocation",
        scopes={
            "target": "offline_access accounting.invoices accounting.contacts "
            "accounting.settings.read accounting.attachments",
            "source": "offline_access accounting.invoices.read accounting.payments.read "
            "accounting.contacts.read accounting.settings.read",
        },
        companies="integrations.systems.xero.oauth",
        refresh_after=timedelta(minutes=20),
        grace=timedelta(minutes=30),
        idle_limit=timedelta(days=60),
    ),
    hosts={
        "api": "https://api.xero.com",
        "identity": "https://identity.xero.com",
        "login": "https://login.xero.com",
        "web": "https://go.xero.com",
    },
    allowed_hosts=("api.xero.com", "identity.xero.com"),
    # Starter tier; from Core on 5,000 a day. One call a minute and one at a time stay unused.
    pace=PaceFacts(
        minute=55,
        day=1000,
        concurrent=4,
        remaining={"minute": "X-MinLimit-Remaining", "day": "X-DayLimit-Remaining"},
        problem="X-Rate-Limit-Problem",
    ),
    page_size=1000,
    # Whether If-Modified-Since includes its own second is not documented (2026-10).
    overlap=timedelta(seconds=90),
    # Beside polls and webhooks: payments and orders are told of by nothing else (section on webhooks, 2026-10).
    daily_sweep=timedelta(hours=25),
    lists_whole=True,
    # Orders only: bills bear the supplier's number, payments none (Accounting API, 2026-10).
    numbers_itself=("supplier-orders",),
    call_deadline=timedelta(seconds=60),
    # 10 s until the bytes leave, 60 s until we give up, and as much again for Xero, which says of no call how
    # long it may work on after its client has gone; 60 s is what its own gateway waits (assumed, 2026-10).
    writes_settle_in=timedelta(seconds=10 + 60 + 60),
    bill_batch=50,
    vendor_batch=50,
    # Kept six minutes; one is left out so that a key is never used at the very end of its life.
    remembered_for=timedelta(minutes=5),
    number_limit=255,
    text_limit=4000,
    max_tracking=2,
    decimals=2,
    link_must_not_contain="xero",
    # Its pages disagree between 10 and 25 MB for each of ten files (attachments, 2026-10).
    file_limit=10_000_000,
    files_per_document=10,
    correlation_headers=("Xero-Correlation-Id",),
)
