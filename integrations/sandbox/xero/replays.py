"""Idempotency keys: the same request again within six minutes gets the first answer again, errors included."""

from __future__ import annotations

import hashlib

from ..exchange import Answer, Asked
from .problems import JsonProblem

KEPT_MS = 6 * 60 * 1000
LONGEST_KEY = 128
MANY = 500

Fingerprint = tuple[str, str, str, bytes]


class Replays:
    """Answers by organisation and key, for the one app that the sandbox knows."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], tuple[int, Fingerprint, Answer]] = {}

    def find(self, tenant: str, key: str, asked: Asked, now: int) -> Answer | None:
        """The answer to give again; raises JsonProblem for a key used with a different request."""
        if len(key) > LONGEST_KEY:
            raise _refused(f"Idempotency Key: {key} is longer than {LONGEST_KEY} characters")
        until, fingerprint, answer = self._kept.get((tenant, key), (0, None, None))
        if now >= until or answer is None:
            return None
        if fingerprint != _fingerprint(asked):
            raise _refused(f"Idempotency Key: {key} is used with a different request")
        return answer

    def keep(self, tenant: str, key: str, asked: Asked, answer: Answer, now: int) -> None:
        if len(self._kept) > MANY:
            self._kept = {name: held for name, held in self._kept.items() if held[0] > now}
        self._kept[tenant, key] = (now + KEPT_MS, _fingerprint(asked), answer)


def _fingerprint(asked: Asked) -> Fingerprint:
    return asked.method, asked.path, repr(sorted(asked.query.items())), hashlib.sha256(asked.body).digest()


def _refused(message: str) -> JsonProblem:
    return JsonProblem(400, {"ErrorNumber": 10, "Type": "ValidationException", "Message": message})
