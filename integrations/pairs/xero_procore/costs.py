"""A document's lines as costs of one project: on the project's basis, each under its code (A82, A83, A87, A91)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from integrations.money import ZERO, figure, unit_of
from integrations.pairs.flow import Note
from integrations.pairs.xero_procore.documents import Bill, Order, SourceLine, TaxMode
from integrations.pairs.xero_procore.lookups import NOT_PROJECT_COST, RETENTION, ProjectLookups, project_named
from integrations.pairs.xero_procore.terms import Basis, ProjectTerms
from mappings.tables import Tables


@dataclass(frozen=True, slots=True)
class Cost:
    """One line on the basis of its project; `code` is the code's id there."""

    line: SourceLine
    code: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Costs:
    project: str
    costs: tuple[Cost, ...]
    kept_out: Decimal
    notes: tuple[Note, ...]

    @property
    def total(self) -> Decimal:
        return sum((cost.amount for cost in self.costs), ZERO)


def costs_of(document: Order | Bill, lookups: ProjectLookups, terms: ProjectTerms, project: str = "") -> Costs:
    """The document's costs, with what is wrong or missing noted in `lookups`.

    A `project` is that of the order which a bill belongs to: its lines need not name one, and none may name another.
    """
    lines = [line for line in document.lines if not line.is_text]
    _check_figures(document, lines, lookups, terms)
    named = {line.line_id: lookups.project_of(line, terms) for line in lines}
    kept_out = [line for line in lines if lookups.mark_of(line, named[line.line_id] or project) == NOT_PROJECT_COST]
    rest = [line for line in lines if line not in kept_out]
    chosen = _project_of(document, rest, named, lookups, terms, project)
    costs = tuple(_costs(document, rest, chosen, lookups, terms)) if chosen else ()
    if chosen:
        _check_currency(document, chosen, lookups, terms)
    _check_sign(document, costs, lookups)
    out = sum((net_of(line, document.tax_mode) for line in kept_out), ZERO)
    return Costs(chosen, costs, out, _told(kept_out, out, document.currency))


@dataclass(frozen=True, slots=True)
class Worth:
    """What a document is on its project's basis, whether or not it can be written.

    `project` is "" where its lines name none or several.
    """

    project: str
    cost: Decimal
    kept_out: Decimal


def worth_of(document: Order | Bill, tables: Tables, terms: ProjectTerms, project: str = "") -> Worth:
    """By what its lines say and the marks of their accounts; a line without a code counts like any other (A83, A87).

    A `project` is that in which something of the document stands.
    """
    lookups = ProjectLookups(tables, document.currency, document.vendor.country)
    lines = [line for line in document.lines if not line.is_text]
    named = {line.line_id: lookups.project_of(line, terms) or project for line in lines}
    out = [line for line in lines if lookups.mark_of(line, named[line.line_id]) == NOT_PROJECT_COST]
    rest = [line for line in lines if line not in out]
    found = {named[line.line_id] for line in rest}
    chosen = project or (found.pop() if len(found) == 1 else "")
    cost = sum((net_of(line, document.tax_mode) + _cost_tax(line, chosen, lookups, terms) for line in rest), ZERO)
    return Worth(chosen, cost, sum((net_of(line, document.tax_mode) for line in out), ZERO))


def net_of(line: SourceLine, mode: TaxMode) -> Decimal:
    """An inclusive amount less the tax that its own line states, never recomputed from a rate (A51)."""
    return line.amount - line.tax_amount if mode is TaxMode.INCLUSIVE else line.amount


def _costs(
    document: Order | Bill, lines: Iterable[SourceLine], project: str, lookups: ProjectLookups, terms: ProjectTerms
) -> Iterable[Cost]:
    for line in lines:
        coded = lookups.code_of(line, project, terms)
        if coded is None:
            continue
        if coded.mark == RETENTION:
            said = f"“{line.description}” is on account {line.account}, which is marked as retention"
            lookups.hold("retention", f"{said}; documents with retention are entered by hand.")
            continue
        amount = net_of(line, document.tax_mode) + _cost_tax(line, project, lookups, terms)
        yield Cost(line, coded.code, amount)


