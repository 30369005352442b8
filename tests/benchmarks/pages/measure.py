"""`python -m tests.benchmarks.pages.measure fill|visit`: its database is that of the environment. Prints JSON."""

import argparse
import json
import os
import time
from collections import defaultdict
from typing import Any

REPEATS = 6


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("action", choices=["fill", "visit"])
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--only", default="", help="visit only pages whose name begins so")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    import django

    django.setup()
    print(json.dumps(fill(options.records) if options.action == "fill" else visit(options.records, options.only)))


def fill(records: int) -> dict[str, Any]:
    from django.core.management import call_command

    from tests.benchmarks.pages.company import fill_database

    began = time.monotonic()
    call_command("migrate", verbosity=0)
    return {**fill_database(records), "seconds": round(time.monotonic() - began)}


def visit(records: int, only: str = "") -> dict[str, Any]:
    """Per page: the median and the 95th percentile over all people and repeats, and the most queries of any."""
    from django.conf import settings
    from django.contrib.auth.models import User

    from tests.benchmarks.pages.visits import visits

    settings.SECOND_FACTOR, settings.ALLOWED_HOSTS = False, ["*"]
    people = {user.username: _signed_in(user) for user in User.objects.filter(is_staff=True)}
    found: dict[str, dict[str, Any]] = {}
    for page in visits(records):
        if page.name.startswith(only):
            found[page.name] = _measured(page.address, {name: people[name] for name in page.people})
    return found


def _signed_in(user: Any) -> Any:
    from django.test import Client

    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def _measured(address: str, people: dict[str, Any]) -> dict[str, Any]:
    """The first visit of each person warms caches up and counts for nothing; everybody must be let in."""
    times: list[float] = []
    queries: dict[str, int] = defaultdict(int)
    statuses = set()
    for name, client in people.items():
        for repeat in range(REPEATS):
            began = time.perf_counter()
            with _counting() as counted:
                answer = client.get(address, secure=True)
            if repeat:
                times.append((time.perf_counter() - began) * 1000)
                queries[name] = max(queries[name], counted.queries)
            statuses.add(answer.status_code)
    times.sort()
    return {
        "p50_ms": round(times[len(times) // 2], 1),
        "p95_ms": round(times[min(int(len(times) * 0.95), len(times) - 1)], 1),
        "queries": max(queries.values()),
        "statuses": sorted(statuses),
    }


class _counting:  # noqa: N801 - used as a context manager only
    """How many statements the block sent to the database."""

    def __init__(self) -> None:
        self.queries = 0

    def __enter__(self) -> "_counting":
        from django.db import connection

        self._wrapped = connection.execute_wrapper(self._count)
        self._wrapped.__enter__()
        return self

    def __exit__(self, *ended: Any) -> None:
        self._wrapped.__exit__(*ended)

    def _count(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.queries += 1
        return execute(sql, params, many, context)


if __name__ == "__main__":
    main()
