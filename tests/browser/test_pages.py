"""Every page of the integrations section, on a desk and on a phone."""

import pytest
from django.contrib.auth.models import User

from integrations.models import Record
from tests.browser.conftest import Browser
from tests.portal.conftest import PASSWORD, person
from tests.portal.test_admin_reading import SECTIONS, furnished, pages_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_every_page_fits_and_no_script_complains(browser: Browser) -> None:
    integration = furnished()
    record = Record.objects.get()
    browser.sign_in(User.objects.create_superuser("root", password=PASSWORD))
    pages = [page for model in SECTIONS for page in pages_of(model)]
    pages += [
        f"/integrations/record/{record.pk}/act/exclude/",
        f"/integrations/connection/{integration.target.pk}/disconnect/",
        f"/integrations/integration/{integration.pk}/posting/",
        "/integrations/connection/add/",
        "/integrations/connection/add/?system=xero",
        "/integrations/connection/add/?system=procurify",
        "/integrations/integration/add/",
    ]
    for page in pages:
        assert browser.open(page) == 200, page
        assert browser.fits(), page
        assert browser.complaints == [], page


def test_whoever_may_only_look_meets_no_complaint_either(browser: Browser) -> None:
    furnished()
    browser.sign_in(person("aude", "Auditor"))
    for page in [page for model in SECTIONS for page in pages_of(model)]:
        assert browser.open(page) == 200, page
        assert browser.complaints == [], page


def test_records_are_excluded_from_the_list_with_a_reason(browser: Browser) -> None:
    furnished()
    Record.objects.update(work="held", hold_reason="missing-mapping")
    browser.sign_in(person("anna", "Accounting staff"))
    browser.open("/integrations/record/")
    browser.page.locator("input.action-select").first.check()
    browser.page.select_option("select[name=action]", "exclude")
    browser.page.locator("#changelist-actions-wrapper button, .changelist-actions button").first.click()
    browser.page.wait_for_load_state()
    assert browser.says("Exclude: ")
    assert browser.fits()
    browser.page.fill("#reason", "Paid by the parent company")
    browser.press("Exclude")
    assert browser.says("excluded.")
    assert Record.objects.get().work == "excluded-person"
    assert browser.complaints == []


def test_the_filters_of_a_list_open_by_the_keyboard(browser: Browser) -> None:
    furnished()
    browser.sign_in(person("aude", "Auditor"))
    browser.open("/integrations/record/")
    browser.page.get_by_role("button", name="Filters").first.focus()
    browser.page.keyboard.press("Enter")
    browser.page.locator("#changelist-filter").wait_for(state="visible")
    assert browser.complaints == []
