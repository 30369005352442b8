"""Filling a table by one INSERT ... SELECT, whatever columns it has: what is not stated takes the model's default."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, models
from django.db.models.fields import NOT_PROVIDED
from django.utils import timezone


def fill(model: type[models.Model], values: Mapping[str, str], source: str) -> int:
    """`values` are SQL expressions by column over the rows of `source`; how many rows were written."""
    columns = {**_defaults(model), **values}
    table = model._meta.db_table
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor:
        lifted = _without_indexes(cursor, table)
        cursor.execute(f'INSERT INTO "{table}" ({names}) SELECT {", ".join(columns.values())} FROM {source}')
        written = cursor.rowcount
        for definition in lifted:
            cursor.execute(definition)
        if "id" in values:
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM \"{table}\"")
    return int(written)


def one_of(choices: Mapping[str, int], g: str = "g") -> str:
    """A text by weights in a thousand, the same for the same g and spread evenly over all of them."""
    cases, reached = [], 0
    for text, weight in choices.items():
        reached += weight
        cases.append(f"WHEN (({g})::bigint * 7919) % 1000 < {reached} THEN '{text}'")
    assert reached == 1000, choices
    return f"CASE {' '.join(cases)} END"


def literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool | int | Decimal):
        return str(value)
    if isinstance(value, dict | list):
        return "'{}'::jsonb" if isinstance(value, dict) else "'[]'::jsonb"
    text = value.isoformat() if isinstance(value, date | datetime) else str(value)
    return "'" + text.replace("'", "''") + "'"


def _defaults(model: type[models.Model]) -> dict[str, str]:
    found: dict[str, str] = {}
    for field in model._meta.concrete_fields:
        if field.primary_key or field.null:
            continue
        if getattr(field, "auto_now_add", False) or getattr(field, "auto_now", False):
            found[str(field.column)] = literal(timezone.now())
        elif field.default is not NOT_PROVIDED:
            found[str(field.column)] = literal(field.get_default())
    return found


def _without_indexes(cursor: Any, table: str) -> list[str]:
    """Drop the indexes that no constraint needs; how they are made again. Ten times as fast as keeping them up."""
    cursor.execute(
        "SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE i.tablename = %s AND NOT EXISTS"
        " (SELECT 1 FROM pg_constraint c WHERE c.conname = i.indexname) AND i.indexdef NOT LIKE 'CREATE UNIQUE%%'",
        [table],
    )
    found = cursor.fetchall()
    for name, _ in found:
        cursor.execute(f'DROP INDEX "{name}"')
    return [definition for _, definition in found]
