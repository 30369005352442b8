"""The portal under the stopwatch: `python -m tests.benchmarks.portal ACTION`. Prints one JSON object.

Its database, its home and the addresses of the stand-ins are those of the environment.
"""

import argparse
import json
import os
import resource
import time
from collections.abc import Callable
from typing import Any

from tests.benchmarks.stopwatch import Stopwatch

E = "integrations.engine"
# Which function belongs to which part. The trail's functions are known by name wherever they are used.
PARTS = {
    "pull": (f"{E}.pull:pull", f"{E}.index:refresh", f"{E}.running:_read_lists"),
    "translate": (f"{E}.running:_translate", f"{E}.running:_waiting", f"{E}.translation:Translator.load"),
    "post": (f"{E}.posting:post", f"{E}.recovery:mark_lost", f"{E}.recovery:recover"),
    "audit": (
        *(f"{E}.{name}:log_many" for name in ("pull", "details", "index", "saving", "posting", "settling")),
        f"{E}.running:log",
    ),
}
STEPS = {"pull": f"{E}.details:read_details"}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("action", choices=ACTIONS)
    parser.add_argument("--tenant", default="", help="the organisation in Xero")
    parser.add_argument("--tokens", default="{}", help="the answer to its consent, as JSON")
    parser.add_argument("--integration", type=int, default=1)
    parser.add_argument("--key", default="", help="what proves the webhooks of `listen`")
    parser.add_argument("--profile", default="", help="write what cProfile sees to this file; times are then too high")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    import django

    django.setup()
    print(json.dumps(ACTIONS[options.action](options)))


def prepare(options: argparse.Namespace) -> dict[str, Any]:
    """Empty tables, the connections and what an accountant fills in; the lists count as old for the run."""
    from django.core.management import call_command

    from integrations.models import Connection
    from tests import world

    call_command("migrate", verbosity=0)
    integration = world.connect(options.tenant, json.loads(options.tokens))
    world.read_lists(integration)
    world.fill_tables(integration)
    Connection.objects.update(lists_read_at=None)
    return {"integration": integration.pk}


def listen(options: argparse.Namespace) -> dict[str, Any]:
    """Two connected companies that send webhooks, in empty tables; where to, and for which company."""
    from django.contrib.auth.models import User
    from django.core.management import call_command

    from integrations.webhooks import addresses
    from tests.engine import rows

    call_command("migrate", verbosity=0)
    books = rows.an_integration().target
    addresses.set_secret(books, options.key, User.objects.create_user("ivan"))
    return {"path": f"/webhooks/xero/{addresses.token_of(books)}", "company": books.tenant_id}


def heard(options: argparse.Namespace) -> dict[str, Any]:
    from integrations.models import WebhookEvent

    return {"events": WebhookEvent.objects.count()}


def run(options: argparse.Namespace) -> dict[str, Any]:
    """One run of the engine, measured: seconds, queries, calls, and what became of the records."""
    from django.db import connection

    from integrations.engine import running
    from integrations.models import Exchange

    earlier = Exchange.objects.count()
    watch = _watching()
    began, cpu = time.monotonic(), time.process_time()
    with connection.execute_wrapper(watch.count_query), watch, _profiling(options.profile):
        result = running.run_until_idle(options.integration)
    wall, cpu = time.monotonic() - began, time.process_time() - cpu
    calls = Exchange.objects.count() - earlier
    return {
        "failure": result.failure,
        "wall_seconds": wall,
        "cpu_seconds": cpu,
        "seconds": dict(watch.seconds),
        "queries": dict(watch.queries),
        # The peak of this process since its start, in kilobytes on Linux.
        "peak_rss_kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        "calls": calls,
        **_outcome(earlier),
    }


def _watching() -> Stopwatch:
    watch = Stopwatch()
    for name, places in PARTS.items():
        for place in places:
            watch.watch(place, name)
    for name, place in STEPS.items():
        watch.watch_steps(place, name)
    return watch


def _profiling(path: str) -> Any:
    """A context that does nothing, or one that writes a profile."""
    from contextlib import ExitStack

    context = ExitStack()
    if path:
        import cProfile

        profile = cProfile.Profile()
        context.callback(lambda: profile.dump_stats(path))
        context.enter_context(profile)
    return context


def _outcome(earlier: int) -> dict[str, Any]:
    from django.db.models import Count

    from integrations.models import Exchange, Record, Run

    made = Exchange.objects.order_by("pk")[earlier:].values_list("method", "template")
    kinds: dict[str, int] = {}
    for method, template in made:
        kinds[f"{method} {template}"] = kinds.get(f"{method} {template}", 0) + 1
    places = Record.objects.order_by().values_list("work").annotate(Count("pk"))
    (the_run,) = Run.objects.all()
    return {"calls_by_kind": kinds, "records": dict(places), "slices": the_run.slices}


def projects(options: argparse.Namespace) -> dict[str, Any]:
    """The contractor's orders and then its bills into Procore: calls of each, beside the least."""
    from django.core.management import call_command

    from tests.benchmarks import projects

    call_command("migrate", verbosity=0)
    return projects.measured()


ACTIONS: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    "prepare": prepare,
    "run": run,
    "listen": listen,
    "heard": heard,
    "projects": projects,
}

if __name__ == "__main__":
    main()
