"""Who may change whom, and what the trail says of it."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django_otp import devices_for_user
from django_otp.plugins.otp_totp.models import TOTPDevice

from audit.models import Entry
from portal.roles import ROLES
from tests.portal.conftest import PASSWORD, person

pytestmark = pytest.mark.sqlite


@pytest.fixture
def desk(administrator: User) -> Client:
    """The administrator's browser."""
    client = Client()
    client.force_login(administrator)
    return client


def fields(user: User, **changes: Any) -> dict[str, Any]:
    groups = list(user.groups.values_list("pk", flat=True))
    return {"username": user.username, "is_active": "on", "is_staff": "on", "groups": groups, **changes}


def test_a_changed_role_leaves_before_and_after(desk: Client, accountant: User, administrator: User) -> None:
    supervisor = Group.objects.get(name="Supervisor")
    answer = desk.post(f"/auth/user/{accountant.pk}/change/", fields(accountant, groups=[supervisor.pk]))
    assert answer.status_code == 302
    entry = Entry.objects.get(action="user.changed", subject_id=str(accountant.pk))
    assert entry.actor == administrator
    assert entry.details["before"] == {"roles": ["Accounting staff"]}
    assert entry.details["after"] == {"roles": ["Supervisor"]}


def test_a_save_that_changes_nothing_leaves_nothing(desk: Client, accountant: User) -> None:
    desk.post(f"/auth/user/{accountant.pk}/change/", fields(accountant))
    assert not Entry.objects.filter(action="user.changed").exists()


def test_new_people_are_staff_and_told_of(desk: Client) -> None:
    password = {"usable_password": "true", "password1": PASSWORD, "password2": PASSWORD}
    desk.post("/auth/user/add/", {"username": "nora", **password})
    assert User.objects.get(username="nora").is_staff
    assert Entry.objects.filter(action="user.added", subject_label="nora").exists()


def test_an_administrator_cannot_become_or_change_a_superuser(
    desk: Client, administrator: User, accountant: User
) -> None:
    boss = User.objects.create_superuser("boss", password=PASSWORD)
    assert desk.get(f"/auth/user/{boss.pk}/change/").status_code == 302
    new = {"usable_password": "true", "password1": "another carbon copy", "password2": "another carbon copy"}
    desk.post(f"/auth/user/{boss.pk}/password/", new)
    boss.refresh_from_db()
    assert boss.check_password(PASSWORD)
    for user in (administrator, accountant):
        desk.post(f"/auth/user/{user.pk}/change/", fields(user, is_superuser="on"))
        user.refresh_from_db()
        assert not user.is_superuser
    assert "boss" not in desk.get("/auth/user/").content.decode()


def test_nobody_gives_themselves_a_role(desk: Client, administrator: User) -> None:
    supervisor = Group.objects.get(name="Supervisor")
    groups = [*administrator.groups.values_list("pk", flat=True), supervisor.pk]
    desk.post(f"/auth/user/{administrator.pk}/change/", fields(administrator, groups=groups))
    assert not administrator.groups.filter(name="Supervisor").exists()


def test_a_password_set_for_somebody_else_leaves_an_entry(desk: Client, accountant: User, administrator: User) -> None:
    new = {"usable_password": "true", "password1": "another carbon copy", "password2": "another carbon copy"}
    assert desk.post(f"/auth/user/{accountant.pk}/password/", new).status_code == 302
    entry = Entry.objects.get(action="user.password_set")
    assert (entry.actor, entry.subject_label) == (administrator, "anna")
    assert "another carbon copy" not in str(entry.details)


def test_people_are_never_deleted(desk: Client, accountant: User) -> None:
    assert desk.get(f"/auth/user/{accountant.pk}/delete/").status_code == 403
    root = Client()
    root.force_login(User.objects.create_superuser("root", password=PASSWORD))
    assert root.get(f"/auth/user/{accountant.pk}/delete/").status_code == 403


def test_a_lost_phone_is_answered_from_the_list(desk: Client, accountant: User) -> None:
    TOTPDevice.objects.create(user=accountant, confirmed=True)
    desk.post("/auth/user/", {"action": "remove_second_factor", "_selected_action": [accountant.pk]})
    assert not list(devices_for_user(accountant))
    assert Entry.objects.filter(action="second_factor.removed", subject_label="anna").exists()


def test_an_auditor_sees_people_and_changes_none(auditor: User, accountant: User) -> None:
    client = Client()
    client.force_login(auditor)
    page = client.get("/auth/user/").content.decode()
    assert "anna" in page
    assert "remove_second_factor" not in page
    assert client.post(f"/auth/user/{accountant.pk}/change/", fields(accountant, username="x")).status_code == 403


def test_the_five_roles_cannot_be_edited_by_hand_but_other_groups_can(db: None) -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("root", password=PASSWORD))
    own = Group.objects.create(name="Branch office")
    for name in ROLES:
        role = Group.objects.get(name=name)
        assert client.post(f"/auth/group/{role.pk}/change/", {"name": "x"}).status_code == 403
    assert client.post(f"/auth/group/{own.pk}/change/", {"name": "Branch"}).status_code == 302


def test_the_accounts_office_does_not_see_people(accountant: User) -> None:
    client = Client()
    client.force_login(accountant)
    assert client.get("/auth/user/").status_code == 403
    assert person("second", "Operator").groups.count() == 1


def words_of(page: str) -> str:
    return " ".join(re.sub(r"(?s)<(script|style)\b.*?</\1>|<[^>]+>", " ", page).split())


@pytest.mark.parametrize("who", ["administrator", "auditor", "root"])
def test_the_page_of_a_person_is_in_our_words_and_shows_nothing_of_the_password(
    who: str, accountant: User, request: pytest.FixtureRequest
) -> None:
    viewer = User.objects.create_superuser("root") if who == "root" else request.getfixturevalue(who)
    client = Client()
    client.force_login(viewer)
    page = client.get(f"/auth/user/{accountant.pk}/change/").content.decode()
    shown = words_of(page)
    for framework in ("Staff status", "Superuser status", "algorithm", "iterations", "salt", "hash", "Raw passwords"):
        assert framework not in shown
    assert accountant.password.split("$")[-1] not in page
    assert who == "auditor" or 'data-field-name="roles"' in page
    for ours in ("Works here", "May sign in", "May do everything", "Roles", "Is set"):
        assert ours in shown
    assert ("Set another one" in shown) == (who != "auditor")


def test_saving_a_person_leaves_their_password(desk: Client, accountant: User) -> None:
    before = accountant.password
    desk.post(f"/auth/user/{accountant.pk}/change/", fields(accountant, first_name="Anna", password="x"))
    accountant.refresh_from_db()
    assert (accountant.first_name, accountant.password) == ("Anna", before)
