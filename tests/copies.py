"""Companies that stories begin with: built by the first of them, copied for those that come soon after.

Both sides are copied: the portal's database with its epoch, and what the stand-ins hold and were asked.
"""

import json
import sqlite3
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from integrations import epoch_file, installation
from integrations.epoch_file import Remembered
from integrations.sandbox import Sandbox
from integrations.sandbox.log import Entry
from tests.flushing import filled_tables

Company = TypeVar("Company")
# A copy is as old as what was copied, and what lasts is counted in minutes: access tokens, lists that were read.
FRESH = timedelta(minutes=1)


@dataclass(frozen=True)
class _Kept(Generic[Company]):
    """A company as it was at one moment; `told` is what its builder returned, `sandbox` the one it was built on."""

    at: datetime
    sandbox: Sandbox
    told: Company
    fill_database: Callable[[], None]
    epoch: Remembered | None
    states: dict[str, str]
    logs: dict[str, list[Entry]]


_companies: dict[str, _Kept[Any]] = {}


def begun(name: str, sandbox: Sandbox, build: Callable[[Sandbox], Company]) -> Company:
    """The company that `build` makes, on this sandbox, whose systems are empty, and in the empty database."""
    kept: _Kept[Company] | None = _companies.get(name)
    if kept is not None and timedelta(0) <= timezone.now() - kept.at < FRESH:
        return _copied(kept, sandbox)
    at = timezone.now()
    told = build(sandbox)
    _companies[name] = _keep(at, sandbox, told)
    return told


def _keep(at: datetime, sandbox: Sandbox, told: Company) -> _Kept[Company]:
    fill_database = _pages_kept() if settings.ON_SQLITE else _rows_kept()
    states = {slug: json.dumps(stand_in.dump()) for slug, stand_in in sandbox.stand_ins.items()}
    logs = {slug: stand_in.log.entries() for slug, stand_in in sandbox.stand_ins.items()}
    own = deepcopy(told, {id(sandbox): sandbox})
    return _Kept(at, sandbox, own, fill_database, epoch_file.read(settings.EPOCH_FILE), states, logs)


def _copied(kept: _Kept[Company], sandbox: Sandbox) -> Company:
    kept.fill_database()
    if kept.epoch is not None:
        epoch_file.write(settings.EPOCH_FILE, kept.epoch)
    installation.forget()
    for slug, stand_in in sandbox.stand_ins.items():
        stand_in.load(json.loads(kept.states[slug]))
        for entry in kept.logs[slug]:
            again = stand_in.log.begin(entry.asked, entry.at, entry.concurrent)
            again.status, again.answered, again.answer_body = entry.status, entry.answered, entry.answer_body
    return deepcopy(kept.told, {id(kept.sandbox): sandbox})


def _pages_kept() -> Callable[[], None]:
    """What makes the database the same again, on SQLite."""
    kept = sqlite3.connect(":memory:", check_same_thread=False)
    connection.ensure_connection()
    connection.connection.backup(kept)

    def restore() -> None:
        connection.ensure_connection()
        kept.backup(connection.connection)

    return restore


def _rows_kept() -> Callable[[], None]:
    """What fills an empty database again, on PostgreSQL, whose sequences never go back."""
    kept: dict[str, bytes] = {}
    with connection.cursor() as cursor:
        for table in filled_tables():
            with cursor.copy(f'COPY "{table}" TO STDOUT (FORMAT BINARY)') as rows:
                kept[table] = b"".join(rows)

    def restore() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for table, rows in kept.items():
                with cursor.copy(f'COPY "{table}" FROM STDIN (FORMAT BINARY)') as into:
                    into.write(rows)

    return restore
