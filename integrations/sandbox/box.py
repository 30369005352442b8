"""The sandbox as a whole: stand-ins, their ports, the control port, the state file."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, cast

from .clock import Clock
from .control import Control
from .exchange import Json
from .faults import FaultList
from .reception import Reception
from .server import Server
from .standin import StandIn

if TYPE_CHECKING:
    from .procore.standin import ProcoreStandIn
    from .procurify.standin import ProcurifyStandIn
    from .xero.standin import XeroStandIn

# Adding a system: its package with `standin.py`, and one line here.
STAND_INS = {
    "xero": "integrations.sandbox.xero.standin.XeroStandIn",
    "procurify": "integrations.sandbox.procurify.standin.ProcurifyStandIn",
    "procore": "integrations.sandbox.procore.standin.ProcoreStandIn",
}
DEFAULT_PORTS = {"control": 9100, "xero": 9101, "procurify": 9102, "procore": 9103}
SAVE_EVERY = 2.0


def stand_in_class(slug: str) -> type[StandIn]:
    module, _, name = STAND_INS[slug].rpartition(".")
    found: type[StandIn] = getattr(import_module(module), name)
    return found


class Sandbox:
    """All stand-ins on ports of one process; a context manager.

    `company` seeds the believable company, `limits` turns rate limits on, `state_file` is read at the start
    (then nothing is seeded) and written while running and at the end, `ports` by slug ("control" included;
    a port not named is any free one), `systems` narrows what is started.
    """

    def __init__(
        self,
        *,
        company: bool = False,
        limits: bool = True,
        state_file: Path | None = None,
        ports: Mapping[str, int] | None = None,
        systems: Iterable[str] | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        self.company, self.state_file = company, state_file
        self.clock, self.faults = Clock(), FaultList()
        self.stand_ins = {
            slug: stand_in_class(slug)(self.clock, self.faults, limits=limits) for slug in systems or STAND_INS
        }
        self._receptions = {slug: Reception(each) for slug, each in self.stand_ins.items()}
        self._control = Control(self.stand_ins, self.clock, self.faults, reset=self.reset, play=self.play)
        self._server = Server(host)
        self._listen(ports or {})
        self._ended, self._saving = threading.Event(), threading.Lock()
        self._saver = threading.Thread(target=self._keep_saving, name="sandbox-saver", daemon=True)

    def _listen(self, ports: Mapping[str, int]) -> None:
        control = self._server.listen(ports.get("control", 0), self._control.receive)
        self.control_url = f"http://localhost:{control}"
        for slug, reception in self._receptions.items():
            port = self._server.listen(ports.get(slug, 0), reception.receive)
            self.stand_ins[slug].url = f"http://localhost:{port}"

    def start(self) -> Sandbox:
        if not self._restored():
            self._seed()
        self._server.start()
        if self.state_file is not None:
            self._saver.start()
        return self

    def close(self) -> None:
        self.faults.clear()
        self._ended.set()
        self._server.stop()
        if self.state_file is not None:
            if self._saver.is_alive():
                self._saver.join()  # two at once would take each other's draft away
            self.save()

    def __enter__(self) -> Sandbox:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # What tests reach for

    @property
    def procurify(self) -> ProcurifyStandIn:
        return cast("ProcurifyStandIn", self.stand_ins["procurify"])

    @property
    def procore(self) -> ProcoreStandIn:
        return cast("ProcoreStandIn", self.stand_ins["procore"])

    @property
    def xero(self) -> XeroStandIn:
        return cast("XeroStandIn", self.stand_ins["xero"])

    def url(self, slug: str) -> str:
        """Base URL of a stand-in, without a trailing slash."""
        return self.stand_ins[slug].url

    def log(self, slug: str) -> list[Json]:
        """Every request a stand-in received, oldest first, as GET /log/<system>?full=1 shows it."""
        return [entry.as_json(full=True) for entry in self.stand_ins[slug].log.entries()]

    def reset(self) -> None:
        """As new: no faults, real time, empty logs, empty systems (or the seeded company again)."""
        self.faults.clear()
        self.clock.reset()
        for stand_in in self.stand_ins.values():
            with stand_in.lock:
                stand_in.log.clear()
                stand_in.reset()
        self._seed()

    def play(self, event: str) -> Json:
        """Play an event of the seeded company, "contractor/.." of the contractor; LookupError for one that is not."""
        whose, _, name = event.rpartition("/")
        events = import_module(f"integrations.sandbox.{'contractor' if whose == 'contractor' else 'company'}.events")
        played: Json = events.play(self, name if whose == "contractor" else event)
        return played

    # State

    def _seed(self) -> None:
        if self.company:
            for stand_in in self.stand_ins.values():
                with stand_in.lock:
                    stand_in.load_company(self.clock.now().date())

    def _restored(self) -> bool:
        if self.state_file is None or not self.state_file.exists():
            return False
        kept = json.loads(self.state_file.read_bytes())
        for slug, stand_in in self.stand_ins.items():
            if slug in kept:
                stand_in.load(kept[slug])
        return True

    def save(self) -> None:
        """Write the state file whole or not at all. At the end it is asked for while the saver may be at it."""
        if self.state_file is None:
            return
        with self._saving:
            self._write(self.state_file)

    def _write(self, state_file: Path) -> None:
        for reception in self._receptions.values():
            reception.changed = False
        self._control.changed = False
        parts = []
        for slug, stand_in in self.stand_ins.items():
            with stand_in.lock:  # written while nothing can change it
                parts.append(f"{json.dumps(slug)}: {json.dumps(stand_in.dump())}")
        draft = state_file.with_suffix(".part")
        draft.write_text(f"{{{', '.join(parts)}}}")
        os.replace(draft, state_file)

    def _keep_saving(self) -> None:
        while not self._ended.wait(SAVE_EVERY):
            if self._control.changed or any(each.changed for each in self._receptions.values()):
                self.save()
