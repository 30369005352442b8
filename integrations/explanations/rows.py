"""What a row of the catalogue says: what happened, who can mend it, where, and what will happen next."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from integrations.hold_reasons import ADMINISTRATOR, OPERATOR, STAFF, SUPERVISOR

NOBODY = "Nobody"

__all__ = ["ADMINISTRATOR", "NOBODY", "OPERATOR", "STAFF", "SUPERVISOR", "Explanation", "Place", "Row", "catalogue"]


class Place(StrEnum):
    """Where it is mended; each has a page of ours, but for the two systems themselves."""

    RECORD = "the record's page"
    CONNECTION = "the connection's page"
    INTEGRATION = "the integration's page"
    ACCOUNTS = "the table of accounts"
    TRACKING = "the table of tracking"
    TAXES = "the table of taxes"
    VENDORS = "the vendor links"
    REQUESTS = "the list of calls"
    SOURCE = "the source system"
    TARGET = "the target system"


@dataclass(frozen=True, slots=True)
class Row:
    """`what` may name {system}, {support}, and {own}: our own sentence for this very case."""

    slug: str
    what: str
    who: str
    where: Place
    next: str


def catalogue(rows: Iterable[Row]) -> Mapping[str, Row]:
    """By slug. Two rows of one slug would explain one thing with the other's words."""
    found: dict[str, Row] = {}
    for row in rows:
        if found.setdefault(row.slug, row) is not row:
            raise ValueError(f"Two rows explain “{row.slug}”.")
    return found


@dataclass(frozen=True, slots=True)
class Explanation:
    """A row filled in for one case. `link` is "" where the place is outside; `said` the system's own words, if any."""

    slug: str
    what: str
    who: str
    where: str
    link: str
    next: str
    said: tuple[str, ...] = ()

    @property
    def is_here(self) -> bool:
        """Whether a connection's own page is the place."""
        return self.where == Place.CONNECTION.value
