"""What Xero did with each element of a batch, matched to what was sent before anything is believed."""

from collections.abc import Mapping
from typing import Any

from integrations.documents import PreparedWrite, WriteOutcome
from integrations.errors import InvalidSourceError, OutcomeUnknownError
from integrations.http import Answer
from integrations.systems.exact_json import loads
from integrations.systems.xero.errors import messages
from integrations.systems.xero.parse import stored_bill
from integrations.systems.xero.shapes import ZERO_ID

SILENT = ("Xero refused it without saying why.",)


def outcomes(prepared: PreparedWrite, answer: Answer) -> list[WriteOutcome]:
    """One per element, in the order sent. OutcomeUnknownError when the answer is not plainly about them."""
    body = answer.json()
    rows = body.get("Invoices") if isinstance(body, dict) else None
    sent = loads(prepared.body)["Invoices"]
    if not isinstance(rows, list) or len(rows) != len(sent) or not all(isinstance(row, dict) for row in rows):
        raise OutcomeUnknownError("Xero's answer does not hold what was sent to it.")
    return [_outcome(element, row) for element, row in zip(sent, rows, strict=True)]


def _outcome(element: Mapping[str, Any], row: Mapping[str, Any]) -> WriteOutcome:
    refused = row.get("StatusAttributeString") == "ERROR" or row.get("HasErrors") is True
    refusals, warnings = messages(row)
    if refused or refusals:
        _check_same(element, row, only_if_given=True)
        return WriteOutcome(None, refusals or SILENT, warnings)
    _check_same(element, row, only_if_given=False)
    if str(row.get("InvoiceID", ZERO_ID)) == ZERO_ID:
        raise OutcomeUnknownError("Xero accepted a bill without giving it an id.")
    try:
        stored = stored_bill(row)
    except InvalidSourceError as error:
        raise OutcomeUnknownError(f"Xero's answer cannot be read: {error}") from None
    return WriteOutcome(stored, (), (*warnings, *_dropped_tracking(element, row)))


def _check_same(element: Mapping[str, Any], row: Mapping[str, Any], *, only_if_given: bool) -> None:
    """Order is documented as kept, but unconfirmed (2026-10): id, number and contact must agree as well."""
    pairs = [
        (element.get("InvoiceID"), row.get("InvoiceID")),
        (element.get("InvoiceNumber"), row.get("InvoiceNumber")),
        (_contact(element), _contact(row)),
    ]
    for asked, answered in pairs:
        if asked is None or (only_if_given and answered in (None, "", ZERO_ID)):
            continue
        if str(asked).lower() != str(answered).lower():
            raise OutcomeUnknownError("Xero's answer is in another order than what was sent.")


def _contact(row: Mapping[str, Any]) -> Any:
    contact = row.get("Contact")
    return contact.get("ContactID") if isinstance(contact, Mapping) else None


def _dropped_tracking(element: Mapping[str, Any], row: Mapping[str, Any]) -> list[str]:
    """Xero drops tracking that it does not know without a word (issue reports, 2026-10)."""
    sent, stored = element.get("LineItems") or [], row.get("LineItems") or []
    return [
        f"Line {number}: Xero did not keep the tracking."
        for number, (asked, kept) in enumerate(zip(sent, stored, strict=False), 1)
        if not _categories(asked) <= _categories(kept)
    ]


def _categories(line: Any) -> set[Any]:
    tracking = line.get("Tracking") if isinstance(line, Mapping) else None
    return {one.get("TrackingCategoryID") for one in tracking or () if isinstance(one, Mapping)}
