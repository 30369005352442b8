"""A browser on a desk and on a phone, the portal it talks to, and the stand-ins behind it."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from re import Pattern

import pytest
from django.contrib.auth.models import User
from django.db import connections
from playwright.sync_api import ConsoleMessage, Page, expect, sync_playwright
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from integrations.sandbox import Sandbox
from portal import csp
from tests import world
from tests.patience import PATIENCE
from tests.portal.conftest import PASSWORD

DESK, PHONE = 1400, 390
expect.set_options(timeout=PATIENCE * 1000)


@dataclass
class Browser:
    """One person's window; `complaints` is what its console said: violations of the policy, errors of scripts."""

    page: Page
    site: str
    complaints: list[str] = field(default_factory=list)

    def hear(self, said: ConsoleMessage) -> None:
        """Errors on our own pages; what the stand-in's pages lack is not ours."""
        if said.type == "error" and said.location["url"].startswith(self.site):
            self.complaints.append(said.text)

    def sign_in(self, user: User) -> None:
        self.page.goto(self.site)
        self.page.fill("[name=username]", user.username)
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("text=Sign in")
        self.page.wait_for_selector("#nav-sidebar", state="attached")

    def open(self, path: str) -> int:
        answer = self.page.goto(f"{self.site}{path}")
        assert answer is not None
        return answer.status

    def pictured(self, name: str) -> None:
        """Kept for people to look at, where SCREENSHOTS names a folder."""
        if folder := os.environ.get("SCREENSHOTS"):
            width = (self.page.viewport_size or {"width": 0})["width"]
            self.page.wait_for_timeout(300)  # for what moves
            self.page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()
        self.page.wait_for_load_state()

    def follow(self, name: str | Pattern[str], *, exact: bool = False) -> None:
        """Goes to the first page of that name and waits for it whole; a page just begun has no body to ask."""
        self.page.get_by_role("link", name=name, exact=exact).first.click()
        self.page.wait_for_load_state()

    def says(self, words: str) -> bool:
        return words in self.page.inner_text("body")

    def fits(self) -> bool:
        """No part of the page stands out to the right."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(limits=False) as running, world.addresses(running):
        csp.policy.cache_clear()  # it names the hosts that a form may lead to
        yield running
    csp.policy.cache_clear()


@pytest.fixture(params=[DESK, PHONE])
def browser(
    request: pytest.FixtureRequest,
    chromium_path: str,
    live_server: LiveServer,
    settings: Settings,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Browser]:
    # Playwright keeps an event loop in this thread, where Django would refuse the database.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    settings.SITE_URL = live_server.url
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": request.param, "height": 900})
        page.set_default_timeout(PATIENCE * 1000)
        window = Browser(page, live_server.url)
        page.on("console", window.hear)
        page.on("pageerror", lambda error: window.complaints.append(str(error)))
        yield window
        chromium.close()
        connections.close_all()  # under an event loop Django keeps further ones, which would outlive the database
