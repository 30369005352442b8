"""One trial per database, and what it came to."""

from collections.abc import Iterator
from typing import Any

from tests.benchmarks import surroundings
from tests.benchmarks.figures import figures


class IncompleteError(Exception):
    """Figures of a run that did not post every order, or that counted calls wrongly, would mean nothing."""


def trials(orders: int, kinds: list[str], profile: str = "") -> Iterator[dict[str, Any]]:
    """The figures of each database in turn. Raises IncompleteError."""
    for kind in kinds:
        yield trial(orders, kind, f"{profile}.{kind}" if profile else "")


def trial(orders: int, kind: str, profile: str = "", start: surroundings.Start | None = None) -> dict[str, Any]:
    """Everything is made for it and removed after it: stand-ins, home, database."""
    with (
        surroundings.home(start) as home,
        surroundings.stand_ins() as systems,
        surroundings.database(kind, start) as address,
    ):
        settings = surroundings.environment(home, address, systems)
        surroundings.portal("prepare", settings, surroundings.furnish(systems, orders))
        before = _received(systems)
        told = surroundings.portal("run", settings, {"--profile": profile} if profile else {})
        _check(orders, told, _received(systems) - before)
        return figures(kind, orders, told)


def databases(wanted: str) -> list[str]:
    """SQLite always; PostgreSQL where a server answers. A database that is named must be there."""
    if wanted == "sqlite":
        return ["sqlite"]
    if surroundings.server():
        return ["postgresql"] if wanted == "postgresql" else ["sqlite", "postgresql"]
    if wanted == "postgresql":
        raise IncompleteError("No PostgreSQL answers; set DATABASE_URL to one.")
    return ["sqlite"]


def _received(systems: surroundings.StandIns) -> int:
    return systems.received("xero") + systems.received("procurify")


def _check(orders: int, told: dict[str, Any], received: int) -> None:
    if told["failure"] or told["records"] != {"done": orders}:
        raise IncompleteError(f"Not every order was posted: {told['records']}. {told['failure']}")
    if received != told["calls"]:
        raise IncompleteError(f"The portal noted {told['calls']} calls, the stand-ins received {received}.")
