"""The demo's one click: it signs in there, and there is no such door anywhere else."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from audit.models import Entry
from portal.demonstration import entering, people

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def demo(settings: Settings) -> Settings:
    settings.DEMO, settings.SECOND_FACTOR = True, False
    settings.SITE_URL = "http://localhost:8000"
    people.make()
    return settings


def path_of(user: str) -> str:
    return entering.link(user).removeprefix("http://localhost:8000")


@pytest.mark.parametrize("user", [*people.PEOPLE, people.ADMINISTRATOR])
def test_one_click_opens_today_for_each_person_of_the_demo(client: Client, demo: Settings, user: str) -> None:
    page = client.get(path_of(user), follow=True)
    assert page.redirect_chain == [("/", 302)]
    assert page.status_code == 200
    assert client.session["_auth_user_id"] == str(User.objects.get(username=user).pk)
    assert Entry.objects.filter(action="user.signed_in", actor__username=user).exists()


def test_the_sign_in_page_of_the_demo_offers_every_door_and_no_other_page_does(client: Client, demo: Settings) -> None:
    page = client.get("/login/").content.decode()
    assert page.count("/demo/") == len(people.PEOPLE) + 1
    assert "Accounting staff" in page
    demo.DEMO = False
    assert "/demo/" not in client.get("/login/").content.decode()


def refused(client: Client, path: str, **caller: str) -> bool:
    answer = client.get(path, **caller)  # type: ignore[arg-type]
    return answer.status_code == 404 and "_auth_user_id" not in client.session


def test_outside_the_demo_there_is_no_door(client: Client, demo: Settings) -> None:
    path = path_of("ana")
    demo.DEMO = False
    assert refused(client, path)


@pytest.mark.parametrize(
    "caller",
    [{"REMOTE_ADDR": "203.0.113.9"}, {"HTTP_X_FORWARDED_FOR": "127.0.0.1"}, {"HTTP_FORWARDED": "for=127.0.0.1"}],
)
def test_nobody_from_elsewhere_comes_in_by_it(client: Client, demo: Settings, caller: dict[str, str]) -> None:
    assert refused(client, path_of("ana"), **caller)


def test_a_ticket_that_is_not_ours_or_of_nobody_opens_nothing(client: Client, demo: Settings) -> None:
    User.objects.create_superuser("boss")
    assert refused(client, path_of("ana")[:-4] + "xxx/")
    assert refused(client, "/demo/ana/")
    assert refused(client, path_of("boss"))
    User.objects.filter(username="ana").update(is_active=False)
    assert refused(client, path_of("ana"))


def test_a_form_cannot_be_posted_to_it(client: Client, demo: Settings) -> None:
    assert client.post(path_of("ana")).status_code == 405
