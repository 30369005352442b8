"""Connecting the stand-ins the way a person does: through the portal's own code and pages."""

from urllib.parse import urlsplit

import requests
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from integrations import connecting
from integrations.models import Connection
from integrations.systems.tokens import App
from portal.demonstration.surroundings import Control

XERO_APP = App("counterfoil-sandbox", "sandbox-secret-xero")
PROCORE_APP = App("counterfoil-procore", "sandbox-secret-procore")


def procurify(domain: str, label: str, by: User) -> Connection:
    """By domain, client id and secret, checked as the connection's form checks them."""
    return _by_keys("procurify", domain, App(f"{domain}-id", f"sandbox-secret-{domain}"), label, by)


def procore(company: str, label: str, by: User) -> Connection:
    """By the company's number and the keys of a service account."""
    return _by_keys("procore", company, PROCORE_APP, label, by)


def _by_keys(system: str, domain: str, app: App, label: str, by: User) -> Connection:
    connection = Connection(system=system, label=label)
    connecting.connect_checked(connection, connecting.check_credentials(system, domain, app), by)
    connecting.learn(connection)
    connecting.read_lists(connection, by)
    return connection


def xero(organisation: str, label: str, by: User, control: Control) -> Connection:
    """Through the consent page, with somebody who allows every organisation and then chooses one."""
    connection = Connection(system="xero", label=label)
    connecting.keep_app(connection, XERO_APP)
    control.turn("xero", auto_consent=True)
    try:
        site = urlsplit(settings.SITE_URL)
        browser = Client(SERVER_NAME=str(site.hostname), SERVER_PORT=str(site.port or 80))
        browser.force_login(by, backend="django.contrib.auth.backends.ModelBackend")
        leaving = browser.post(reverse("connect_start", args=[connection.pk]))
        consent = requests.get(leaving["Location"], allow_redirects=False, timeout=30)
        back = consent.headers["Location"].removeprefix(settings.SITE_URL)
        arrived = browser.get(back)
        if arrived.headers.get("Location") == reverse("connect_choose", args=[connection.pk]):
            _choose(browser, connection, organisation)
    finally:
        control.turn("xero", auto_consent=False)
    connection.refresh_from_db()
    if connection.company_name != organisation:
        raise RuntimeError(f"The demo could not be connected to {organisation}.")
    connecting.read_lists(connection, by)
    return connection


def read_lists(connection: Connection, by: User) -> None:
    connecting.read_lists(connection, by)


def _choose(browser: Client, connection: Connection, organisation: str) -> None:
    address = reverse("connect_choose", args=[connection.pk])
    page = browser.get(address)
    choices = getattr(page, "context_data", {})["choices"]
    key = next(choice.key for choice in choices if choice.tenant.name == organisation)
    browser.post(address, {"company": key})
