"""A portal in a process of its own, that can be made to die or stop at any point: `python -m tests.engine.outside`.

Its database and home are those of the environment. Prints one JSON object. `serve` forks such processes, each with
an environment of its own, from one that has loaded the portal and opened nothing: to start takes no time then.
"""

import argparse
import gc
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from datetime import timedelta
from importlib import import_module
from typing import Any, NoReturn
from unittest.mock import patch

# Where a worker may be struck: a function of the engine, and whether before or after it ran.
LEDGER = {
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
STEPS = "integrations.engine.projects.steps"
PROJECTS = {
    "before it is intended": (STEPS, "_intend", "before"),
    "before it is sent": (STEPS, "_send", "before"),
    "before its answer is saved": (STEPS, "_answered", "before"),
    "after its answer is saved": (STEPS, "_answered", "after"),
    "while its doubt is settled": ("integrations.engine.projects.open_lines", "settle", "before"),
}
POINTS = LEDGER | PROJECTS
POSTED = ("kind", "reference", "standing", "target_id")
RESERVED = ("code", "amount", "counted_at")


def strike(point: str, how: int, nth: int = 1) -> None:
    """Send ourselves the signal the nth time we come to that point."""
    module_name, name, when = POINTS[point]
    module = import_module(module_name)
    original: Callable[..., Any] = getattr(module, name)
    came: list[bool] = []

    def hit() -> None:
        came.append(True)
        if len(came) == nth:
            os.kill(os.getpid(), how)
            _time_has_passed()

    def replacement(*args: Any, **kwargs: Any) -> Any:
        if when == "before":
            hit()
        result = original(*args, **kwargs)
        if when == "after":
            hit()
        return result

    setattr(module, name, replacement)


def _time_has_passed() -> None:
    """For whoever stood still: longer than a write may wait to leave (E3), and less than a slice."""
    from integrations.engine.intents import LEAVES_WITHIN

    now = time.monotonic
    patch.object(time, "monotonic", lambda: now() + LEAVES_WITHIN + 1).start()


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("action", choices=ACTIONS)
    parser.add_argument("--company", default="", help="the module that knows how to connect it")
    parser.add_argument("--facts", default="{}", help="what its systems are to be connected with")
    parser.add_argument("--integration", type=int, default=1)
    parser.add_argument("--second", action="store_true", help="prepare a second integration on the same connections")
    parser.add_argument("--later", type=float, default=0.0, help="seconds that the portal's clock runs ahead")
    parser.add_argument("--kill-at", choices=POINTS)
    parser.add_argument("--stop-at", choices=POINTS)
    parser.add_argument("--nth", type=int, default=1, help="the how manieth time it comes to that point")
    parser.add_argument("--deadline", type=float, help="seconds that a call may take at most")
    options = parser.parse_args(arguments)
    print(json.dumps(ACTIONS[options.action](options)), flush=True)


def load_everything() -> None:
    """Once, for all that are forked: what a portal otherwise loads when it comes to it."""
    from django.apps import apps
    from django.db import connections
    from django.urls import reverse

    from integrations.systems import SYSTEMS, system

    for slug in SYSTEMS:
        system(slug).load_client()
        system(slug).load_parse()
    reverse("admin:index")
    for name in ("time_machine", "tests.world", "tests.engine.projects.cottage", "integrations.engine.running"):
        import_module(name)
    for model in apps.get_models():
        str(model._default_manager.all().query)  # what Django works out of a model when it first asks for its rows
    connections.close_all()
    gc.collect()
    gc.freeze()  # nothing of it is copied for being looked at


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

    integration: Integration = import_module(options.company).connected(**json.loads(options.facts))
    return [integration.pk, *([_twin(integration)] if options.second else [])]


def _twin(integration: Any) -> int:
    from integrations.models import Integration, ProjectSettings

    twin = Integration.objects.get(pk=integration.pk)
    twin.pk, twin.name = None, f"{integration.name} again"
    twin.save()
    for chosen in ProjectSettings.objects.filter(integration=integration):
        chosen.pk, chosen.integration = None, twin
        chosen.save()
    return twin.pk


def restore(options: argparse.Namespace) -> Any:
    """Somebody has both systems looked at, and asks for everything to be written again that people changed there."""
    from django.contrib.auth.models import User

    from integrations.engine import drift_decisions, sweeping
    from integrations.engine.decision_kinds import DRIFT_RESTORE
    from integrations.engine.running import run_until_idle
    from integrations.flag_words import EDITED
    from integrations.models import Flag, Integration

    sweeping.ask(Integration.objects.get(pk=options.integration))
    run_until_idle(options.integration)
    susan = User.objects.create_superuser("susan")
    found = Flag.objects.filter(record__integration=options.integration, kind=EDITED, closed_at=None).order_by("pk")
    return [drift_decisions.decide(DRIFT_RESTORE, flag, susan, "It was a slip") for flag in found]


def sync(options: argparse.Namespace) -> Any:
    import time_machine
    from django.utils import timezone

    from integrations.engine.running import run_until_idle

    if options.deadline:
        _calls_take_at_most(options.deadline)
    for point, how in ((options.kill_at, signal.SIGKILL), (options.stop_at, signal.SIGSTOP)):
        if point:
            strike(point, how, options.nth)
    with time_machine.travel(timezone.now() + timedelta(seconds=options.later), tick=True):
        result = run_until_idle(options.integration)
    return {"ran": result.ran, "failure": result.failure, **shown(options.integration)}


def _calls_take_at_most(seconds: float) -> None:
    from integrations.http.wire import Wire

    original = Wire.__init__

    def hasty(wire: Wire, label: str, deadline_seconds: float) -> None:
        original(wire, label, min(seconds, deadline_seconds))

    patch.object(Wire, "__init__", hasty).start()


def shown(integration: int) -> dict[str, Any]:
    from django.db.models import F

    from integrations.flag_words import EDITED
    from integrations.models import Flag, Posting, Record, Request, Reservation
    from integrations.report import whereabouts

    mine = Record.objects.filter(integration=integration)
    postings = Posting.objects.filter(record__in=mine)
    reserved = Reservation.objects.filter(record__in=mine)
    edited = Flag.objects.filter(record__in=mine, kind=EDITED, closed_at=None)
    return {
        "records": list(mine.values("flow", "number", "work", "hold_reason", "explanation")),
        "postings": list(postings.values(*POSTED, document=F("record__number"))),
        "reserved": [[code, str(amount), bool(counted)] for code, amount, counted in reserved.values_list(*RESERVED)],
        "requests": list(Request.objects.order_by("pk").values_list("outcome", flat=True)),
        "edited": list(edited.values_list("explanation", flat=True)),
        "adds_up": all(line["adds_up"] for flows in whereabouts().values() for line in flows.values()),
    }


ACTIONS: dict[str, Callable[[argparse.Namespace], Any]] = {"prepare": prepare, "restore": restore, "sync": sync}

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    import django

    django.setup()
    if sys.argv[1:] == ["serve"]:
        load_everything()
        serve()
    else:
        main(sys.argv[1:])
