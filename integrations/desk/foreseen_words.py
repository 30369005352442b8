"""What a run would write into project books, in words and as the exact request, for a preview's page (E35)."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from integrations.days import in_full
from integrations.desk import project_words, shared_requests
from integrations.desk.bill_words import Names
from integrations.desk.shared_requests import Shared, Together
from integrations.engine.projects.dry_walk import NOT_YET
from integrations.engine.projects.foreseeing import Foreseen
from integrations.engine.projects.standing import words
from integrations.errors import HoldRecordError
from integrations.models import Integration, Record
from integrations.money import figure
from integrations.project_documents import Commitment, DirectCost, Requisition, StoredCommitment
from integrations.project_writes import HeaderWrite, LinesWrite, PaymentWrite, ProjectWrite, StatusWrite
from integrations.systems.protocols import ProjectBooks

Said = dict[str, Any]
Rows = list[tuple[str, str, Decimal]]
AFTERWARDS = "Its request names the id that Procore gives to what is written before."


@dataclass
class ProjectNames:
    """What the project's system calls things, and how it is written to."""

    integration: Integration
    target: ProjectBooks
    vendors: Names = field(init=False)
    projects: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        books = self.integration.target.books_id
        self.vendors, self.projects = Names(books), project_words.projects(books)

    def codes(self, keys: Iterable[str]) -> dict[str, str]:
        return project_words.codes(self.integration.target.books_id, list(keys))


def said(record: Record, found: Foreseen, names: ProjectNames, together: Together) -> Said | None:
    """As JSON: facts, lines, payments and every request in order; None where nothing would be sent or checked."""
    if not (found.writes or found.budget):
        return None
    document = found.document
    told: Said = {"of_project": True, "step": step(found.writes, found.stands), "budget": list(found.budget)}
    if document is not None:
        told |= {"facts": _facts(document, found, names), **_lines(document, found, record, names)}
    told["payments"] = [
        f"{figure(each.payment.amount)} {record.currency} of {in_full(each.payment.date)}"
        for each in found.writes
        if isinstance(each, PaymentWrite)
    ]
    told["requests"] = [_request(each, together.of(found, each), names.target) for each in found.writes]
    told["differs"] = _differences(document, found.stands, names)
    return told


def total_of(found: Foreseen) -> Decimal | None:
    """What the document comes to on the project's basis; of payments alone their sum."""
    if (document := found.document) is not None:
        return document.total
    paid = [each.payment.amount for each in found.writes if isinstance(each, PaymentWrite)]
    return sum(paid, Decimal(0)) if paid else None


def step(writes: Sequence[ProjectWrite], stands: StoredCommitment | None) -> str:
    """What it would come to, in few words."""
    if not writes:
        return ""
    made = next((each for each in writes if isinstance(each, HeaderWrite)), None)
    if made is not None:
        return "commitment changed" if stands is not None else "new commitment"
    named = dict.fromkeys(words(each) for each in writes)
    return ", ".join(_short(each) for each in named)


def _short(name: str) -> str:
    return name.removeprefix("the ").replace("a payment", "contract payment")


def _facts(document: Commitment | Requisition | DirectCost, found: Foreseen, names: ProjectNames) -> list[list[str]]:
    facts = [["Project", names.projects.get(document.project, document.project)]]
    if not isinstance(document, Requisition):
        vendor = names.vendors.contact(document.vendor) if document.vendor else f"{found.new_vendor}, to be created"
        facts.append(["Vendor", vendor])
    facts += [["Number", document.number], ["Date", str(document.date)]]
    if isinstance(document, Requisition):
        facts.append(["Billing period", f"{document.starts} to {document.ends}"])
        facts.append(["Status", document.status.value])
    return facts


def _lines(
    document: Commitment | Requisition | DirectCost, found: Foreseen, record: Record, names: ProjectNames
) -> Said:
    rows: Rows
    if isinstance(document, Requisition):
        there = {line.line_id: line for line in (found.stands.lines or () if found.stands else ())}
        rows = [
            (there[each.line].description, there[each.line].code, each.amount)
            for each in document.items
            if each.line in there
        ]
    else:
        rows = [(each.description, each.code, each.amount) for each in document.lines]
    codes = names.codes({code for _, code, _ in rows})
    return {
        "lines": [
            {"text": text, "code": codes.get(code, code), "amount": figure(amount)} for text, code, amount in rows
        ],
        "total": f"{figure(document.total)} {record.currency}",
    }


def _request(write: ProjectWrite, shared: Shared, target: ProjectBooks) -> Said:
    """Method, address and body as a run sends them, where they are known before anything was written.

    A request of several orders is shown whole with the first of them.
    """
    named = words(write)
    if isinstance(write, StatusWrite):
        named = f"{named}: {write.status}"
    told: Said = {"words": named, "method": "", "path": "", "body": "", "later": ""}
    told["shared"] = shared_requests.in_words(shared, write)
    if shared and shared[0][1] is not write:
        return {**told, "later": f"It is shown with {shared[0][0]}."}
    rows = shared_requests.known(shared) if shared else [] if _is_later(write) else [write]
    if not rows:
        return {**told, "later": AFTERWARDS}
    try:
        prepared = target.prepare(rows)
    except HoldRecordError as error:
        return {**told, "later": str(error)}
    body = json.dumps(json.loads(prepared.body), indent=2, ensure_ascii=False) if prepared.body else ""
    return {**told, "method": prepared.method, "path": prepared.path, "body": body}


def _is_later(write: ProjectWrite) -> bool:
    match write:
        case LinesWrite(_, commitment):
            return commitment == NOT_YET
        case PaymentWrite(payment):
            return payment.requisition == NOT_YET
    return shared_requests.is_later(write)


def _differences(
    document: Commitment | Requisition | DirectCost | None, stands: StoredCommitment | None, names: ProjectNames
) -> list[list[str]]:
    """Field by field and line by line: what stands, and what would."""
    if stands is None or not isinstance(document, Commitment):
        return []
    facts = [
        ("Number", stands.number, document.number),
        ("Vendor", names.vendors.contact(stands.vendor), names.vendors.contact(document.vendor)),
        ("Total", figure(stands.total), figure(document.total)),
    ]
    found = [[name, stood, would] for name, stood, would in facts if stood != would]
    there = {line.origin: line for line in stands.lines or ()}
    here = {line.origin: line for line in document.lines}
    codes = names.codes({*(line.code for line in there.values()), *(line.code for line in here.values())})
    for origin in dict.fromkeys((*there, *here)):
        was, will = there.get(origin), here.get(origin)
        before = f"{codes.get(was.code, was.code)} {figure(was.amount)}" if was else "nothing"
        after = f"{codes.get(will.code, will.code)} {figure(will.amount)}" if will else "nothing"
        if before != after:
            found.append([(will.description if will else was.description if was else ""), before, after])
    return found
