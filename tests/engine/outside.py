"""A portal in a process of its own, that can be made to die or stop at any point: `python -m tests.engine.outside`.

Its database and home are those of the environment. Prints one JSON object. `serve` forks such processes, each with
an environment of its own, from one that has loaded the portal and opened nothing: to start takes no time then.
"""

import argparse
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, NoReturn

# Where a worker may be struck: a function of the engine, and whether before or after it ran.
POINTS = {
    "before the intent": ("integrations.engine.posting", "intend", "before"),
    "after the intent": ("integrations.engine.posting", "intend", "after"),
    "before the answer is saved": ("integrations.engine.settling", "settle", "before"),
    "while the answer is saved": ("integrations.engine.settling", "_keep_evidence", "before"),
    "after the answer is saved": ("integrations.engine.settling", "settle", "after"),
    "while a page is saved": ("integrations.engine.pull", "_move", "before"),
    "after a page is saved": ("integrations.engine.storing", "store", "after"),
    "while lines are read": ("integrations.engine.details", "_ask", "after"),
    "while it is translated": ("integrations.engine.approvals", "load", "after"),
    "while a doubt is settled": ("integrations.engine.recovery", "_commit", "before"),
}


def strike(point: str, how: int, nth: int = 1) -> None:
    """Send ourselves the signal the nth time we come to that point."""
    from importlib import import_module

    module_name, name, when = POINTS[point]
    module = import_module(module_name)
    original: Callable[..., Any] = getattr(module, name)
    came: list[bool] = []

    def hit() -> None:
        came.append(True)
        if len(came) == nth:
            os.kill(os.getpid(), how)

    def replacement(*args: Any, **kwargs: Any) -> Any:
        if when == "before":
            hit()
        result = original(*args, **kwargs)
        if when == "after":
            hit()
        return result

    setattr(module, name, replacement)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("action", choices=ACTIONS)
    parser.add_argument("--tenant", default="")
    parser.add_argument("--tokens", default="{}")
    parser.add_argument("--integration", type=int, default=1)
    parser.add_argument("--second", action="store_true", help="prepare a second integration on the same connections")
    parser.add_argument("--later", type=float, default=0.0, help="seconds that the portal's clock runs ahead")
    parser.add_argument("--kill-at", choices=POINTS)
    parser.add_argument("--stop-at", choices=POINTS)
    parser.add_argument("--nth", type=int, default=1, help="the how manieth time it comes to that point")
    parser.add_argument("--leaves-within", type=float, default=10.0)
    options = parser.parse_args(arguments)
    print(json.dumps(ACTIONS[options.action](options)), flush=True)


def serve() -> None:
    """Per line of standard input one of ours: begin one and tell its id, or wait for that one and tell how it ended."""
    for line in sys.stdin:
        asked = json.loads(line)
        if "wait" in asked:
            _, status = os.waitpid(asked["wait"], 0)
            print(os.waitstatus_to_exitcode(status), flush=True)
        else:
            pid = os.fork()
            if not pid:
                _begin(**asked)
            print(pid, flush=True)


def _begin(arguments: Sequence[str], environment: dict[str, str], out: str, err: str) -> NoReturn:
    """The forked one, as if it had been started with this environment; it never returns."""
    code = 1
    try:
        for path, stream in ((out, 1), (err, 2)):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), stream)
        os.environ.clear()
        os.environ.update(environment)
        _read_the_environment_again()
        main(arguments)
        code = 0
    finally:
        from django.db import connections

        if code:
            traceback.print_exc()
        connections.close_all()
        sys.stderr.flush()
        os._exit(code)


def _read_the_environment_again() -> None:
    from django.conf import settings
    from django.db import connections

    from portal import environment

    settings.COUNTERFOIL_HOME = environment.home()
    settings.EPOCH_FILE = settings.COUNTERFOIL_HOME / "epoch"
    settings.SYSTEM_HOSTS = environment.system_hosts()
    connections.settings["default"]["NAME"] = environment.database()["NAME"]


def prepare(options: argparse.Namespace) -> Any:
    from integrations.models import Integration
    from tests import world

    integration = world.connect(options.tenant, json.loads(options.tokens))
    world.read_lists(integration)
    world.fill_tables(integration)
    ids = [integration.pk]
    if options.second:
        twin = Integration.objects.get(pk=integration.pk)
        twin.pk, twin.name = None, "Harbor Mills orders again"
        twin.save()
        ids.append(twin.pk)
    return ids


def sync(options: argparse.Namespace) -> Any:
    import time_machine
    from django.utils import timezone

    from integrations.engine import intents
    from integrations.engine.running import run_until_idle

    intents.LEAVES_WITHIN = options.leaves_within
    for point, how in ((options.kill_at, signal.SIGKILL), (options.stop_at, signal.SIGSTOP)):
        if point:
            strike(point, how, options.nth)
    with time_machine.travel(timezone.now() + timedelta(seconds=options.later), tick=True):
        result = run_until_idle(options.integration)
    return {"ran": result.ran, "failure": result.failure, **shown(options.integration)}


def shown(integration: int) -> dict[str, Any]:
    from integrations.models import Posting, Record, Request
    from integrations.report import whereabouts

    mine = Record.objects.filter(integration=integration)
    postings = Posting.objects.filter(record__in=mine).select_related("record")
    return {
        "records": {record.number: record.work for record in mine},
        "postings": {posting.record.number: posting.target_id for posting in postings},
        "requests": list(Request.objects.order_by("pk").values_list("outcome", flat=True)),
        "adds_up": all(line["adds_up"] for flows in whereabouts().values() for line in flows.values()),
    }


ACTIONS: dict[str, Callable[[argparse.Namespace], Any]] = {"prepare": prepare, "sync": sync}

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    import django

    django.setup()
    if sys.argv[1:] == ["serve"]:
        from tests import world  # noqa: F401 - loaded once, for all that are forked

        serve()
    else:
        main(sys.argv[1:])
