"""Whom the contractor buys from, as the books know them; `projects.VENDORS` are those that Procore knows as well."""

from __future__ import annotations

import uuid
from typing import NamedTuple

from .projects import INACTIVE, TWICE

_IDS = uuid.UUID("6d0f3f0e-52a5-4c44-9a52-6f1b1b6f4c10")


class Supplier(NamedTuple):
    name: str
    street: str
    city: str
    postal_code: str
    phone: str
    currency: str = "USD"
    region: str = "WA"
    country: str = "US"

    @property
    def contact_id(self) -> str:
        return str(uuid.uuid5(_IDS, self.name))

    @property
    def email(self) -> str:
        return f"ar@{''.join(each for each in self.name.casefold() if each.isascii() and each.isalnum())}.example"


MIXERS = Supplier("Mau Mixers", "1 Quay Street", "Seattle", "98134", "206 555 0110")
STEEL = Supplier("Cascade Steel Supply", "400 Mill Road", "Kent", "98032", "253 555 0121")
LUMBER = Supplier("Puget Lumber Yard", "77 Dock Avenue", "Tacoma", "98402", "253 555 0132")
ELECTRIC = Supplier("Evergreen Electrical", "12 Aurora Avenue N", "Seattle", "98109", "206 555 0143")
ROOFING = Supplier("Summit Roofing", "910 Summit Way", "Everett", "98201", "425 555 0154")
EARTHWORKS = Supplier("Tideline Earthworks", "3 Tideflats Road", "Tacoma", "98421", "253 555 0165")
HIRE = Supplier("Rainier Tool Hire", "55 Rainier Avenue S", "Seattle", "98144", "206 555 0176")
SAFETY = Supplier("Northgate Safety Supply", "410 Northgate Way", "Seattle", "98125", "206 555 0187")
FACADES = Supplier("Nordlicht Fassaden GmbH", "Speicherstraße 4", "Hamburg", "20457", "40 555 0243", "EUR", "HH", "DE")
# Procore does not know these.
DRYWALL = Supplier("Alder Drywall", "230 Alder Street", "Bellevue", "98004", "425 555 0198")
PLUMBING = Supplier("Sound Plumbing & Heating", "18 Sound View Drive", "Kirkland", "98033", "425 555 0209")
VOLTLINE = Supplier("Voltline Electric", "6 Transformer Lane", "Renton", "98057", "425 555 0210")
CLEANING = Supplier("Harbor Clean Team", "9 Harbor Steps", "Seattle", "98101", "206 555 0221")
LANDLORD = Supplier("Elliott Bay Offices", "1001 Elliott Avenue W", "Seattle", "98119", "206 555 0232")
# Procore knows them in a way that a person has to settle, or by the books' id alone.
FASTENERS = Supplier(TWICE, "72 Bolt Street", "Auburn", "98001", "253 555 0254")
CRANE = Supplier(INACTIVE, "2 Pier 66", "Seattle", "98121", "206 555 0265")
AGGREGATES = Supplier("Mount Si Aggregates", "900 Quarry Road", "North Bend", "98045", "425 555 0276")

SUPPLIERS = (
    MIXERS, STEEL, LUMBER, ELECTRIC, ROOFING, EARTHWORKS, HIRE, SAFETY, DRYWALL, PLUMBING, VOLTLINE, CLEANING, LANDLORD,
    FACADES, FASTENERS, CRANE, AGGREGATES,
)  # fmt: skip
