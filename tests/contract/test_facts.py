"""The facts of every system hold together."""

from datetime import timedelta

import pytest

from integrations.errors import ConfigurationError
from integrations.http.addresses import checked_base
from integrations.systems import SYSTEM_LABELS, SYSTEMS, system
from integrations.systems.facts import AuthorizationCode, ClientCredentials, System, load


@pytest.fixture(params=sorted(SYSTEMS))
def facts(request: pytest.FixtureRequest) -> System:
    return system(request.param)


def test_slug_and_label_are_those_it_is_listed_under(facts: System) -> None:
    assert SYSTEMS[facts.slug]
    assert SYSTEM_LABELS[facts.slug] == facts.label
    assert SYSTEMS.keys() == SYSTEM_LABELS.keys()


def test_a_write_settles_only_after_every_moment_it_may_take_e3(facts: System) -> None:
    leaves_within = timedelta(seconds=10)
    assert facts.writes_settle_in > leaves_within + facts.call_deadline
    assert facts.remembered_for < timedelta(minutes=6)


def test_every_host_is_one_that_may_be_called_by_https(facts: System) -> None:
    for environment in ("", *facts.environments):
        addresses = {part: facts.url(part, environment=environment, domain="acme") for part in facts.hosts}
        assert all(address.startswith("https://") for address in addresses.values())
        called = {part: address for part, address in addresses.items() if part in ("api", "identity")}
        for address in called.values():
            checked_base(address, facts.allowed_hosts, plain_loopback=False)


def test_every_name_that_is_imported_later_is_there(facts: System) -> None:
    assert callable(facts.load_client().open)
    assert callable(facts.load_parse().loads)
    if facts.totals:
        assert callable(facts.load_totals())
    if isinstance(facts.auth, ClientCredentials):
        assert callable(load(facts.auth.fetch))
        assert callable(load(f"{facts.auth.fetch.rpartition('.')[0]}.domain_of"))
        assert not facts.auth.revoke or callable(load(facts.auth.revoke))
    if isinstance(facts.auth, AuthorizationCode):
        assert all(callable(load(f"{facts.auth.companies}.{name}")) for name in ("signed_in", "tenants", "disconnect"))


def test_cursors_overlap_and_tokens_are_renewed_before_they_end(facts: System) -> None:
    assert facts.overlap > timedelta(seconds=59)
    assert isinstance(facts.auth, AuthorizationCode | ClientCredentials)
    assert facts.auth.refresh_after > timedelta(minutes=5)


def test_some_calls_of_every_day_are_kept_for_people(facts: System) -> None:
    assert facts.pace.minute > 0
    assert facts.pace.day * facts.pace.reserve >= 1


def test_an_operators_address_wins_and_a_domain_is_needed_where_there_is_one() -> None:
    procurify = system("procurify")
    assert procurify.url("api", domain="acme") == "https://acme.procurify.com"
    assert (
        procurify.url("api", {"api": "http://localhost:9102/{domain}/"}, domain="acme") == "http://localhost:9102/acme"
    )
    with pytest.raises(ConfigurationError):
        procurify.url("api")


def test_an_unknown_system_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        system("abacus")
