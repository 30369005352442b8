"""What each person is told, and a suspension from the banner to the button that ends it, on a desk and on a phone."""

import pytest
from django.contrib.auth.models import User

from integrations.engine import suspension
from integrations.models import Connection, Health, Record
from portal.alerts.models import Choice, Destination
from tests.browser.conftest import Browser
from tests.portal.conftest import PASSWORD, person
from tests.portal.test_admin_reading import furnished

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_person_adds_a_chat_and_chooses_what_it_is_told(browser: Browser) -> None:
    anna = person("anna", "Accounting staff")
    browser.sign_in(anna)
    assert browser.open("/alerts/") == 200
    browser.page.fill("[name=label]", "Accounts chat")
    browser.page.fill("[name=address]", "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ")
    browser.press("Add")
    chat = Destination.objects.get(person=anna)
    browser.page.select_option(f"[name='new-holds:{chat.pk}']", "digest")
    browser.press("Save")
    assert browser.says("Saved.")
    assert Choice.objects.get(kind="new-holds", destination=chat).when == "digest"
    assert browser.fits()
    assert browser.complaints == []


@pytest.mark.promise(28)
def test_a_suspension_stands_on_every_page_until_an_administrator_resumes(browser: Browser) -> None:
    integration = furnished()
    suspension.met(Connection.objects.get(pk=integration.source_id))
    browser.sign_in(person("ivan", "Integration administrator"))
    for page in ("/", f"/integrations/record/{Record.objects.get().pk}/change/", "/alerts/", "/portal/delivery/"):
        assert browser.open(page) == 200
        assert browser.says("is suspended: nothing is read from it"), page
        assert browser.fits(), page
    browser.open(f"/integrations/connection/{integration.source_id}/change/")
    assert browser.says("Ask support@procurify.com why")
    browser.press("Resume")
    assert not browser.says("is suspended: nothing is read from it")
    assert Connection.objects.get(pk=integration.source_id).health == Health.CONNECTED
    assert browser.complaints == []


def test_a_superuser_sees_the_deliveries(browser: Browser) -> None:
    browser.sign_in(User.objects.create_superuser("root", password=PASSWORD))
    assert browser.open("/portal/delivery/") == 200
    assert browser.fits()
    assert browser.complaints == []
