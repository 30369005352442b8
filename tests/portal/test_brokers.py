"""Whatever lies in the queue, only our own task functions are imported and run (E29)."""

import importlib
import os
import pickle
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from multiprocessing import Event, Queue, Value
from pathlib import Path
from typing import Any

import pytest
import redis
from django_q.brokers import Broker
from django_q.conf import Conf
from django_q.pusher import pusher
from django_q.signing import SignedPackage
from django_q.tasks import async_task
from django_q.worker import worker
from pytest_django import Settings

from portal.brokers import DatabaseBroker, RedisBroker, is_ours
from tests.patience import PATIENCE, until
from tests.portal import noted

TRAP = """
from pathlib import Path

Path({mark!r}).write_text("imported")


def spring(*args, **kwargs):
    Path({mark!r}).write_text("run")
"""


@pytest.fixture
def trap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A module outside the portal; the file exists as soon as anybody imports it."""
    mark = tmp_path / "sprung"
    (tmp_path / "counterfoil_trap.py").write_text(TRAP.format(mark=str(mark)))
    monkeypatch.syspath_prepend(str(tmp_path))
    yield mark
    sys.modules.pop("counterfoil_trap", None)


@pytest.fixture(autouse=True)
def own_tasks(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    # The worker's loop runs in this process, which after thousands of tests is larger than a worker may grow.
    monkeypatch.setattr(Conf, "MAX_RSS", None)
    settings.TASK_FUNCTIONS = ["tests.portal.noted.note"]
    noted.CALLS.clear()
    yield noted.CALLS
    noted.CALLS.clear()


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The local Redis, or one of our own."""
    usual = "redis://127.0.0.1:6379/0"
    try:
        redis.from_url(usual).ping()
    except redis.ConnectionError:
        yield from _own_redis(tmp_path_factory.mktemp("redis") / "socket")
    else:
        yield usual


def _own_redis(at: Path) -> Iterator[str]:
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("No Redis answers on port 6379 and redis-server is not installed.")
    # No port, which another program could take first.
    server = subprocess.Popen(
        [program, "--port", "0", "--unixsocket", str(at), "--save", ""], stdout=subprocess.DEVNULL
    )
    try:
        until(at.exists)
        yield f"unix://{at}?db=0"
    finally:
        server.terminate()
        server.wait(PATIENCE)


@pytest.fixture(params=["database", "redis"])
def broker(request: pytest.FixtureRequest, db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    """Both brokers, each with a queue of its own."""
    queue = f"counterfoil-test-{uuid.uuid4().hex}"
    if request.param == "database":
        monkeypatch.setattr(Conf, "POLL", 0)
        yield DatabaseBroker(queue)
        return
    monkeypatch.setattr(Conf, "REDIS", request.getfixturevalue("redis_url"))
    broker = RedisBroker(queue)
    monkeypatch.setattr(broker.connection, "blpop", _without_waiting(broker.connection))
    yield broker
    broker.delete_queue()


def _without_waiting(connection: Any) -> Callable[[str, int], tuple[str, bytes] | None]:
    def take(key: str, _seconds: int) -> tuple[str, bytes] | None:
        task = connection.lpop(key)
        return (key, task) if task else None

    return take


class Shell:
    """A pickle that runs a command as soon as it is read."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.system, (f"touch {self.mark}",)


def _signed(**task: Any) -> str:
    """Signed with the right key, as somebody who may write to the queue could not do."""
    package: str = SignedPackage.dumps({"id": "1", "name": "x", "args": (), "kwargs": {}, **task})
    return package


def _foreign(mark: Path) -> dict[str, str]:
    by_reference = _signed(func=importlib.import_module("counterfoil_trap").spring)
    sys.modules.pop("counterfoil_trap")
    mark.unlink()
    ours = {"func": "tests.portal.noted.note", "args": (1,)}
    return {
        "a foreign function by name": _signed(func="counterfoil_trap.spring"),
        "a foreign function by reference": by_reference,
        "a library's function": _signed(func="os.system", args=(f"touch {mark}",)),
        "a pickle that acts when read": _signed(func="tests.portal.noted.note", args=(Shell(mark),)),
        "a hook after our own function": _signed(**ours, hook="counterfoil_trap.spring"),
        "a chain after our own function": _signed(**ours, chain=[("counterfoil_trap.spring", (), {})]),
        "text where an id belongs": _signed(func="tests.portal.noted.note", args=("1; drop",)),
        "no task at all": _signed().replace("a", "b"),
        "another key": _signed(func="tests.portal.noted.note")[:-4] + "AAAA",
        "a bare pickle": pickle.dumps({"func": "tests.portal.noted.note"}).hex(),
    }


def _one_round(broker: Broker, tasks: int) -> None:
    """What a cluster does, in this process: take each task from the broker, then work on what was taken."""
    taken: Queue[Any] = Queue()
    results: Queue[Any] = Queue()
    stop = Event()
    stop.set()
    for _ in range(tasks):
        pusher(taken, stop, broker)
    taken.put("STOP")
    worker(taken, results, Value("f", -1), 30)


@pytest.mark.usefixtures("own_tasks")
def test_a_foreign_task_is_neither_imported_nor_run_and_leaves_the_queue(broker: Broker, trap: Path) -> None:
    foreign = _foreign(trap)
    for payload in foreign.values():
        broker.enqueue(payload)
    assert broker.queue_size() == len(foreign)
    _one_round(broker, len(foreign))
    assert not trap.exists()
    assert "counterfoil_trap" not in sys.modules
    assert noted.CALLS == []
    assert broker.queue_size() == 0
    assert not broker.lock_size()


def test_each_kind_of_foreign_task_is_told_apart(trap: Path) -> None:
    assert [kind for kind, payload in _foreign(trap).items() if is_ours(payload)] == []


def test_our_own_tasks_run_between_foreign_ones(broker: Broker, trap: Path, own_tasks: list[int]) -> None:
    for number, payload in enumerate(_foreign(trap).values()):
        broker.enqueue(payload)
        async_task("tests.portal.noted.note", number, broker=broker)
    _one_round(broker, 2 * len(_foreign(trap)))
    assert own_tasks == list(range(10))
    assert not trap.exists()


def test_a_task_of_ours_comes_back_as_it_was_sent(broker: Broker) -> None:
    sent = async_task("tests.portal.noted.note", 7, broker=broker)
    [(_task_id, payload)] = broker.dequeue()
    task = SignedPackage.loads(payload)
    assert (task["id"], task["func"], task["args"]) == (sent, "tests.portal.noted.note", (7,))


def test_an_empty_queue_is_no_error(broker: Broker) -> None:
    assert broker.dequeue() == []
