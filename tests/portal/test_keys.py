"""Keys are made once, outside the repository, and never again (E42)."""

import json
import multiprocessing
import stat
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal import keys
from tests.patience import PATIENCE


def test_the_first_start_makes_keys_that_only_their_owner_reads(tmp_path: Path) -> None:
    path = tmp_path / "home" / "keys.json"
    made = keys.load(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(made.secret_key) >= 50
    assert made.secret_key not in made.fernet_keys
    assert [each.name for each in path.parent.iterdir()] == ["keys.json"]


def test_later_starts_find_the_same_keys(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    assert keys.load(path) == keys.load(path)


def _load_at_once(
    path: Path, barrier: "multiprocessing.synchronize.Barrier", found: "multiprocessing.Queue[str]"
) -> None:
    barrier.wait(PATIENCE)
    found.put(keys.load(path).secret_key)


def test_processes_that_start_at_the_same_moment_agree(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    barrier, found = context.Barrier(8), context.Queue()
    programs = [context.Process(target=_load_at_once, args=(tmp_path / "keys.json", barrier, found)) for _ in range(8)]
    for program in programs:
        program.start()
    secrets = {found.get(timeout=PATIENCE) for _ in programs}
    for program in programs:
        program.join(PATIENCE)
    assert len(secrets) == 1
    assert [each.name for each in tmp_path.iterdir()] == ["keys.json"]


def test_lost_keys_are_not_replaced_beside_a_database_that_needs_them(tmp_path: Path) -> None:
    database = tmp_path / "counterfoil.sqlite3"
    database.write_bytes(b"SQLite format 3")
    with pytest.raises(ImproperlyConfigured, match=r"Restore the keys file from your backup"):
        keys.load(tmp_path / "keys.json", database)
    assert not (tmp_path / "keys.json").exists()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"secret_key": "half"}'])
def test_a_damaged_file_stops_the_start_without_telling_its_content(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(text)
    with pytest.raises(ImproperlyConfigured, match="restore it from your backup") as told:
        keys.load(path)
    assert "half" not in str(told.value)


def test_a_file_without_one_of_the_keys_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    keys.load(path)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"fernet_keys": []}))
    with pytest.raises(ImproperlyConfigured, match="lacks a key"):
        keys.load(path)


def test_keys_do_not_show_in_a_traceback(tmp_path: Path) -> None:
    made = keys.load(tmp_path / "keys.json")
    assert made.secret_key not in repr(made)
