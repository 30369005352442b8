"""A day at the desk in a real browser: what is held, the missing mapping, a second person's approval, a story."""

import re

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from integrations.models import Integration, Record, Work
from integrations.sandbox import Sandbox
from tests import world as worlds
from tests.browser.conftest import Browser
from tests.portal.conftest import PASSWORD, person
from tests.world import World, line

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(sandbox: Sandbox) -> World:
    """Two orders that wait for one account, and one that went through."""
    world = worlds.build(sandbox)
    world.order("PF1")
    world.order("PF2", lines=[line(account="6900")])
    world.order("PF3", lines=[line(account="6900", name="Rope")])
    sandbox.procurify.add_account_code(worlds.DOMAIN, "6900", "Safety")
    worlds.read_lists(world.integration)
    world.run()
    return world


def choose(page: Page, field: str, words: str) -> None:
    """In a list with a search of its own: open, type, take what it offers."""
    page.locator(f"#id_{field} + .select2 .select2-selection").click()
    page.locator(".select2-search__field").last.fill(words)
    page.locator(".select2-results__option", has_text=words).first.click()


@pytest.mark.promise(24)
@pytest.mark.promise(25)
def test_an_accountant_sees_what_is_held_adds_the_mapping_and_sees_what_it_released(
    browser: Browser, world: World
) -> None:
    browser.sign_in(person("anna", "Accounting staff"))
    page = browser.page
    assert browser.fits()
    browser.follow("Missing mapping")
    assert browser.says("PF2")
    assert browser.says("PF3")
    assert not browser.says("PF1 ")
    assert browser.fits()
    browser.follow("PF2", exact=True)
    assert browser.says("6900")
    assert browser.fits()
    browser.follow("Add it")
    assert page.locator("#id_source_code").input_value() == "6900"
    choose(page, "target", "400")
    browser.press("Save")
    assert browser.says("2 ")
    assert set(Record.objects.filter(work=Work.WAITING).values_list("number", flat=True)) == {"PF2", "PF3"}
    world.run()
    browser.open("/")
    assert browser.says("nothing held") or browser.says("Nothing held")
    assert {bill["InvoiceNumber"] for bill in world.bills} == {"PF1", "PF2", "PF3"}
    assert browser.complaints == []


@pytest.mark.promise(29)
def test_a_record_shows_both_documents_line_by_line_and_its_story(browser: Browser, world: World) -> None:
    browser.sign_in(person("aude", "Auditor"))
    browser.open(f"/integrations/record/{world.record('PF1').pk}/change/")
    page = browser.page
    expect(page.locator("[data-load]")).to_contain_text("Exactly this was sent.")
    assert browser.says("Nitrile gloves M")
    assert browser.says("Department: Production")
    assert browser.fits()
    story = page.locator("ol.cf-story li").all_inner_texts()
    assert len(story) > 2
    assert re.search(r"Was read from Procurify: .*525\.00 USD", story[0])
    assert re.search(r"Stands in Xero as draft bill PF1 of 525\.00 USD", " ".join(story))
    assert browser.complaints == []


def test_nobody_approves_their_own_and_a_second_person_does(browser: Browser, world: World) -> None:
    Integration.objects.update(approval_rule="always")
    own = User.objects.create_superuser("root", password=PASSWORD)
    record = world.record("PF2")
    browser.sign_in(own)
    browser.open(f"/integrations/record/{record.pk}/change/")
    browser.follow("Add it")
    choose(browser.page, "target", "400")
    browser.press("Save")
    world.run()
    record.refresh_from_db()
    assert record.work == Work.APPROVAL
    _approve(browser, record)
    assert browser.says("second person")
    record.refresh_from_db()
    assert record.work == Work.APPROVAL
    browser.page.context.clear_cookies()
    browser.sign_in(person("sam", "Supervisor"))
    _approve(browser, record)
    record.refresh_from_db()
    assert record.work == Work.WAITING
    world.run()
    assert "PF2" in {bill["InvoiceNumber"] for bill in world.bills}
    assert browser.complaints == []


def _approve(browser: Browser, record: Record) -> None:
    browser.open(f"/integrations/record/{record.pk}/change/")
    browser.follow(re.compile("Approve$"))
    assert browser.fits()
    browser.page.fill("#reason", "Checked with the department")
    browser.press("Approve")


def test_a_sync_is_followed_without_reloading_and_a_preview_comes_by_itself(
    browser: Browser, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from integrations import tasks
    from integrations.desk import previewing
    from integrations.engine import ticking
    from integrations.models import Preview

    asked: list[int] = []
    monkeypatch.setattr(ticking, "async_task", lambda _name, *ids: asked.extend(ids))
    monkeypatch.setattr(previewing, "async_task", lambda _name, *ids: None)
    Integration.objects.update(trial=True)
    anna = person("anna", "Accounting staff")
    browser.sign_in(anna)
    page = browser.page
    browser.open(f"/integrations/integration/{world.integration.pk}/change/")
    browser.press("Sync now")
    expect(page.locator("[data-poll]")).to_contain_text("A worker takes it")
    assert asked == [world.integration.pk, anna.pk]
    ticking.go_on(*asked)
    expect(page.locator("[data-poll]")).to_contain_text("finished")
    browser.follow("Preview", exact=True)
    browser.press("Make a preview")
    expect(page.locator("[data-poll]")).to_contain_text("A worker takes it")
    tasks.make_preview(Preview.objects.get().pk)
    expect(page.locator("[data-poll]")).to_contain_text("ready")
    browser.follow("Show it")
    assert browser.says("Held")
    assert browser.fits()
    assert browser.complaints == []


def test_the_keyboard_reaches_the_work(browser: Browser, world: World) -> None:
    browser.sign_in(person("anna", "Accounting staff"))
    browser.open("/integrations/heldrecord/")
    page = browser.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").strip() == "Skip to the page"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#content"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.type("PF3")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=PF3**")
    assert browser.says("PF3")
    assert not browser.says("PF2")
    assert browser.complaints == []
