"""Where a person finds a document in the two systems' own pages."""

from django.conf import settings

from integrations.http import Wiring
from integrations.models import Connection, Posting
from integrations.systems import system
from integrations.systems.facts import Account


def web_link(posting: Posting) -> str:
    """The address, "" while nothing stands there or there are no pages. Asks nobody: the client is wired to nothing."""
    if not posting.target_id or posting.project:  # project books do not say where their pages are
        return ""
    connection = posting.connection
    urls = settings.SYSTEM_HOSTS.get(connection.system, {})
    if urls and "web" not in urls:  # a stand-in without pages of its own
        return ""
    account = Account(connection.tenant_id or connection.domain, urls)
    client = system(connection.system).load_client().open(account, Wiring())
    link: str = client.web_link(posting.target_id)
    return link


def start_page(connection: Connection) -> str:
    """Where a system's own pages begin: Procurify does not say at which addresses its documents are (2026-10)."""
    facts, urls = system(connection.system), settings.SYSTEM_HOSTS.get(connection.system, {})
    return facts.url("web", urls, domain=connection.domain) if "web" in (urls or facts.hosts) else ""
