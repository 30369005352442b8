"""What "untouched" is measured by: the contents that stand in the target, not a modification time (E34)."""

import hashlib

from integrations.documents import StoredBill


def content_fingerprint(bill: StoredBill) -> str:
    lines = [
        (line.amount.normalize(), line.account, line.tax_code, line.tax_amount.normalize(), line.tracking)
        for line in bill.lines
        if line.account or line.amount
    ]
    facts = (
        bill.contact,
        bill.currency,
        bill.net.normalize(),
        bill.tax.normalize(),
        bill.total.normalize(),
        lines,
    )
    return hashlib.sha256(repr(facts).encode()).hexdigest()
