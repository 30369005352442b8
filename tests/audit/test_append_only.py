"""The database itself refuses changes to the trail (E19)."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.core.checks import Tags, run_checks
from django.core.management import call_command
from django.db import IntegrityError, connection, models, transaction
from django.db.models import ProtectedError

from audit import seals, triggers
from audit.models import Entry, EntryDetails, Seal
from audit.receivers import install_triggers, lift_before_a_rebuild
from audit.trail import Subject, log

ORDER = Subject("record", 7, "Order PF1041", "PF1041")
TABLES = ("audit_entry", "audit_entrydetails", "audit_seal")
on_sqlite = pytest.mark.sqlite
on_postgresql = pytest.mark.postgres


@pytest.fixture
def entry(db: None) -> Entry:
    """One sealed entry with details."""
    written = log("record.held", ORDER, details={"reason": "missing mapping"})
    seals.seal()
    connection.check_constraints()  # PostgreSQL truncates nothing while a check is pending
    return written


def refused(sql: str) -> None:
    with (
        pytest.raises(IntegrityError, match="is append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_entry SET action = 'x'",
        "DELETE FROM audit_entry",
        "UPDATE audit_entrydetails SET details = '{}'",
        "DELETE FROM audit_entrydetails",
        "UPDATE audit_seal SET root = 'x'",
        "DELETE FROM audit_seal",
    ],
)
def test_update_and_delete_are_refused(entry: Entry, sql: str) -> None:
    refused(sql)


@pytest.mark.parametrize(
    "change",
    [
        lambda: Entry.objects.update(action="x"),
        lambda: Entry.objects.get().save(),
        lambda: EntryDetails.objects.all().delete(),
        lambda: Seal.objects.all().delete(),
        lambda: Seal.objects.get().save(),
    ],
)
def test_the_orm_is_refused_too(entry: Entry, change: Callable[[], object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        change()


@on_sqlite
@pytest.mark.parametrize("table", TABLES)
def test_inserting_an_existing_row_anew_is_refused(entry: Entry, table: str) -> None:
    refused(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")
    refused(f"REPLACE INTO {table} SELECT * FROM {table}")
    refused(f"UPDATE OR REPLACE {table} SET rowid = rowid")


@on_postgresql
@pytest.mark.parametrize("table", TABLES)
def test_truncate_is_refused(entry: Entry, table: str) -> None:
    refused(f"TRUNCATE {table} CASCADE")


@on_postgresql
def test_calling_oneself_a_replica_opens_nothing(entry: Entry) -> None:
    refused("SET LOCAL session_replication_role = replica; DELETE FROM audit_seal")


def test_who_stands_in_the_trail_cannot_be_deleted(anna: User) -> None:
    log("record.released", ORDER, actor=anna)
    with pytest.raises(ProtectedError):
        anna.delete()


def found_by_the_check() -> list[str]:
    return [found.msg for found in run_checks(tags=[Tags.database], databases=["default"]) if found.id == "audit.E001"]


def test_the_check_is_content_while_every_trigger_stands(db: None) -> None:
    assert triggers.missing(connection) == []
    assert found_by_the_check() == []


@pytest.mark.parametrize("table", TABLES)
def test_the_check_fails_when_one_trigger_is_missing(db: None, table: str) -> None:
    place = f" ON {table}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {table}_no_update{place}")
    (message,) = found_by_the_check()
    assert f"{table}_no_update" in message


@on_postgresql
@pytest.mark.parametrize(
    "sabotage",
    [
        "ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_no_update",
        "ALTER TABLE audit_entry ENABLE REPLICA TRIGGER audit_entry_no_update",
        "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$",
        "CREATE OR REPLACE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry FOR EACH ROW "
        "WHEN (NEW.id < 0) EXECUTE FUNCTION audit_refuse(); "
        "ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER audit_entry_no_update",
    ],
)
def test_the_check_sees_through_a_blunted_trigger(db: None, sabotage: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sabotage)
    assert found_by_the_check()
    triggers.install(connection)
    assert not found_by_the_check()


@on_sqlite
def test_the_check_sees_through_a_blunted_trigger_on_sqlite(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER audit_entry_no_update")
        cursor.execute("CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry WHEN 0 BEGIN SELECT 1; END")
    assert found_by_the_check()


def test_lifted_triggers_stand_again_afterwards_even_after_an_error(entry: Entry) -> None:
    def interrupted() -> None:
        with triggers.lifted(connection):
            assert Entry.objects.update(action="x") == 1
            raise InterruptedError

    with pytest.raises(InterruptedError):
        interrupted()
    assert triggers.missing(connection) == []
    refused("UPDATE audit_entry SET action = 'y'")


def test_migrate_puts_missing_triggers_back(db: None) -> None:
    triggers.lift(connection)
    call_command("migrate", verbosity=0)
    assert triggers.missing(connection) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", [Entry, EntryDetails, Seal])
def test_a_rebuilt_table_gets_its_triggers_back(table: type[models.Model]) -> None:
    """SQLite alters a column by building a new table, which has no triggers (measured, E19)."""
    log("record.held", ORDER, details={"reason": "missing mapping"})
    column = {Entry: "document", EntryDetails: "details", Seal: "key_id"}[table]
    old = table._meta.get_field(column)
    assert isinstance(old, models.Field)
    new = old.clone()
    new.set_attributes_from_name(old.name)
    new.model, new.max_length = table, 120
    plan = [(type("Migration", (), {"app_label": "audit"})(), False)]

    lift_before_a_rebuild(using="default", plan=plan)
    with connection.schema_editor() as editor:
        editor.alter_field(table, old, new, strict=False)
        editor.alter_field(table, new, old, strict=False)
    install_triggers(using="default")

    assert triggers.missing(connection) == []
    refused("UPDATE audit_entry SET action = 'x'")


@pytest.mark.django_db(transaction=True)
def test_flush_needs_lifted_triggers_and_leaves_them_standing() -> None:
    log("record.held", ORDER)
    with pytest.raises(Exception, match="couldn't be flushed"):
        call_command("flush", interactive=False, verbosity=0)
    assert Entry.objects.count() == 1
    with triggers.lifted(connection):
        call_command("flush", interactive=False, verbosity=0)
        assert triggers.missing(connection) == []
    assert not Entry.objects.exists()
    assert triggers.missing(connection) == []
