"""Sends webhooks: one address and one signing key per app, for all connected organisations (webhooks pages of 2026).

No events exist for purchase orders and payments.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

from .. import calling_out
from ..clock import Clock
from ..exchange import Json, encode
from .dates import moment_of
from .organisation import Organisation
from .shelf import Change

SIGNING_KEY = "sandbox-signing-key-xero"
RETRY_EVERY = timedelta(minutes=15)
DISABLED_AFTER = timedelta(hours=24)
KEPT = timedelta(days=31)
MOST_EVENTS = 100
# Id field of the changed row -> (category, word of the path, fields that the event carries along).
SOURCES: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "InvoiceID": ("INVOICE", "Invoices", ()),
    "ContactID": ("CONTACT", "Contacts", ()),
    "CreditNoteID": ("CREDITNOTE", "CreditNotes", ("Type", "Status")),
    "PrepaymentID": ("PREPAYMENT", "Prepayments", ("Type", "Status")),
    "OverpaymentID": ("OVERPAYMENT", "Overpayments", ("Type", "Status")),
}
SHELF_OF = {
    "InvoiceID": "invoices",
    "ContactID": "contacts",
    "CreditNoteID": "credit_notes",
    "PrepaymentID": "prepayments",
    "OverpaymentID": "overpayments",
}
CATEGORIES = ("INVOICE", "CONTACT", "CREDITNOTE")


def signature(key: str, body: bytes) -> str:
    """The key is used as plain text, although it looks like base64."""
    return base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()


class Webhooks:
    """The app's subscription, what waits to be sent, and how it went."""

    def __init__(
        self, clock: Clock, knobs: Mapping[str, Any], connected: Callable[[str], bool], base_url: Callable[[], str]
    ) -> None:
        self.clock, self.knobs = clock, knobs
        self._connected, self._base_url = connected, base_url
        self.subscription: Json = {}
        self.waiting: list[Json] = []
        self.sequence = 0
        self.dropped = 0

    # The developer portal

    def subscribe(self, url: str, key: str, categories: list[str]) -> list[Json]:
        self.subscription = {"url": url, "key": key, "categories": categories, "status": "checking"}
        met = [self._intent(wrongly) for wrongly in (False, True, False, True)]
        self.subscription["status"] = "ok" if all(each["good"] for each in met) else "refused"
        for each in self.waiting:
            each.update(tries=0, since=None, next=self._now().isoformat())
        return met

    def _intent(self, wrongly: bool) -> Json:
        """One request of the intent to receive: no events, rightly or wrongly signed."""
        body = _body([], 0, 0)
        key = secrets.token_hex(16) if wrongly else self.subscription["key"]
        heard = self._post(body, key)
        wrong = _wrong_with(heard, 401 if wrongly else 200)
        return {"rightly_signed": not wrongly, "status": heard.status, "good": not wrong, "wrong": wrong}

    # Events

    def gather(self, organisations: Iterable[Organisation]) -> int:
        """Queue what changed in the organisations since the last time; returns how many events those are."""
        events = [
            event
            for organisation in organisations
            for change in organisation.journal.take_changes()
            if (event := self._event(organisation, change)) is not None
        ]
        for start in range(0, len(events), MOST_EVENTS):
            self._queue(events[start : start + MOST_EVENTS])
        return len(events)

    def _event(self, organisation: Organisation, change: Change) -> Json | None:
        category, word, carried = SOURCES.get(change.id_field, ("", "", ()))
        if category not in self.subscription.get("categories", ()) or not self._connected(organisation.tenant_id):
            return None
        if change.settled and not self.knobs["webhook_on_payment"]:
            return None
        row = organisation.shelves[SHELF_OF[change.id_field]].rows.get(change.key, {})
        return {
            "resourceUrl": f"{self._base_url()}/api.xro/2.0/{word}/{change.key}",
            "resourceId": change.key,
            "eventDateUtc": f"{moment_of(change.ms):%Y-%m-%dT%H:%M:%S}.{change.ms % 1000:03d}",
            "eventType": "CREATE" if change.created else "UPDATE",
            "eventCategory": category,
            "tenantId": organisation.tenant_id,
            "tenantType": "ORGANISATION",
            **({"data": {name: row.get(name) for name in carried}} if carried else {}),
        }

    def _queue(self, events: list[Json]) -> None:
        first, self.sequence = self.sequence + 1, self.sequence + len(events)
        now = self._now().isoformat()
        body = _body(events, first, self.sequence).decode()
        self.waiting.append({"body": body, "made": now, "next": now, "since": None, "tries": 0})

    # Sending

    def deliver(self, lock: AbstractContextManager[Any]) -> list[Json]:
        """Send what is due; `lock` is held while nothing is under way only."""
        attempts: list[Json] = []
        with lock:
            due = self._due()
        for delivery in due:
            with lock:
                lost = self._is_lost()
                if self.subscription.get("status") != "ok":
                    break
            heard = [] if lost else self._sent(delivery)
            with lock:
                self._settle(delivery, heard)
            attempts += [{"status": each.status, "wrong": _wrong_with(each, 200)} for each in heard]
        return attempts

    def _is_lost(self) -> bool:
        """Whether the next delivery is one of those that vanish on the way."""
        lost = self.dropped < int(self.knobs["webhook_drops"])
        self.dropped += lost
        return lost

    def _due(self) -> list[Json]:
        now = self._now()
        self.waiting = [each for each in self.waiting if now - datetime.fromisoformat(each["made"]) < KEPT]
        due = [each for each in self.waiting if datetime.fromisoformat(each["next"]) <= now]
        return due[::-1] if self.knobs["webhook_disorder"] else due

    def _sent(self, delivery: Json) -> list[calling_out.Heard]:
        """One delivery; a first failure is tried once more at once, the next ones wait."""
        body, key = delivery["body"].encode(), self.subscription["key"]
        heard = [self._post(body, key)]
        if (_wrong_with(heard[0], 200) and not delivery["tries"]) or self.knobs["webhook_doubles"]:
            heard.append(self._post(body, key))
        return heard

    def _settle(self, delivery: Json, heard: list[calling_out.Heard]) -> None:
        if heard and all(_wrong_with(each, 200) for each in heard):
            self._failed(delivery)
        else:
            self.waiting = [each for each in self.waiting if each is not delivery]

    def _failed(self, delivery: Json) -> None:
        now = self._now()
        delivery["since"] = delivery["since"] or now.isoformat()
        delivery["tries"] += 1
        delivery["next"] = (now + RETRY_EVERY).isoformat()
        if now - datetime.fromisoformat(delivery["since"]) >= DISABLED_AFTER:
            self.subscription["status"] = "disabled"

    def _post(self, body: bytes, key: str) -> calling_out.Heard:
        headers = {"Content-Type": "application/json", "x-xero-signature": signature(key, body)}
        return calling_out.post(self.subscription["url"], headers, body)

    def _now(self) -> datetime:
        return self.clock.now()

    # State

    def dump(self) -> Json:
        return {"subscription": self.subscription, "waiting": self.waiting, "sequence": self.sequence}

    def load(self, state: Json) -> None:
        self.subscription, self.waiting = state.get("subscription", {}), state.get("waiting", [])
        self.sequence = state.get("sequence", 0)


def _body(events: list[Json], first: int, last: int) -> bytes:
    whole: Json = {"events": events, "firstEventSequence": first, "lastEventSequence": last}
    return encode({**whole, "entropy": secrets.token_urlsafe(15)})


def _wrong_with(heard: calling_out.Heard, wanted: int) -> str:
    """What Xero would not accept about an answer: status, a body where none may be, a cookie."""
    if heard.status != wanted:
        return f"status {heard.status}" if heard.status else "no answer within five seconds"
    if heard.body and wanted == 200:
        return "the body is not empty"
    return "it sets a cookie" if heard.cookies else ""
