"""Four eyes in the browser: one person asks and is refused their own yes, a second one looks and approves."""

import pytest

from integrations.engine import decisions
from integrations.models import Decision, Work
from integrations.sandbox import Sandbox
from tests import world as worlds
from tests.browser.conftest import Browser
from tests.portal.conftest import person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a95_nobody_approves_their_own_wish_and_a_second_person_does(browser: Browser, sandbox: Sandbox) -> None:
    """Also E11: the page says who could decide, and what exactly a yes is bound to."""
    world = worlds.build(sandbox)
    world.sandbox.xero.add_bill(worlds.VENDOR, number="PF-0001", amount="525.00", tenant=world.tenant)
    world.order("PF1")
    world.run()
    record = world.record("PF1")
    susan, sven = person("susan", "Supervisor"), person("sven", "Supervisor")
    browser.sign_in(susan)
    browser.open(f"/integrations/record/{record.pk}/act/link/")
    assert browser.says("PF-0001")
    browser.pictured("link")
    browser.open(f"/integrations/record/{record.pk}/act/post-beside/")
    assert browser.fits()
    browser.pictured("post-beside")
    browser.page.fill("#reason", "Two deliveries, two invoices")
    browser.press("Post beside")
    assert browser.says("waits for a second person")
    browser.open("/integrations/decision/waiting/")
    assert browser.says("you asked for this yourself")
    assert browser.fits()
    browser.pictured("waiting-own")
    decision = Decision.objects.get()
    browser.open(f"/integrations/decision/{decision.pk}/change/")
    assert browser.says("Could decide: sven")
    browser.pictured("decision-own")
    browser.page.context.clear_cookies()
    browser.sign_in(sven)
    browser.open("/integrations/decision/waiting/")
    browser.pictured("waiting")
    browser.page.locator("input[name=chosen]").check()
    browser.page.fill("#reason", "Saw both invoices")
    browser.press("Approve")
    assert browser.says("Approved.")
    browser.pictured("decided")
    assert world.record("PF1").work == Work.WAITING
    browser.open("/integrations/decision/")
    assert browser.fits()
    browser.pictured("decisions")
    assert decisions.pending("record", record.pk) == []
    assert browser.complaints == []


def test_a66_starting_to_post_shows_what_may_stand_there_already(browser: Browser, sandbox: Sandbox) -> None:
    world = worlds.build(sandbox)
    world.integration.trial = True
    world.integration.on_gap = "pause"
    world.integration.save()
    world.order("PF1")
    world.order("PF2", lines=[worlds.line(account="7777")])
    world.run()
    person("sven", "Supervisor")
    browser.sign_in(person("susan", "Supervisor"))
    key = world.integration.pk
    browser.open(f"/integrations/integration/{key}/posting/")
    assert browser.says("A second person decides; 1 could")
    assert browser.fits()
    browser.pictured("posting")
    browser.open(f"/integrations/integration/{key}/go-on/")
    assert browser.says("What waits behind the hold")
    assert browser.fits()
    browser.pictured("go-on")
    browser.open(f"/integrations/integration/{key}/change/")
    assert browser.says("behind it")
    assert browser.fits()
    browser.pictured("integration")
    browser.open(f"/integrations/record/{world.record('PF1').pk}/act/replay/")
    assert browser.says("would create")
    assert browser.fits()
    browser.pictured("replay")
    assert browser.complaints == []
