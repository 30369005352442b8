"""What is missing is filled by clicking, on a desk and on a phone."""

import pytest
from django.contrib.auth.models import User

from integrations.models import Record, Work
from integrations.sandbox import Sandbox
from mappings.models import AccountRow
from tests import world as worlds
from tests.browser.conftest import Browser
from tests.portal.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_suggestion_is_ticked_looked_at_and_saved_and_what_waited_goes_on(browser: Browser, sandbox: Sandbox) -> None:
    world = worlds.build(sandbox)
    AccountRow.objects.get(source_code="6200").delete()
    world.order("PO-1", lines=[worlds.line(account="6200")])
    world.run()
    browser.sign_in(User.objects.create_superuser("root", password=PASSWORD))
    assert browser.open("/mappings/accountrow/") == 200
    browser.page.click("text=See what is missing")
    browser.page.wait_for_load_state()
    assert browser.says("1 record waits")
    assert browser.fits()
    browser.page.get_by_label("Accept a suggestion for Account code 6200").check()
    browser.press("Accept what is ticked")
    assert browser.says("code: 6200, account: 473 Repairs and Maintenance")
    assert browser.fits()
    browser.press("Save 1 row")
    assert browser.says("1 row was saved. 1 record that waited goes on.")
    assert browser.says("Nothing is missing.")
    assert Record.objects.get().work == Work.WAITING
    assert browser.complaints == []
