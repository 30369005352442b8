"""Tokens are renewed before they expire, by one worker, and a rotated one is never lost (E22, promises 43 and 44)."""

import itertools
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection as database
from django.db import transaction
from django.utils import timezone

from audit.models import Entry
from integrations.engine import leases, token_sources, tokens
from integrations.engine.tokens import StoredTokens
from integrations.errors import ConfigurationError, ReconnectError, RetryLaterError
from integrations.models import Connection, Exchange, Health, TokenSet
from integrations.sandbox import Sandbox
from integrations.sandbox.xero.tokens import TokenStore
from integrations.systems.tokens import TokenAnswer
from tests.engine.conftest import COMPANY, USER, consent, grown_old, refreshes
from tests.engine.rows import a_connection

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def no_sleep(seconds: float) -> None:
    return


def token_set() -> TokenSet:
    return TokenSet.objects.get()


# When a token is renewed


def test_a_young_token_is_used_without_asking_anybody(
    xero: Connection, sandbox: Sandbox, django_assert_num_queries: Any
) -> None:
    held = StoredTokens(xero)
    first = held.access_token()
    with django_assert_num_queries(0):
        assert [held.access_token() for _ in range(100)] == [first] * 100
    assert refreshes(sandbox) == []


@pytest.mark.promise(43)
def test_a_token_of_twenty_minutes_is_renewed_before_the_next_call(xero: Connection, sandbox: Sandbox) -> None:
    before = token_set()
    grown_old(xero, timedelta(minutes=20))
    token = StoredTokens(xero).access_token()
    after = token_set()
    assert token == after.access_token != before.access_token
    assert after.refresh_token not in ("", before.refresh_token)
    assert after.generation == before.generation + 1
    assert (after.lease_token, after.lease_until) == ("", None)
    assert refreshes(sandbox) == [200]


def test_the_tokens_lie_encrypted_in_the_database(xero: Connection) -> None:
    """Also those saved by an update with conditions (E17)."""
    grown_old(xero)
    token = StoredTokens(xero).access_token()
    with database.cursor() as cursor:
        cursor.execute("SELECT access_token, refresh_token FROM integrations_tokenset")
        written = b"".join(bytes(column) for column in cursor.fetchone())
    assert token.encode() not in written
    assert token_set().access_token == token
    assert token_set().refresh_token.encode() not in written


@pytest.mark.promise(43)
@pytest.mark.django_db(transaction=True)  # in one transaction PostgreSQL would keep thousands of dead rows
@pytest.mark.sqlite
def test_over_thirty_days_no_call_goes_out_with_an_expired_token(xero: Connection, monkeypatch: Any) -> None:
    """A call every two minutes: a renewal every twenty and not one more."""
    vendor = TokenStore()
    renewals = []

    def ask(_connection: Connection, refresh_token: str, _log: object) -> TokenAnswer:
        renewals.append(timezone.now())
        pair = vendor.rotate(refresh_token, milliseconds())
        return TokenAnswer(pair["access_token"], pair["expires_in"], pair["refresh_token"])

    def milliseconds() -> int:
        return round(timezone.now().timestamp() * 1000)

    monkeypatch.setattr(token_sources, "ask", ask)
    with time_machine.travel(NOON, tick=False) as clock:
        scopes = ["offline_access"]
        person = {"xero_userid": USER, "sub": USER}
        first = vendor.issue(vendor.open_set("app", person, scopes, "event-1", replace=True), milliseconds())
        tokens.store("xero", TokenAnswer(first["access_token"], 1800, first["refresh_token"]), subject=USER)
        held = StoredTokens(xero)
        for _ in range(30 * 24 * 30):
            vendor.set_of(held.access_token(), milliseconds())  # raises when it has expired
            clock.shift(timedelta(minutes=2))
    theoretical = 30 * 24 * 60 / 20
    assert theoretical * 0.95 <= len(renewals) <= theoretical


@pytest.mark.promise(43)
def test_procurifys_token_is_fetched_anew_after_twenty_three_hours(monkeypatch: Any) -> None:
    fetched = []

    def ask(*_: object) -> TokenAnswer:
        fetched.append(timezone.now())
        return TokenAnswer(f"token {len(fetched)}", 86_400)

    monkeypatch.setattr(token_sources, "ask", ask)
    connection = a_connection("procurify", "mills")
    with time_machine.travel(NOON, tick=False) as clock:
        held = StoredTokens(connection)
        for _ in range(30 * 24 * 4):
            assert held.access_token() == f"token {len(fetched)}"
            clock.shift(timedelta(minutes=15))
    assert {b - a for a, b in itertools.pairwise(fetched)} == {timedelta(hours=23)}
    connection.refresh_from_db()
    assert connection.token_set == token_set()


def test_a_token_that_lives_shorter_than_documented_is_renewed_in_time(monkeypatch: Any) -> None:
    monkeypatch.setattr(token_sources, "ask", lambda *_: TokenAnswer(f"at {timezone.now()}", 60))
    held = StoredTokens(a_connection("procurify", "mills"))
    with time_machine.travel(NOON, tick=False) as clock:
        first = held.access_token()
        clock.shift(timedelta(seconds=44))
        assert held.access_token() == first
        clock.shift(timedelta(seconds=1))
        assert held.access_token() != first


