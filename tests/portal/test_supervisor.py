"""One cluster of workers is kept alive whatever happens to it (E28)."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.utils import timezone

from integrations.models import Heartbeat
from portal.supervisor import Pace, Supervisor, announce, sign_of_life
from tests.patience import PATIENCE, until

QUICK = Pace(look_every=0.01, stops_within=PATIENCE, first_pause=0.0, longest_pause=0.01)

# Notes itself and a child of its own, then waits for ever.
IDLE = 'echo "$$ $WORKER_EPOCH" >> {notes}; sleep 1000 & echo "$! child" >> {notes}; wait'


@dataclass
class Cluster:
    """A supervised stand-in for the workers, with a clock and signs of life that the test holds."""

    notes: Path
    script: str = IDLE
    pace: Pace = QUICK
    now: datetime = field(default_factory=timezone.now)
    seen: datetime | None = None
    looks: int = 0
    broken: bool = False
    epochs: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.supervisor = Supervisor(
            command=["/bin/sh", "-c", self.script.format(notes=self.notes)],
            sign_of_life=self._look,
            announce=self.epochs.append,
            pace=self.pace,
            now=lambda: self.now,
        )
        self.thread = threading.Thread(target=self.supervisor.run, daemon=True)

    def _look(self) -> datetime | None:
        self.looks += 1
        if self.broken:
            raise OperationalError("the database is away")
        return self.seen

    def start(self) -> None:
        self.thread.start()
        self.wait_for_start(1)

    def wait_for_start(self, number: int) -> None:
        until(lambda: len(self.lines("child")) >= number)

    def lines(self, word: str) -> list[int]:
        text = self.notes.read_text() if self.notes.exists() else ""
        return [int(line.split()[0]) for line in text.splitlines() if line.split()[-1] == word]

    def workers(self) -> list[int]:
        text = self.notes.read_text() if self.notes.exists() else ""
        return [int(line.split()[0]) for line in text.splitlines() if line.split()[-1] in self.epochs]

    def passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    def is_looked_at(self, times: int = 3) -> None:
        wanted = self.looks + times
        until(lambda: self.looks >= wanted)

    def stop(self) -> None:
        self.supervisor.stop()
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()


def is_gone(pid: int) -> bool:
    """No process of that number, or one that only waits to be collected."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    running = Cluster(tmp_path / "notes")
    yield running
    if running.thread.is_alive():
        running.stop()


def test_an_epoch_that_could_not_be_noted_is_noted_once_the_database_is_back(cluster: Cluster) -> None:
    """Else its workers would post nothing until the next start."""
    noted: list[str] = []

    def announce_later(epoch: str) -> None:
        if cluster.broken:
            raise OperationalError("the database is away")
        noted.append(epoch)

    cluster.broken, cluster.supervisor.announce = True, announce_later
    cluster.thread.start()
    until(lambda: cluster.looks >= 3)
    assert noted == []
    cluster.broken = False
    until(lambda: bool(noted))
    text = cluster.notes.read_text()
    assert noted[0] in text


def test_a_deaf_cluster_is_killed_whole_and_started_again(cluster: Cluster) -> None:
    cluster.start()
    os.kill(cluster.workers()[0], signal.SIGSTOP)
    cluster.passes(181)
    cluster.wait_for_start(2)
    first, second = cluster.workers()
    assert first != second
    until(lambda: is_gone(first) and is_gone(cluster.lines("child")[0]))
    assert not is_gone(second)
    assert cluster.supervisor.kills == 1


def test_each_start_has_an_epoch_of_its_own_that_the_workers_are_told(cluster: Cluster) -> None:
    cluster.start()
    cluster.passes(181)
    cluster.wait_for_start(2)
    assert len(set(cluster.epochs)) == 2
    assert len(cluster.workers()) == 2


def test_a_cluster_that_shows_signs_of_life_is_left_alone(cluster: Cluster) -> None:
    cluster.start()
    cluster.seen = cluster.now + timedelta(seconds=100)
    cluster.passes(279)
    cluster.is_looked_at()
    assert (cluster.supervisor.starts, cluster.supervisor.kills) == (1, 0)
    cluster.passes(2)
    cluster.wait_for_start(2)


def test_a_fresh_cluster_has_its_three_minutes_before_the_first_sign(cluster: Cluster) -> None:
    cluster.seen = cluster.now - timedelta(days=2)
    cluster.start()
    cluster.passes(179)
    cluster.is_looked_at()
    assert cluster.supervisor.kills == 0


def test_a_database_that_is_away_does_not_count_as_deafness(cluster: Cluster) -> None:
    cluster.start()
    cluster.broken = True
    cluster.passes(1000)
    cluster.is_looked_at()
    assert cluster.supervisor.kills == 0


def test_a_cluster_that_ends_with_success_is_started_again_too(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path / "notes", script='echo "$$ child" >> {notes}; exit 0')
    cluster.thread.start()
    cluster.wait_for_start(3)
    cluster.stop()


def test_what_a_dead_cluster_leaves_behind_is_killed(cluster: Cluster) -> None:
    cluster.start()
    os.kill(cluster.workers()[0], signal.SIGKILL)
    cluster.wait_for_start(2)
    until(lambda: is_gone(cluster.lines("child")[0]))


def test_a_stop_lets_the_workers_finish(tmp_path: Path) -> None:
    script = (
        'trap \'echo "0 finished" >> {notes}; kill $!; exit 0\' TERM; sleep 1000 & echo "$$ child" >> {notes}; wait'
    )
    cluster = Cluster(tmp_path / "notes", script=script)
    cluster.start()
    cluster.stop()
    assert cluster.lines("finished") == [0]
    assert cluster.supervisor.starts == 1


def test_a_worker_that_will_not_stop_is_killed_in_the_end(tmp_path: Path) -> None:
    pace = Pace(look_every=0.01, stops_within=0.1)
    script = "trap '' TERM; echo \"$$ child\" >> {notes}; while :; do sleep 1000; done"
    cluster = Cluster(tmp_path / "notes", script=script, pace=pace)
    cluster.start()
    cluster.stop()
    assert is_gone(cluster.lines("child")[0])


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_database_server_that_was_restarted_is_asked_again() -> None:
    Heartbeat.objects.create(name="tick", at=timezone.now())
    connection.close_at = time.monotonic() + 60  # kept, as outside the tests
    with psycopg.connect(**_reaching(), autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert sign_of_life() is not None


def _reaching() -> dict[str, Any]:
    here = connection.settings_dict
    named = {"host": here["HOST"], "port": here["PORT"], "user": here["USER"], "password": here["PASSWORD"]}
    return {"dbname": here["NAME"], **{name: value for name, value in named.items() if value}}


@pytest.mark.django_db(transaction=True)
def test_the_epoch_of_this_machines_workers_stands_in_the_database() -> None:
    announce("first")
    announce("second")
    assert Heartbeat.objects.get(name=settings.SUPERVISOR_NAME).epoch == "second"
