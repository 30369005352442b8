"""What a bill says, as a hash: what its requisition was written for, and what people decided on (A38, A92)."""

import hashlib
from dataclasses import replace

from integrations.documents import Vendor
from integrations.pairs.xero_procore.documents import Bill


def content_of(bill: Bill) -> str:
    """Being paid, credited, or owed to a supplier of another name is no change of a bill."""
    said = replace(bill.content, vendor=Vendor(bill.vendor.source_id, ""))
    return hashlib.sha256(repr(said).encode()).hexdigest()
