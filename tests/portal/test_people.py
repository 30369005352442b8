"""Who may change whom, and what the trail says of it."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django_otp import devices_for_user

from audit.models import Entry
from portal.devices import Authenticator
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
    Authenticator.objects.create(user=accountant, confirmed=True)
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
    for ours in ("Works here", "May sign in", "May do everything", "Roles", "Is set"):
        assert ours in shown
    assert ("Set another one" in shown) == (who != "auditor")


@pytest.mark.parametrize("page", ["user/", "user/add/", "user/{}/change/", "user/{}/password/", "group/", "group/add/"])
def test_no_page_of_people_or_roles_speaks_of_the_framework(page: str, accountant: User) -> None:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    shown = words_of(client.get(f"/auth/{page.format(accountant.pk)}").content.decode())
    assert "People and roles" in shown
    for framework in ("Authentication", "Authorization", "Users", "Groups", "Username", "Choose", "LDAP", "Can "):
        assert framework not in shown


def test_a_new_person_has_a_name_and_a_role_at_once(desk: Client) -> None:
    role = Group.objects.get(name="Supervisor")
    given = {"username": "nora", "first_name": "Nora", "password1": PASSWORD, "password2": PASSWORD}
    assert desk.post("/auth/user/add/", given | {"groups": [role.pk]}).status_code == 302
    nora = User.objects.get(username="nora")
    assert (nora.first_name, nora.has_usable_password(), nora.groups.get()) == ("Nora", True, role)
    assert Entry.objects.get(action="user.added").details["after"]["roles"] == ["Supervisor"]


def test_nobody_is_added_without_a_password(desk: Client) -> None:
    for given in ({}, {"usable_password": "false"}):
        assert desk.post("/auth/user/add/", {"username": "nora", **given}).status_code == 200
    assert not User.objects.filter(username="nora").exists()


def test_single_permissions_are_shown_where_there_are_any_and_can_only_be_taken_away(
    desk: Client, accountant: User, auditor: User
) -> None:
    root, address = Client(), f"/auth/user/{accountant.pk}/change/"
    root.force_login(User.objects.create_superuser("root"))
    approve, export = (Permission.objects.get(codename=each) for each in ("approve_record", "export_entries"))
    assert "Single permissions" not in root.get(address).content.decode()
    root.post(address, fields(accountant, user_permissions=[export.pk]))
    assert not accountant.user_permissions.exists()
    accountant.user_permissions.add(approve)
    for client in (root, desk):
        assert "pprove" in words_of(client.get(address).content.decode()).partition("Single permissions")[2]
    assert root.post(address, fields(accountant, user_permissions=[approve.pk, export.pk])).status_code == 200
    desk.post(address, fields(accountant))
    assert accountant.user_permissions.get() == approve
    root.post(address, fields(accountant))
    assert not accountant.user_permissions.exists()
    entry = Entry.objects.get(action="user.changed")
    assert entry.details["before"] == {"single permissions": [approve.name]}


def test_a_role_says_in_words_what_it_allows(desk: Client, db: None) -> None:
    role = Group.objects.get(name="Accounting staff")
    shown = words_of(desk.get(f"/auth/group/{role.pk}/change/").content.decode())
    assert "Release held records" in shown
    assert "Vendor links: see, add, change, delete" in shown
    assert "|" not in shown.partition("What it allows")[2]


def test_a_role_of_ones_own_keeps_what_it_holds_and_takes_what_the_five_allow(db: None) -> None:
    root = Client()
    root.force_login(User.objects.create_superuser("root"))
    own = Group.objects.create(name="Branch office")
    unusual, usual = (Permission.objects.get(codename=each) for each in ("delete_session", "view_record"))
    own.permissions.add(unusual)
    address = f"/auth/group/{own.pk}/change/"
    assert "Integrations: see records" in words_of(root.get(address).content.decode())
    root.post(address, {"name": "Branch office", "permissions": [unusual.pk, usual.pk]})
    assert set(own.permissions.all()) == {unusual, usual}
    entry = Entry.objects.get(action="role.changed")
    assert entry.details["before"] == {"name": "Branch office", "allows": ["delete sessions"]}
    assert entry.details["after"] == {"name": "Branch office", "allows": ["delete sessions", "see records"]}
    root.post(address, {"name": "Branch office", "permissions": [unusual.pk, usual.pk]})
    assert Entry.objects.filter(action="role.changed").count() == 1
    root.post(f"/auth/group/{own.pk}/delete/", {"post": "yes"})
    assert Entry.objects.get(action="role.deleted").details["before"] == entry.details["after"]


def test_the_list_of_roles_counts_the_people_who_may_sign_in(desk: Client, accountant: User) -> None:
    rows = words_of(desk.get("/auth/group/").content.decode())
    assert "Accounting staff Keeps the lookup tables, links vendors, and works on what is held. 1" in rows
    User.objects.filter(pk=accountant.pk).update(is_active=False)
    assert "works on what is held. 0" in words_of(desk.get("/auth/group/").content.decode())


def test_saving_a_person_leaves_their_password(desk: Client, accountant: User) -> None:
    before = accountant.password
    desk.post(f"/auth/user/{accountant.pk}/change/", fields(accountant, first_name="Anna", password="x"))
    accountant.refresh_from_db()
    assert (accountant.first_name, accountant.password) == ("Anna", before)
