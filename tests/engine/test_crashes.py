"""Whatever strikes a worker, wherever: every order ends as exactly one bill, and none is lost (E1 to E5).

The portal runs in processes of its own, on a database of its own, against stand-ins over real HTTP.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from select import select
from typing import Any

import pytest

from integrations.sandbox import Sandbox
from tests import templates, world
from tests.engine.outside import POINTS

pytestmark = pytest.mark.own_database

ROOT = Path(__file__).resolve().parents[2]
ORDERS = ["PF1", "PF2", "PF3"]
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
    tenant: str
    environment: dict[str, str]
    nursery: Nursery
    integrations: list[int] = field(default_factory=list)

    def begin(self, action: str, *options: str) -> Begun:
        return self.nursery.begin(self.environment, action, *options)

    def do(self, action: str, *options: str) -> Any:
        begun = self.begin(action, *options)
        assert begun.ended() == 0, begun.err.read_text()[-3000:]
        return json.loads(begun.out.read_text().strip().splitlines()[-1])

    def sync(self, *options: str) -> Any:
        return self.do("sync", "--integration", str(self.integrations[0]), *options)

    def dies(self, point: str, *options: str) -> None:
        """A worker that is killed with -9 at that point."""
        begun = self.begin("sync", "--integration", str(self.integrations[0]), "--kill-at", point, *options)
        assert begun.ended() == -signal.SIGKILL, f"it never came to “{point}”: {begun.err.read_text()[-2000:]}"

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

    def continues(self, begun: Begun) -> None:
        os.kill(begun.pid, signal.SIGCONT)
        begun.ended()

    def bills(self) -> Counter[str]:
        stored = self.sandbox.xero.bills(self.tenant)
        return Counter(bill["InvoiceNumber"] for bill in stored if bill["Status"] not in ("DELETED", "VOIDED"))

    def ends_with_each_order_once(self, *options: str) -> None:
        """One more run finds every order posted, each exactly once, and the line of A99 adds up."""
        shown = self.sync(*options)
        assert self.bills() == Counter(ORDERS)
        assert shown["records"] == dict.fromkeys(ORDERS, "done"), shown
        ids = {bill["InvoiceNumber"]: bill["InvoiceID"] for bill in self.sandbox.xero.bills(self.tenant)}
        assert shown["postings"] == ids
        assert shown["adds_up"]


def environment(home: Path, database: str) -> dict[str, str]:
    return {
        **os.environ,
        "COUNTERFOIL_HOME": str(home),
        "DATABASE_URL": database,
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "PACE_XERO": "minute=0,day=0,concurrent=0",
        "PACE_PROCURIFY": "minute=0,day=0,concurrent=0",
    }


@contextmanager
def database(template: str) -> Iterator[str]:
    """The address of a copy on the server under test; "" is SQLite in the portal's home."""
    if not template:
        yield ""
        return
    name = f"crash_{uuid.uuid4().hex[:12]}"
    with templates.server() as server:
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        yield templates.address(name)
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    empty = templates.template()
    nursery = Nursery(tmp_path_factory.mktemp("said"), environment(empty.home, templates.address(empty.database)))
    yield nursery
    nursery.close()


@pytest.fixture
def outside(tmp_path: Path, nursery: Nursery) -> Iterator[Outside]:
    empty = templates.template()
    home = shutil.copytree(empty.home, tmp_path / "home")
    with database(empty.database) as address, portal_outside(home, address, nursery) as portal:
        yield portal


@contextmanager
def portal_outside(home: Path, address: str, nursery: Nursery) -> Iterator[Outside]:
    with Sandbox(limits=False) as sandbox:
        tenant, answer = world.furnish_systems(sandbox)
        addresses = {f"XERO_{part}_URL": sandbox.url("xero") for part in ("API", "IDENTITY", "LOGIN")}
        addresses["PROCURIFY_API_URL"] = f"{sandbox.url('procurify')}/{{domain}}"
        portal = Outside(sandbox, tenant, {**environment(home, address), **addresses}, nursery)
        portal.integrations = portal.do("prepare", "--tenant", tenant, "--tokens", json.dumps(answer), "--second")
        for number in ORDERS:
            sandbox.procurify.add_order(
                world.DOMAIN, number=number, vendor=world.VENDOR, date=world.DAY, lines=[world.line()]
            )
        yield portal


@pytest.mark.promise(47)
@pytest.mark.parametrize("point", [point for point in POINTS if point != "while a doubt is settled"])
def test_e2_a_worker_killed_anywhere_leaves_one_bill_per_order(outside: Outside, point: str) -> None:
    outside.dies(point)
    outside.ends_with_each_order_once("--later", str(SETTLED))


def test_e2_a_worker_killed_while_a_doubt_is_settled(outside: Outside) -> None:
    outside.dies("after the intent")
    outside.dies("while a doubt is settled", "--later", str(SETTLED))
    outside.ends_with_each_order_once("--later", str(2 * SETTLED))


@pytest.mark.parametrize("effect", ["lose_answer", "status_after_commit", "cut_body", "refuse", "delay"])
def test_e2_an_answer_that_is_lost_is_looked_up(outside: Outside, effect: str) -> None:
    outside.sandbox.faults.add(
        system="xero", method="PUT", path="Invoices", effect=effect, status=500, body="", seconds=0.2
    )
    outside.sync()
    outside.ends_with_each_order_once("--later", str(SETTLED))


def test_e2_nothing_is_written_again_before_the_lost_write_must_have_ended(outside: Outside) -> None:
    outside.sandbox.faults.add(system="xero", method="PUT", path="Invoices", effect="lose_answer")
    outside.sync()
    shown = outside.sync("--later", "60")
    assert set(shown["records"].values()) == {"doubt"}
    assert shown["requests"] == ["unknown"]


@pytest.mark.parametrize("point", ["after the intent", "before the answer is saved"])
def test_e3_a_worker_that_stands_still_and_goes_on_after_another_took_over(outside: Outside, point: str) -> None:
    still = outside.stops(point, "--leaves-within", "0.2")
    outside.ends_with_each_order_once("--later", str(SETTLED))
    outside.continues(still)
    outside.ends_with_each_order_once("--later", str(2 * SETTLED))


def test_e4_two_integrations_on_one_company_post_an_order_once(outside: Outside) -> None:
    first, second = outside.integrations
    still = outside.stops("after the intent", "--leaves-within", "0.2")
    outside.do("sync", "--integration", str(second), "--later", str(SETTLED))
    outside.continues(still)
    outside.do("sync", "--integration", str(first), "--later", str(2 * SETTLED))
    assert outside.bills() == Counter(ORDERS)


def test_e4_two_workers_at_once_post_an_order_once(outside: Outside) -> None:
    outside.sandbox.faults.add(system="xero", method="PUT", path="Invoices", effect="delay", seconds=0.5)
    both = [outside.begin("sync", "--integration", str(outside.integrations[0])) for _ in range(2)]
    for each in both:
        each.ended()
    outside.ends_with_each_order_once("--later", str(SETTLED))
