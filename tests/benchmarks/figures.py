"""From what was measured to the figures that are aimed at."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from integrations.systems import system

SINGLE = (
    "records", "posted", "slices", "read_calls", "write_calls", "least_calls", "calls_ratio", "wall_ms_per_record",
    "peak_rss_mb",
)  # fmt: skip
PARTS = ("pull", "translate", "post", "audit", "other")
# One call each where a list fits a page, as it does here. Procurify: users/me, currencies for the base currency,
# currencies, locations, departments, account codes, vendors; ISO codes of currencies are known by then. Xero:
# Organisation, its actions, accounts, tracking, tax rates, currencies, contacts.
LIST_CALLS = {"procurify": 7, "xero": 7}


class Aim(NamedTuple):
    """A figure that must not be above its limit."""

    name: str
    figure: float
    limit: float
    unit: str

    @property
    def met(self) -> bool:
        return self.figure <= self.limit

    def __str__(self) -> str:
        return f"{'met   ' if self.met else 'MISSED'} {self.name}: {self.figure:.3f} {self.unit} (at most {self.limit})"


def least_calls(orders: int) -> int:
    """Source pages, one detail per order, one page of an empty index, one set of lists, full batches (E32)."""
    pages = _rounded_up(orders, system("procurify").page_size)
    batches = _rounded_up(orders, system("xero").bill_batch)
    return pages + orders + 1 + sum(LIST_CALLS.values()) + batches


def figures(database: str, orders: int, told: Mapping[str, Any]) -> dict[str, Any]:
    """The object that is printed per database. CPU is the portal's own, not that of a database server."""
    kinds: dict[str, int] = told["calls_by_kind"]
    reads = sum(count for kind, count in kinds.items() if kind.startswith("GET "))
    writes = sum(kinds.values()) - reads
    least = least_calls(orders)
    per_record = {part: _each(told["seconds"].get(part, 0.0) * 1000, orders) for part in PARTS}
    return {
        "database": database,
        "records": orders,
        "posted": told["records"].get("done", 0),
        "slices": told["slices"],
        "read_calls": reads,
        "write_calls": writes,
        "least_calls": least,
        "calls_ratio": round((reads + writes) / least, 4),
        "wall_ms_per_record": _each(told["wall_seconds"] * 1000, orders),
        "cpu_ms_per_record": {"all": _each(told["cpu_seconds"] * 1000, orders), **per_record},
        "queries_per_record": {
            "all": _each(sum(told["queries"].values()), orders),
            **{part: _each(told["queries"].get(part, 0), orders) for part in PARTS},
        },
        "peak_rss_mb": round(told["peak_rss_kb"] / 1024, 1),
        "calls": kinds,
    }


def aims(found: Mapping[str, Any]) -> list[Aim]:
    cpu = found["cpu_ms_per_record"]
    return [
        Aim("calls over the least", found["calls_ratio"], 1.05, "times"),
        Aim("translate, post and audit", cpu["translate"] + cpu["post"] + cpu["audit"], 1, "ms of CPU per record"),
        Aim("everything", cpu["all"], 4, "ms of CPU per record"),
        Aim("peak memory", found["peak_rss_mb"], 200, "MB"),
    ]


def table(every: list[dict[str, Any]]) -> str:
    """For people: a row per figure, a column per database, then the aims."""
    rows = [("", [str(found["database"]) for found in every])]
    rows += [(name, [str(found[name]) for found in every]) for name in SINGLE]
    for name in ("cpu_ms_per_record", "queries_per_record"):
        rows += [(f"{name} {part}", [str(found[name][part]) for found in every]) for part in ("all", *PARTS)]
    lines = [f"{name:30}" + "".join(f"{value:>14}" for value in values) for name, values in rows]
    for found in every:
        lines += ["", found["database"], *(f"  {aim}" for aim in aims(found))]
    return "\n".join(lines)


def _rounded_up(count: int, size: int) -> int:
    return -(-count // size)


def _each(amount: float, count: int) -> float:
    return round(amount / count, 4)
