"""Between the socket and a stand-in: faults, log, and the count of what is in flight."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from .exchange import Answer, Asked, Outcome, encode
from .faults import INNER_EFFECTS, Fault
from .standin import StandIn

LOGIN_PAGE = "<!doctype html><html><head><title>Sign in</title></head><body><h1>Sign in</h1></body></html>"


class Reception:
    """Receives each request for one stand-in and decides what leaves the socket."""

    def __init__(self, stand_in: StandIn) -> None:
        self.stand_in = stand_in
        self.changed = False  # something other than a read came since the state was last saved

    def receive(self, asked: Asked) -> Outcome:
        stand_in = self.stand_in
        crowd = stand_in.crowd(asked)
        with stand_in.lock:
            stand_in.in_flight[crowd] += 1
            entry = stand_in.log.begin(asked, stand_in.clock.now(), sum(stand_in.in_flight.values()))
        try:
            fault = stand_in.faults.take(stand_in.slug, asked)
            answer = self._around(asked, fault)
        finally:
            with stand_in.lock:
                stand_in.in_flight[crowd] -= 1
        self.changed = self.changed or asked.method != "GET"
        outcome = Outcome(None if _is_lost(fault) else answer, cut=_is(fault, "cut_body"))
        stand_in.log.finish(entry, answer, outcome.answer is not None, bool(stand_in.knobs["log_answers"]))
        return outcome

    def _around(self, asked: Asked, fault: Fault | None) -> Answer:
        if fault is None:
            answer = self._asked_of_stand_in(asked)
        else:
            answer = self._before(asked, fault) or self._after(self._hindered(asked, fault), fault)
        if pause := self.stand_in.knobs["answer_after"]:
            time.sleep(pause)
        return answer

    def _asked_of_stand_in(self, asked: Asked) -> Answer:
        with self.stand_in.lock:
            return self.stand_in.answer(asked)

    def _before(self, asked: Asked, fault: Fault) -> Answer | None:
        """The answer of a fault that keeps the request from the stand-in."""
        match fault.effect:
            case "refuse":
                return Answer(0)
            case "status":
                return _given(fault)
            case "html":
                return Answer.html(fault.body or LOGIN_PAGE)
            case "malformed":
                return Answer.json(b'{"data": [{"id": 1, ')
            case "suspend":
                return self.stand_in.suspended(asked)
            case "delay_before":
                time.sleep(fault.seconds)
        return None

    def _hindered(self, asked: Asked, fault: Fault) -> Answer:
        with self.stand_in.lock:
            if fault.effect == "expire_token":
                self.stand_in.expire_tokens()
            elif fault.effect == "revoke_token":
                self.stand_in.revoke_tokens()
            effect = fault.effect if fault.effect in INNER_EFFECTS else ""
            return self.stand_in.answer(replace(asked, effect=effect))

    def _after(self, answer: Answer, fault: Fault) -> Answer:
        match fault.effect:
            case "status_after_commit":
                return _given(fault)
            case "delay":
                time.sleep(fault.seconds)
            case "hang":
                fault.released.wait(fault.seconds)
        return answer


def _is(fault: Fault | None, effect: str) -> bool:
    return fault is not None and fault.effect == effect


def _is_lost(fault: Fault | None) -> bool:
    return _is(fault, "refuse") or _is(fault, "lose_answer")


def _given(fault: Fault) -> Answer:
    """The answer that a fault spells out; a body that is no text is sent as JSON."""
    body: Any = fault.body
    if isinstance(body, str):
        return Answer(fault.status, {"Content-Type": "text/plain; charset=utf-8", **fault.headers}, body.encode())
    return Answer.json(encode({} if body is None else body), fault.status, fault.headers)
