"""What an operator may set, and what happens when it makes no sense."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from integrations.systems import SYSTEMS
from portal import environment
from tests.environment_names import names

ROOT = Path(environment.__file__).resolve().parent.parent


def test_every_variable_stands_in_the_readme_and_nowhere_else_is_one_read() -> None:
    told = set(re.findall(r"^\| `([A-Z_<>]+)`", (ROOT / "portal" / "README.md").read_text(), re.MULTILINE))
    patterns = {"<SYSTEM>_<PART>_URL", "PACE_<SYSTEM>"}
    plain = {
        name
        for name in names()
        if not (name.startswith("PACE_") or re.search(r"_(API|FILES|IDENTITY|LOGIN)_URL$", name))
    }
    assert told == plain | patterns


def test_only_one_file_reads_the_environment() -> None:
    apps = [path for app in ("audit", "mappings", "integrations", "portal") for path in (ROOT / app).rglob("*.py")]
    assert len(apps) > 30
    reading = re.compile(r"os\.environ(?!, \"DJANGO)|os\.getenv|environ\.get")
    readers = {
        str(path.relative_to(ROOT))
        for path in apps
        if "sandbox" not in path.parts and reading.search(_without_settings_module(path))
    }
    # The workers' command, the supervisor and the demo hand the whole environment on; wsgi names the settings.
    handing_on = {"supervisor.py", "management/commands/workers.py"}
    handing_on |= {"demonstration/surroundings.py", "management/commands/demo.py"}
    assert readers <= {f"portal/{name}" for name in handing_on}


def _without_settings_module(path: Path) -> str:
    return path.read_text().replace('os.environ.setdefault("DJANGO_SETTINGS_MODULE"', "")


@pytest.mark.parametrize("word", ["On", "true", "yes", "1"])
def test_a_switch_understands_the_usual_words(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv("DEBUG", word)
    assert environment.debug() is True


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SECOND_PERSON", "WORKERS", "DATABASE_URL", "ALLOWED_HOSTS"):
        monkeypatch.setenv(name, " ")
    assert environment.second_person() is True
    assert environment.workers() == 2
    assert environment.database()["ENGINE"].endswith("sqlite3")
    assert environment.allowed_hosts() == ["localhost", "127.0.0.1", "[::1]"]


def test_a_mistyped_switch_stops_the_start_instead_of_switching_off_the_second_person(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SECOND_PERSON", "onn")
    with pytest.raises(ImproperlyConfigured, match="SECOND_PERSON must be on or off"):
        environment.second_person()


def test_a_site_answers_to_its_own_name_and_to_those_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SITE_URL", "https://counterfoil.example.com/")
    assert environment.site_url() == "https://counterfoil.example.com"
    assert environment.allowed_hosts() == ["counterfoil.example.com"]
    monkeypatch.setenv("ALLOWED_HOSTS", "books.internal, counterfoil.example.com")
    assert environment.allowed_hosts() == ["counterfoil.example.com", "books.internal"]


def test_addresses_and_limits_can_be_set_of_the_systems_that_there_are() -> None:
    assert set(environment.SANDBOX_PARTS) == set(SYSTEMS)


def test_the_sandbox_stands_in_for_every_system_on_the_ports_after_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SANDBOX_URL", "http://localhost:9100")
    monkeypatch.setenv("XERO_LOGIN_URL", "http://localhost:9999/")
    hosts = environment.system_hosts()
    assert hosts["xero"] == {
        "api": "http://localhost:9101",
        "identity": "http://localhost:9101",
        "login": "http://localhost:9999",
    }
    storage = "http://localhost:9102/storage"
    assert hosts["procurify"] == {"api": "http://localhost:9102/{domain}", "files": storage}


def test_without_a_sandbox_no_system_is_replaced() -> None:
    assert environment.system_hosts() == {}


def test_a_companys_own_limits_replace_only_those_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PACE_XERO", "minute=600, concurrent=10")
    assert environment.pace() == {"xero": {"minute": 600, "concurrent": 10}}


def test_no_limit_is_said_with_a_nought(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PACE_XERO", "day=0")
    assert environment.pace() == {"xero": {"day": 0}}


@pytest.mark.parametrize("text", ["600", "minute=", "minute=many", "hour=5", "minute=-1"])
def test_limits_that_make_no_sense_are_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("PACE_XERO", text)
    with pytest.raises(ImproperlyConfigured, match="PACE_XERO must look like"):
        environment.pace()


@pytest.mark.parametrize(
    ("name", "read", "written", "advice"),
    [
        ("SITE_URL", environment.site_url, "https://counterfoil.example.com:port", "like https://"),
        ("SITE_URL", environment.site_url, "http://[::1", "like https://"),
        ("DATABASE_URL", environment.database, "mysql://user:secret@host/name", "postgres://user:password@host"),
        ("DATABASE_URL", environment.database, "secret", "postgres://user:password@host"),
        ("DATABASE_URL", environment.database, "postgres://user:secret@host:port/name", "postgres://"),
        ("DATABASE_URL", environment.database, "postgres://user:secret@host:5432", "all processes share"),
        ("DATABASE_URL", environment.database, "sqlite://", "all processes share"),
        ("REDIS_URL", environment.redis_url, "http://:secret@host", "redis://host"),
        ("EMAIL_URL", environment.email, "mailto:secret@host", "smtp+tls://"),
        ("TIME_ZONE", environment.time_zone, "Mars/Olympus", "Europe/Berlin"),
        ("TIME_ZONE", environment.time_zone, "../Europe", "Europe/Berlin"),
        ("TIME_ZONE", environment.time_zone, "Europe", "Europe/Berlin"),
        ("SANDBOX_URL", environment.system_hosts, "http://localhost:port", "http://localhost:9100"),
        ("XERO_API_URL", environment.system_hosts, "localhost:9101", "https://api.example.com"),
        ("LOG_LEVEL", environment.log_level, "loud", "DEBUG, INFO"),
        ("BIND", environment.bind, "8000", "host and port"),
        ("WEB_WORKERS", environment.web_workers, "0", "from 1"),
    ],
)
def test_what_cannot_be_meant_stops_the_start_with_what_to_write(
    monkeypatch: pytest.MonkeyPatch, name: str, read: Callable[[], object], written: str, advice: str
) -> None:
    monkeypatch.setenv(name, written)
    with pytest.raises(ImproperlyConfigured, match=rf"^{name} must .*{re.escape(advice)}") as raised:
        read()
    assert "secret" not in str(raised.value)
    assert raised.value.__suppress_context__ or raised.value.__context__ is None


def test_addresses_of_every_kind_that_is_served_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://user:pass%40word@/name?host=/var/run/postgresql")
    assert environment.database()["NAME"] == "name"
    monkeypatch.setenv("REDIS_URL", "rediss://:secret@host:6380/1")
    assert environment.redis_url().startswith("rediss://")
    monkeypatch.setenv("EMAIL_URL", "smtp+tls://user:secret@host:587")
    assert environment.email()["EMAIL_PORT"] == 587
