"""The control API: how tests and the demo steer the stand-ins from outside (see README.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from .clock import Clock
from .exchange import Answer, Asked, Json, Outcome
from .faults import FaultList
from .standin import StandIn


class Refused(ValueError):  # noqa: N818  (said to the caller of the control API, as a 400)
    """The control API was asked for something that does not exist."""


class Control:
    """Answers on the control port. Every answer is JSON; a wrong request is a 400 or 404 with `error`."""

    def __init__(
        self,
        stand_ins: Mapping[str, StandIn],
        clock: Clock,
        faults: FaultList,
        *,
        reset: Callable[[], None],
        play: Callable[[str], Json],
    ) -> None:
        self.stand_ins, self.clock, self.faults = stand_ins, clock, faults
        self._reset, self._play = reset, play
        self.changed = False

    def receive(self, asked: Asked) -> Outcome:
        self.changed = self.changed or asked.method != "GET"
        try:
            return Outcome(self._routed(asked))
        except LookupError as missing:
            return Outcome(Answer.json({"error": f"not found: {missing}"}, 404))
        except (ValueError, TypeError) as wrong:
            return Outcome(Answer.json({"error": str(wrong)}, 400))

    def _routed(self, asked: Asked) -> Answer:
        words = asked.path.strip("/").split("/")
        topic = getattr(self, f"_on_{words[0]}", None)
        if topic is None or not words[0].isalpha():
            raise LookupError(asked.path)
        answer: Answer = topic(asked, words[1:])
        return answer

    def _stand_in(self, words: list[str]) -> StandIn:
        if not words or words[0] not in self.stand_ins:
            raise LookupError(f"system {words[0] if words else ''!r}")
        return self.stand_ins[words[0]]

    def _on_health(self, asked: Asked, words: list[str]) -> Answer:
        urls = {slug: each.url for slug, each in self.stand_ins.items()}
        return Answer.json({"ok": True, "now": self.clock.now().isoformat(), "systems": urls})

    def _on_faults(self, asked: Asked, words: list[str]) -> Answer:
        match asked.method:
            case "GET":
                return Answer.json({"faults": [fault.as_json() for fault in self.faults.listed()]})
            case "DELETE" if words:
                if not self.faults.remove(int(words[0])):
                    raise LookupError(f"fault {words[0]}")
                return Answer.empty()
            case "DELETE":
                self.faults.clear(asked.first("system"))
                return Answer.empty()
            case "POST":
                wanted = _object(asked)
                system, effect = wanted.pop("system", ""), wanted.pop("effect", "")
                self._stand_in([system])
                return Answer.json(self.faults.add(system, effect, **wanted).as_json(), 201)
        raise Refused(f"{asked.method} is not offered here")

    def _on_state(self, asked: Asked, words: list[str]) -> Answer:
        stand_in, name = self._stand_in(words), "/".join(words[1:])
        with stand_in.lock:
            if asked.method == "PUT":
                return Answer.json({"records": [stand_in.put(name, each) for each in _records(asked)]})
            if asked.method == "DELETE":
                stand_in.remove(*name.rsplit("/", 1))
                return Answer.empty()
            if not name:
                sizes = {each: len(records) for each, records in stand_in.collections().items()}
                return Answer.json({"collections": sizes})
            records = list(stand_in.collections()[name].values())
            return Answer.json({"count": len(records), "records": records})

    def _on_reset(self, asked: Asked, words: list[str]) -> Answer:
        _only_post(asked)
        self._reset()
        return Answer.empty()

    def _on_clock(self, asked: Asked, words: list[str]) -> Answer:
        if asked.method == "POST":
            wanted = _object(asked)
            if "now" in wanted:
                self.clock.set(datetime.fromisoformat(wanted["now"]))
            self.clock.forward(seconds=wanted.get("forward_seconds", 0))
        return Answer.json({"now": self.clock.now().isoformat()})

    def _on_log(self, asked: Asked, words: list[str]) -> Answer:
        stand_in = self._stand_in(words)
        if asked.method == "DELETE":
            stand_in.log.clear()
            return Answer.empty()
        full, after = asked.first("full") == "1", int(asked.first("after", "0"))
        entries = [entry.as_json(full) for entry in stand_in.log.entries() if entry.n > after]
        return Answer.json({"requests": entries})

    def _on_settings(self, asked: Asked, words: list[str]) -> Answer:
        stand_in = self._stand_in(words)
        if asked.method == "POST":
            stand_in.turn(**_object(asked))
        return Answer.json(stand_in.knobs)

    def _on_do(self, asked: Asked, words: list[str]) -> Answer:
        """Call one of the stand-in's conveniences by name, arguments as a JSON object."""
        _only_post(asked)
        stand_in = self._stand_in(words)
        if len(words) != 2 or words[1] not in stand_in.CONVENIENCES:
            raise LookupError(f"{stand_in.slug} can {', '.join(sorted(stand_in.CONVENIENCES)) or 'do nothing'}")
        with stand_in.lock:
            return Answer.json({"result": getattr(stand_in, words[1])(**_object(asked))})

    def _on_events(self, asked: Asked, words: list[str]) -> Answer:
        """Play one event of the seeded company (see `company/events.py`)."""
        _only_post(asked)
        return Answer.json(self._play("/".join(words)))


def _only_post(asked: Asked) -> None:
    if asked.method != "POST":
        raise Refused(f"{asked.method} is not offered here")


def _object(asked: Asked) -> dict[str, Any]:
    wanted = asked.json() if asked.body else {}
    if not isinstance(wanted, dict):
        raise Refused("a JSON object is wanted")
    return wanted


def _records(asked: Asked) -> list[Json]:
    wanted = _object(asked)
    records = wanted["records"] if set(wanted) == {"records"} else [wanted]
    return list(records)
