"""A seal never passes over an entry whose transaction is still open (E20)."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event as Signal

import pytest
from django.db import connection, transaction

from audit import locks, seals
from audit.models import Entry, Seal
from audit.trail import Subject, log
from audit.verification import verify
from tests.patience import PATIENCE, until

SLOW, QUICK = Subject("record", 1, "Order PF1", "PF1"), Subject("record", 2, "Order PF2", "PF2")

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(3) as pool:
        yield pool


class SlowWriter:
    """Writes an entry in a transaction of its own and keeps it open until told."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self.written, self.may_commit = Signal(), Signal()
        self.entry: Future[int] = threads.submit(self._write)
        assert self.written.wait(PATIENCE)

    def _write(self) -> int:
        try:
            with transaction.atomic():
                entry = log("record.held", SLOW)
                self.written.set()
                assert self.may_commit.wait(PATIENCE)
            return entry.pk
        finally:
            connection.close()


def log_elsewhere() -> None:
    try:
        log("record.held", SLOW)
    finally:
        connection.close()


def seal_elsewhere() -> Seal | None:
    try:
        return seals.seal()
    finally:
        connection.close()


def wait_until_somebody_waits() -> None:
    """Until one connection queues for the trail's lock: no guess at how long a thread takes."""
    waiting = (
        "SELECT count(*) FROM pg_locks JOIN pg_database ON oid = database "
        "WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted"
    )

    def somebody_waits() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(waiting)
            return bool(cursor.fetchone() == (1,))

    until(somebody_waits)


def test_ids_become_visible_out_of_commit_order_and_the_sealer_waits_for_both(threads: ThreadPoolExecutor) -> None:
    slow = SlowWriter(threads)
    quick = log("record.held", QUICK)
    # The later id is there, the earlier one is not: sealing now would pass over it.
    assert list(Entry.objects.values_list("pk", flat=True)) == [quick.pk]

    sealing = threads.submit(seal_elsewhere)
    wait_until_somebody_waits()
    assert not Seal.objects.exists()
    slow.may_commit.set()

    assert slow.entry.result(PATIENCE) < quick.pk
    sealed = sealing.result(PATIENCE)
    assert sealed is not None
    assert (sealed.count, sealed.last_id) == (2, quick.pk)
    assert verify().ok


def test_a_writer_that_comes_while_sealing_waits_and_falls_under_the_next_seal(threads: ThreadPoolExecutor) -> None:
    log("record.held", QUICK)
    with transaction.atomic():
        locks.hold_off_writing()
        slow = threads.submit(log_elsewhere)
        wait_until_somebody_waits()
        assert not slow.done()
        assert Entry.objects.count() == 1
    slow.result(PATIENCE)
    sealed = seals.seal()
    assert sealed is not None
    assert sealed.count == 2


def test_a_sealer_that_waits_too_long_gives_way(
    threads: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """New writers queue behind it: a transaction forgotten open must not stop the portal."""
    monkeypatch.setattr(locks, "SEALER_WAITS", "50ms")
    slow = SlowWriter(threads)
    assert seals.seal() is None
    assert "could not be sealed now" in caplog.text
    log("record.held", QUICK)
    slow.may_commit.set()
    slow.entry.result(PATIENCE)
    sealed = seals.seal()
    assert sealed is not None
    assert sealed.count == 2


def test_writers_do_not_wait_for_each_other(threads: ThreadPoolExecutor) -> None:
    slow = SlowWriter(threads)
    log("record.held", QUICK)
    assert Entry.objects.count() == 1
    slow.may_commit.set()
    slow.entry.result(PATIENCE)
    assert Entry.objects.count() == 2
