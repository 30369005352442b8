"""What of an order or a bill was written into project books, both sides line by line and code by code (A105).

Read from the entries of the intents, which hold the source's lines as they were and what was sent of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import CharField, Subquery
from django.db.models.functions import Cast

from audit.models import Entry
from integrations.desk import project_words
from integrations.engine.projects import written
from integrations.engine.projects.standing import PAYMENT
from integrations.models import Posting, Record
from integrations.money import ZERO, figure
from integrations.pairs.xero_procore import ORDERS
from integrations.pairs.xero_procore.documents import line_of
from integrations.project_documents import CommitmentLine
from integrations.reconciliation.auditing import Evidence

NO_CODE = "without a code"
Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A line as the source had it; `code` is what the tables put it under, by the row that `by` names."""

    text: str
    account: str
    item: str
    amount: Decimal
    code: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class WrittenRow:
    text: str
    code: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class ProjectEvidence:
    """`body` is the hash of the request that wrote the lines; `payments` are contract payments as they stand."""

    project: str
    source: Sequence[SourceRow]
    written: Sequence[WrittenRow]
    payments: Sequence[Posting]
    body: str = ""

    @property
    def is_paired(self) -> bool:
        """Whether the lines of the source name their codes: by the tables, or because each became one line there."""
        return any(row.code for row in self.source)

    @property
    def codes(self) -> list[tuple[str, Decimal, Decimal | None]]:
        """Per code what was written, and what the source's lines under it come to where each line names one."""
        paired = self.is_paired
        found: dict[str, list[Decimal]] = {}
        for line in self.written:
            found.setdefault(line.code or NO_CODE, [ZERO, ZERO])[0] += line.amount
        for row in self.source if paired else ():
            found.setdefault(row.code or NO_CODE, [ZERO, ZERO])[1] += row.amount
        return [(code, there, here if paired else None) for code, (there, here) in sorted(found.items())]

    @property
    def totals(self) -> tuple[Decimal, Decimal]:
        return sum((row.amount for row in self.source), ZERO), sum((line.amount for line in self.written), ZERO)

    @property
    def difference(self) -> str:
        """What of the document was not written, or was written besides its lines; "" where there is nothing."""
        here, there = self.totals
        return figure(here - there) if self.source and here != there else ""


def of(kept: Evidence) -> ProjectEvidence | None:
    """None where nothing of it was ever written."""
    record, intents = kept.record, [each.details for each in reversed(kept.writes) if each.action == written.INTENDED]
    told = next((details for details in intents if details.get("source")), {})
    looked_up = {each["line"]: each for each in told.get("coded", ())}
    lines, project, body = _written(kept, intents)
    if not lines:
        return None
    codes = {line.code for line in lines.values() if line.code}
    called, names = project_words.of_document(record.integration.target.books_id, project, codes)
    named = {key: names.get(line.code, line.code) for key, line in lines.items()}
    labels = {label.partition(" ")[0]: label for label in names.values()}
    return ProjectEvidence(
        called or project,
        [_row(line, named, looked_up, labels) for line in told.get("source", ()) if _counts(line)],
        [WrittenRow(line.text, named[key], line.amount) for key, line in lines.items()],
        [each for each in kept.postings if each.kind == PAYMENT],
        body,
    )


def _counts(line: Told) -> bool:
    return bool(line["account"] or Decimal(str(line["amount"])))


def _row(line: Told, codes: Mapping[str, str], looked_up: Mapping[str, Told], labels: Mapping[str, str]) -> SourceRow:
    """Of an order the code of the line that it became; of a bill that of the table, as people there call it."""
    found = looked_up.get(line["line_id"])
    code = codes.get(line["line_id"], "") or (labels.get(found["code"], found["code"]) if found else "")
    by = _by(found) if found else ""
    return SourceRow(line["description"], line["account"], line["item_code"], Decimal(str(line["amount"])), code, by)


def _by(found: Told) -> str:
    row = f"{str(found['table']).replace('-', ' ')} row {found['row']}, version {found['version']}"
    return f"{found['mark']}: {row}" if found["mark"] else row


def _written(kept: Evidence, intents: Iterable[Told]) -> tuple[dict[str, WrittenRow], str, str]:
    """Lines by the order's own ids, or by what names them there; the project; the hash of the request."""
    for details in intents:
        document = details["document"]
        if "lines" in document:
            lines = {line_of(line["origin"]): _line(line) for line in document["lines"]}
            return lines, document["project"], details["body"]
        if isinstance(document.get("cost"), Mapping):
            cost = document["cost"]
            lines = {str(place): _line(line) for place, line in enumerate(cost["lines"])}
            return lines, cost["project"], details["body"]
        if isinstance(document.get("requisition"), Mapping):
            return taken(kept.record), document["requisition"]["project"], details["body"]
    was = written.last_in(kept.writes) if kept.record.flow == ORDERS.slug else None
    if was is None:
        return {}, "", ""
    return (
        {line_of(line.origin): WrittenRow(line.description, line.code, line.amount) for line in was.lines},
        was.project,
        "",
    )


def _line(told: Told) -> WrittenRow:
    return WrittenRow(told["description"], told["code"], Decimal(str(told["amount"])))


def taken(bill: Record) -> dict[str, WrittenRow]:
    """What a requisition took of the lines of its order, as the order was written."""
    taken = list(bill.billings.exclude(net=ZERO).order_by("item"))
    there = _lines_of_order(bill, taken[0].order) if taken else {}
    return {
        each.item: WrittenRow(there[each.item].description, there[each.item].code, each.net)
        if each.item in there
        else WrittenRow("a line of its order", "", each.net)
        for each in taken
    }


def _lines_of_order(bill: Record, order: str) -> dict[str, CommitmentLine]:
    """The lines of the commitment that the order became, by the order's own."""
    mine = Record.objects.filter(integration=bill.integration_id, flow=ORDERS.slug, document__source_id=order)
    subject = mine.order_by("pk").values_list(Cast("pk", CharField()))[:1]
    entries = Entry.objects.filter(subject_kind="record", subject_id=Subquery(subject), action__in=written.ACTIONS)
    was = written.last_in(entries.select_related("details_row").order_by("pk"))
    return {line_of(line.origin): line for line in was.lines} if was else {}
