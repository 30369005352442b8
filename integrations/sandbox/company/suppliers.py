"""The suppliers: 60 that Procurify lists as preferred or regular, and the special ones it also knows.

Supplier(id, name, email, currency, country, type, active, contact)
  contact   what stands in Xero: "same" (equal name and e-mail), "spelled" (another spelling of the legal form,
            equal e-mail), "missing", "archived" (linked before it was archived), "ambiguous" (two contacts)
"""

from __future__ import annotations

from dataclasses import dataclass

PREFERRED, REGULAR, ONE_TIME, EMPLOYEE, CARD_PROVIDER = 3, 4, 1, 5, 6


@dataclass(frozen=True, slots=True)
class Supplier:
    id: int
    name: str
    email: str
    currency: str = "USD"
    country: str = "USA"
    type: int = PREFERRED
    active: bool = True
    contact: str = "same"

    @property
    def region(self) -> tuple[str, str, str]:
        """City, state or province, postal code."""
        return REGIONS[self.country]


REGIONS = {
    "USA": ("Seattle", "WA", "98101"),
    "Canada": ("Vancouver", "BC", "V6B 1A1"),
    "Germany": ("Hamburg", "HH", "20095"),
    "Finland": ("Tampere", "PI", "33100"),
    "Italy": ("Milano", "MI", "20121"),
    "Japan": ("Osaka", "OS", "530-0001"),
    "Sweden": ("Malmö", "M", "211 22"),
}
_AMERICAN = (
    "Northgate Safety Supply", "Cedar Industrial", "Puget Bearing & Drive", "Rainier Packaging", "Columbia Chemical",
    "Olympic Electric", "Sound Hydraulics", "Pioneer Paper Stock", "Emerald City Tools", "Cascade Filtration",
    "Tacoma Pallet Company", "Evergreen Fasteners", "Kitsap Welding Supply", "Bellevue Business Systems",
    "Skagit Lubricants", "Yakima Crating", "Snohomish Steel", "Whidbey Freight Lines", "Duwamish Machine Works",
    "Ballard Marine Coatings", "Fremont Office Interiors", "Capitol Hill Print Shop", "Green River Timber",
    "Interbay Electric Motors", "Lake Union Software", "Magnolia Cleaning Services", "Mercer Calibration Lab",
    "Queen Anne Courier", "South Park Scrap & Recycling", "Wallingford Water Treatment",
)  # fmt: skip
_CANADIAN = (
    "Beaver Lift Trucks Ltd", "Fraser Valley Fibre", "Burrard Industrial Gas", "Capilano Conveyors Inc.",
    "Howe Sound Logistics", "Kootenay Chips", "Lions Gate Packaging", "Okanagan Felt", "Pacific Rim Pumps Ltd",
    "Prairie Starch Co", "Richmond Racking", "Saanich Safety", "Selkirk Saws", "Surrey Sign Works",
    "Thompson River Tires", "Toronto Test Instruments",
)  # fmt: skip
_EUROPEAN = (
    ("Hanseatische Walzen GmbH", "Germany"), ("Elbe Messtechnik GmbH", "Germany"), ("Tampere Felt Oy", "Finland"),
    ("Suomen Terä Oy", "Finland"), ("Bottega dei Rulli S.p.A.", "Italy"), ("Milano Cartiera Macchine S.r.l.", "Italy"),
)  # fmt: skip
# Their contacts in Xero bear another spelling of the legal form.
SPELLED = {"Capilano Conveyors Inc.": "Capilano Conveyors Incorporated", "Pacific Rim Pumps Ltd": "Pacific Rim Pumps "
           "Limited", "Bottega dei Rulli S.p.A.": "Bottega dei Rulli SpA"}  # fmt: skip
LONG_NAME = (
    "Gesellschaft für Papiermaschinenbekleidung, Walzenbezüge und technische Textilien der norddeutschen Zellstoff- "
    "und Papierindustrie Elbe-Weser mbH & Co"
)
UNICODE_NAME = "Ōsaka 製紙機械 Kōgyō — Ærø & Ñandú"


def _email(name: str) -> str:
    """A made-up address: the first words of the name without anything that is no letter."""
    words = "".join(each for each in name.lower() if each.isascii() and (each.isalpha() or each == " ")).split()
    return f"ap@{''.join(words[:2])}.example"


def _regular() -> list[Supplier]:
    found = [Supplier(0, name, _email(name)) for name in _AMERICAN]
    found += [Supplier(0, name, _email(name), "CAD", "Canada", REGULAR) for name in _CANADIAN]
    found += [Supplier(0, name, _email(name), "EUR", country, REGULAR) for name, country in _EUROPEAN]
    return [
        Supplier(300 + at, each.name, each.email, each.currency, each.country, each.type,
                 contact="spelled" if each.name in SPELLED else "same")
        for at, each in enumerate(found)
    ]  # fmt: skip


PLAIN = tuple(_regular())  # 52, every one with a contact that links by itself

UNICODE = Supplier(360, UNICODE_NAME, "ap@osaka.example", country="Japan")
LONG = Supplier(361, LONG_NAME, "rechnung@papiermaschinen.example", "EUR", "Germany")
CONTACT_MISSING = Supplier(362, "Alki Beach Instruments", "ap@alkibeach.example", contact="missing")
CONTACT_ARCHIVED = Supplier(363, "Georgetown Boiler Works", "ap@georgetownboiler.example", contact="archived")
TWO_OF_ONE_NAME = Supplier(364, "Evergreen Supply Ltd", "", contact="ambiguous")
SWEDISH = Supplier(365, "Malmö Ventilation AB", "faktura@malmovent.example", "SEK", "Sweden")
# No order of theirs is seeded; they stand in Procurify only.
QUIET = (
    Supplier(366, "Ravenna Records Storage", "ap@ravenna.example", contact="missing"),
    Supplier(367, "Vashon Landscaping", "ap@vashon.example", contact="missing"),
)
LISTED = (*PLAIN, UNICODE, LONG, CONTACT_MISSING, CONTACT_ARCHIVED, TWO_OF_ONE_NAME, SWEDISH, *QUIET)

OTHER = Supplier(1, "OTHER", "", type=ONE_TIME, contact="missing")
EMPLOYEE_PAYEE = Supplier(
    371, "Grace Lindqvist", "grace.lindqvist@harbormills.example", type=EMPLOYEE, contact="missing"
)
# Its contact stands in Xero and was linked by hand; the other provider's is still to come.
CARD_BANK = Supplier(372, "Salish Card Services", "cards@salish.example", type=CARD_PROVIDER)
FUEL_CARDS = Supplier(374, "Evergreen Fleet Cards", "fleet@evergreen.example", type=CARD_PROVIDER, contact="missing")
# Retired in Procurify; its contact in Xero is active and was linked long ago.
INACTIVE = Supplier(373, "Belltown Belts", "ap@belltown.example", active=False)
SUPPLIERS = (OTHER, *LISTED, EMPLOYEE_PAYEE, CARD_BANK, FUEL_CARDS, INACTIVE)
BY_NAME = {supplier.name: supplier for supplier in SUPPLIERS}
