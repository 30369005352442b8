"""Triggers that make the trail append-only in the database itself (E19).

Entries and seals can neither be changed nor deleted. Details cannot be changed, and deleted only where
the trail itself has an entry saying that retention erased the details of that action before a later
time: erasing leaves its trace first, or it is refused.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from audit.trigger_sql import POSTGRESQL, POSTGRESQL_FUNCTIONS, SQLITE, TABLES


def install(connection: BaseDatabaseWrapper) -> None:
    """Put every trigger in place; those that stand already are made anew."""
    with _changing_tables(connection), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for name, body in POSTGRESQL_FUNCTIONS.items():
                cursor.execute(f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$")
        for name, statements in _statements(connection).items():
            _drop(connection, name)
            for statement in statements:
                cursor.execute(statement)


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Names of triggers and functions that are absent, disabled or not what `install` writes.

    Empty where the tables do not exist yet.
    """
    if not tables_exist(connection):
        return []
    expected = {name: statements[0] for name, statements in _statements(connection).items()}
    if connection.vendor == "postgresql":
        expected |= POSTGRESQL_FUNCTIONS
    standing = _standing(connection)
    return sorted(name for name, text in expected.items() if standing.get(name) != text)


@contextmanager
def lifted(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Without triggers inside the block, with them after it. For tests and for a rebuilt table only."""
    lift(connection)
    try:
        yield
    finally:
        if tables_exist(connection):
            install(connection)


def lift(connection: BaseDatabaseWrapper) -> None:
    if tables_exist(connection):
        with _changing_tables(connection):
            for name in _statements(connection):
                _drop(connection, name)


@contextmanager
def _changing_tables(connection: BaseDatabaseWrapper) -> Iterator[None]:
    with transaction.atomic(using=connection.alias):
        if connection.vendor == "postgresql":
            # Alters no table while foreign keys written in this transaction wait for their check.
            connection.check_constraints()
        yield


def tables_exist(connection: BaseDatabaseWrapper) -> bool:
    return set(TABLES) <= set(connection.introspection.table_names())


def _statements(connection: BaseDatabaseWrapper) -> Mapping[str, tuple[str, ...]]:
    return POSTGRESQL if connection.vendor == "postgresql" else SQLITE


def _table(name: str) -> str:
    return next(table for table in sorted(TABLES, key=len, reverse=True) if name.startswith(f"{table}_"))


def _drop(connection: BaseDatabaseWrapper, name: str) -> None:
    place = f" ON {_table(name)}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER IF EXISTS {name}{place}")


# "A": fires always, also for a session that calls itself a replica.
_STANDING = {
    "postgresql": """
        SELECT tgname, pg_get_triggerdef(oid, true) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'A'
        UNION ALL SELECT proname, prosrc FROM pg_proc WHERE pronamespace = current_schema()::regnamespace""",
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'",
}


def _standing(connection: BaseDatabaseWrapper) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(_STANDING[connection.vendor])
        return dict(cursor.fetchall())
