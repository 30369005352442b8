"""What every page carries: the side bar, the notices, the headers."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from integrations.models import Heartbeat, Installation
from portal import csp, navigation

pytestmark = pytest.mark.sqlite


def beat(seconds_ago: int, name: str = "tick") -> None:
    Heartbeat.objects.update_or_create(name=name, defaults={"at": timezone.now() - timedelta(seconds=seconds_ago)})


def home(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.get("/auth/user/" if user.is_superuser else "/password_change/").content.decode()


STOPPED = "The workers have stopped"


def test_every_page_says_so_when_no_worker_lives_for_four_minutes(accountant: User) -> None:
    beat(241)
    assert STOPPED in home(accountant)
    beat(200)
    assert STOPPED not in home(accountant)


def test_workers_that_never_started_are_told_of_too(accountant: User) -> None:
    assert STOPPED in home(accountant)


def test_a_supervisor_alone_is_no_sign_of_life(accountant: User) -> None:
    beat(0, name="supervisor:here")
    assert STOPPED in home(accountant)


def test_a_copied_installation_says_that_it_posts_nothing(accountant: User) -> None:
    beat(0)
    Installation.objects.create(site="http://elsewhere", epoch="1", token="abc", doubted_at=timezone.now())
    assert "Nothing is posted until a supervisor confirms" in home(accountant)
    Installation.objects.update(confirmed_at=timezone.now())
    assert "Nothing is posted until a supervisor confirms" not in home(accountant)


def test_a_one_person_installation_and_a_demo_say_so(accountant: User, settings: Settings) -> None:
    beat(0)
    settings.SECOND_PERSON = False
    settings.DEMO = True
    page = home(accountant)
    assert "One-person installation" in page
    assert "the outside systems are stand-ins" in page


def test_a_stranger_learns_nothing_at_the_sign_in_page(client: Client, db: None) -> None:
    assert STOPPED not in client.get("/login/").content.decode()


def test_no_script_and_no_style_comes_from_elsewhere_and_no_script_stands_in_the_page(client: Client, db: None) -> None:
    answer = client.get("/login/")
    policy = dict(rule.split(" ", 1) for rule in answer["Content-Security-Policy"].split("; "))
    assert policy["script-src"] == "'self' 'unsafe-eval'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["default-src"] == "'self'"
    assert not re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", answer.content.decode())


def test_the_forms_that_connect_may_lead_to_the_systems_own_pages_and_the_sandboxs(settings: Settings) -> None:
    settings.SYSTEM_HOSTS = {"xero": {"login": "http://localhost:9101"}}
    csp.policy.cache_clear()
    try:
        form_action = csp.policy().partition("form-action ")[2]
    finally:
        csp.policy.cache_clear()
    assert "https://*.xero.com" in form_action
    assert form_action.endswith("http://localhost:9101")


def test_127_0_0_1_leads_to_localhost_since_xero_refuses_it(client: Client, db: None) -> None:
    answer = client.get("/login/?next=/", headers={"host": "127.0.0.1:8000"})
    assert (answer.status_code, answer["Location"]) == (302, "http://localhost:8000/login/?next=/")


@pytest.mark.parametrize("path", ["/health", "/metrics"])
def test_a_monitor_is_not_sent_elsewhere(client: Client, db: None, path: str) -> None:
    assert client.get(path, headers={"host": "127.0.0.1:8000"}).status_code != 302


def test_a_real_site_is_left_where_it_is(client: Client, db: None, settings: Settings) -> None:
    settings.SITE_URL = "https://counterfoil.example.com"
    assert client.get("/login/", headers={"host": "127.0.0.1"}).status_code == 200


def sidebar_of(user: User) -> dict[str, list[str]]:
    request = RequestFactory().get("/")
    request.user = user
    return {group["title"]: [item["title"] for item in group["items"]] for group in navigation.sidebar(request)}


def test_the_side_bar_holds_what_a_person_may_open(accountant: User, administrator: User) -> None:
    assert not {"People", "Roles", "Exchanges"} & set(sidebar_of(accountant).get("System", []))
    assert {"People", "Roles"} <= set(sidebar_of(administrator)["System"])


def test_the_side_bar_starts_with_the_days_work(accountant: User) -> None:
    assert next(iter(sidebar_of(accountant).values()))[0] == "Today"


def test_a_page_that_does_not_exist_yet_is_left_out() -> None:
    assert navigation.Place("Nowhere", "star", "admin:nowhere_changelist").link() is None


@pytest.mark.django_db
def test_the_side_bar_marks_the_nearest_page_and_no_other() -> None:
    """A page below the records or the sets of tables with an entry of its own is marked alone."""
    root = User.objects.create_superuser("root")
    for name in ("mappings_missing", "mappings_scope_changelist", "integrations_record_again", "index"):
        request = RequestFactory().get(reverse(f"admin:{name}"))
        request.user = root
        marked = [item["link"] for group in navigation.sidebar(request) for item in group["items"] if item["active"]]
        assert marked == [reverse(f"admin:{name}")]


def test_a_page_that_is_not_there_or_not_theirs_says_so_in_words(accountant: User) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(accountant)
    for address, status, words in (
        ("/no-such-page/", 404, "There is no such page"),
        ("/audit/seal/", 403, "Your role may not open this"),
    ):
        answer = client.get(address)
        assert (answer.status_code, words in answer.content.decode()) == (status, True)
    refused = Client(enforce_csrf_checks=True).post("/login/", {"username": "anna"})
    assert (refused.status_code, "This form is too old" in refused.content.decode()) == (403, True)


def test_a_page_that_breaks_shows_no_inside(accountant: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: object, **_named: object) -> None:
        raise ZeroDivisionError("secret words")

    monkeypatch.setattr("integrations.admin.runs.figures", broken)
    client = Client(raise_request_exception=False)
    client.force_login(accountant)
    answer = client.get("/integrations/run/figures/")
    page = answer.content.decode()
    assert answer.status_code == 500
    assert "Something broke in Counterfoil" in page
    assert "secret words" not in page
    assert '<a href="/">' in page
