"""What the demo needs around it: an environment, free ports, the sandbox as a process of its own."""

import hashlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).resolve().parents[2]
SITE_PORT, CONTROL_PORT = 8000, 9100
SYSTEMS = 4  # the control port, Xero, Procurify and Procore, one after the other
STARTS_WITHIN = 60.0


def home() -> Path:
    """One per checkout, outside of it, so that a second start goes on where the first one ended (E36).

    Never COUNTERFOIL_HOME itself: an installation may have its database there.
    """
    if stated := os.environ.get("COUNTERFOIL_HOME"):
        return Path(stated).expanduser().resolve() / "demo"
    mark = hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]
    return Path(f"~/.counterfoil/demo-{mark}").expanduser()


def environment(home: Path, port: int, control_port: int) -> dict[str, str]:
    """The environment of every process of the demo; limits are lifted by the setting that customers have, too."""
    return {
        **os.environ,
        "DEMO": "on",
        "COUNTERFOIL_HOME": str(home),
        "SITE_URL": f"http://localhost:{port}",
        "BIND": f"{os.environ.get('BIND', '127.0.0.1').partition(':')[0]}:{port}",
        "SANDBOX_URL": f"http://localhost:{control_port}",
        "PACE_XERO": "minute=0,day=0,concurrent=0",
        "PACE_PROCURIFY": "minute=0,day=0,concurrent=0",
        "PACE_PROCORE": "minute=0,day=0,concurrent=0",
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),
    }


def free_ports() -> int:
    """The first of four free ports in a row."""
    for first in range(20_000 + os.getpid() % 5000, 60_000, 10):
        if all(_is_free(first + offset) for offset in range(SYSTEMS)):
            return first
    raise RuntimeError("No free ports were found on this machine.")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def sandbox_command(control_port: int, state: Path) -> list[str]:
    ports = [str(control_port + offset) for offset in range(SYSTEMS)]
    options = ["--company", "--no-limits", "--state", str(state), "--ports", *ports]
    return [sys.executable, "-m", "integrations.sandbox", *options]


@contextmanager
def sandbox(control_port: int, state: Path, settings: Mapping[str, str]) -> Iterator["Control"]:
    """The stand-ins while the block runs."""
    command = sandbox_command(control_port, state)
    process = subprocess.Popen(command, cwd=ROOT, env=dict(settings), stdout=subprocess.DEVNULL)  # noqa: S603
    try:
        control = Control(f"http://localhost:{control_port}")
        control.wait(process)
        yield control
    finally:
        process.terminate()
        process.wait(30)


class Control:
    """The sandbox's control API."""

    def __init__(self, url: str) -> None:
        self.url = url

    def wait(self, process: "subprocess.Popen[bytes]") -> None:
        until = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < until and process.poll() is None:
            try:
                if requests.get(f"{self.url}/health", timeout=2).ok:
                    return
            except (requests.ConnectionError, requests.Timeout):
                time.sleep(0.1)
        raise RuntimeError("The sandbox did not start; is one of its ports taken?")

    def turn(self, system: str, **knobs: object) -> None:
        requests.post(f"{self.url}/settings/{system}", json=knobs, timeout=30).raise_for_status()

    def play(self, event: str) -> None:
        requests.post(f"{self.url}/events/{event}", timeout=60).raise_for_status()

    def procore_company(self) -> str:
        """The number of the one company in Procore, which stands before the names of its collections."""
        answer = requests.get(f"{self.url}/state/procore", timeout=60)
        answer.raise_for_status()
        return next(str(name).partition("/")[0] for name in answer.json()["collections"] if "/" in name)

    def records(self, system: str, collection: str) -> list[dict[str, Any]]:
        answer = requests.get(f"{self.url}/state/{system}/{collection}", timeout=60)
        answer.raise_for_status()
        found: list[dict[str, Any]] = json.loads(answer.text, parse_float=Decimal)["records"]
        return found
