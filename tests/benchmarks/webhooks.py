"""Webhooks at a steady pace to a portal as it is installed: how long each answer takes, and whether any is lost."""

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from typing import Any

from integrations.sandbox.xero.webhooks import signature
from portal.demonstration.surroundings import free_ports
from tests.benchmarks import surroundings
from tests.benchmarks.figures import Aim

KEY = "a-signing-key-of-the-benchmark"
SENDERS = 16
STARTS_WITHIN = 60.0
ANSWERS_WITHIN = 30.0


def trial(seconds: int, a_second: int, start: surroundings.Start | None = None) -> dict[str, Any]:
    """One web process and one cluster on SQLite, the embedded default; a request holds one event."""
    with surroundings.home(start) as home:
        port = free_ports()
        site = {"SITE_URL": f"http://localhost:{port}", "BIND": f"127.0.0.1:{port}", "WEB_WORKERS": "1"}
        settings = {**surroundings.environment_of_pages(home, ""), **site}
        told = surroundings.portal("listen", settings, {"--key": KEY})
        with _serving(settings, port):
            figures = _send(port, told, seconds * a_second, a_second)
        kept = surroundings.portal("heard", settings, {})
    return {**figures, "kept": kept["events"], "lost": seconds * a_second - kept["events"]}


@contextmanager
def _serving(settings: Mapping[str, str], port: int) -> Iterator[None]:
    command = [sys.executable, "manage.py", "serve"]
    with subprocess.Popen(command, cwd=surroundings.ROOT, env=dict(settings), stdout=subprocess.DEVNULL) as process:
        try:
            ends = time.monotonic() + STARTS_WITHIN
            while _status(HTTPConnection("127.0.0.1", port, timeout=5), "GET", "/health") not in (200, 503):
                if time.monotonic() > ends:
                    raise RuntimeError("The portal did not start.")
                time.sleep(0.2)
            yield
        finally:
            process.terminate()


def _send(port: int, told: Mapping[str, str], count: int, a_second: int) -> dict[str, Any]:
    """Each request at its moment, whether or not the ones before were answered."""
    taken, statuses, numbers = [0.0] * count, Counter[int](), iter(range(count))
    lock, begins = threading.Lock(), time.monotonic() + 1

    def work() -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=ANSWERS_WITHIN)
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            due = begins + number / a_second
            time.sleep(max(0.0, due - time.monotonic()))
            body = _body(told["company"], number)
            headers = {"Content-Type": "application/json", "x-xero-signature": signature(KEY, body)}
            status = _status(connection, "POST", told["path"], body, headers)
            taken[number] = time.monotonic() - due
            with lock:
                statuses[status] += 1

    threads = [threading.Thread(target=work) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ordered = sorted(taken)
    return {
        "sent": count,
        "a_second": a_second,
        "statuses": dict(statuses),
        **{f"p{share}_ms": round(ordered[count * share // 100] * 1000, 1) for share in (50, 99)},
        "longest_ms": round(ordered[-1] * 1000, 1),
    }


def _body(company: str, number: int) -> bytes:
    event = {
        "resourceUrl": f"https://api.xero.com/api.xro/2.0/Invoices/{number:032x}",
        "resourceId": f"{number:032x}",
        "eventDateUtc": "2026-10-01T01:15:39.902",
        "eventType": "UPDATE",
        "eventCategory": "INVOICE",
        "tenantId": company,
        "tenantType": "ORGANISATION",
    }
    whole = {"events": [event], "firstEventSequence": number, "lastEventSequence": number, "entropy": "S0m3r4Nd0m"}
    return json.dumps(whole).encode()


def _status(
    connection: HTTPConnection, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> int:
    """0 for no answer. Each call has a connection of its own: the portal closes one that idled."""
    try:
        connection.request(method, path, body, dict(headers or {}))
        answer = connection.getresponse()
        answer.read()
    except (OSError, HTTPException):
        return 0
    finally:
        connection.close()
    return answer.status


def aims(found: Mapping[str, Any]) -> list[Aim]:
    """Promise 35. A time counts from the moment at which the request was due."""
    return [Aim("99 of 100 answers", found["p99_ms"], 100, "ms"), Aim("lost", float(found["lost"]), 0, "events")]
