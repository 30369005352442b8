"""The desk of a contractor in the browser: an order over budget, a bill to link, a connection that lacks tools."""

from collections.abc import Iterator

import pytest

from integrations.models import Decision, Posting, Record, VendorPolicy, Work
from integrations.sandbox import Sandbox
from mappings import changes
from mappings.models import LinkState, ReferenceEntry, VendorLink
from portal import csp
from tests.browser.conftest import Browser
from tests.pairs.xero_procore import northline as companies
from tests.pairs.xero_procore.northline import Northline
from tests.pairs.xero_procore.test_new_suppliers import numbers_of
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
    browser.pictured("over-budget-own")
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
    browser.pictured("over-budget-approving")
    browser.page.fill("#reason", "The client pays for it")
    browser.press("Approve over budget")
    assert browser.says("approved.")
    northline.run()
    open_record(browser, record)
    for words in ("Second check", "The client pays for it", "in the project", "2,400.00 USD"):
        assert browser.says(words), words
    assert Posting.objects.get(record=record, kind="commitment").target_id
    assert browser.fits()
    browser.pictured("over-budget-posted")
    browser.open(f"/integrations/decision/{Decision.objects.get().pk}/change/")
    assert browser.says("600.00 too much")
    assert browser.fits()
    browser.pictured("over-budget-decision")
    assert browser.complaints == []


def test_a95_staff_ask_for_an_approval_and_a_supervisor_gives_it(browser: Browser, northline: Northline) -> None:
    northline.only("NB-1011").run()
    record = held("purchase-orders", "over-budget", amount=OVER)
    anna, susan = person("anna", "Accounting staff"), person("susan", "Supervisor")
    browser.sign_in(anna)
    open_record(browser, record)
    browser.follow("Ask for approval")
    assert browser.fits()
    browser.page.fill("#reason", "The client pays for it")
    browser.press("Ask for approval")
    assert browser.says("waits for an approval.")
    open_record(browser, record)
    for words in ("anna asked for an approval: The client pays for it", "600.00 too much", "Asked for approval"):
        assert browser.says(words), words
    assert browser.fits()
    browser.pictured("over-budget-asked")
    browser.page.context.clear_cookies()
    browser.sign_in(susan)
    browser.open("/")
    assert browser.says("Waiting for approval")
    browser.open("/integrations/decision/waiting/")
    assert browser.says("The client pays for it")
    open_record(browser, record)
    browser.follow("Approve over budget")
    browser.page.fill("#reason", "Agreed")
    browser.press("Approve over budget")
    assert browser.says("approved.")
    northline.run()
    open_record(browser, record)
    assert browser.says("in the project")
    assert browser.complaints == []


def test_a95_a_second_person_approves_a_new_vendor_and_never_whoever_unlinked_it(
    browser: Browser, northline: Northline
) -> None:
    susan, sven = person("susan", "Supervisor"), person("sven", "Supervisor")
    integration, numbers = northline.integration, numbers_of("order-new-supplier")
    integration.vendors, integration.new_vendors_need_approval = VendorPolicy.BOTH, True
    integration.save()
    supplier = northline.sandbox.xero.purchase_order(numbers[0], tenant=northline.tenant)["Contact"]["ContactID"]
    with changes.acting(susan):
        contact = ReferenceEntry.objects.filter(kind="contact", name="Mau Mixers", active=True)[0]
        VendorLink.objects.create(
            scope=integration.scope, source_key=supplier, target=contact, state=LinkState.CONFIRMED
        ).delete()
    northline.only(*numbers).run()
    decision = Decision.objects.pending().get()
    browser.sign_in(susan)
    browser.open("/integrations/decision/waiting/")
    assert browser.says("you entered, edited or mapped something it depends on")
    assert browser.page.locator("input[name=chosen]").count() == 0
    browser.open(f"/integrations/decision/{decision.pk}/change/")
    for words in (decision.label, "A second person must decide", "Could decide: sven"):
        assert browser.says(words), words
    assert browser.page.get_by_role("button", name="Approve", exact=True).count() == 0
    assert browser.fits()
    browser.pictured("new-vendor-own")
    browser.page.context.clear_cookies()
    browser.sign_in(sven)
    browser.open(f"/integrations/decision/{decision.pk}/change/")
    assert browser.fits()
    browser.pictured("new-vendor")
    browser.page.fill("[name=reason]", "Known to the site")
    browser.press("Approve")
    assert browser.says("approved.")
    northline.run()
    record = northline.record(numbers[0])
    open_record(browser, record)
    assert browser.says("in the project")
    assert Posting.objects.get(kind="project-vendor", reference=record.vendor_key).target_id
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
    browser.pictured("needs-link")
    browser.follow("Choose the order")
    assert browser.says("Which order is it?")
    assert browser.fits()
    browser.pictured("link-order")
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
    browser.pictured("linked")
    done = Record.objects.filter(flow="bills", work=Work.DONE, billings__isnull=False).distinct().order_by("pk")[0]
    open_record(browser, done)
    for words in ("Requisition", "Contract payment", "This is what it took of its order's lines."):
        assert browser.says(words), words
    assert browser.fits()
    browser.pictured("bill-done")
    other = held("bills", "needs-link")
    browser.open(f"/integrations/record/{other.pk}/act/not-project-cost/")
    assert browser.says("Leave this bill out of every project?")
    assert browser.fits()
    browser.pictured("not-project-cost")
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
    browser.pictured("missing-tools")
    assert browser.complaints == []
