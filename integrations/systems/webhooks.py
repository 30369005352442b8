"""What a system tells us by itself: how its requests are known to be its own, and what one event says."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module

from integrations.systems.paging import Raw


@dataclass(frozen=True, slots=True)
class Told:
    """One event. `company` is the company's key as the system names it; `raw` the event as it came.

    It says that something changed, never what it is now: the document is read from the system itself.
    """

    company: str
    category: str
    resource: str
    kind: str
    happened_at: datetime | None
    raw: Raw

    @property
    def fingerprint(self) -> str:
        """Equal for an event that comes twice."""
        moment = self.happened_at.isoformat() if self.happened_at else ""
        parts = (self.company, self.category, self.resource, self.kind, moment)
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Sender:
    """A system that sends webhooks. `secret_label` is what its own pages call the secret, `header` carries the proof.

    `categories` are those that are of use; others are answered well and dropped.
    """

    slug: str
    label: str
    secret_label: str
    header: str
    categories: frozenset[str]
    is_genuine: Callable[[str, str, bytes], bool]
    read: Callable[[bytes], list[Told]]
    where: str
    installations: tuple[str, ...] = ("",)

    def keys(self, company: str) -> list[str]:
        """How our connections may name that company: events do not say at which installation of the system it is."""
        return [f"{prefix}{company}" for prefix in self.installations]


# Adding a sender: its module with a `SENDER`, and one line here.
SENDERS: Mapping[str, str] = {
    "xero": "integrations.systems.xero.webhooks",
    "procore": "integrations.systems.procore.webhooks",
}


def sender(slug: str) -> Sender | None:
    """None for a system that sends none."""
    found: Sender | None = import_module(SENDERS[slug]).SENDER if slug in SENDERS else None
    return found


def is_equal(proof: str, expected: str) -> bool:
    """In constant time, whatever letters a stranger sends; nothing is equal to nothing."""
    return bool(expected) and hmac.compare_digest(proof.encode("utf-8", "replace"), expected.encode())
