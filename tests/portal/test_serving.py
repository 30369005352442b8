"""Web, workers and static files as an operator starts them."""

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.conf import settings

from portal.management.commands.serve import web_server
from portal.serving import Ensemble
from portal.static_files import StaticFiles
from tests.patience import PATIENCE, until
from tests.portal.test_supervisor import is_gone

IDLE = "trap 'echo bye > {0}.bye; kill $!; exit 0' TERM; sleep 1000 & echo $$ > {0}; wait"


def shell(script: str) -> list[str]:
    return ["/bin/sh", "-c", script]


def test_when_one_program_ends_the_others_are_asked_to_end_too(tmp_path: Path) -> None:
    web = tmp_path / "web"
    ends = f"until [ -s {web} ]; do :; done; exit 0"
    ensemble = Ensemble({"web": shell(IDLE.format(web)), "workers": shell(ends)})
    assert ensemble.run(look_every=0.01) == 1
    assert (tmp_path / "web.bye").exists()
    assert is_gone(int(web.read_text()))


BESIDE = """
import sys
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen

from portal.serving import end_in_order

@contextmanager
def opened(note):
    program = Popen(["sleep", "1000"])
    note.write_text(str(program.pid) + chr(10))
    try:
        yield program
    finally:
        program.terminate()
        program.wait()

end_in_order()
with opened(Path(sys.argv[1])) as program:
    program.wait()
"""
OUTSIDE = "import os, sys; from portal.serving import run_in_our_place as run; sys.exit(run(sys.argv[1:], os.environ))"


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_program_in_our_place_and_what_it_opened(tmp_path: Path, asked: int) -> None:
    note = tmp_path / "opened"
    python = [sys.executable, "-c"]
    outside = subprocess.Popen([*python, OUTSIDE, *python, BESIDE, str(note)], cwd=settings.BASE_DIR)
    until(lambda: note.exists() and note.read_text().endswith("\n"))
    outside.send_signal(asked)
    assert outside.wait(PATIENCE) == 0
    assert is_gone(int(note.read_text()))


def test_a_program_in_our_place_that_ends_by_itself_leaves_its_code(tmp_path: Path) -> None:
    python = [sys.executable, "-c"]
    assert subprocess.run([*python, OUTSIDE, *python, "raise SystemExit(3)"], cwd=settings.BASE_DIR).returncode == 3


def test_a_stop_ends_them_all_and_is_no_failure(tmp_path: Path) -> None:
    notes = [tmp_path / "web", tmp_path / "workers"]
    ensemble = Ensemble({note.name: shell(IDLE.format(note)) for note in notes})
    ended: list[int] = []
    thread = threading.Thread(target=lambda: ended.append(ensemble.run(look_every=0.01)))
    thread.start()
    until(lambda: all(note.exists() and note.read_text().strip() for note in notes))
    ensemble.stop()
    thread.join(PATIENCE)
    assert ended == [0]
    assert all(note.with_suffix(".bye").exists() for note in notes)


def test_a_program_that_will_not_end_is_killed(tmp_path: Path) -> None:
    note = tmp_path / "web"
    stubborn = f"trap '' TERM; echo $$ > {note}; while :; do sleep 1000; done"
    ends = f"until [ -s {note} ]; do :; done"
    assert Ensemble({"web": shell(stubborn), "workers": shell(ends)}, patience=0.1).run(look_every=0.01) == 1
    assert is_gone(int(note.read_text()))


def test_the_web_server_listens_where_it_is_told() -> None:
    command = web_server("127.0.0.1:8000")
    assert command[1:5] == ["-m", "gunicorn", "portal.wsgi", "--bind"]
    assert command[5] == "127.0.0.1:8000"


def test_styles_keep_their_own_names_until_they_are_collected(tmp_path: Path) -> None:
    files = StaticFiles(location=str(tmp_path), base_url="/static/")
    assert files.url("portal/mark.svg") == "/static/portal/mark.svg"
    (tmp_path / "staticfiles.json").write_text(
        json.dumps({"version": "1.1", "hash": "", "paths": {"portal/mark.svg": "portal/mark.0123.svg"}})
    )
    collected = StaticFiles(location=str(tmp_path), base_url="/static/")
    assert collected.url("portal/mark.svg") == "/static/portal/mark.0123.svg"


def test_the_tests_have_a_home_of_their_own() -> None:
    assert "counterfoil-tests-" in str(settings.COUNTERFOIL_HOME)
    assert Path(settings.STATIC_ROOT).is_relative_to(settings.COUNTERFOIL_HOME)
