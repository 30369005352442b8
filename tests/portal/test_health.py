"""What monitors are told, and who may ask."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from integrations.models import Heartbeat
from tests.portal.conftest import person


@pytest.fixture
def alive(db: None) -> None:
    Heartbeat.objects.create(name="tick", at=timezone.now() - timedelta(seconds=20))


def health(client: Client) -> tuple[int, dict[str, Any]]:
    answer = client.get("/health")
    return answer.status_code, answer.json()


@pytest.mark.usefixtures("alive")
def test_all_is_well(client: Client) -> None:
    status, told = health(client)
    assert (status, told["status"]) == (200, "ok")
    assert 19 <= told["workers"]["seconds_since_sign_of_life"] <= 25


@pytest.mark.usefixtures("alive")
def test_silent_workers_are_a_failure(client: Client) -> None:
    Heartbeat.objects.update(at=timezone.now() - timedelta(minutes=5))
    status, told = health(client)
    assert (status, told["workers"]["ok"]) == (503, False)


@pytest.mark.usefixtures("alive")
def test_a_database_that_is_away_is_a_failure_and_not_a_traceback(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise OperationalError("could not connect to db-host as user secret")

    monkeypatch.setattr("portal.health._database", away)
    status, told = health(client)
    assert (status, told) == (503, {"status": "bad", "database": {"ok": False}})


@pytest.mark.usefixtures("alive")
def test_health_costs_a_handful_of_questions(client: Client, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(8):
        health(client)


def afar(authorization: str = "") -> Client:
    """A browser or monitor on another machine."""
    extra: dict[str, Any] = {"HTTP_AUTHORIZATION": authorization} if authorization else {}
    return Client(REMOTE_ADDR="192.0.2.7", **extra)


@pytest.mark.usefixtures("alive")
def test_metrics_are_for_this_machine_a_token_or_an_operator(settings: Settings) -> None:
    settings.METRICS_TOKEN = "a long token of a monitor"
    assert Client().get("/metrics").status_code == 200
    assert afar().get("/metrics").status_code == 403
    assert afar("Bearer guess").get("/metrics").status_code == 403
    assert afar("Bearer a long token of a monitor").get("/metrics").status_code == 200
    operator = afar()
    operator.force_login(person("olga", "Operator"))
    assert operator.get("/metrics").status_code == 200


@pytest.mark.usefixtures("alive")
@pytest.mark.parametrize("name", ["127.0.0.1:8000", "10.0.0.4:8000", "web-1"])
def test_a_monitor_may_ask_by_any_name_and_without_tls(settings: Settings, name: str) -> None:
    settings.SITE_URL, settings.ALLOWED_HOSTS = "https://counterfoil.example.com", ["counterfoil.example.com"]
    settings.SECURE_SSL_REDIRECT = True
    monitor = Client(headers={"host": name})
    assert [monitor.get(page).status_code for page in ("/health", "/metrics")] == [200, 200]
    assert monitor.get("/login/").status_code == 400


@pytest.mark.usefixtures("alive")
def test_an_unset_token_lets_nobody_in() -> None:
    assert afar("Bearer ").get("/metrics").status_code == 403


@pytest.mark.usefixtures("alive")
def test_a_request_that_a_proxy_on_this_machine_forwards_is_not_local() -> None:
    assert Client().get("/metrics", headers={"x-forwarded-for": "192.0.2.7"}).status_code == 403


@pytest.mark.usefixtures("alive")
def test_metrics_are_readable_by_prometheus_and_name_nobody(accountant: User) -> None:
    text = Client().get("/metrics").content.decode()
    assert "counterfoil_workers_up 1\n" in text
    for line in text.splitlines():
        assert line.startswith(("# HELP counterfoil_", "# TYPE counterfoil_", "counterfoil_"))
        if not line.startswith("#"):
            float(line.rpartition(" ")[2])
    assert accountant.username not in text
