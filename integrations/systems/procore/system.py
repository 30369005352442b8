"""Procore's manual in figures: developers.procore.com and the REST reference, state of August 2026."""

from datetime import timedelta

from integrations.systems.facts import ClientCredentials, Environment, PaceFacts, System
from integrations.systems.procore.tools import TOOLS

ENVIRONMENTS = {
    "developer-sandbox": Environment(
        "Developer sandbox", {"api": "https://sandbox.procore.com", "login": "https://login-sandbox.procore.com"}
    ),
    "monthly-sandbox": Environment(
        "Monthly sandbox",
        {"api": "https://api-monthly.procore.com", "login": "https://login-sandbox-monthly.procore.com"},
    ),
    # A company of its own on the hosts of production.
    "on-demand-sandbox": Environment(
        "On-demand sandbox", {"api": "https://api.procore.com", "login": "https://login.procore.com"}
    ),
    "federal": Environment(
        "Federal zone", {"api": "https://api.procoregov.com", "login": "https://login.procoregov.com"}
    ),
}

PROCORE = System(
    slug="procore",
    label="Procore",
    client="integrations.systems.procore.client.ProcoreClient",
    parse="integrations.systems.procore.parse",
    auth=ClientCredentials(
        fetch="integrations.systems.procore.oauth.fetch_token",
        revoke="integrations.systems.procore.oauth.revoke_token",
        # Tokens live 90 minutes and come without a refresh token.
        refresh_after=timedelta(hours=1),
        account="Company id",
        hint="The number that follows /companies/ or company_id= in the address of Procore's pages.",
        missing="Which company is it? Its number stands in the address of Procore's company pages.",
        shown=False,
    ),
    hosts={"api": "https://api.procore.com", "login": "https://login.procore.com"},
    allowed_hosts=(".procore.com", ".procoregov.com"),
    # Two windows per company, an hour (600 or 3600) and ten seconds (25 or 100); only the headers are authoritative.
    # This much keeps below 25 in any ten seconds.
    pace=PaceFacts(minute=100, day=14_400, concurrent=1, nearest="X-Rate-Limit-Remaining", reset="X-Rate-Limit-Reset"),
    page_size=100,
    # Five calls a project, of perhaps 600 an hour: the guides advise to read them once a day.
    lists_fresh_for=timedelta(hours=6),
    # Ranges of change times drop fractions of seconds (filter library, 2026-08).
    overlap=timedelta(seconds=90),
    call_deadline=timedelta(seconds=60),
    writes_settle_in=timedelta(seconds=10 + 60 + 60),
    # A synchronisation takes 1000 rows; the guides use fewer.
    commitment_batch=100,
    vendor_batch=200,
    number_limit=255,
    text_limit=4000,
    correlation_headers=("x-request-id",),
    permissions=tuple(f"{tool.name}: {tool.level}, for {tool.purpose}" for tool in TOOLS),
    environments=ENVIRONMENTS,
)
