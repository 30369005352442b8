"""Several programs as one: they start together and end together."""

import logging
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from types import FrameType

logger = logging.getLogger(__name__)
SIGNALS = (signal.SIGTERM, signal.SIGINT)


def run_in_our_place(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run one program to its end and return its code; a signal to us ends it too, which is no failure.

    Only in a main thread.
    """
    asked = threading.Event()
    with subprocess.Popen(command, env=dict(environment)) as program:  # noqa: S603 - our own command lines, no shell

        def end(_signal: int, _frame: FrameType | None) -> None:
            asked.set()
            program.terminate()

        for each in SIGNALS:
            signal.signal(each, end)
        code = program.wait()
    return 0 if asked.is_set() else code


def end_in_order() -> None:
    """Leave by the first signal as by an error: what a `with` has opened is closed. Only in a main thread."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        for each in SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        raise SystemExit(0)

    for each in SIGNALS:
        signal.signal(each, end)


class Ensemble:
    """Runs all commands until one of them ends, a signal comes or `stop` is called; then ends the rest.

    A command is a name for the log and its arguments. Each program gets SIGTERM and `patience`
    seconds to finish what it is doing.
    """

    def __init__(self, commands: Mapping[str, Sequence[str]], *, patience: float = 120.0) -> None:
        self.commands = commands
        self.patience = patience
        self._asked = threading.Event()
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def run(self, look_every: float = 0.5) -> int:
        """Return 0 after a stop that was asked for, 1 when a program ended by itself."""
        for name, command in self.commands.items():
            self._running[name] = subprocess.Popen(command)  # noqa: S603 - our own command lines, no shell
        while not self._asked.wait(look_every):
            if ended := [name for name, program in self._running.items() if program.poll() is not None]:
                logger.error("%s ended by itself; everything stops.", ", ".join(ended))
                break
        self._end()
        return 0 if self._asked.is_set() else 1

    def stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        self._asked.set()

    def heed_signals(self) -> None:
        """End on SIGTERM and Ctrl-C; only in a main thread."""
        for each in SIGNALS:
            signal.signal(each, self.stop)

    def _end(self) -> None:
        for program in self._running.values():
            program.terminate()
        for name, program in self._running.items():
            try:
                program.wait(self.patience)
            except subprocess.TimeoutExpired:
                logger.warning("%s did not stop in time and was killed.", name)
                program.kill()
                program.wait()
