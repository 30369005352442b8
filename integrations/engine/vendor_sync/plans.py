"""What planning hands to writing: one step over one vendor on one side."""

from collections.abc import Mapping
from dataclasses import dataclass

from integrations import installation
from integrations.documents import Vendor
from integrations.engine.slice import Slice
from integrations.models import Connection, Integration, Posting, Record, Side, VendorSides
from integrations.pairs.vendor_flow import VendorFlow
from integrations.systems.protocols import KeepsVendors, Source, TargetBooks
from integrations.vendor_documents import VendorAction
from mappings.models import Kind, VendorLink


@dataclass(frozen=True, slots=True)
class VendorPlan:
    """`values` go to `side`; `origin` is what the other side had when this was planned, for both bases afterwards."""

    record: Record
    sides: VendorSides
    side: Side
    action: VendorAction
    values: Mapping[str, str]
    origin: Mapping[str, str]
    content: str
    link: VendorLink | None = None
    before: Vendor | None = None
    posting: Posting | None = None


@dataclass(frozen=True, slots=True)
class Keeping:
    """A slice's work on vendors: whose, by which rules, and the two systems."""

    slice_: Slice
    flow: VendorFlow
    source: Source
    target: TargetBooks

    @property
    def integration(self) -> Integration:
        return self.slice_.integration

    def system(self, side: str) -> KeepsVendors:
        return self.source if side == Side.SOURCE else self.target

    def connection(self, side: str) -> Connection:
        return self.integration.source if side == Side.SOURCE else self.integration.target

    def label(self, side: str) -> str:
        return self.connection(side).label


LIST_KIND = {Side.SOURCE: Kind.VENDOR, Side.TARGET: Kind.CONTACT}


def key_of(sides: VendorSides, side: str) -> str:
    return sides.source_key if side == Side.SOURCE else sides.target_key


def mark(keeping: Keeping, side: Side, sides: VendorSides) -> str:
    """What a vendor created by us on that side carries, so that a lost answer can be looked up (E2).

    In accounting it is this installation's own number of the vendor; in procurement the contact's id, in which every
    portal recognises the same contact.
    """
    if side == Side.SOURCE:
        return f"{keeping.integration.target.system}-{sides.target_key}"
    token = installation.current().token
    return f"{token}-{keeping.flow.letter}{keeping.integration.source.books_id}-{sides.source_key}"


def name_taken(name: str, label: str) -> str:
    return f"A vendor called {name} stands in {label} already. Link it to that one, or rename one of the two."
