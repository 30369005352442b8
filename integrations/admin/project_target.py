"""The target's side of a record of project books, line by line: its commitment, requisition or direct cost."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from audit.trail import story
from integrations.desk import project_words
from integrations.desk.bill_words import Names
from integrations.engine.projects import standing, written
from integrations.engine.projects.reading import Shelf
from integrations.engine.projects.terms import terms_of
from integrations.errors import InvalidSourceError
from integrations.models import Posting, Record, Standing, Work
from integrations.money import ZERO, figure
from integrations.pairs.flow import Place
from integrations.pairs.xero_procore import ORDERS, orders
from integrations.project_documents import Commitment
from integrations.reconciliation import project_evidence
from mappings.tables import Tables

LIVE = (Standing.DRAFT, Standing.LEDGER)
CANNOT = "It cannot be translated yet: what is missing stands above."


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a schedule of values, or of a direct cost."""

    text: str
    code: str
    amount: str


@dataclass(frozen=True, slots=True)
class Document:
    facts: list[tuple[str, str]] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    total: str = ""


def context(record: Record) -> dict[str, Any]:
    """`says` is how the lines below it came about."""
    says, document = _of_order(record) if record.flow == ORDERS.slug else _of_bill(record)
    return {"record": record, "says": says, "document": document}


def _of_order(record: Record) -> tuple[str, Document | None]:
    there = record.postings.filter(kind=standing.COMMITMENT, standing__in=LIVE).exists()
    was = written.last(record) if there else None
    if was is not None:
        return "Line by line, as we wrote it.", _commitment(record, was)
    wanted, why = _would_be(record)
    return (_says(record), _commitment(record, wanted)) if wanted is not None else (why, None)


def _would_be(record: Record) -> tuple[Commitment | None, str]:
    """With today's tables, and nothing asked outside; or why it would be nothing."""
    if not record.document.detail:
        return None, ""
    try:
        order = Shelf(record.integration.source).order(record)
    except InvalidSourceError:
        return None, ""
    terms, around = terms_of(record.integration), written.around(record)
    verdict = orders.place(order, terms, around)
    if verdict.place is not Place.WAITING:
        return None, verdict.why
    answer = orders.translate(order, Tables.load(record.integration.scope), terms, around)
    if (left := orders.nothing_left(answer, order, around)) is not None:
        return None, left.why
    return answer.result, CANNOT


def _says(record: Record) -> str:
    if record.work in (Work.HELD, Work.APPROVAL):
        return "Nothing was written. Once it goes on, it would be this."
    if record.work == Work.WAITING and record.integration.trial:
        return "Trial mode: nothing is written. It would be this."
    return "With today's tables it would be this."


def _commitment(record: Record, commitment: Commitment) -> Document:
    books = record.integration.target.books_id
    facts = [
        ("Project", project_words.project(books, commitment.project)),
        ("Vendor", Names(books).contact(commitment.vendor)),
        ("Date", str(commitment.date)),
        ("Delivery", str(commitment.delivery_date or "")),
    ]
    lines = [(line.description, line.code, line.amount) for line in commitment.lines]
    return _document(record, facts, lines, commitment.currency)


def _of_bill(record: Record) -> tuple[str, Document | None]:
    postings = {each.kind: each for each in record.postings.filter(standing__in=LIVE)}
    if requisition := postings.get(standing.REQUISITION):
        return "This is what it took of its order's lines.", _requisition(record, requisition)
    if direct_cost := postings.get(standing.DIRECT_COST):
        return "It stands as a direct cost, without an order.", _direct_cost(record, direct_cost)
    return "", None


def _requisition(record: Record, posting: Posting) -> Document:
    lines = [(line.text, line.code, line.amount) for line in project_evidence.taken(record).values()]
    facts = [("Project", project_words.project(record.integration.target.books_id, posting.project))]
    return _document(record, facts, lines, posting.currency)


def _direct_cost(record: Record, posting: Posting) -> Document:
    facts = [("Project", project_words.project(record.integration.target.books_id, posting.project))]
    for entry in story("record", record.pk).filter(action="step.intended").reverse():
        cost: Mapping[str, Any] | None = entry.details["document"].get("cost")
        if cost is not None:
            lines = [(each["description"], each["code"], Decimal(each["amount"])) for each in cost["lines"]]
            return _document(record, facts, lines, posting.currency)
    return _document(record, facts, [], posting.currency)


def _document(
    record: Record, facts: Iterable[tuple[str, str]], lines: list[tuple[str, str, Decimal]], currency: str
) -> Document:
    names = project_words.codes(record.integration.target.books_id, {code for _, code, _ in lines})
    return Document(
        [(name, value) for name, value in facts if value],
        [Line(text, names.get(code, code), figure(amount)) for text, code, amount in lines],
        f"{figure(sum((amount for _, _, amount in lines), ZERO))} {currency or record.currency}",
    )
