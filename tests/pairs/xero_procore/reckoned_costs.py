"""Lines as costs of their project, how a bill fills its order, and what its payments come to: by hand's rules."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tests.pairs.xero_procore.ledger import Json, Project, Setting, exact, rounded

NOT_COST, RETENTION = "not project cost", "retention"
NONE = Decimal(0)
Cost = tuple[Json, str, Decimal]
Lines = dict[str, tuple[str, Decimal]]


@dataclass(frozen=True)
class Costs:
    setting: Setting
    projects: dict[str, Project]

    def of(self, document: Json, known: str = "") -> tuple[list[Cost], str, set[str]]:
        """The lines that are a cost, each with its code and its net; their one project; what is wrong."""
        reasons: set[str] = set()
        lines = [line for line in document["LineItems"] if "AccountCode" in line]
        lines = [line for line in lines if self.setting.marks.get(line["AccountCode"]) != NOT_COST]
        named = {self._project(line) for line in lines}
        if "?" in named:
            reasons.add("missing-mapping")
        found = named - {"", "?"}
        if found - {known} if known else len(found) > 1 or "" in named:
            reasons.add("no-project")
        project = known or (next(iter(found)) if len(found) == 1 else "")
        costs = [cost for line in lines if (cost := self._coded(line, document, project, reasons))] if project else []
        if project and lines and self.projects[project].currency != document["CurrencyCode"]:
            reasons.add("currency-differs")
        return costs, project, reasons

    def _project(self, line: Json) -> str:
        """Its number; "" where the line names none, "?" where what it names leads nowhere."""
        option = _option(line, self.setting.project_category)
        if not option:
            return ""
        found = self.setting.projects.get(option, option)
        return found if found in self.projects else "?"

    def _coded(self, line: Json, document: Json, project: str, reasons: set[str]) -> Cost | None:
        net = exact(line["LineAmount"])
        if document["LineAmountTypes"] == "Inclusive":
            net -= exact(line["TaxAmount"])
        if self.setting.marks.get(line["AccountCode"]) == RETENTION:
            reasons.add("retention")
            return None
        code = self._code(line, project)
        if not self.projects[project].codes.get(code, False):
            reasons.add("missing-mapping")
        return line, code, net

    def _code(self, line: Json, project: str) -> str:
        """A budget line by tracking, then the item, then its longest beginning, then the account; the project first."""
        for each in line.get("Tracking", []):
            for where in (project, ""):
                if (each["Option"], where) in self.setting.budget_lines:
                    return self.setting.budget_lines[each["Option"], where]
        item, table = line.get("ItemCode", ""), self.setting.cost_codes
        beginnings = [f"{item[:length]}*" for length in range(len(item), 0, -1)]
        for its_item in (*([item] if item else []), *beginnings, ""):
            for where in (project, ""):
                if (line["AccountCode"], its_item, where) in table:
                    return table[line["AccountCode"], its_item, where]
        return ""


def fill(costs: list[Cost], order: Json, stands: Lines, billed: dict[str, Decimal], tolerance: Decimal) -> Lines | None:
    """Code by code into the order's lines, first to last, up to what is unbilled (A86); None where it does not fit."""
    wanted: dict[str, Decimal] = defaultdict(Decimal)
    for _, code, amount in costs:
        if amount < 0:
            raise AssertionError("Bills with negative costs are worked out by hand.")
        wanted[code] += amount
    taken: Lines = {}
    for code, amount in wanted.items():
        last = ""
        for line in (each["LineItemID"] for each in order["LineItems"]):
            its_code, ordered = stands.get(line, ("", NONE))
            if its_code != code or ordered < 0:
                continue
            part = min(amount, max(ordered - billed[line], NONE))
            last, amount = line, amount - part
            if part:
                taken[line] = (code, part)
        if amount and (amount > tolerance or not last):
            return None
        if amount:
            taken[last] = (code, taken.get(last, (code, NONE))[1] + amount)
    return taken


def shares(paid: list[tuple[date, str, Decimal]], cost: Decimal, total: Decimal) -> dict[str, tuple[Decimal, date]]:
    """Each payment x cost / total; what is rounded off goes to the next, and the one that settles takes the rest."""
    found, so_far, given = {}, NONE, NONE
    for day, key, amount in paid:
        so_far += amount
        now = cost if so_far == total else rounded(so_far * cost / total)
        found[key], given = (now - given, day), now
    return {key: share for key, share in found.items() if share[0]}


def _option(line: Json, category: str) -> str:
    return next((each["Option"] for each in line.get("Tracking", []) if each["Name"] == category), "")
