"""Whatever a system answers, no token, credential or company key is in any message or log line."""

import logging
import traceback
from typing import Any

import pytest

from integrations.errors import ConfigurationError, CounterfoilError
from tests.contract.bench import Bench
from tests.contract.test_reading import FAULTS

MORE: dict[str, dict[str, Any]] = {
    "400": {"effect": "status", "status": 400, "body": {"detail": "no"}},
    "401": {"effect": "status", "status": 401, "body": {"Detail": "AuthenticationUnsuccessful"}},
    "403": {"effect": "status", "status": 403, "body": {"Detail": "AuthenticationUnsuccessful"}},
    "404": {"effect": "status", "status": 404},
    "redirect": {"effect": "status", "status": 302, "headers": {"Location": "https://evil.example/"}},
}


@pytest.mark.promise(42)
@pytest.mark.parametrize("fault", [*FAULTS.values(), *MORE.values()], ids=[*FAULTS, *MORE])
def test_no_failure_tells_a_secret(bench: Bench, fault: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    bench.sandbox.faults.add(bench.slug, path=bench.feed_path, times=-1, **fault)
    client = bench.open()
    with pytest.raises(CounterfoilError) as raised:
        list(bench.walk(client))
    assert bench.wires.tokens
    error: BaseException | None = raised.value
    told = [repr(bench.wires.exchanges), caplog.text, repr(client), repr(bench.facts)]
    while error is not None:
        told += ["".join(traceback.format_exception_only(error)), repr(error.args)]
        error = error.__context__
    leaks = [secret for secret in bench.secrets for text in told if secret in text]
    assert leaks == []


@pytest.mark.promise(42)
def test_no_success_tells_a_secret(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    bench.everything(bench.open())
    told = repr(bench.wires.exchanges) + caplog.text
    assert [secret for secret in bench.secrets if secret in told] == []
    assert bench.wires.exchanges


def test_a_foreign_host_is_never_called(bench: Bench) -> None:
    for address in ("https://evil.example", "http://api.example:80", "https://127.0.0.1.evil.example"):
        with pytest.raises(ConfigurationError):
            bench.open({"api": address})
    assert bench.requests() == []
