"""Settings that are unsafe or contradict each other are refused, each with what to do."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import CheckMessage
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from portal import checks

LIVE = "https://counterfoil.example.com"


@pytest.fixture
def live(settings: Settings) -> Settings:
    """What a real installation looks like."""
    settings.SITE_URL = LIVE
    settings.ALLOWED_HOSTS = ["counterfoil.example.com"]
    settings.BEHIND_PROXY = True
    settings.DEBUG = settings.DEMO = False
    settings.SYSTEM_HOSTS = {}
    settings.ON_SQLITE = True
    return settings


def told() -> dict[str, CheckMessage]:
    found = [*checks.settings_agree(None), *checks.ready_for_others(None)]
    return {str(message.id): message for message in found}


def test_a_real_installation_has_nothing_to_answer_for(live: Settings) -> None:
    assert told() == {}


def test_the_shipped_defaults_have_nothing_to_answer_for() -> None:
    assert told() == {}


def _cluster(**changes: Any) -> Callable[[Settings], None]:
    def change(settings: Settings) -> None:
        settings.Q_CLUSTER = settings.Q_CLUSTER | changes

    return change


def _setting(**changes: Any) -> Callable[[Settings], None]:
    def change(settings: Settings) -> None:
        for name, value in changes.items():
            setattr(settings, name, value)

    return change


@pytest.mark.parametrize(
    ("change", "expected", "advice"),
    [
        (_setting(SITE_URL="counterfoil.example.com"), "portal.E001", "https://counterfoil.example.com"),
        (_setting(SITE_URL="https://counterfoil.example.com/books"), "portal.E001", "scheme and host alone"),
        (
            _setting(SITE_URL="https://xero.example.com", ALLOWED_HOSTS=["xero.example.com"]),
            "portal.E002",
            "under a name without it",
        ),
        (_setting(SITE_URL="http://counterfoil.example.com"), "portal.E003", "TLS"),
        (_setting(DEBUG=True), "portal.E004", "Unset DEBUG"),
        (_setting(DEMO=True), "portal.E005", "Unset DEMO"),
        (_setting(ALLOWED_HOSTS=["*"]), "portal.E006", "List the names"),
        (_setting(SYSTEM_HOSTS={"xero": {"api": "http://localhost:9101"}}), "portal.W001", "SANDBOX_URL"),
        (_setting(SYSTEM_HOSTS={"xero": {"api": "http://books.example.com"}}), "portal.E007", "https"),
        (_setting(BEHIND_PROXY=False), "portal.W002", "BEHIND_PROXY=on"),
        (_setting(SITE_URL="https://counterfoil.example.com:8443"), "portal.W004", "usual port"),
        (_cluster(workers=8), "portal.W003", "PostgreSQL"),
        (_cluster(retry=300), "portal.E010", "retry 900"),
        (_cluster(timeout=None), "portal.E010", "timeout 300"),
        (_cluster(workers=0), "portal.E011", "WORKERS to 2"),
        (_cluster(catch_up=True), "portal.E012", "shipped values"),
        (_cluster(max_attempts=0), "portal.E012", "shipped values"),
        (_cluster(bulk=10), "portal.E012", "shipped values"),
        (_cluster(broker_class=None), "portal.E013", "REDIS_URL"),
        (_setting(SECRET_KEY="django-insecure-" + "x" * 60), "portal.E020", "keys file"),
        (_setting(SECRET_KEY="short"), "portal.E020", "keys file"),
        (_setting(FERNET_KEYS=[]), "portal.E021", "apart from SECRET_KEY"),
    ],
)
def test_unsafe_settings_are_refused_with_what_to_do(
    live: Settings, change: Callable[[Settings], None], expected: str, advice: str
) -> None:
    change(live)
    found = told()
    assert set(found) == {expected}
    assert advice in str(found[expected].hint)


def test_a_credential_key_that_is_also_the_secret_key_is_refused(live: Settings) -> None:
    live.FERNET_KEYS = [live.SECRET_KEY]
    assert set(told()) == {"portal.E021"}


def test_a_keys_file_that_others_can_read_is_refused(
    live: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "keys.json"
    path.write_text("{}")
    path.chmod(0o644)
    monkeypatch.setenv("KEYS_FILE", str(path))
    assert set(told()) == {"portal.E022"}
    path.chmod(0o600)
    assert told() == {}


def test_a_web_server_refuses_to_start_on_unsafe_settings(live: Settings) -> None:
    checks.refuse_unsafe_settings()
    live.DEBUG = True
    live.SECRET_KEY = "default"
    with pytest.raises(ImproperlyConfigured, match=r"Unset DEBUG.*SECRET_KEY is a default"):
        checks.refuse_unsafe_settings()


def test_a_warning_does_not_keep_a_web_server_from_starting(live: Settings) -> None:
    live.SYSTEM_HOSTS = {"xero": {"api": "http://localhost:9101"}}
    checks.refuse_unsafe_settings()
