"""`manage.py serve`: web and workers together, for a company that runs Counterfoil on one machine."""

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from portal import environment
from portal.serving import Ensemble


class Command(BaseCommand):
    help = "Bring the database up to date, then serve the portal and run its workers. Ends on SIGTERM or Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        manage = str(Path(sys.argv[0]).resolve())
        programs = Ensemble({"web": web_server(environment.bind()), "workers": [sys.executable, manage, "workers"]})
        programs.heed_signals()
        self.stdout.write(f"Counterfoil serves {settings.SITE_URL}")
        if programs.run():
            raise CommandError("A part of Counterfoil ended by itself; the log above says which.")


def web_server(address: str) -> list[str]:
    """The command line of gunicorn; threads, since pages wait for the database more than they compute."""
    count = str(environment.web_workers())
    options = ["--bind", address, "--workers", count, "--threads", "4", "--no-control-socket"]
    return [sys.executable, "-m", "gunicorn", "portal.wsgi", *options]
