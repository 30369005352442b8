"""`manage.py workers`: one cluster of workers, kept alive."""

import fcntl
import os
import signal
import sys
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal.supervisor import Supervisor, announce, sign_of_life


class Command(BaseCommand):
    help = "Start the workers and keep them alive. Ends on SIGTERM or Ctrl-C."
    requires_migrations_checks = True

    def handle(self, *args: Any, **options: Any) -> None:
        with self._only_one_here():
            supervisor = Supervisor(
                command=[sys.executable, str(Path(sys.argv[0]).resolve()), "qcluster"],
                sign_of_life=sign_of_life,
                announce=announce,
                environment={**os.environ, "DJANGO_SETTINGS_MODULE": settings.SETTINGS_MODULE},
            )
            signal.signal(signal.SIGTERM, supervisor.stop)
            signal.signal(signal.SIGINT, supervisor.stop)
            supervisor.run()

    def _only_one_here(self) -> IO[str]:
        """Two supervisors of one installation on one machine would take each other's epoch."""
        lock = (settings.COUNTERFOIL_HOME / "workers.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise CommandError("The workers of this installation already run on this machine.") from None
        return lock
