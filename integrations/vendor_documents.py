"""What is written over a vendor, and what became of it; frozen, no ORM, no JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from integrations.documents import Vendor


class VendorAction(StrEnum):
    CREATE = "create"
    UPDATE = "update"


@dataclass(frozen=True, slots=True)
class VendorWrite:
    """One step over one vendor: `values` by our names for the fields, only those that change.

    `mark` is what we leave on a new one to find it by; `before` the vendor as it stands, for a change.
    """

    action: VendorAction
    values: Mapping[str, str]
    mark: str = ""
    before: Vendor | None = None


@dataclass(frozen=True, slots=True)
class VendorOutcome:
    """What a system said of one vendor written: as it holds it now, or its own words of refusal."""

    stored: Vendor | None
    refusals: tuple[str, ...] = ()
