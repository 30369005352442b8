"""A browser's walk to the stand-in's consent page and back, without the browser."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.test import Client
from django.urls import reverse

from integrations.models import Connection
from integrations.sandbox import Sandbox
from integrations.sandbox.xero.authorization import CLIENT_ID
from integrations.sandbox.xero.identity import CLIENT_SECRET


@dataclass
class Desk:
    """One person's browser at the portal, and the system they sign in at."""

    client: Client
    sandbox: Sandbox

    def leave(self, connection: Connection) -> str:
        """Press the button; the address the browser is sent to."""
        answer = self.client.post(reverse("connect_start", args=[connection.pk]))
        assert answer.status_code == 302, answer.content
        return str(answer["Location"])

    def consent(self, address: str, *organisations: str, deny: bool = False) -> str:
        """Answer the consent page; the path and query that the browser comes back with."""
        self.sandbox.xero.turn(auto_consent=True, auto_consent_organisations=list(organisations), deny_consent=deny)
        answer = requests.get(address, allow_redirects=False, timeout=10)
        assert answer.status_code == 302, answer.text
        back = urlsplit(answer.headers["Location"])
        assert f"{back.scheme}://{back.netloc}" == settings.SITE_URL
        return f"{back.path}?{back.query}"

    def connect(self, connection: Connection, *organisations: str, deny: bool = False) -> Any:
        """The whole walk, up to the page that the person sees at its end."""
        back = self.consent(self.leave(connection), *organisations, deny=deny)
        return self.client.get(back, follow=True)


def xero_app(label: str = "Books", **more: str) -> Connection:
    """A connection with the credentials of an application, not connected yet."""
    values = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, **more}
    return Connection.objects.create(system="xero", label=label, **values)


def text(answer: Any) -> str:
    """The page, whichever of the test client's kinds of answer it came in."""
    return str(answer.content.decode())
