"""What a benchmark needs around it: stand-ins in a process of their own, a database, a portal that is started."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from tests.environment_names import names

ROOT = Path(__file__).resolve().parents[2]
LOCAL_SERVER = "postgres://postgres@127.0.0.1:5432/postgres"
DOMAIN = "harbormills"  # which the Procurify stand-in knows from the start
VENDORS = 20
NO_LIMITS = "minute=0,day=0,concurrent=0"


@dataclass(frozen=True, slots=True)
class Start:
    """What a trial begins as, when tables were made before: a portal's home, on PostgreSQL the name of a database."""

    home: Path
    database: str


@contextmanager
def home(like: Start | None = None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="counterfoil-bench-") as folder:
        if like is not None:
            shutil.copytree(like.home, folder, dirs_exist_ok=True)
        yield Path(folder)


class StandIns:
    """The sandbox's control API and the addresses of its systems."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        self.addresses = addresses

    def do(self, system: str, convenience: str, **arguments: object) -> Any:
        address = f"{self.addresses['control']}/do/{system}/{convenience}"
        answer = requests.post(address, json=arguments, timeout=600)
        if not answer.ok:
            raise RuntimeError(f"The stand-in for {system} refused {convenience}: {answer.text[:500]}")
        return answer.json()["result"]

    def received(self, system: str) -> int:
        """How many requests it has received so far; the log itself keeps only the newest."""
        answer = requests.get(f"{self.addresses['control']}/log/{system}", timeout=600)
        requests_seen = answer.json()["requests"]
        return int(requests_seen[-1]["n"]) if requests_seen else 0


@contextmanager
def stand_ins() -> Iterator[StandIns]:
    command = [sys.executable, "-m", "integrations.sandbox", "--no-limits", "--ports", "0", "0", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            told = [process.stdout.readline().partition(" ") for _ in range(3)]
            if not all(address for _, _, address in told):
                raise RuntimeError("The stand-ins did not start.")
            yield StandIns({system: address.strip() for system, _, address in told})
        finally:
            process.terminate()


def furnish(systems: StandIns, orders: int) -> dict[str, str]:
    """A company of twenty vendors with so many approved orders of three lines; the options of `prepare`."""
    vendors = [f"Vendor {number:02d} Supply" for number in range(1, VENDORS + 1)]
    facts = systems.do("xero", "add_organisation", name="Harbor Mills Ltd", base_currency="USD", country="US")
    tenant = str(facts["OrganisationID"])
    systems.do("xero", "add_tax_rate", tax_type="TAX005", name="GST on Purchases", rate=5, tenant=tenant)
    systems.do("xero", "add_tracking_category", name="Department", options=["Production", "Warehouse"], tenant=tenant)
    for name in vendors:
        systems.do("xero", "add_contact", name=name, tenant=tenant)
    systems.do("procurify", "add_account_code", domain=DOMAIN, code="6200", description="Repairs")
    systems.do(
        "procurify",
        "many_orders",
        domain=DOMAIN,
        count=orders,
        lines=3,
        vendors=vendors,
        accounts=["6100", "6200"],
        departments=["Production", "Warehouse"],
    )
    return {"--tenant": tenant, "--tokens": json.dumps(systems.do("xero", "issue_tokens", tenants=[tenant]))}


def environment_of_pages(home: Path, database: str) -> dict[str, str]:
    """A portal as it is installed, that calls nobody."""
    return {
        **{name: value for name, value in os.environ.items() if name not in names()},
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "COUNTERFOIL_HOME": str(home),
        "DATABASE_URL": database,
        "LOG_LEVEL": "ERROR",
    }


def environment(home: Path, database: str, systems: StandIns) -> dict[str, str]:
    """A portal as it is installed, but for the addresses and the pace."""
    xero, procurify = systems.addresses["xero"], systems.addresses["procurify"]
    return {
        **environment_of_pages(home, database),
        "PACE_XERO": NO_LIMITS,
        "PACE_PROCURIFY": NO_LIMITS,
        "LOG_LEVEL": "WARNING",
        **{f"XERO_{part}_URL": xero for part in ("API", "IDENTITY", "LOGIN")},
        "PROCURIFY_API_URL": f"{procurify}/{{domain}}",
    }


def portal(action: str, settings: Mapping[str, str], options: Mapping[str, str]) -> dict[str, Any]:
    """Run one action in a fresh process; what it printed last."""
    words = [word for option in options.items() for word in option]
    command = [sys.executable, "-m", "tests.benchmarks.portal", action, *words]
    ended = subprocess.run(command, cwd=ROOT, env=dict(settings), stdout=subprocess.PIPE, text=True, check=True)
    told: dict[str, Any] = json.loads(ended.stdout.strip().splitlines()[-1])
    return told


def server() -> str:
    """The PostgreSQL server of DATABASE_URL, or the one on this machine if it answers, or nothing."""
    import psycopg

    stated = os.environ.get("DATABASE_URL", "")
    address = stated if urlsplit(stated).scheme.startswith("postgres") else LOCAL_SERVER
    try:
        with psycopg.connect(_login(address), connect_timeout=3):
            return address
    except psycopg.OperationalError:
        return ""


@contextmanager
def database(kind: str, like: Start | None = None) -> Iterator[str]:
    """The address of a new database; "" is SQLite in the portal's home."""
    if kind == "sqlite":
        yield ""
        return
    import psycopg
    from psycopg import sql

    address, name = server(), f"counterfoil_bench_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(_login(address), autocommit=True) as connection:
        filled = sql.SQL(" TEMPLATE {}").format(sql.Identifier(like.database)) if like else sql.SQL("")
        connection.execute(sql.SQL("CREATE DATABASE {}{}").format(sql.Identifier(name), filled))
        try:
            yield urlsplit(address)._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _login(address: str) -> str:
    return urlsplit(address)._replace(scheme="postgresql", query="").geturl()
