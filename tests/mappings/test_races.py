"""Two people at one table at the same moment: the second sees what the first did (E15, E24, A80).

On SQLite one writer waits for the other anyway; here PostgreSQL's row locks have to do it.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Barrier, Event
from typing import TypeVar

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from audit.models import Entry
from mappings import reference
from mappings.models import AccountRow, Books, ReferenceEntry, Scope, ScopePart
from mappings.spreadsheets import uploads
from mappings.spreadsheets.resources import AccountResource
from tests.mappings.company import Company, person
from tests.mappings.test_reference import Fact
from tests.patience import PATIENCE, until

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
Value = TypeVar("Value")
Other = TypeVar("Other")


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


def at_once(threads: ThreadPoolExecutor, *calls: Callable[[], Value]) -> list["Future[Value]"]:
    """Run the calls in threads that begin together, and wait for all."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Value]) -> Value:
        try:
            barrier.wait(PATIENCE)
            return call()
        finally:
            connection.close()

    futures = [threads.submit(run, call) for call in calls]
    for future in futures:
        future.exception(PATIENCE)
    return futures


def one_inside_the_other(
    threads: ThreadPoolExecutor, first: Callable[[], object], second: Callable[[], object]
) -> BaseException | None:
    """Run `second` while the transaction of `first` is open; it commits once `second` waits or is done."""
    made, may_commit = Event(), Event()

    def slowly() -> None:
        try:
            with transaction.atomic():
                first()
                made.set()
                assert may_commit.wait(PATIENCE)
        finally:
            connection.close()

    def beside() -> None:
        try:
            assert made.wait(PATIENCE)
            second()
        finally:
            connection.close()

    slow, quick = threads.submit(slowly), threads.submit(beside)
    until(lambda: quick.done() or somebody_waits())
    may_commit.set()
    slow.result(PATIENCE)
    return quick.exception(PATIENCE)


def one_behind_the_other(
    threads: ThreadPoolExecutor, locks: Callable[[], object], first: Callable[[], Value], second: Callable[[], Other]
) -> tuple[Value, Other]:
    """`locks`, and once `second` waits for that, `first` in the same transaction: what the two of them come to."""
    locked = Event()

    def ahead() -> Value:
        try:
            with transaction.atomic():
                locks()
                locked.set()
                until(somebody_waits)
                return first()
        finally:
            connection.close()

    def behind() -> Other:
        try:
            assert locked.wait(PATIENCE)
            return second()
        finally:
            connection.close()

    leading, following = threads.submit(ahead), threads.submit(behind)
    return leading.result(PATIENCE), following.result(PATIENCE)


def somebody_waits() -> bool:
    """In this database: other tests make theirs wait on the same server. Who waits for a row names no database."""
    waiting = (
        "SELECT EXISTS (SELECT FROM pg_locks waits JOIN pg_locks holds USING (pid) "
        "JOIN pg_database ON oid = holds.database "
        "WHERE NOT waits.granted AND datname = current_database())"
    )
    with connection.cursor() as cursor:
        cursor.execute(waiting)
        return bool(cursor.fetchone()[0])


def outcomes(futures: "list[Future[Value]]") -> list[type[BaseException] | None]:
    found = (future.exception() for future in futures)
    return sorted((type(each) if each else None for each in found), key=str)


def test_two_equal_rows_saved_at_once_are_one(company: Company, threads: ThreadPoolExecutor) -> None:
    target = company.account("310")

    def add() -> None:
        AccountRow.objects.create(scope=company.scope, source_code="6100", target=target)

    for _ in range(5):
        found = outcomes(at_once(threads, add, add))
        assert None in found
        assert set(found) <= {None, ValidationError, IntegrityError}
        assert AccountRow.objects.count() == 1
        assert (
            Entry.objects.filter(action="mapping.added").count()
            == 1 + Entry.objects.filter(action="mapping.deleted").count()
        )
        AccountRow.objects.all().delete()


def test_two_people_changing_one_row_leave_two_versions(company: Company, threads: ThreadPoolExecutor) -> None:
    pk = AccountRow.objects.create(scope=company.scope, source_code="6100", target=company.account("310")).pk

    def change(code: str) -> Callable[[], None]:
        def call() -> None:
            row = AccountRow.objects.get(pk=pk)
            row.target = company.account(code)
            row.save()

        return call

    assert outcomes(at_once(threads, change("425"), change("429"))) == [None, None]
    assert AccountRow.objects.get().version == 3
    assert sorted(AccountRow.history.values_list("version", flat=True)) == [1, 2, 3]


def test_a_second_scope_waits_for_the_first_to_take_a_location(company: Company, threads: ThreadPoolExecutor) -> None:
    """A80: the part of a transaction that is still open cannot be seen, so the second has to wait for it."""
    ScopePart.objects.create(scope=company.scope, kind="location", key="3")
    other = Books.objects.create(system="xero", name="Other Ltd", key_digest="x2")
    south = Scope.objects.create(source_books=company.source, target_books=other, name="South")

    def take(scope: Scope) -> Callable[[], None]:
        return lambda: ScopePart(scope=Scope.objects.get(pk=scope.pk), kind="location", key="2").save()

    found = one_inside_the_other(threads, take(company.scope), take(south))
    assert isinstance(found, ValidationError)
    assert ScopePart.objects.filter(key="2").count() == 1


def test_two_readings_of_one_list_at_once_are_one(company: Company, threads: ThreadPoolExecutor) -> None:
    facts = [Fact(f"c-{number}", "", f"Supplier {number}") for number in range(50)]

    def read() -> int:
        return reference.merge(company.target, "contact", facts).added

    futures = at_once(threads, read, read)
    assert sorted(future.result() for future in futures) == [0, 50]
    assert ReferenceEntry.objects.filter(kind="contact").count() == 50


def test_one_upload_confirmed_twice_at_once_is_imported_once(company: Company, threads: ThreadPoolExecutor) -> None:
    """E24."""
    ada: User = person("ada", superuser=True)
    content = b"account code,target account\n6100,310\n6200,425\n"
    _, upload = uploads.preview(AccountResource, content, "rows.csv", ada)
    assert upload is not None
    token = str(upload.token)

    def confirm() -> int:
        return uploads.commit(AccountResource, token, ada).count("new")

    found = outcomes(at_once(threads, confirm, confirm))
    assert found == sorted([None, uploads.RefusedImportError], key=str)
    assert AccountRow.objects.count() == 2


def test_an_import_waits_for_an_edit_in_progress_and_is_refused(company: Company, threads: ThreadPoolExecutor) -> None:
    """E24: between comparing the table with the preview and writing, nobody slips a change in."""
    ada: User = person("ada", superuser=True)
    row = AccountRow.objects.create(scope=company.scope, source_code="6100", target=company.account("310"))
    _, upload = uploads.preview(AccountResource, b"account code,target account\n6200,425\n", "rows.csv", ada)
    assert upload is not None
    token = str(upload.token)

    def edit() -> None:
        row.target = company.account("453")
        row.save()

    found = one_inside_the_other(threads, edit, lambda: uploads.commit(AccountResource, token, ada))
    assert isinstance(found, uploads.RefusedImportError)
    assert list(AccountRow.objects.values_list("source_code", "target__code")) == [("6100", "453")]
