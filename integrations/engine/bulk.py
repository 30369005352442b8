"""Writing many rows in one statement with one parameter. Never rows with encrypted fields: their values would be
lost silently (E17)."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db import connection, models
from fernet_fields import EncryptedField

from integrations.engine import json_rows
from integrations.engine.json_rows import Column

Row = TypeVar("Row", bound=models.Model)
AT_A_TIME = 1000


def save(rows: Sequence[Row], fields: Sequence[str]) -> None:
    """Update `fields` of existing rows, whichever values each carries."""
    if not rows:
        return
    known = _columns(type(rows[0]))
    key = known[_key(type(rows[0]))]
    changed = [known[name] for name in fields]
    sets = ", ".join(f"{column.name} = {json_rows.read(column, place)}" for place, column in enumerate(changed, 1))
    table = _table(type(rows[0]))
    sql = f"UPDATE {table} SET {sets} FROM {json_rows.table()} WHERE {table}.{key.name} = {json_rows.read(key, 0)}"  # noqa: S608
    # In the order of their keys, so that two workers lock them in the same one.
    ordered = sorted(rows, key=lambda row: row.pk)
    for start in range(0, len(ordered), AT_A_TIME):
        _run(sql, json_rows.text(ordered[start : start + AT_A_TIME], [key, *changed], new=False))


def insert(rows: Sequence[Row]) -> Sequence[Row]:
    """Insert new rows and give each its key."""
    for start in range(0, len(rows), AT_A_TIME):
        some = rows[start : start + AT_A_TIME]
        key = _columns(type(some[0]))[_key(type(some[0]))]
        # Keys are given out in the order of the rows, but no database promises to return them in it.
        for row, (number,) in zip(some, sorted(_insert(some, f"RETURNING {key.name}")), strict=True):
            row.pk = number
            row._state.adding = False
    return rows


def insert_unless_there(rows: Sequence[models.Model]) -> None:
    """Insert those that no constraint forbids. The rows do not learn their keys."""
    for start in range(0, len(rows), AT_A_TIME):
        _insert(rows[start : start + AT_A_TIME], "ON CONFLICT DO NOTHING")


def claim(rows: Sequence[Row], name: str) -> list[Row]:
    """Those that could be inserted, with their keys; `name` is a text field in which no two of the rows are equal."""
    mine: list[Row] = []
    for start in range(0, len(rows), AT_A_TIME):
        some = rows[start : start + AT_A_TIME]
        known = _columns(type(some[0]))
        told = f"RETURNING {known[_key(type(some[0]))].name}, {known[name].name}"
        keys = {text: key for key, text in _insert(some, f"ON CONFLICT DO NOTHING {told}")}
        for row in some:
            if (key := keys.get(getattr(row, name))) is not None:
                row.pk, row._state.adding = key, False
                mine.append(row)
    return mine


def insert_or_save(rows: Sequence[models.Model], fields: Sequence[str], unique: Sequence[str]) -> None:
    """Insert them; of those that are there already by `unique`, save `fields`. The rows do not learn their keys."""
    for start in range(0, len(rows), AT_A_TIME):
        some = rows[start : start + AT_A_TIME]
        known = _columns(type(some[0]))
        names = ", ".join(known[name].name for name in unique)
        sets = ", ".join(f"{known[name].name} = excluded.{known[name].name}" for name in fields)
        _insert(some, f"ON CONFLICT ({names}) DO UPDATE SET {sets}")


def _insert(rows: Sequence[models.Model], ending: str) -> list[tuple[Any, ...]]:
    model = type(rows[0])
    written = [column for name, column in _columns(model).items() if name != _key(model)]
    names = ", ".join(column.name for column in written)
    values = ", ".join(json_rows.read(column, place) for place, column in enumerate(written))
    # SQLite needs the WHERE to tell ON CONFLICT from the ON of a join.
    source = f"SELECT {values} FROM {json_rows.table()} WHERE true ORDER BY {json_rows.order()}"  # noqa: S608
    return _run(f"INSERT INTO {_table(model)} ({names}) {source} {ending}", json_rows.text(rows, written, new=True))


def _run(sql: str, text: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [text])
        return cursor.fetchall() if cursor.description else []


def _columns(model: type[models.Model]) -> dict[str, Column]:
    if any(isinstance(field, EncryptedField) for field in model._meta.concrete_fields):
        raise TypeError(f"{model.__name__} has encrypted fields and is saved row by row.")
    return json_rows.columns(model, connection.vendor)


def _table(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _key(model: type[models.Model]) -> str:
    return str(model._meta.pk.name)
