"""Real processes on one database: renewing tokens, dying over it, and sharing one budget of calls."""

import os
from typing import Any

import pytest

from integrations.sandbox import Sandbox
from integrations.sandbox.xero.authorization import CLIENT_ID
from integrations.sandbox.xero.identity import CLIENT_SECRET
from tests.engine.conftest import Beside, refreshes

# On PostgreSQL the programs use this test's own database, which is emptied after it.
pytestmark = pytest.mark.django_db(transaction=True)
WORKERS = 16
# The promise speaks of a thousand expiries; a few show the same every day.
ROUNDS = int(os.environ.get("RENEWAL_ROUNDS", "12"))


def consented(sandbox: Sandbox) -> dict[str, Any]:
    app = {"key": "6a1f", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    return {"consent": sandbox.xero.issue_tokens(), "app": app}


@pytest.mark.promise(44)
def test_sixteen_workers_renew_each_expired_token_exactly_once(sandbox: Sandbox, beside: Beside) -> None:
    """And all of them get the new one, which is saved before the first of them uses it."""
    told = beside.run("renewing", act="race", workers=WORKERS, rounds=ROUNDS, **consented(sandbox))
    assert told == {"wrong": [], "generation": ROUNDS}
    assert refreshes(sandbox) == [200] * ROUNDS


@pytest.mark.promise(44)
def test_a_worker_killed_between_answer_and_save_is_made_good_within_the_grace(
    sandbox: Sandbox, beside: Beside
) -> None:
    told = beside.run("renewing", act="death", **consented(sandbox))
    assert told == {"killed": True, "lease_left": True, "unchanged": True}
    assert beside.run("renewing", act="after")["outcome"] == "renewed"
    assert refreshes(sandbox) == [200, 200]


@pytest.mark.promise(44)
def test_after_the_grace_a_person_is_asked_to_connect_again_and_nothing_is_silent(
    sandbox: Sandbox, beside: Beside
) -> None:
    beside.run("renewing", act="death", **consented(sandbox))
    sandbox.clock.forward(minutes=31)
    told = beside.run("renewing", act="after")
    assert (told["outcome"], told["health"]) == ("ReconnectError", "reconnect")
    assert refreshes(sandbox) == [200, 400]


@pytest.mark.promise(46)
def test_three_processes_never_call_more_often_than_the_budget_allows(beside: Beside) -> None:
    """A "minute" of one second and a half, in any of which sixty calls are let through, two of them at once.

    When a call goes out, the machine decides; what a second between costs, `test_pace.py` works out.
    """
    told = beside.run(
        "calling",
        workers=3,
        calls=140,
        call=0.01,
        budget={"minute": 60, "day": 1000, "concurrent": 2},
        minute_length=1.5,
    )
    calls, let_through = told["calls"], told["let_through"]
    most = max(sum(1 for moment in let_through if first <= moment < first + 1.5) for first in let_through)
    at_once = max(sum(1 for began, ended in calls if began <= moment < ended) for moment, _ in calls)
    assert most <= 60
    assert at_once <= 2
    assert len(calls) == len(let_through) >= 140
    assert (told["day_used"], told["slots_left"]) == (len(calls), 0)
