"""A vendor that both offices changed, in the browser: the base, here and there; one value is chosen, and it holds."""

import pytest

from integrations.models import Integration, VendorPolicy, Work
from integrations.sandbox import Sandbox
from tests import world as worlds
from tests.browser.conftest import Browser
from tests.portal.conftest import person
from tests.vendors.office import Office
from tests.world import VENDOR

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HERE, THERE = "206-555-0199", "206-555-0777"


@pytest.fixture
def office(sandbox: Sandbox) -> Office:
    """In step, and then one telephone number is changed in both systems."""
    office = Office(worlds.build(sandbox))
    Integration.objects.update(vendors=VendorPolicy.BOTH)
    worlds.read_lists(office.world.integration)
    office.starts()
    office.edits_vendor(VENDOR, phoneOne=HERE)
    office.edits_contact(VENDOR, Phones=[{"PhoneType": "DEFAULT", "PhoneNumber": THERE}])
    office.run()
    return office


def test_e10_a_vendor_conflict_is_found_looked_at_and_settled(browser: Browser, office: Office) -> None:
    """From the list to the choice, by clicks alone; an auditor looks and cannot choose."""
    page = browser.page
    browser.sign_in(person("aude", "Auditor"))
    browser.open(f"/integrations/vendorsides/{office.sides(VENDOR).pk}/change/")
    assert page.locator("input[type=radio]:enabled").count() == 0
    assert browser.says("Your role may look at this, not settle it.")
    page.context.clear_cookies()
    browser.sign_in(person("anna", "Accounting staff"))
    browser.open("/integrations/vendorsides/")
    browser.follow("Conflict", exact=True)
    assert browser.fits()
    browser.pictured("vendor-conflicts")
    browser.follow(VENDOR, exact=True)
    assert all(browser.says(number) for number in ("206-555-0114", HERE, THERE))
    assert browser.fits()
    browser.pictured("vendor-conflict")
    page.get_by_role("radio", name=THERE).check()
    browser.press("Keep what is chosen")
    assert browser.says("is settled")
    browser.pictured("vendor-settled")
    office.run()
    assert office.here(VENDOR)["phoneOne"] == THERE
    assert office.record(VENDOR).work == Work.DONE
    browser.open("/integrations/vendorsides/?state=conflict")
    assert not browser.says(VENDOR)
    assert browser.complaints == []


def test_a70_none_of_several_that_are_alike_is_said_with_a_reason(browser: Browser, office: Office) -> None:
    """Which one it is, or none: with the keyboard alone from the reason to the answer."""
    for name in ("Delta Steel", "Delta-Steel"):
        office.contact(name)
    office.vendor("Delta Steel.")
    office.run()
    page = browser.page
    browser.sign_in(person("anna", "Accounting staff"))
    browser.open(f"/integrations/vendorsides/{office.sides('Delta Steel.').pk}/change/")
    assert browser.says("Which of these is it?")
    assert browser.fits()
    browser.pictured("vendor-candidates")
    page.get_by_label("Reason why it is none of them").fill("A third company of that name")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "None of them: create it"
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert browser.says("goes on as a vendor of its own on the next run")
    office.run()
    assert "Delta Steel." in office.names_there()
    assert browser.complaints == []
