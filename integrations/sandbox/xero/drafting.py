"""A bill or invoice while it is being written."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..exchange import Json
from .organisation import Organisation
from .problems import Complaints


@dataclass(frozen=True, slots=True)
class Write:
    """How a document is written: new ones only (PUT), prices to 2 or 4 decimals, and by which app (empty for a
    person at Xero's own screens)."""

    create_only: bool
    decimals: int
    app: str = ""


@dataclass(slots=True)
class Draft:
    """`sent` is the element as it came, `wanted` as understood, `base` the stored row that is changed."""

    organisation: Organisation
    sent: Json
    wanted: Json
    write: Write
    complaints: Complaints = field(default_factory=Complaints)
    base: Json = field(default_factory=dict)

    def settle(self) -> None:
        """Raise Refused if anything was complained about so far."""
        self.complaints.raise_for(self.sent, "InvoiceID")

    def value(self, name: str, default: object) -> object:
        """What is wanted, else what is stored, else the default."""
        return self.wanted.get(name, self.base.get(name, default))
