"""One trial: a database of its own, the rows, the visits, and what they came to."""

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from tests.benchmarks.surroundings import ROOT, database, environment_of_pages, home

SLOWEST_MS, MOST_QUERIES = 300, 15


def trial(records: int) -> dict[str, Any]:
    """The rows that were made, and the figures per page. On PostgreSQL, which must answer."""
    with home() as folder, database("postgresql") as address:
        settings = environment_of_pages(folder, address)
        made = _run("fill", records, settings)
        return {"made": made, "pages": _run("visit", records, settings)}


def misses(pages: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What is too slow, asks too much or does not open, in a sentence each."""
    found = []
    for name, page in pages.items():
        if page["p95_ms"] > SLOWEST_MS:
            found.append(f"{name}: p95 is {page['p95_ms']} ms (at most {SLOWEST_MS})")
        if page["queries"] > MOST_QUERIES:
            found.append(f"{name}: {page['queries']} queries (at most {MOST_QUERIES})")
        if page["statuses"] != [200]:
            found.append(f"{name}: answered {page['statuses']}")
    return found


def table(pages: Mapping[str, Mapping[str, Any]]) -> str:
    """For people: a row per page, then what misses its aim."""
    head = f"{'page':32}{'p50 ms':>10}{'p95 ms':>10}{'queries':>10}"
    lines = [
        f"{name:32}{page['p50_ms']:>10.1f}{page['p95_ms']:>10.1f}{page['queries']:>10}" for name, page in pages.items()
    ]
    aim = f"p95 at most {SLOWEST_MS} ms, at most {MOST_QUERIES} queries"
    missed = [f"  MISSED {miss}" for miss in misses(pages)] or [f"  met    {aim}"]
    return "\n".join([head, *lines, "", *missed])


def _run(action: str, records: int, settings: Mapping[str, str]) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.benchmarks.pages.measure", action, "--records", str(records)]
    ended = subprocess.run(command, cwd=ROOT, env=dict(settings), stdout=subprocess.PIPE, text=True, check=True)
    told: dict[str, Any] = json.loads(ended.stdout.strip().splitlines()[-1])
    return told
