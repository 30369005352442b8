"""A bill's requisition and payments as we wrote them last, read back from the trail's evidence (A105)."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from audit.trail import story
from integrations.models import Posting
from integrations.project_documents import ContractPayment, PaymentMethod

MOST_ENTRIES = 200
Document = Mapping[str, Any]


def items(posting: Posting) -> dict[str, Decimal] | None:
    """What its requisition claims of each line of the commitment; None where the trail does not hold it."""
    for told in _intended(posting, "requisition"):
        if told["content"] == posting.sent_fingerprint:
            written = told["document"]["requisition"]
            found = {each["line"]: Decimal(each["amount"]) for each in written["items"]}
            return found if sum(found.values()) == posting.source_total else None
    return None


def payment(posting: Posting) -> ContractPayment | None:
    """The contract payment itself; None where the trail does not hold it."""
    for told in _intended(posting, "payment"):
        written = told["document"]["payment"]
        if written["reference"] == posting.reference:
            return _payment(written)
    return None


def vendor_of_cost(posting: Posting) -> str:
    for told in _intended(posting, "direct-cost"):
        return str(told["document"]["cost"]["vendor"])
    return ""


def _intended(posting: Posting, name: str) -> list[Document]:
    """The details of its record's intents of this step, the newest first."""
    entries = story("record", posting.record_id).filter(action="step.intended").reverse()[:MOST_ENTRIES]
    return [entry.details for entry in entries if entry.details.get("name") == name]


def _payment(written: Document) -> ContractPayment:
    invoiced = written["invoice_date"]
    return ContractPayment(
        **{
            **written,
            "amount": Decimal(written["amount"]),
            "date": date.fromisoformat(written["date"]),
            "invoice_date": date.fromisoformat(invoiced) if invoiced else None,
            "method": PaymentMethod(written["method"]),
        }
    )
