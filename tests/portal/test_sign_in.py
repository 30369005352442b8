"""Password, second factor, lock-out: who gets in, and what the trail says of it (E42)."""

import importlib
import re
import time
from base64 import b32decode

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django import Settings

from audit.models import Entry
from portal.devices import Authenticator, SpareCodes
from tests.portal.conftest import PASSWORD

pytestmark = pytest.mark.sqlite


@pytest.fixture(autouse=True)
def with_second_factor(settings: Settings) -> None:
    settings.SECOND_FACTOR = True


def sign_in(client: Client, user: User, code: str = "", password: str = PASSWORD, follow: bool = True) -> str:
    fields = {"username": user.username, "password": password, "code": code, "next": "/"}
    answer = client.post("/login/", fields, follow=follow)
    return answer.content.decode()


def signed_in_user(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def code_of(key: bytes) -> str:
    return f"{TOTP(key).token():06d}"


def set_up(client: Client, user: User) -> list[str]:
    """Sign in for the first time and confirm an authenticator; returns the spare codes."""
    page = sign_in(client, user)
    key = re.search(r"Type this key instead: <span[^>]*>([A-Z2-7 ]+)<", page)
    assert key, "the page shows no key"
    text = key[1].replace(" ", "")
    answer = client.post("/second-factor/", {"code": code_of(b32decode(text + "=" * (-len(text) % 8)))})
    codes = re.findall(r"<li>([a-z2-7]+)</li>", answer.content.decode())
    assert len(codes) == 10
    return codes


def actions_about(user: User) -> list[str]:
    about = Entry.objects.filter(subject_kind="user", subject_id=str(user.pk)).order_by("pk")
    return list(about.values_list("action", flat=True))


def test_nobody_opens_a_page_before_the_second_factor_is_set_up(client: Client, administrator: User) -> None:
    page = sign_in(client, administrator)
    assert "Scan this with an authenticator app" in page
    answer = client.get("/auth/user/")
    assert answer.status_code == 302
    assert answer["Location"] == "/second-factor/?next=%2Fauth%2Fuser%2F"


def test_setting_it_up_opens_the_portal_and_the_next_sign_in_asks_for_the_code(
    client: Client, administrator: User
) -> None:
    set_up(client, administrator)
    assert client.get("/auth/user/").status_code == 200
    other = Client()
    assert "Type the code that your authenticator app shows now." in sign_in(other, administrator)
    assert signed_in_user(other) is None


def test_a_spare_code_opens_the_portal_once(client: Client, administrator: User) -> None:
    code, *_rest = set_up(client, administrator)
    first, second = Client(), Client()
    sign_in(first, administrator, code)
    assert first.get("/auth/user/").status_code == 200
    sign_in(second, administrator, code)
    assert signed_in_user(second) is None


def test_a_wrong_code_does_not_confirm_an_authenticator(client: Client, administrator: User) -> None:
    sign_in(client, administrator)
    page = client.post("/second-factor/", {"code": "000000"}).content.decode()
    assert "That is not the code it shows now" in page
    assert not Authenticator.objects.get(user=administrator).confirmed
    assert client.get("/auth/user/").status_code == 302


def test_a_session_from_before_the_second_factor_must_show_it(client: Client, administrator: User) -> None:
    set_up(client, administrator)
    earlier = Client()
    earlier.force_login(administrator)
    page = earlier.get("/auth/user/", follow=True).content.decode()
    assert "Type the code that your authenticator app shows now, or a spare code." in page
    assert "Scan this" not in page


def test_new_spare_codes_replace_the_old_ones(client: Client, administrator: User) -> None:
    old, *_rest = set_up(client, administrator)
    page = client.post("/second-factor/").content.decode()
    [new, *_more] = re.findall(r"<li>([a-z2-7]+)</li>", page)
    refused, let_in = Client(), Client()
    sign_in(refused, administrator, old)
    assert signed_in_user(refused) is None
    Authenticator.objects.filter(user=administrator).update(throttling_failure_count=0)
    SpareCodes.objects.filter(user=administrator).update(throttling_failure_count=0)
    sign_in(let_in, administrator, new)
    assert signed_in_user(let_in) == str(administrator.pk)


def test_the_sixth_wrong_password_meets_a_closed_door_even_with_the_right_one(
    client: Client, administrator: User
) -> None:
    for _ in range(5):
        sign_in(client, administrator, password="guess")
    page = sign_in(client, administrator)
    assert "Too many attempts" in page
    assert signed_in_user(client) is None
    assert "user.locked_out" in actions_about(administrator)


def test_wrong_codes_lock_out_like_wrong_passwords(client: Client, administrator: User) -> None:
    set_up(client, administrator)
    guesser = Client()
    for _ in range(5):
        sign_in(guesser, administrator, "123456")
    assert "Too many attempts" in sign_in(guesser, administrator, "123456")


def test_another_address_is_not_locked_out(client: Client, administrator: User) -> None:
    for _ in range(6):
        sign_in(client, administrator, password="guess")
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    sign_in(elsewhere, administrator)
    assert signed_in_user(elsewhere) == str(administrator.pk)


def test_behind_a_proxy_the_clients_address_counts_and_not_a_made_up_one(
    administrator: User, settings: Settings
) -> None:
    settings.BEHIND_PROXY = True
    for number in range(6):
        forged = Client(headers={"X-Forwarded-For": f"203.0.113.{number}, 198.51.100.1"})
        sign_in(forged, administrator, password="guess")
    assert "Too many attempts" in sign_in(
        Client(headers={"X-Forwarded-For": "203.0.113.99, 198.51.100.1"}), administrator
    )
    assert "Too many attempts" not in sign_in(Client(headers={"X-Forwarded-For": "198.51.100.2"}), administrator)


def test_the_trail_tells_each_step(client: Client, administrator: User) -> None:
    sign_in(client, administrator, password="guess")
    set_up(client, administrator)
    client.post("/logout/")
    assert actions_about(administrator) == [
        "user.sign_in_failed",
        "user.signed_in",
        "second_factor.added",
        "user.signed_out",
    ]


def test_the_page_after_signing_in_is_one_of_ours(client: Client, administrator: User) -> None:
    sign_in(client, administrator)
    page = client.get("/second-factor/?next=https://evil.example/").content.decode()
    assert "evil.example" not in page


def test_a_demo_asks_for_no_code(client: Client, administrator: User, settings: Settings) -> None:
    settings.SECOND_FACTOR = False
    page = client.get("/login/").content.decode()
    assert 'name="code"' not in page
    sign_in(client, administrator)
    assert client.get("/auth/user/").status_code == 200


def test_a_weak_password_is_refused(client: Client, administrator: User, settings: Settings) -> None:
    settings.SECOND_FACTOR = False
    sign_in(client, administrator)
    fields = {"old_password": PASSWORD, "new_password1": "password1234", "new_password2": "password1234"}
    assert client.post("/password_change/", fields).status_code == 200
    fields |= {"new_password1": "carbon paper 1890", "new_password2": "carbon paper 1890"}
    assert client.post("/password_change/", fields).status_code == 302
    assert actions_about(administrator)[-1] == "user.password_set"


def test_the_code_of_the_second_factor_is_never_the_one_before_last(client: Client, administrator: User) -> None:
    """A code that somebody read over a shoulder works for two minutes at most."""
    set_up(client, administrator)
    device = Authenticator.objects.get(user=administrator, confirmed=True)
    old = TOTP(device.bin_key)
    old.time = time.time() - 120
    stale = Client()
    sign_in(stale, administrator, f"{old.token():06d}")
    assert signed_in_user(stale) is None


def test_e17_a_copy_of_the_database_holds_no_key_and_no_spare_code(client: Client, administrator: User) -> None:
    codes = set_up(client, administrator)
    key = Authenticator.objects.get(user=administrator).key
    with connection.cursor() as cursor:
        cursor.execute("SELECT a.key, s.codes FROM portal_authenticator a, portal_sparecodes s")
        [stored] = cursor.fetchall()
    assert all(stored)
    assert not any(secret in text for text in (bytes(each).decode() for each in stored) for secret in [key, *codes])


def test_a_second_factor_from_before_keys_were_encrypted_goes_on(client: Client, administrator: User) -> None:
    plain = TOTPDevice.objects.create(user=administrator, name="Authenticator")
    StaticDevice.objects.create(user=administrator).token_set.create(token="k3xq7w2m")
    importlib.import_module("portal.migrations.0006_second_factors_encrypted").take_over(apps, None)
    assert not TOTPDevice.objects.exists()
    assert not StaticDevice.objects.exists()
    by_code = Client()
    sign_in(client, administrator, code_of(plain.bin_key))
    sign_in(by_code, administrator, "k3xq7w2m")
    assert [signed_in_user(each) for each in (client, by_code)] == [str(administrator.pk)] * 2