def _cost_tax(line: SourceLine, project: str, lookups: ProjectLookups, terms: ProjectTerms) -> Decimal:
    """Tax that nobody claims back is cost, where the project counts it (A83)."""
    if terms.basis(project) is Basis.NET or not line.tax_amount:
        return ZERO
    if line.tax_code in terms.cost_taxes:
        return line.tax_amount
    if line.tax_code not in terms.claimed_taxes:
        said = f"The tax {line.tax_code or '(none)'} on “{line.description}” is said neither to be cost nor claimed"
        lookups.hold("tax-not-mapped", f"{said}. Say which in the integration's settings.")
    return ZERO


def _check_figures(
    document: Order | Bill, lines: Sequence[SourceLine], lookups: ProjectLookups, terms: ProjectTerms
) -> None:
    """Lines that do not add up to the document are never made to fit (A27)."""
    net = sum((net_of(line, document.tax_mode) for line in lines), ZERO)
    if net != document.net or document.net + document.tax != document.total:
        said = f"The lines of {document.said} come to {figure(net)} net, the document says {figure(document.net)} net"
        lookups.hold(
            "invalid-source",
            f"{said}, {figure(document.tax)} tax, {figure(document.total)} {document.currency} in all.",
        )
    unit = unit_of(document.currency, terms.target_decimals)
    odd = [line for line in lines if line.amount % unit or line.tax_amount % unit]
    if odd:
        said = f"“{odd[0].description}” is {figure(odd[0].amount)} {document.currency}, finer than a project can hold."
        lookups.hold("cannot-represent", said)


def _project_of(
    document: Order | Bill,
    lines: Sequence[SourceLine],
    named: dict[str, str],
    lookups: ProjectLookups,
    terms: ProjectTerms,
    known: str,
) -> str:
    """The one project of all lines; "" with what is wrong noted (A82)."""
    for line in lines:
        lookups.need_project(line, terms)
    silent = [line for line in lines if project_named(line, terms) is None]
    found = dict.fromkeys(named[line.line_id] for line in lines if named[line.line_id])
    if known:
        others = [terms.project_name(each) for each in found if each != known]
        if others:
            said = f"The order of {document.said} is of {terms.project_name(known)}, but lines are of"
            lookups.hold("no-project", f"{said} {' and '.join(others)}. Correct one of them at the source.")
        return known
    if silent:
        which = f"“{silent[0].description}”" if len(silent) == 1 else f"{len(silent)} lines"
        lookups.hold("no-project", f"{which[0].upper()}{which[1:]} of {document.said} name no project. Add it there.")
    if len(found) > 1:
        names = " and ".join(terms.project_name(each) for each in found)
        lookups.hold("no-project", f"The lines of {document.said} are of {names}. Split it at the source.")
    return next(iter(found)) if len(found) == 1 and not silent else ""


def _check_currency(document: Order | Bill, project: str, lookups: ProjectLookups, terms: ProjectTerms) -> None:
    """A project counts in one currency, and we never convert (A91)."""
    facts = terms.projects.get(project)
    if facts is not None and facts.currency and facts.currency != document.currency:
        said = f"{document.said[0].upper()}{document.said[1:]} is in {document.currency}"
        lookups.hold("currency-differs", f"{said}, the project {terms.project_name(project)} in {facts.currency}.")


def _check_sign(document: Order | Bill, costs: Sequence[Cost], lookups: ProjectLookups) -> None:
    """What is left for the project may be nothing or a credit, though the document is neither (A30, A31)."""
    total = sum((cost.amount for cost in costs), ZERO)
    if costs and not lookups.gaps and total <= 0:
        said = f"What {document.said} has for its project comes to {figure(total)} {document.currency}."
        lookups.hold("credit" if total < 0 else "zero-total", said)


def _told(lines: Sequence[SourceLine], amount: Decimal, currency: str) -> tuple[Note, ...]:
    if not lines:
        return ()
    accounts = ", ".join(dict.fromkeys(line.account for line in lines))
    return (
        Note("kept-out", f"{figure(amount)} {currency} net is not project cost and kept out (account {accounts})."),
    )
