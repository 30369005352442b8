"""Emptying the database after a test that commits: only the tables that hold something, and not what stands anyway.

Django's own flush empties every table and makes permissions, roles and triggers anew, which costs as much as a
short test. Where a test changed what stands, that flush is used after all.
"""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from django.db import connection

from audit.trigger_sql import POSTGRESQL, TABLES
from audit.triggers import lifted

# What `post_migrate` fills, with a question whose answer changes when a test changed it.
STANDING = {
    "django_content_type": "SELECT count(*), sum(id) FROM django_content_type",
    "auth_permission": "SELECT count(*), sum(id) FROM auth_permission",
    "auth_group": "SELECT id, name FROM auth_group ORDER BY id",
    "auth_group_permissions": "SELECT group_id, count(*), sum(permission_id) FROM auth_group_permissions"
    " GROUP BY group_id ORDER BY group_id",
    "django_q_schedule": "SELECT * FROM django_q_schedule ORDER BY id",
}


class Flush:
    """Takes the place of `TransactionTestCase._fixture_teardown`, the `original`."""

    def __init__(self, original: Callable[[Any], None]) -> None:
        self._original = original
        self._stood: dict[str, list[tuple[Any, ...]]] = {}

    def after(self, case: Any) -> None:
        if self._stood != self._standing():
            with lifted(connection):
                self._original(case)
            self._stood = self._standing()
        elif filled := filled_tables():
            self._empty(filled)

    def _empty(self, filled: list[str]) -> None:
        # DELETE on PostgreSQL too, whose TRUNCATE makes new files; its foreign keys wait for the commit.
        deletes = [f'DELETE FROM "{name}"' for name in filled]
        guarded = set(filled) & set(TABLES)
        if connection.vendor == "postgresql":
            # To drop the triggers and make them anew costs more than to switch them off and on.
            off = [f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in guarded]
            on = [f"ALTER TABLE {table} {_enabling(table)}" for table in guarded]
            connection.ops.execute_sql_flush([*off, *deletes, "SET CONSTRAINTS ALL IMMEDIATE", *on])
            return
        with lifted(connection) if guarded else nullcontext():
            connection.ops.execute_sql_flush(deletes)

    def _standing(self) -> dict[str, list[tuple[Any, ...]]]:
        with connection.cursor() as cursor:
            found = {}
            for table, question in STANDING.items():
                cursor.execute(question)
                found[table] = cursor.fetchall()
        return found


def filled_tables() -> list[str]:
    """Those that hold something which does not stand anyway."""
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    asked = [table for table in tables if table not in STANDING]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM \"{name}\")" for name in asked))
        return [name for (name,) in cursor.fetchall()]


def _enabling(table: str) -> str:
    names = (name for name in POSTGRESQL if name.startswith(f"{table}_no_"))
    return ", ".join(f"ENABLE ALWAYS TRIGGER {name}" for name in names)
