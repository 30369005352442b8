"""Every system that is written to: a write takes effect at most once, and what became of it is told truly (E2)."""

from typing import Any

import pytest

from integrations.errors import NotSentError, OutcomeUnknownError, ProgrammingError, ThrottledError
from tests.contract.bench import Bench
from tests.patience import nobody_listening, that_left, until

# What happens, and how many documents stand afterwards.
DOUBTS: dict[str, tuple[dict[str, Any], int]] = {
    "lost answer": ({"effect": "lose_answer"}, 1),
    "cut": ({"effect": "cut_body"}, 1),
    "web page": ({"effect": "html"}, 0),
    "malformed": ({"effect": "malformed"}, 0),
    "500 after commit": ({"effect": "status_after_commit", "status": 500}, 1),
    "503": ({"effect": "status", "status": 503}, 0),
    "hangs up before": ({"effect": "refuse"}, 0),
}


@pytest.mark.parametrize(("fault", "stands"), DOUBTS.values(), ids=DOUBTS.keys())
def test_a_lost_answer_is_a_doubt_that_the_look_up_settles_e2(
    writing: Bench, fault: dict[str, Any], stands: int
) -> None:
    client = writing.open()
    writing.sandbox.faults.add(writing.slug, path=writing.write_path, method=writing.write_method, **fault)
    with pytest.raises(OutcomeUnknownError):
        writing.write(client, "PF7")
    was_written_once(writing, stands)


def test_an_answer_that_does_not_come_in_time_is_a_doubt_too_e2(writing: Bench) -> None:
    client = writing.open(deadline=1)
    writing.wires.access_token()
    writing.sandbox.faults.add(writing.slug, "hang", path=writing.write_path, method=writing.write_method)
    with pytest.raises(OutcomeUnknownError):
        that_left(lambda: writing.write(client, "PF7"))
    until(lambda: writing.written("PF7"))
    was_written_once(writing, 1)


def was_written_once(writing: Bench, stands: int) -> None:
    """The stand-in received it once, and what stands is found by whoever looks it up."""
    sent = [entry for entry in writing.requests() if entry["method"] == writing.write_method]
    assert len(sent) == 1
    assert writing.found(writing.open(), "PF7") == writing.written("PF7") == stands


def test_what_was_written_is_found_by_our_reference_alone(writing: Bench) -> None:
    client = writing.open()
    writing.write(client, "PF7")
    assert (writing.found(client, "PF7"), writing.found(client, "PF8")) == (1, 0)


def test_a_write_with_an_expired_token_was_not_read(writing: Bench) -> None:
    client = writing.open()
    writing.wires.access_token()
    writing.sandbox.faults.add(writing.slug, "expire_token", path=writing.write_path, method=writing.write_method)
    with pytest.raises(NotSentError):
        writing.write(client, "PF7")
    assert writing.written("PF7") == 0
    writing.write(client, "PF7")
    assert writing.written("PF7") == 1


def test_a_throttled_write_was_not_applied(writing: Bench) -> None:
    writing.sandbox.faults.add(writing.slug, "status", path=writing.write_path, method=writing.write_method, status=429)
    with pytest.raises(ThrottledError):
        writing.write(writing.open(), "PF7")
    assert writing.written("PF7") == 0


def test_a_host_that_is_gone_was_not_asked(writing: Bench) -> None:
    with nobody_listening() as port:
        client = writing.open({"api": f"http://127.0.0.1:{port}"})
        with pytest.raises(NotSentError):
            writing.write(client, "PF7")


def test_a_redirected_write_is_not_followed(writing: Bench) -> None:
    writing.sandbox.faults.add(
        writing.slug,
        "status",
        path=writing.write_path,
        method=writing.write_method,
        status=307,
        headers={"Location": "/elsewhere"},
    )
    with pytest.raises(ProgrammingError):
        writing.write(writing.open(), "PF7")
    assert len(writing.requests()) == 1
