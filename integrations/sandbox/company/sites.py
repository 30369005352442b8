"""Where the company works: locations and departments of Procurify, and the tracking options they stand for.

Department names repeat across locations, as they do in life: both warehouses have a department "Warehouse".
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Location:
    """`option` is Xero's option in the category Warehouse; "" where nobody has mapped it."""

    id: int
    name: str
    city: str
    state: str
    country: str
    option: str


@dataclass(frozen=True, slots=True)
class Department:
    """`option` is Xero's option in the category Department."""

    id: int
    name: str
    location: int
    option: str

    @property
    def title(self) -> str:
        """As Procurify's screens call it: "location / name"."""
        return f"{LOCATION_BY_ID[self.location].name} / {self.name}"


LOCATIONS = (
    Location(1, "Seattle Mill", "Seattle", "WA", "USA", "Seattle"),
    Location(2, "Tacoma Warehouse", "Tacoma", "WA", "USA", "Tacoma"),
    Location(3, "Vancouver Warehouse", "Vancouver", "BC", "Canada", "Vancouver"),
    # Opened last month; the accountant has not heard of it.
    Location(4, "Spokane Depot", "Spokane", "WA", "USA", ""),
    # Belongs to a sister company with books of its own.
    Location(5, "Northpoint Yard", "Everett", "WA", "USA", ""),
)
LOCATION_BY_ID = {location.id: location for location in LOCATIONS}
WAREHOUSES = LOCATIONS[:3]
DEPARTMENTS = (
    Department(11, "Production", 1, "Production"),
    Department(12, "Maintenance", 1, "Maintenance"),
    Department(13, "Quality", 1, "Quality"),
    Department(14, "Administration", 1, "Administration"),
    Department(15, "Warehouse", 2, "Tacoma Warehouse"),
    Department(16, "Logistics", 2, "Logistics"),
    Department(17, "Warehouse", 3, "Vancouver Warehouse"),
    Department(18, "Sales", 3, "Sales"),
)
DEPOT = Department(19, "Field Service", 4, "Logistics")
YARD = Department(20, "Yard", 5, "")
ALL_DEPARTMENTS = (*DEPARTMENTS, DEPOT, YARD)
# The locations that belong to Harbor Mills Ltd (the scope of the integration).
COMPANY_LOCATIONS = (1, 2, 3, 4)
DEPARTMENT_CATEGORY, WAREHOUSE_CATEGORY = "Department", "Warehouse"
