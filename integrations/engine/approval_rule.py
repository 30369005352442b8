"""When an approval is needed before something is posted, or a second person before something is taken out of sight."""

from collections.abc import Iterable
from decimal import Decimal

from integrations.documents import Bill
from integrations.models import Integration, Record
from integrations.models.integration import ApprovalRule
from integrations.pairs import pair
from integrations.pairs.flow import Keeps, Note
from integrations.systems import system

ARTIFICIAL = "NONUM-"
NOT_SEEN_BY_ANOTHER = frozenset({"self-approved", "approved-by-nobody"})


def in_base(record: Record, amount: Decimal, currency: str, base_currency: str) -> Decimal | None:
    """The absolute amount in base currency, by the source's rate; None where the source has none (A59)."""
    if currency == base_currency:
        return abs(amount)
    if record.base_rate is None or currency != record.currency:
        return None
    return abs(amount) * record.base_rate


def limit_currency(integration: Integration) -> str:
    """That of the target's books; project books have none of their own, so there it is the source's."""
    projects = pair(integration.pair).keeps is Keeps.PROJECTS
    books = integration.source.books if projects else integration.target.books
    return books.base_currency if books else ""


def covered(integration: Integration, record: Record, amount: Decimal, currency: str) -> str:
    """Why the integration's own rule covers this amount, in a sentence; "" when it does not (A59, A93)."""
    rule = integration.approval_rule
    if rule == ApprovalRule.ALWAYS:
        return "everything needs an approval here"
    if rule != ApprovalRule.ABOVE or integration.approval_above is None:
        return ""
    base = limit_currency(integration)
    limit = f"the limit of {integration.approval_above:,.2f} {base}".strip()
    worth = in_base(record, amount, currency, base)
    if worth is None:
        return f"{currency} cannot be compared with {limit}: the source has no rate for it"
    if worth <= integration.approval_above:
        return ""
    by_rate = f" ({worth:,.2f} {base} by the source's rate of {record.base_rate:f})" if currency != base else ""
    return f"it is above {limit}{by_rate}"


def why(integration: Integration, record: Record, bill: Bill, flags: Iterable[Note]) -> str:
    """Why this needs an approval before it is posted; "" when it does not. Some things always do (A93, A97)."""
    if bill.total < 0:
        return "a credit always does"
    if bill.total == 0:
        return "a total of zero always does"
    if bill.number.startswith(ARTIFICIAL):
        return f"{bill.number} is not the supplier's own number"
    unseen = NOT_SEEN_BY_ANOTHER & {flag.kind for flag in flags}
    if unseen and not system(integration.target.system).has_drafts:
        return "nobody but its creator approved it at the source, and the target books it at once"
    return covered(integration, record, bill.total, bill.currency)


def why_document(record: Record, *, now: Decimal, before: Decimal | None) -> str:
    """The same for what a document of a project becomes; "" where it only becomes smaller than what stands of it."""
    if before is not None and abs(now) < abs(before):
        return ""
    return covered(record.integration, record, record.amount, record.currency)


def takes_two(record: Record) -> bool:
    """Whether taking this record out of sight needs a second person (A96)."""
    return bool(covered(record.integration, record, record.amount, record.currency))
