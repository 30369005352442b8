"""What the contractor builds, what it may cost, and whom it buys from."""

from __future__ import annotations

from dataclasses import dataclass

# Cost codes by number; the letter after the point is the cost type.
CODE_NAMES = {
    "01-500": "Temporary Facilities",
    "02-300": "Earthwork",
    "03-300": "Concrete",
    "05-120": "Structural Steel",
    "06-100": "Rough Carpentry",
    "07-500": "Roofing",
    "09-250": "Drywall",
    "15-400": "Plumbing",
    "16-100": "Electrical",
}


@dataclass(frozen=True, slots=True)
class Site:
    """`budget` by flat code; `committed` are commitments that stand: vendor, code, amount, status.

    `period` is the open billing period: this "month", a "long" one since before the first bill, or all are "closed".
    `unbudgeted` codes are there without a budget, `retired` ones are inactive.
    """

    number: str
    name: str
    budget: dict[str, str]
    committed: tuple[tuple[str, str, str, str], ...] = ()
    period: str = "month"
    unbudgeted: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()


VENDORS = (
    "Mau Mixers",
    "Cascade Steel Supply",
    "Puget Lumber Yard",
    "Evergreen Electrical",
    "Summit Roofing",
    "Tideline Earthworks",
    "Rainier Tool Hire",
    "Northgate Safety Supply",
    "Nordlicht Fassaden GmbH",
)
# Two that cannot be told apart, and one that is not in use any more.
TWICE, INACTIVE = "Rainier Fasteners", "Old Harbor Crane"
# Another name here than in the books; the books' id stands on it.
RENAMED = "Mt Si Aggregates Inc"
SITES = (
    Site(
        "1201",
        "Harbour Clinic",
        {"02-300.S": "85000.00", "03-300.M": "140000.00", "05-120.M": "210000.00", "16-100.S": "96000.00"},
        (
            ("Mau Mixers", "03-300.M", "38500.00", "Approved"),
            ("Tideline Earthworks", "02-300.S", "41000.00", "Approved"),
        ),
        retired=("09-250.M",),
    ),
    Site(
        "1202",
        "Ballard Boat Works",
        {"03-300.M": "60000.00", "06-100.M": "48000.00", "07-500.S": "52000.00"},
        # Near its budget: 58,200 of 60,000 for concrete, 47,100 of 48,000 for timber.
        (("Mau Mixers", "03-300.M", "58200.00", "Approved"), ("Puget Lumber Yard", "06-100.M", "47100.00", "Approved")),
    ),
    Site(
        "1203",
        "Queen Anne Library",
        {"03-300.M": "72000.00", "09-250.M": "39000.00", "16-100.S": "118000.00"},
        (("Evergreen Electrical", "16-100.S", "22000.00", "Submitted"),),
        period="long",
        unbudgeted=("07-500.S",),
    ),
    Site(
        "1204",
        "Kirkland Row Houses",
        {"05-120.M": "90000.00", "06-100.M": "130000.00", "15-400.S": "64000.00"},
        # Near its budget: 88,950 of 90,000 for steel.
        (("Cascade Steel Supply", "05-120.M", "88950.00", "Approved"),),
        period="closed",
    ),
    Site(
        "1205",
        "Tacoma Depot Fit-out",
        {"01-500.E": "15000.00", "09-250.M": "44000.00", "16-100.S": "71000.00"},
        period="long",
    ),
)
