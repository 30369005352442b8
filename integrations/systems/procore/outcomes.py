"""What Procore did with each write, matched to what was sent before anything is believed.

A synchronisation answers 200 even when every row failed; its rows come in no order and are matched by our origin id or
by theirs (sync actions, August 2026).
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

from integrations.documents import PreparedWrite
from integrations.errors import InvalidSourceError, OutcomeUnknownError
from integrations.http import Answer
from integrations.project_documents import (
    StoredCommitmentLine,
    StoredContractPayment,
    StoredDirectCost,
    StoredRequisition,
)
from integrations.project_writes import ProjectOutcome
from integrations.systems.exact_json import loads
from integrations.systems.procore import parse, paths, shapes
from integrations.systems.procore.errors import messages
from integrations.systems.reading import read

SILENT = ("Procore refused it without saying why.",)
WRAPPERS = ("requisition", "contract_payment", "direct_cost")
Row = Mapping[str, Any]
Alone = StoredRequisition | StoredContractPayment | StoredDirectCost
Read = TypeVar("Read")


def outcomes(prepared: PreparedWrite, answer: Answer) -> list[ProjectOutcome]:
    """One per write, in the order sent. OutcomeUnknownError when the answer is not plainly about them."""
    if prepared.template == paths.ORDERS_SYNC:
        project = str(loads(prepared.body)["project_id"])
        return [_order(row, error, project) for row, error in synced(prepared, answer)]
    if prepared.template == paths.LINES_SYNC:
        return [_lines(prepared, answer)]
    if prepared.template == paths.DIRECT_COSTS_SYNC:
        return [_direct_cost(row, error, prepared) for row, error in synced(prepared, answer)]
    if prepared.method == "DELETE" or prepared.template == paths.ADD_VENDOR:
        return [ProjectOutcome(_id_in(prepared))]
    return [_document(prepared, answer)]


def synced(prepared: PreparedWrite, answer: Answer) -> list[tuple[Row, tuple[str, ...]]]:
    """Per row sent what it became there, or the words of its refusal; exactly one of them for each."""
    told = _understood(lambda: read(shapes.Synced, answer.json(), "The answer"))
    found: list[tuple[Row, tuple[str, ...]]] = []
    for sent in loads(prepared.body)["updates"]:
        named = "id" if "id" in sent else "origin_id"
        stored = [row for row in told.entities if row.get(named) == sent[named]]
        refused = [row for row in told.errors if row.get(named) == sent[named]]
        if len(stored) + len(refused) != 1:
            raise OutcomeUnknownError("Procore's answer does not say of each row what became of it.")
        words = (messages(refused[0].get("errors")) or SILENT) if refused else ()
        found.append((stored[0] if stored else {}, words))
    return found


def _order(row: Row, refusals: tuple[str, ...], project: str) -> ProjectOutcome:
    if refusals:
        return ProjectOutcome(refusals=refusals)
    stored = _understood(lambda: parse.commitment(row, project))
    return ProjectOutcome(stored.target_id, stored)


def _direct_cost(row: Row, refusals: tuple[str, ...], prepared: PreparedWrite) -> ProjectOutcome:
    if refusals:
        return ProjectOutcome(refusals=refusals)
    stored = _understood(lambda: parse.direct_cost(row, prepared.path.split("/")[4]))
    return ProjectOutcome(stored.target_id, stored)


def _lines(prepared: PreparedWrite, answer: Answer) -> ProjectOutcome:
    """All lines of one commitment: those that were refused are named by our origin, the others stand."""
    sent = [row["origin_id"] for row in loads(prepared.body)["updates"]]
    stored: list[StoredCommitmentLine] = []
    by_line: dict[str, tuple[str, ...]] = {}
    for origin, (row, refusals) in zip(sent, synced(prepared, answer), strict=True):
        if refusals:
            by_line[origin] = refusals
        else:
            stored.append(_understood(lambda row=row: parse.commitment_line(row)))  # type: ignore[misc]
    words = tuple(dict.fromkeys(word for said in by_line.values() for word in said))
    return ProjectOutcome(_id_in(prepared), lines=tuple(stored), refusals=words, by_line=by_line)


def _document(prepared: PreparedWrite, answer: Answer) -> ProjectOutcome:
    """The one document that was written; its reference, where it was sent, must be the one that came back."""
    sent, raw = loads(prepared.body), answer.json()
    stored = _understood(lambda: _parsed(prepared, sent, raw))
    wrapper: Row = next((sent[name] for name in WRAPPERS if name in sent), {})
    if wrapper.get("origin_data", stored.reference) != stored.reference:
        raise OutcomeUnknownError("Procore answered with another document than the one that was sent.")
    return ProjectOutcome(stored.target_id, stored)


def _parsed(prepared: PreparedWrite, sent: Row, raw: Any) -> Alone:
    if prepared.template == paths.DIRECT_COSTS:
        return parse.direct_cost(raw, prepared.path.split("/")[4])
    project = str(sent["project_id"])
    if prepared.template in (paths.PAYMENTS, paths.PAYMENT):
        return parse.payment(raw, project, str(sent["contract_id"]))
    return parse.requisition(raw, project)


def _id_in(prepared: PreparedWrite) -> str:
    """The id of the document that a removal, an addition or a schedule is about: the last number but for lines."""
    parts = [part for part in urlsplit(prepared.path).path.split("/") if part.isdigit()]
    return parts[-1] if prepared.template not in (paths.LINE, paths.LINES_SYNC) else parts[0]


def _understood(reading: Callable[[], Read]) -> Read:
    try:
        return reading()
    except InvalidSourceError as error:
        raise OutcomeUnknownError(f"Procore's answer cannot be read: {error}") from None
