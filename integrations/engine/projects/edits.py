"""What of a document of ours somebody edited in the project: (field, as we left it, as it stands), in words (E34).

Watched are vendor, currency, totals and, by setting, codes; numbers, dates and statuses are people's normal work, but
for a commitment that was closed.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from integrations.days import in_full
from integrations.engine.projects import bill_written, closing, written
from integrations.engine.projects.standing import fingerprint
from integrations.models import Integration, Posting
from integrations.money import ZERO, figure
from integrations.project_documents import (
    Commitment,
    CommitmentStatus,
    StoredCommitment,
    StoredContractPayment,
    StoredDirectCost,
    StoredRequisition,
)
from mappings.models import Kind, ReferenceEntry

Difference = tuple[str, str, str]
REMOVED, NONE = "removed", "none"


def of_commitment(integration: Integration, posting: Posting, stored: StoredCommitment) -> list[Difference]:
    found = []
    if stored.status is CommitmentStatus.CLOSED:
        found.append(("status", posting.status_word, stored.status_word))
    if not closing.touched(posting, stored):
        return found
    ours = written.last(posting.record)
    if ours is None:
        return found
    found += _pair("vendor", _named(integration, ours.vendor), _named(integration, stored.vendor))
    if stored.currency:
        found += _pair("currency", ours.currency, stored.currency)
    found += _figures("total", ours.total, stored.total)
    if integration.watch_accounts:
        found += _pair("lines", _lines_of(integration, ours), _lines_that_stand(integration, stored))
    return found


def of_requisition(posting: Posting, stored: StoredRequisition) -> list[Difference]:
    return _figures("total", posting.target_total, stored.total)


def of_direct_cost(posting: Posting, stored: StoredDirectCost) -> list[Difference]:
    if not posting.stored_fingerprint or posting.stored_fingerprint == fingerprint(stored):
        return []
    integration, vendor = posting.record.integration, bill_written.vendor_of_cost(posting)
    found = _pair("vendor", _named(integration, vendor), _named(integration, stored.vendor)) if vendor else []
    return [*found, *_figures("total", posting.target_total, stored.total)]


def billed_by_others(stored: StoredCommitment, there: Iterable[StoredRequisition], ours: set[str]) -> list[Difference]:
    """Requisitions on our commitment that somebody entered: they take of what its bills may fill."""
    theirs = [each for each in there if each.commitment == stored.target_id and each.target_id not in ours]
    return _by_others("requisitions entered there", [each.total for each in theirs])


def paid_by_others(there: Iterable[StoredContractPayment], ours: set[str]) -> list[Difference]:
    """Payments on our commitment that somebody entered."""
    return _by_others("payments entered there", [each.amount for each in there if each.target_id not in ours])


def of_payment(posting: Posting, there: Sequence[StoredContractPayment]) -> list[Difference]:
    """One of ours among those that stand on its commitment."""
    stored = next((each for each in there if each.target_id == posting.target_id), None)
    day = f" of {in_full(posting.paid_on)}" if posting.paid_on else ""
    if stored is None:
        return [(f"payment{day}", figure(posting.target_total), REMOVED)]
    return _figures(f"payment{day}", posting.target_total, stored.amount)


def _by_others(field: str, amounts: Sequence[Decimal]) -> list[Difference]:
    return [(field, NONE, f"{len(amounts)}, {figure(sum(amounts, ZERO))} in all")] if amounts else []


def _pair(field: str, before: str, now: str) -> list[Difference]:
    return [(field, before, now)] if before != now else []


def _figures(field: str, before: Decimal | None, now: Decimal) -> list[Difference]:
    return [(field, figure(before), figure(now))] if before is not None and before != now else []


def _named(integration: Integration, vendor: str) -> str:
    known = ReferenceEntry.objects.filter(books=integration.target.books, kind=Kind.CONTACT, key=vendor).first()
    return known.name if known else vendor


def _lines_of(integration: Integration, ours: Commitment) -> str:
    return _lines(integration, [(line.code, line.amount) for line in ours.lines])


def _lines_that_stand(integration: Integration, stored: StoredCommitment) -> str:
    return _lines(integration, [(line.code, line.amount) for line in stored.lines or ()])


def _lines(integration: Integration, lines: Sequence[tuple[str, Decimal]]) -> str:
    """Codes as people read them; ids are per project and say nothing."""
    ids = {code for code, _ in lines}
    known = ReferenceEntry.objects.filter(books=integration.target.books, kind=Kind.BUDGET_CODE, key__in=ids)
    codes = dict(known.values_list("key", "code"))
    return ", ".join(sorted(f"{codes.get(code, code)}: {figure(amount)}" for code, amount in lines)) or NONE
