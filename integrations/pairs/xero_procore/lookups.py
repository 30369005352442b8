"""Which project a line is for and under which of its codes it is a cost, with everything that is missing (A82, A87)."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from integrations.documents import Tracked
from integrations.pairs.lookups import Lookups
from integrations.pairs.xero_procore.documents import SourceLine
from integrations.pairs.xero_procore.terms import ProjectTerms
from mappings import keys
from mappings.project_tables import BudgetLineRow, CostCodeRow, KnownProject, ProjectRow

NOT_PROJECT_COST = "not project cost"
RETENTION = "retention"


@dataclass(frozen=True, slots=True)
class CodedAs:
    """The id of the code in its project, or the mark of an account that has none."""

    code: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class LookedUp:
    """By which row of which table a line of the document got its code, or the mark that keeps it out."""

    line: str
    code: str
    mark: str
    table: str
    row: int
    version: int


@dataclass
class ProjectLookups(Lookups):
    """The tables of one scope, with what this document used and what it lacked; `coded` is by line."""

    coded: dict[str, LookedUp] = field(default_factory=dict)

    def project_of(self, line: SourceLine, terms: ProjectTerms) -> str:
        """The project's id; "" where the line names none, and where what it names leads nowhere."""
        named = project_named(line, terms)
        if named is None:
            return ""
        row, numbered = self._projects(named)
        if row is not None:
            return row.target
        return numbered[0].key if len(numbered) == 1 else ""

    def need_project(self, line: SourceLine, terms: ProjectTerms) -> None:
        """Note what the project of a line that is a cost was found by, or what it lacks."""
        named = project_named(line, terms)
        if named is None:
            return
        row, numbered = self._projects(named)
        key = keys.project_key(self.tables.projects.option(named.category, named.option) or named.option)
        if row is not None:
            archived = f"The tracking option {named.option} leads to {row.name}, which is archived or not open to us"
            self._use(row, key, archived)
        elif len(numbered) != 1:
            several = f": {len(numbered)} active projects have that number" if numbered else ""
            self._gap(key, f"The tracking option {named.option} leads to no project{several}")

    def mark_of(self, line: SourceLine, project: str) -> str:
        """Why the line's account has no code, if it is marked (A87)."""
        row = self.tables.projects.cost_code(line.account, line.item_code, project)
        if row is None or not row.mark:
            return ""
        self.used[row.table, row.pk] = row.version
        self.coded[line.line_id] = LookedUp(line.line_id, "", row.mark, row.table, row.pk, row.version)
        return row.mark

    def code_of(self, line: SourceLine, project: str, terms: ProjectTerms) -> CodedAs | None:
        """A budget line that tracking names comes before the account's code; None with the gap noted."""
        mark = self.mark_of(line, project)
        if mark:
            return CodedAs(mark=mark)
        if not line.account:
            self.hold("invalid-source", f"“{line.description}” has an amount and no account. Choose one at the source.")
            return None
        gaps = len(self.gaps)
        rows = list(self._budget_lines(line, project, terms))
        if len(self.gaps) > gaps:
            return None
        if len({row.code for row in rows}) > 1:
            self.hold("cannot-represent", f"The tracking of “{line.description}” names two budget lines.")
            return None
        row = rows[0] if rows else self._cost_code(line, project, terms)
        return self._entry(row, line, project, terms) if row else None

    def _projects(self, named: Tracked) -> tuple[ProjectRow | None, list[KnownProject]]:
        """The table's row, and without one the projects of that number (A82)."""
        projects = self.tables.projects
        option = projects.option(named.category, named.option)
        row = projects.project(option) if option else None
        return row, [] if row else projects.numbered(named.option)

    def _budget_lines(self, line: SourceLine, project: str, terms: ProjectTerms) -> Iterator[BudgetLineRow]:
        projects = self.tables.projects
        for named in line.tracking:
            if named.category == terms.project_category:
                continue
            if terms.budget_category and named.category != terms.budget_category:
                continue
            option = projects.option(named.category, named.option)
            row = projects.budget_line(option, project) if option else None
            key = keys.budget_line_key(option or named.option, project)
            if row is not None:
                self._use(row, key, f"The budget line of {named.option} is for a project that is archived")
                yield row
            elif terms.budget_category:
                where = f"on “{line.description}” in {terms.project_name(project)}"
                self._gap(key, f"The tracking option {named.option} {where} has no budget line")

    def _cost_code(self, line: SourceLine, project: str, terms: ProjectTerms) -> CostCodeRow | None:
        key = keys.cost_code_key(line.account, line.item_code, project)
        row = self.tables.projects.cost_code(line.account, line.item_code, project)
        if row is None:
            item = f" with item {line.item_code}" if line.item_code else ""
            where = f"on “{line.description}” in {terms.project_name(project)}"
            self._gap(key, f"Account {line.account}{item} {where} has neither a cost code nor a mark")
            return None
        self._use(row, key, f"The cost code of account {line.account} is for a project that is archived")
        return row

    def _entry(
        self, row: BudgetLineRow | CostCodeRow, line: SourceLine, project: str, terms: ProjectTerms
    ) -> CodedAs | None:
        entry = self.tables.projects.code(project, row.code)
        if entry is None or not entry.active:
            state = "is not active" if entry else "is not there"
            said = f"Budget code {row.code} of “{line.description}” {state} in {terms.project_name(project)}"
            self._gap(keys.budget_code_key(project, row.code), f"{said}; add it there")
            return None
        self.coded[line.line_id] = LookedUp(line.line_id, row.code, "", row.table, row.pk, row.version)
        return CodedAs(entry.key)


def project_named(line: SourceLine, terms: ProjectTerms) -> Tracked | None:
    """What the line says in the category whose options are projects."""
    return next((each for each in line.tracking if each.category == terms.project_category), None)