# Refused tokens


def test_a_refused_token_is_replaced(xero: Connection, sandbox: Sandbox) -> None:
    held = StoredTokens(xero)
    first = held.access_token()
    held.refused(first)
    assert held.access_token() != first
    assert refreshes(sandbox) == [200]


def test_a_refused_token_that_another_worker_has_replaced_costs_no_renewal(xero: Connection, sandbox: Sandbox) -> None:
    slow, quick = StoredTokens(xero), StoredTokens(xero)
    old = slow.access_token()
    quick.refused(old)
    new = quick.access_token()
    slow.refused(old)
    assert slow.access_token() == new
    assert refreshes(sandbox) == [200]


# One worker at a time


def test_while_another_worker_renews_a_token_that_is_still_good_is_used(xero: Connection, sandbox: Sandbox) -> None:
    grown_old(xero)
    assert leases.claim(TokenSet, token_set().pk, 60)
    assert StoredTokens(xero, sleep=no_sleep).access_token() == token_set().access_token
    assert refreshes(sandbox) == []


def test_who_waited_for_another_workers_renewal_takes_its_token(xero: Connection, sandbox: Sandbox) -> None:
    grown_old(xero, expired=True)
    row = token_set()
    lease = leases.claim(TokenSet, row.pk, 60)
    naps = []

    def the_other_finishes(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 3:
            tokens.store("xero", TokenAnswer("the other's", 1800, "r"), subject=USER)

    assert lease
    assert StoredTokens(xero, sleep=the_other_finishes).access_token() == "the other's"
    assert sum(naps) < 5
    assert refreshes(sandbox) == []


def test_who_waits_in_vain_comes_back_later_and_says_nothing_against_the_connection(xero: Connection) -> None:
    grown_old(xero, expired=True)
    leases.claim(TokenSet, token_set().pk, 60)
    naps: list[float] = []
    with pytest.raises(RetryLaterError) as error:
        StoredTokens(xero, sleep=naps.append).access_token()
    assert sum(naps) < 5
    from integrations.engine.health import note_health

    note_health(xero, error.value)
    assert xero.health == Health.CONNECTED


def test_no_token_is_renewed_inside_a_transaction(xero: Connection, sandbox: Sandbox) -> None:
    grown_old(xero)
    with transaction.atomic(), pytest.raises(RuntimeError):
        StoredTokens(xero).access_token()
    assert refreshes(sandbox) == []


def test_a_worker_that_lost_its_lease_saves_nothing_and_uses_the_others_token(
    xero: Connection, sandbox: Sandbox, monkeypatch: Any
) -> None:
    """Stopped between question and answer, while another worker renewed."""
    grown_old(xero, expired=True)
    original = token_sources.ask

    def slow(*asked: Any) -> TokenAnswer:
        answer = original(*asked)
        TokenSet.objects.update(lease_until=timezone.now())
        monkeypatch.setattr(token_sources, "ask", original)
        StoredTokens(xero).access_token()
        return answer

    monkeypatch.setattr(token_sources, "ask", slow)
    token = StoredTokens(xero).access_token()
    assert token == token_set().access_token
    assert token_set().generation == 1
    assert refreshes(sandbox) == [200, 200]


def test_the_lease_outlives_the_call_that_is_made_under_it() -> None:
    assert token_sources.DEADLINE * 2 < tokens.LEASE_SECONDS


# What can go wrong at the other end


@pytest.mark.promise(44)
def test_a_lost_answer_is_asked_for_again_with_the_old_refresh_token(xero: Connection, sandbox: Sandbox) -> None:
    grown_old(xero, expired=True)
    before = token_set().refresh_token
    sandbox.faults.add("xero", "lose_answer", path="/connect/token")
    held = StoredTokens(xero)
    with pytest.raises(RetryLaterError):
        held.access_token()
    assert token_set().refresh_token == before
    assert token_set().lease_token == ""
    held.access_token()
    assert token_set().refresh_token != before


@pytest.mark.promise(44)
def test_a_lost_answer_that_is_missed_for_longer_than_the_grace_asks_a_person(
    xero: Connection, sandbox: Sandbox
) -> None:
    grown_old(xero, expired=True)
    sandbox.faults.add("xero", "lose_answer", path="/connect/token")
    with pytest.raises(RetryLaterError):
        StoredTokens(xero).access_token()
    sandbox.clock.forward(minutes=31)
    with pytest.raises(ReconnectError):
        StoredTokens(xero).access_token()
    xero.refresh_from_db()
    assert xero.health == Health.RECONNECT
    assert Entry.objects.filter(action="connection.health_changed", subject_id=str(xero.pk)).count() == 1


def test_while_the_identity_host_is_down_a_token_that_is_still_good_is_used(xero: Connection, sandbox: Sandbox) -> None:
    grown_old(xero)
    sandbox.faults.add("xero", "status", path="/connect/token", status=503, times=-1)
    held = StoredTokens(xero)
    assert {held.access_token() for _ in range(20)} == {token_set().access_token}
    assert refreshes(sandbox) == [503]  # not asked again before every call
    xero.refresh_from_db()
    assert xero.health == Health.CONNECTED


@pytest.mark.parametrize("trouble", ["status", "refuse", "html", "malformed", "cut_body"])
def test_trouble_at_the_identity_host_keeps_the_tokens(xero: Connection, sandbox: Sandbox, trouble: str) -> None:
    grown_old(xero, expired=True)
    before = token_set()
    sandbox.faults.add("xero", trouble, path="/connect/token", status=500)
    with pytest.raises(RetryLaterError):
        StoredTokens(xero).access_token()
    after = token_set()
    assert (after.refresh_token, after.generation) == (before.refresh_token, before.generation)
    assert after.lease_token == ""
    StoredTokens(xero).access_token()


def test_a_revoked_sign_in_asks_every_company_of_that_user_to_connect_again(xero: Connection, sandbox: Sandbox) -> None:
    sibling = a_connection("xero", "another-organisation", token_set=xero.token_set)
    sandbox.xero.revoke_tokens()
    held = StoredTokens(xero)
    held.refused(held.access_token())
    with pytest.raises(ReconnectError):
        held.access_token()
    assert {each.health for each in Connection.objects.all()} == {Health.RECONNECT}
    assert Entry.objects.filter(action="connection.health_changed").count() == 2
    assert sibling.pk


def test_wrong_credentials_of_the_application_are_a_matter_of_settings(xero: Connection) -> None:
    grown_old(xero, expired=True)
    Connection.objects.filter(pk=xero.pk).update(client_secret="wrong")
    with pytest.raises(ConfigurationError):
        StoredTokens(xero).access_token()
    assert token_set().lease_token == ""


def test_nobody_has_signed_in_yet(xero: Connection) -> None:
    connection = a_connection("xero", "new")
    with pytest.raises(ReconnectError, match="sign in"):
        StoredTokens(connection).access_token()


# Sharing and replacing


def test_one_renewal_serves_all_companies_of_one_sign_in(xero: Connection, sandbox: Sandbox) -> None:
    sibling = a_connection("xero", "another-organisation", token_set=xero.token_set)
    grown_old(xero)
    assert StoredTokens(xero).access_token() == StoredTokens(sibling).access_token()
    assert refreshes(sandbox) == [200]


def test_a_new_consent_replaces_the_old_tokens_also_under_a_renewal_that_is_under_way(
    xero: Connection, sandbox: Sandbox, monkeypatch: Any
) -> None:
    grown_old(xero, expired=True)
    original = token_sources.ask

    def overtaken(*asked: Any) -> TokenAnswer:
        answer = original(*asked)
        tokens.store("xero", TokenAnswer("of the new consent", 1800, "new"), subject=USER)
        return answer

    monkeypatch.setattr(token_sources, "ask", overtaken)
    assert StoredTokens(xero).access_token() == "of the new consent"
    assert token_set().refresh_token == "new"


@pytest.mark.promise(44)
def test_a_sign_in_that_nobody_used_for_a_month_is_renewed_before_it_dies(xero: Connection, sandbox: Sandbox) -> None:
    before = token_set().refresh_token
    grown_old(xero, timedelta(days=29))
    tokens.renew_idle()
    assert token_set().refresh_token == before
    grown_old(xero, timedelta(days=30))
    tokens.renew_idle()
    assert token_set().refresh_token != before
    assert refreshes(sandbox) == [200]


def test_a_sign_in_that_cannot_be_renewed_does_not_stop_the_others(xero: Connection, sandbox: Sandbox) -> None:
    other = a_connection("xero", "b", client_id=xero.client_id, client_secret=xero.client_secret)
    other.token_set = tokens.store("xero", TokenAnswer("a", 1800, "never granted"), subject="another user")
    other.save()
    TokenSet.objects.update(refreshed_at=timezone.now() - timedelta(days=31))
    tokens.renew_idle()
    other.refresh_from_db()
    xero.refresh_from_db()
    assert (other.health, xero.health) == (Health.RECONNECT, Health.CONNECTED)
    assert sorted(refreshes(sandbox)) == [200, 400]


# Secrets


def test_no_secret_is_printed_or_logged(xero: Connection, sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    grown_old(xero, expired=True)
    held = StoredTokens(xero)
    secrets = [token_set().access_token, token_set().refresh_token, xero.client_secret]
    sandbox.faults.add("xero", "html", path="/connect/token")
    with pytest.raises(RetryLaterError) as error:
        held.access_token()
    secrets.append(held.access_token())
    secrets.append(token_set().refresh_token)
    told = caplog.text + repr(error.value) + repr(held._held) + repr(held.__dict__) + str(list(Exchange.objects.all()))
    told += str(list(Entry.objects.values()))
    assert not [secret for secret in secrets if secret in told]


def test_a_consent_of_the_same_user_keeps_one_row(xero: Connection, sandbox: Sandbox) -> None:
    tokens.store("xero", consent(sandbox), subject=USER)
    assert TokenSet.objects.count() == 1
    assert sandbox.xero.organisation(COMPANY)
