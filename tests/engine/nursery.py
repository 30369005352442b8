"""Portals outside this process that die or stop where a story says, against stand-ins over real HTTP.

They run in `tests.engine.outside`, each on a database and home of its own.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from select import select
from typing import Any

from integrations.sandbox import Sandbox
from tests import templates

ROOT = Path(__file__).resolve().parents[2]
SETTLED = 300.0  # longer than any write can still take effect, and than any lease


@dataclass
class Begun:
    """One portal outside. Its pid takes signals; what it said is in two files."""

    nursery: "Nursery"
    pid: int
    out: Path
    err: Path

    def ended(self) -> int:
        """The exit code, minus the signal that ended it."""
        return self.nursery.ask(wait=self.pid)

    def state(self) -> str:
        """As the kernel names it: T for stopped, Z for ended."""
        return Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()[0]


class Nursery:
    """The process that every portal outside is forked from (`tests.engine.outside.serve`)."""

    def __init__(self, home: Path, environment: dict[str, str]) -> None:
        self._said = home
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.engine.outside", "serve"],
            cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def begin(self, environment: dict[str, str], *arguments: str) -> Begun:
        out, err = (self._said / f"{uuid.uuid4().hex}.{stream}" for stream in ("out", "err"))
        pid = self.ask(arguments=arguments, environment=environment, out=str(out), err=str(err))
        return Begun(self, pid, out, err)

    def ask(self, **question: Any) -> int:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        assert select([self._process.stdout], [], [], 300)[0], "no answer within five minutes"
        return int(self._process.stdout.readline())

    def close(self) -> None:
        self._process.communicate(timeout=300)


@dataclass
class Outside:
    """The stand-ins here, the portal outside."""

    sandbox: Sandbox
    environment: dict[str, str]
    nursery: Nursery
    integrations: list[int] = field(default_factory=list)

    def begin(self, action: str, *options: str) -> Begun:
        return self.nursery.begin(self.environment, action, *options)

    def do(self, action: str, *options: str) -> Any:
        return _told(self.begin(action, *options))

    def prepare(self, company: str, facts: dict[str, Any]) -> None:
        """Connect that company, and a second integration on the same connections."""
        self.integrations = self.do("prepare", "--company", company, "--facts", json.dumps(facts), "--second")

    def sync(self, *options: str) -> Any:
        return self.do("sync", "--integration", str(self.integrations[0]), *options)

    def dies(self, point: str, *options: str) -> None:
        """A worker that is killed with -9 at that point."""
        begun = self.begin("sync", "--integration", str(self.integrations[0]), "--kill-at", point, *options)
        assert begun.ended() == -signal.SIGKILL, f"it never came to “{point}”: {begun.err.read_text()[-2000:]}"

    def dies_again_and_again(self, point: str, later: float) -> int:
        """Worker after worker is killed as soon as it comes to that point, until one does not: how many were."""
        for deaths in range(100):
            lates = ("--later", str(later + deaths * SETTLED))
            begun = self.begin("sync", "--integration", str(self.integrations[0]), "--kill-at", point, *lates)
            if (code := begun.ended()) != -signal.SIGKILL:
                assert code == 0, begun.err.read_text()[-3000:]
                return deaths
        raise AssertionError(f"it came to “{point}” again and again")

    def stops(self, point: str, *options: str) -> Begun:
        """A worker that stands still at that point until it is continued."""
        begun = self.begin("sync", "--integration", str(self.integrations[0]), "--stop-at", point, *options)
        for _ in range(6000):
            if (state := begun.state()) == "T":
                return begun
            if state == "Z":
                break
            time.sleep(0.01)
        raise AssertionError(f"it never came to “{point}”: {begun.err.read_text()[-2000:]}")

    def continue_together(self, *begun: Begun) -> None:
        """Those that stand still go on side by side, each to its own end: who lost the lease leaves quietly."""
        for each in begun:
            os.kill(each.pid, signal.SIGCONT)
        for each in begun:
            assert each.ended() == 0, each.err.read_text()[-2000:]

    def is_answered(self) -> None:
        """Whatever a stand-in has received by now, it has done."""
        for _ in range(6000):
            if not any(sum(each.in_flight.values()) for each in self.sandbox.stand_ins.values()):
                return
            time.sleep(0.01)
        raise AssertionError("a stand-in is still at work")

    def two_at_once(self) -> None:
        """Two workers begin the same run at the same time."""
        both = [self.begin("sync", "--integration", str(self.integrations[0])) for _ in range(2)]
        for each in both:
            _told(each)


def _told(begun: Begun) -> Any:
    assert begun.ended() == 0, begun.err.read_text()[-3000:]
    return json.loads(begun.out.read_text().strip().splitlines()[-1])


def works(shown: Any) -> dict[str, str]:
    """Where each document is, by its number."""
    return {each["number"]: each["work"] for each in shown["records"]}


def environment(home: Path, database: str) -> dict[str, str]:
    paces = {f"PACE_{system}": "minute=0,day=0,concurrent=0" for system in ("XERO", "PROCURIFY", "PROCORE")}
    return {
        **os.environ,
        "COUNTERFOIL_HOME": str(home),
        "DATABASE_URL": database,
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        **paces,
    }


@dataclass(frozen=True)
class Portal:
    """A home with its keys, on SQLite also its file; on PostgreSQL `database` is its name there. Stories begin with
    copies of one."""

    home: Path
    database: str = ""

    @property
    def environment(self) -> dict[str, str]:
        return environment(self.home, templates.address(self.database))


def empty_portal() -> Portal:
    """All tables, and nothing in them."""
    made = templates.template()
    return Portal(made.home, made.database)


@contextmanager
def copied(portal: Portal, folder: Path) -> Iterator[Portal]:
    home = shutil.copytree(portal.home, folder / "home")
    if not portal.database:
        yield Portal(home)
        return
    name = f"crash_{uuid.uuid4().hex[:12]}"
    with templates.server() as server:
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{portal.database}"')
        yield Portal(home, name)
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
