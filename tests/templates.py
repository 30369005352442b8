"""The portal's empty tables, made once per test run and copied from then on: to migrate takes seconds each time.

Those of SQLite are kept from run to run, until something changes that migrating depends on.
"""

import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

ROOT = Path(__file__).resolve().parent.parent
RUN = os.environ["COUNTERFOIL_TEST_RUN"]
FOLDER = Path(tempfile.gettempdir()) / f"counterfoil-template-{RUN}"
NAME = f"template_counterfoil_{RUN}"
KEPT = ROOT / ".pytest_cache" / "d"
# What the tables, triggers, permissions and roles of a new portal come from.
SOURCES = ("requirements.lock", "*/migrations/*.py", "*/models*.py", "*/models/*.py", "audit/*.py", "portal/*.py")


@dataclass(frozen=True, slots=True)
class Template:
    """The portal's home with its keys, on SQLite also its file; on PostgreSQL `database` is the one to copy."""

    home: Path
    database: str

    @property
    def file(self) -> Path:
        return self.home / "counterfoil.sqlite3"


def template() -> Template:
    """Made by whoever asks first, while the others wait for it."""
    FOLDER.mkdir(exist_ok=True)
    made = Template(FOLDER / "home", "" if settings.ON_SQLITE else NAME)
    with _alone(FOLDER / "lock"):
        if not (FOLDER / "ready").exists():
            if made.database:
                _make(made)
            else:
                _make_or_copy(made)
            (FOLDER / "ready").touch()
    return made


def remove() -> None:
    """At the end of the run, by the process that began it."""
    if not FOLDER.exists():
        return
    with _alone(FOLDER / "lock"):
        if not settings.ON_SQLITE:
            with server() as connected:
                connected.execute(f'DROP DATABASE IF EXISTS "{NAME}" WITH (FORCE)')
        shutil.rmtree(FOLDER, ignore_errors=True)


def copy_for(connection: BaseDatabaseWrapper) -> None:
    """Have the test database of this connection begin as a copy, so that migrating it finds nothing to do."""
    made = template()
    if made.database:
        connection.settings_dict["TEST"]["TEMPLATE"] = made.database
        return
    creation: Any = connection.creation
    create = creation._create_test_db

    def create_filled(*args: Any, **options: Any) -> Any:
        name = create(*args, **options)
        # A database in memory is there as long as one connection to it is.
        filled.append(sqlite3.connect(name, uri=True, check_same_thread=False))
        with sqlite3.connect(made.file) as empty:
            empty.backup(filled[0])
        return name

    filled: list[sqlite3.Connection] = []
    creation._create_test_db = create_filled


def server() -> "psycopg.Connection[Any]":
    """The server under test, beside the databases of the tests."""
    return psycopg.connect(dbname="postgres", autocommit=True, **login())


def login() -> dict[str, Any]:
    facts = settings.DATABASES["default"]
    return {"host": facts["HOST"], "port": facts["PORT"] or 5432, "user": facts["USER"], "password": facts["PASSWORD"]}


def address(name: str) -> str:
    """Of a database on the server under test, as DATABASE_URL has it; "" for SQLite in the portal's home."""
    known = login()
    return f"postgres://{known['user']}:{known['password']}@{known['host']}:{known['port']}/{name}" if name else ""


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield


def _make_or_copy(wanted: Template) -> None:
    KEPT.mkdir(parents=True, exist_ok=True)
    kept = KEPT / f"tables-{_digest()}"
    with _alone(KEPT / "lock"):
        if kept.exists():
            shutil.copytree(kept, wanted.home)
            return
        _make(wanted)
        for old in KEPT.glob("tables-*"):
            shutil.rmtree(old)
        unfinished = Path(tempfile.mkdtemp(dir=KEPT))
        shutil.copytree(wanted.home, unfinished, dirs_exist_ok=True)
        unfinished.rename(kept)


def _digest() -> str:
    found = hashlib.sha256()
    for path in sorted(path for pattern in SOURCES for path in ROOT.glob(pattern)):
        found.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return found.hexdigest()[:20]


def _make(wanted: Template) -> None:
    if wanted.database:
        with server() as connected:
            connected.execute(f'CREATE DATABASE "{wanted.database}"')
    chosen = {
        "COUNTERFOIL_HOME": str(wanted.home),
        "DATABASE_URL": address(wanted.database),
        "DJANGO_SETTINGS_MODULE": "portal.settings",
    }
    command = [sys.executable, "-m", "django", "migrate", "--verbosity=0"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, **chosen}, check=True, timeout=600)
