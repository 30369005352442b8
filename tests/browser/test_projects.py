"""The desk of a contractor in the browser: an order over budget, a bill to link, a connection that lacks tools."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from integrations.models import Decision, Posting, Record, Work
from integrations.sandbox import Sandbox
from mappings import changes
from portal import csp
from tests.browser.conftest import Browser
from tests.pairs.xero_procore import northline as companies
from tests.pairs.xero_procore.northline import Northline
from tests.portal.conftest import person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OVER = 2400


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(systems=["xero", "procore"], limits=False) as running, companies.addresses(running):
        csp.policy.cache_clear()  # it names the hosts that a form may lead to
        yield running
    csp.policy.cache_clear()


@pytest.fixture
def northline(transactional_db: None, sandbox: Sandbox) -> Northline:
    return companies.build(sandbox)


def pictured(browser: Browser, name: str) -> None:
    """Kept where SCREENSHOTS says, for people to look at."""
    if folder := os.environ.get("SCREENSHOTS"):
        browser.page.wait_for_timeout(300)
        width = (browser.page.viewport_size or {"width": 0})["width"]
        browser.page.screenshot(path=str(Path(folder) / f"{name}-{width}.png"), full_page=True)


def held(flow: str, reason: str, **more: object) -> Record:
    return Record.objects.filter(flow=flow, work=Work.HELD, hold_reason=reason, **more).order_by("pk")[0]


def open_record(browser: Browser, record: Record) -> None:
    """With the piece that is fetched by the page itself."""
    browser.open(f"/integrations/record/{record.pk}/change/")
    browser.page.get_by_text("Show it line by line").wait_for(state="detached")


def test_a88_a_supervisor_approves_what_is_over_budget_and_never_their_own(browser: Browser, sandbox: Sandbox) -> None:
    susan, sven = person("susan", "Supervisor"), person("sven", "Supervisor")
    northline = companies.build(sandbox, tables=False)
    companies.read_lists(northline.integration)
    with changes.acting(susan):
        companies.fill_tables(northline.integration)
    northline.run()
    record = held("purchase-orders", "over-budget", amount=OVER)
    browser.sign_in(susan)
    open_record(browser, record)
    for words in (
        "1,800.00 USD",
        "2,400.00 USD",
        "600.00 USD",
        "A second person must decide",
        "Could approve it: sven.",
    ):
        assert browser.says(words), words
    assert browser.fits()
    pictured(browser, "over-budget-own")
    browser.follow("Approve over budget")
    browser.page.fill("#reason", "I need it")
    browser.press("Approve over budget")
    assert browser.says("is not approved. A second person must decide")
    assert not Decision.objects.exists()
    browser.page.context.clear_cookies()
    browser.sign_in(sven)
    open_record(browser, record)
    browser.follow("Approve over budget")
    assert browser.says("600.00 USD")
    assert browser.fits()
    pictured(browser, "over-budget-approving")
    browser.page.fill("#reason", "The client pays for it")
    browser.press("Approve over budget")
    assert browser.says("approved.")
    northline.run()
    open_record(browser, record)
    for words in ("Second check", "The client pays for it", "in the project", "2,400.00 USD"):
        assert browser.says(words), words
    assert Posting.objects.get(record=record, kind="commitment").target_id
    assert browser.fits()
    pictured(browser, "over-budget-posted")
    browser.open(f"/integrations/decision/{Decision.objects.get().pk}/change/")
    assert browser.says("600.00 too much")
    assert browser.fits()
    pictured(browser, "over-budget-decision")
    assert browser.complaints == []


def choose(browser: Browser, project: str) -> None:
    """The first order of that project."""
    browser.page.locator("label.cf-choice", has_text=project).first.locator("input").check()
    browser.page.fill("#reason", "The driver's note says so")
    browser.press("Choose the order")
    assert browser.says("goes on with that on the next run.")


def test_a86_a_bill_that_names_no_order_is_linked_by_a_person(browser: Browser, northline: Northline) -> None:
    northline.run()
    record = held("bills", "needs-link")
    browser.sign_in(person("anna", "Accounting staff"))
    open_record(browser, record)
    assert browser.fits()
    pictured(browser, "needs-link")
    browser.follow("Choose the order")
    assert browser.says("Which order is it?")
    assert browser.fits()
    pictured(browser, "link-order")
    choose(browser, "1201 Harbour Clinic")
    northline.run()
    open_record(browser, record)
    assert browser.says("is of 1201 Harbour Clinic, but lines are of 1203 Queen Anne Library")
    browser.follow("Choose the order")
    choose(browser, "1203 Queen Anne Library")
    northline.run()
    open_record(browser, record)
    for words in ("Requisition", "730.00 USD", "This is what it took of its order's lines."):
        assert browser.says(words), words
    pictured(browser, "linked")
    done = Record.objects.filter(flow="bills", work=Work.DONE, billings__isnull=False).distinct().order_by("pk")[0]
    open_record(browser, done)
    for words in ("Requisition", "Contract payment", "This is what it took of its order's lines."):
        assert browser.says(words), words
    assert browser.fits()
    pictured(browser, "bill-done")
    other = held("bills", "needs-link")
    browser.open(f"/integrations/record/{other.pk}/act/not-project-cost/")
    assert browser.says("Leave this bill out of every project?")
    assert browser.fits()
    pictured(browser, "not-project-cost")
    assert browser.complaints == []


def test_a_connection_names_the_tools_that_are_closed_to_it(browser: Browser, northline: Northline) -> None:
    northline.sandbox.procore.set_permission("commitments", "read")
    northline.sandbox.procore.set_permission("budget", "none")
    browser.sign_in(person("ivan", "Integration administrator"))
    browser.open(f"/integrations/connection/{northline.integration.target_id}/change/")
    browser.press("Test connection")
    for words in ("“Commitments”", "may only read, not write", "“Budget”", "is closed to the application"):
        assert browser.says(words), words
    assert browser.fits()
    pictured(browser, "missing-tools")
    assert browser.complaints == []
