"""Connecting a system as a person does it: through the stand-in's own consent page, in a real browser."""

import pytest

from integrations.models import Connection, Health
from integrations.sandbox import Sandbox
from tests.browser.conftest import Browser
from tests.portal.conftest import person
from tests.portal.consents import xero_app

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MILLS, PIER = "Harbor Mills Ltd", "North Pier Contracting"


@pytest.fixture
def window(browser: Browser, sandbox: Sandbox) -> Browser:
    """An integration administrator, on the page of a connection that is not connected yet."""
    for name in (MILLS, PIER):
        sandbox.xero.add_organisation(name, "USD", country="US")
    connection = xero_app()
    browser.sign_in(person("ivan", "Integration administrator"))
    browser.open(f"/integrations/connection/{connection.pk}/change/")
    return browser


def consent(window: Browser, *organisations: str) -> None:
    assert window.says("wants access to your Xero data")
    for name in organisations:
        window.page.get_by_label(name).check()
    window.press("Allow access")


@pytest.mark.promise(45)
def test_a_person_connects_one_organisation(window: Browser) -> None:
    window.press("Connect to Xero")
    consent(window, MILLS)
    assert window.says(f"“Books” is connected to {MILLS}.")
    assert window.fits()
    window.press("Test connection")
    assert window.says(f"Xero answers, as {MILLS}.")
    assert window.fits()
    assert window.complaints == []


@pytest.mark.promise(45)
def test_a_person_refuses_and_reads_what_that_means(window: Browser) -> None:
    window.press("Connect to Xero")
    window.press("Cancel")
    assert window.says("Xero says that access was not granted. Nothing was changed.")
    assert window.fits()
    assert Connection.objects.get().health == Health.NEVER
    window.press("Sign in again")
    assert window.says("wants access to your Xero data")


@pytest.mark.promise(45)
def test_a_person_chooses_among_several_organisations(window: Browser) -> None:
    window.press("Connect to Xero")
    consent(window, MILLS, PIER)
    assert window.says("Choose the one that this connection stands for")
    assert window.fits()
    window.page.get_by_label(PIER).check()
    window.press("Connect this company")
    assert window.says(f"is connected to {PIER}.")
    assert Connection.objects.get().company_name == PIER
    assert window.complaints == []


def test_a_person_who_reconnects_with_another_organisation_is_stopped(window: Browser) -> None:
    window.press("Connect to Xero")
    consent(window, MILLS)
    window.press("Reconnect")
    consent(window, PIER)
    assert window.says(f"This connection belongs to {MILLS}, and you signed in to {PIER}.")
    assert window.fits()
    assert Connection.objects.get().company_name == MILLS


def test_a_person_disconnects_after_reading_what_it_means(window: Browser) -> None:
    window.press("Connect to Xero")
    consent(window, MILLS)
    window.follow("Disconnect")
    assert window.says(f"It can be connected again, to {MILLS} only.")
    assert window.fits()
    window.press("Disconnect")
    assert window.says("is disconnected")
    assert window.complaints == []


def test_a_person_connects_procurify_by_its_keys(window: Browser, sandbox: Sandbox) -> None:
    sandbox.procurify.add_tenant("harbormills", client_id="an-id", client_secret="a-secret")
    window.open("/integrations/connection/add/")
    window.follow("Procurify")
    window.page.fill("[name=label]", "Purchasing")
    window.page.fill("[name=domain]", "https://harbormills.procurify.com")
    window.page.fill("[name=client_id]", "an-id")
    window.page.fill("[name=client_secret]", "mistyped")
    window.press("Save")
    assert window.says("Procurify refused the client id or the client secret.")
    assert window.page.input_value("[name=client_secret]") == ""
    window.page.fill("[name=client_id]", "an-id")
    window.page.fill("[name=client_secret]", "a-secret")
    window.press("Save")
    assert window.says("“Purchasing” is connected to harbormills.")
    assert window.fits()
    assert window.complaints == []
