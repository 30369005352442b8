"""The pages in a real browser, under the Content-Security-Policy they are shipped with (E41)."""

import re
import time
from base64 import b32decode
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.db import connections
from django_otp.oath import TOTP
from playwright.sync_api import Page, sync_playwright
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests.patience import PATIENCE
from tests.portal.conftest import PASSWORD, person

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DESK, PHONE = 1400, 390


@pytest.fixture
def complaints() -> list[str]:
    """What the browser wrote to its console: violations of the policy, errors of scripts."""
    return []


@pytest.fixture(params=[DESK, PHONE])
def page(
    request: pytest.FixtureRequest, chromium_path: str, complaints: list[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Page]:
    # Playwright keeps an event loop in this thread, where Django would refuse the database.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": request.param, "height": 900})
        page.set_default_timeout(PATIENCE * 1000)
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        browser.close()
        connections.close_all()  # under an event loop Django keeps further ones, which would outlive the database


def sign_in(page: Page, site: str, user: User) -> None:
    page.goto(site)
    page.fill("[name=username]", user.username)
    page.fill("[name=password]", PASSWORD)
    page.click("text=Sign in")
    page.wait_for_load_state()


def fits(page: Page) -> bool:
    """No part of the page stands out to the right, on a phone neither."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_a_new_administrator_sets_up_a_second_factor_and_opens_the_people_page(
    page: Page, live_server: LiveServer, settings: Settings, complaints: list[str]
) -> None:
    settings.SECOND_FACTOR = True
    sign_in(page, live_server.url, person("ivan", "Integration administrator"))
    key = re.sub(r"\s", "", page.inner_text("span.font-mono"))
    code = TOTP(b32decode(key + "=" * (-len(key) % 8)))
    code.time = time.time()
    assert fits(page)
    page.fill("#code", f"{code.token():06d}")
    page.click("text=Confirm")
    page.click("text=I have kept them")
    page.goto(f"{live_server.url}/auth/user/")
    assert "Integration administrator" in page.inner_text("#result_list")
    assert complaints == []


def test_every_page_of_the_side_bar_opens_without_a_complaint(
    page: Page, live_server: LiveServer, complaints: list[str]
) -> None:
    sign_in(page, live_server.url, User.objects.create_superuser("root", password=PASSWORD))
    links = page.eval_on_selector_all("#nav-sidebar a[href^='/']", "links => links.map(link => link.href)")
    assert len(set(links)) > 3
    for link in sorted(set(links)):
        answer = page.goto(link)
        assert answer is not None
        assert answer.status == 200, link
        assert complaints == [], link
