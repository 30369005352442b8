"""What a document that a person linked says otherwise than its source: listed until somebody clears it (A42)."""

from datetime import date
from decimal import Decimal

from integrations.days import in_full
from integrations.models import Record
from integrations.money import figure


def in_words(record: Record, number: str, total: Decimal | None, currency: str, day: date | None) -> str:
    """Totals and dates where they are not the same, in a sentence; "" where they are."""
    said = []
    if (total, currency) != (record.amount, record.currency):
        stands = f"{figure(total)} {currency}" if total is not None else "nothing"
        said.append(f"the source says {figure(record.amount)} {record.currency}, {stands} stands")
    if day != record.document_date:
        said.append(f"it is dated {in_full(record.document_date)} at the source, {in_full(day)} in the target")
    return f"Linked to {number or 'a document'}: {'; '.join(said)}." if said else ""
