"""The smallest stand-in there can be, for tests of what all stand-ins share."""

from __future__ import annotations

from typing import Any

from integrations.sandbox.exchange import Answer, Asked
from integrations.sandbox.standin import StandIn

Json = dict[str, Any]


class ToyStandIn(StandIn):
    """Keeps what is posted; tells what it was asked."""

    slug = "toy"
    CONVENIENCES = frozenset({"keep"})

    def reset(self) -> None:
        self.kept: dict[str, Json] = {}
        self.expired = self.revoked = 0

    def answer(self, asked: Asked) -> Answer:
        if asked.method == "POST":
            key = str(len(self.kept) + 1)
            self.kept[key] = {"id": key, "text": asked.body.decode()}
            return Answer.json(self.kept[key], 201)
        return Answer.json({"path": asked.path, "query": asked.query, "effect": asked.effect})

    def keep(self, text: str) -> Json:
        return self.put("kept", {"id": str(len(self.kept) + 1), "text": text})

    def collections(self) -> dict[str, dict[str, Json]]:
        return {"kept": self.kept}

    def put(self, collection: str, record: Json) -> Json:
        if collection != "kept":
            raise KeyError(collection)
        self.kept[record["id"]] = record
        return record

    def remove(self, collection: str, key: str) -> None:
        del self.kept[key]

    def dump(self) -> Json:
        return {"kept": self.kept}

    def load(self, state: Json) -> None:
        self.kept = state["kept"]

    def expire_tokens(self) -> None:
        self.expired += 1

    def revoke_tokens(self) -> None:
        self.revoked += 1
