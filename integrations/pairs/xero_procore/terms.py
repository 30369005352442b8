"""The settings of an integration of this pair and the facts of its projects that translation depends on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from integrations.pairs.flow import DoubtfulVendor
from integrations.project_documents import ProjectFacts


class Basis(StrEnum):
    """What a project counts as its cost, in every document alike (A83)."""

    NET = "net"
    NET_AND_COST_TAX = "net plus non-recoverable tax"


class BudgetBy(StrEnum):
    CODE = "code"
    PROJECT = "project"


@dataclass(frozen=True, slots=True)
class ProjectTerms:
    """`project_category` is the tracking category whose options are projects, by its id.

    With a `budget_category` every option of it needs a budget line; without one, options that have a row use it.
    `bases` are those of projects that do not count net. Tax with a code among `cost_taxes` is cost, among
    `claimed_taxes` it is claimed back; one in neither is not guessed.
    """

    start_date: date
    project_category: str
    projects: Mapping[str, ProjectFacts] = field(default_factory=dict)
    budget_category: str = ""
    bases: Mapping[str, Basis] = field(default_factory=dict)
    cost_taxes: frozenset[str] = frozenset()
    claimed_taxes: frozenset[str] = frozenset()
    budget_by: BudgetBy = BudgetBy.CODE
    strict_budget: bool = False
    doubtful_vendors: Mapping[str, DoubtfulVendor] = field(default_factory=dict)
    target_decimals: int = 2
    source_label: str = "Xero"
    target_label: str = "Procore"

    def basis(self, project: str) -> Basis:
        return self.bases.get(project, Basis.NET)

    def project_name(self, project: str) -> str:
        facts = self.projects.get(project)
        return f"{facts.number} {facts.name}".strip() if facts else project
