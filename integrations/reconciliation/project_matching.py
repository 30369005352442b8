"""The documents of the books, each with what stands of it in project books, chunk by chunk (A84, A99, A100)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from integrations.engine.projects import standing
from integrations.engine.projects.reading import Shelf
from integrations.engine.projects.terms import terms_of
from integrations.errors import InvalidSourceError
from integrations.models import Integration, Posting, Record, Standing, Work
from integrations.money import ZERO, unit_of
from integrations.pairs.xero_procore import ORDERS, payments
from integrations.pairs.xero_procore.costs import Worth, worth_of
from integrations.pairs.xero_procore.documents import Bill, bill_reference, order_origin, payment_reference
from integrations.pairs.xero_procore.terms import ProjectTerms
from integrations.places import STANDING_PLACES, WORK_PLACES
from integrations.project_documents import StoredCommitment
from integrations.reconciliation.causes import Sides
from integrations.reconciliation.project_reading import LIVE, Stored, There, amount_of, day_of
from integrations.reconciliation.sides import FLOWS
from mappings.tables import Tables

AT_A_TIME = 500
Postings = dict[tuple[str, str], Posting]
Made = dict[str, tuple[Decimal, date | None]]


@dataclass(frozen=True, slots=True)
class Entry:
    """One document of the source, or one payment, with what stands of it. `kept_out` is in its amount (A87)."""

    record: Record
    kind: str
    project: str
    sides: Sides
    kept_out: Decimal = ZERO
    words: str = ""
    taken_back: bool = False


@dataclass
class Matching:
    """`matched` are the marks that a record here has."""

    integration: Integration
    there: There
    matched: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.shelf = Shelf(self.integration.source)
        self.terms: ProjectTerms = terms_of(self.integration)
        self.tables = Tables.load(self.integration.scope)

    def entries(self) -> Iterator[Entry]:
        rows = Record.objects.filter(integration=self.integration, flow__in=FLOWS).select_related("document")
        last = 0
        while chunk := list(rows.filter(pk__gt=last).prefetch_related("postings").order_by("pk")[:AT_A_TIME]):
            last = chunk[-1].pk
            bills = self.shelf.bills([each for each in chunk if each.flow != ORDERS.slug and each.document.detail])
            for record in chunk:
                postings = {(each.kind, each.reference): each for each in record.postings.all()}
                if record.flow == ORDERS.slug:
                    yield from self._order(record, postings)
                else:
                    yield from self._bill(record, bills.get(record.pk), postings)

    def _take(self, kind: str, reference: str) -> Stored | None:
        """What stands with this mark; it is nobody else's then."""
        self.matched.add((kind, reference))
        return self.there.documents[kind].get(reference)

    def _order(self, record: Record, postings: Postings) -> Iterator[Entry]:
        posting = next((each for (kind, _), each in postings.items() if kind == standing.COMMITMENT), None)
        # One that was written anew bears another mark.
        reference = posting.reference if posting is not None else order_origin(record.document.source_id)
        stored = self._take(standing.COMMITMENT, reference)
        place = self._place(record, posting, stored)
        if place == "not-yet-approved":
            return
        worth = self._order_worth(record, posting)
        currency = (stored.currency if isinstance(stored, StoredCommitment) else "") or record.currency
        sides = self._sides(record, place, worth, posting, stored, currency, record.document_date)
        yield Entry(record, standing.COMMITMENT, worth.project, sides, worth.kept_out, self._gone(place, stored))

    def _order_worth(self, record: Record, posting: Posting | None) -> Worth:
        project = posting.project if posting is not None else ""
        try:
            if record.document.detail:
                return worth_of(self.shelf.order(record), self.tables, self.terms, project)
        except InvalidSourceError:
            pass
        return self._as_remembered(record, posting)

    def _bill(self, record: Record, bill: Bill | None, postings: Postings) -> Iterator[Entry]:
        reference = bill_reference(record.document.source_id)
        candidates = [
            (postings.get((kind, reference)), self._take(kind, reference))
            for kind in (standing.REQUISITION, standing.DIRECT_COST)
        ]
        posting, stored = max(candidates, key=_stands_most)
        place = self._place(record, posting, stored)
        project = posting.project if posting is not None else ""
        worth = self._as_remembered(record, posting)
        if bill is not None:
            worth = worth_of(bill, self.tables, self.terms, project)
        if place != "not-yet-approved":
            day = day_of(stored) if stored is not None else None
            sides = self._sides(record, place, worth, posting, stored, record.currency, day)
            words = self._gone(place, stored)
            yield Entry(record, standing.REQUISITION, worth.project, sides, worth.kept_out, words)
        direct = posting is not None and posting.kind == standing.DIRECT_COST and _is_live(posting)
        yield from self._payments(record, bill, worth, postings, direct=direct)

    def _payments(
        self, record: Record, bill: Bill | None, worth: Worth, postings: Postings, *, direct: bool
    ) -> Iterator[Entry]:
        mine = {reference: each for (kind, reference), each in postings.items() if kind == standing.PAYMENT}
        made = self._made(record, bill, worth, mine)
        for reference in sorted({*made, *mine}):
            posting, stored = mine.get(reference), self._take(standing.PAYMENT, reference)
            amount, day = made.get(reference, (ZERO, None))
            if stored is None and not amount:
                continue
            place = self._place(record, posting, stored)
            if stored is None and direct:
                place = "covered"
            there, due = (day_of(stored) if stored is not None else None), Worth(worth.project, amount, ZERO)
            sides = self._sides(record, place, due, posting, stored, record.currency, there, day=day or there)
            words = "Paid within its direct cost." if place == "covered" else self._gone(place, stored)
            if not amount:
                words = f"Taken back in {self.terms.source_label}; its contract payment still stands."
            yield Entry(record, standing.PAYMENT, worth.project, sides, ZERO, words, taken_back=not amount)

    def _made(self, record: Record, bill: Bill | None, worth: Worth, mine: dict[str, Posting]) -> Made:
        """Every payment of the bill on the project's basis (A84), as it was written where the sum is the same."""
        if bill is None:
            live = {reference: each for reference, each in mine.items() if _is_live(each)}
            return {reference: (each.source_total or ZERO, each.paid_on) for reference, each in live.items()}
        if not bill.total or worth.cost <= 0:
            return {}
        unit = unit_of(bill.currency, self.terms.target_decimals)
        shares = payments.shares(bill, worth.cost, {}, unit)
        days = {each.payment_id: each.date for each in bill.standing_payments}
        found: Made = {payment_reference(key): (amount, days[key]) for key, amount in shares.items()}
        written = {key: mine[key].source_total or ZERO for key in found if key in mine and _is_live(mine[key])}
        if sum(written.values(), ZERO) == sum((found[key][0] for key in written), ZERO):
            found |= {key: (amount, found[key][1]) for key, amount in written.items()}
        return found

    def _as_remembered(self, record: Record, posting: Posting | None) -> Worth:
        """Its text was deleted or cannot be read: as it was posted, or else what its record says."""
        if posting is None:
            return Worth("", record.amount, ZERO)
        amount = posting.source_total if posting.source_total is not None else posting.target_total
        return Worth(posting.project, amount if amount is not None else record.amount, ZERO)

    def _place(self, record: Record, posting: Posting | None, stored: Stored | None) -> str:
        """What stands decides (A99); what we think stands and is not there was removed, or is being written."""
        stands = standing.standing(stored) if stored is not None else Standing.NOTHING
        if stands in LIVE:
            return STANDING_PLACES[stands]
        if posting is not None and posting.standing in LIVE:
            return "removed" if _before(posting.posted_at, self.there.began) else "waiting"
        if posting is not None and posting.standing == Standing.REMOVED:
            return "removed"
        return WORK_PLACES.get(Work(record.work), "lost")

    def _sides(
        self,
        record: Record,
        place: str,
        worth: Worth,
        posting: Posting | None,
        stored: Stored | None,
        currency: str,
        target_day: date | None,
        *,
        day: date | None = None,
    ) -> Sides:
        amount = worth.cost + worth.kept_out
        own = day or record.document_date
        if stored is None or place not in ("ledger", "draft"):
            return Sides(place, record.currency, amount, own)
        there = amount_of(stored)
        edited = posting is not None and posting.target_total is not None and posting.target_total != there
        return Sides(place, record.currency, amount, own, currency, there, target_day, edited)

    def _gone(self, place: str, stored: Stored | None) -> str:
        """A commitment that people closed is still shown there."""
        if place == "removed" and isinstance(stored, StoredCommitment):
            return f"It is {stored.status_word} there now."
        return ""


def _stands_most(each: tuple[Posting | None, Stored | None]) -> tuple[bool, ...]:
    posting, stored = each
    return stored is not None, _is_live(posting), posting is not None


def _is_live(posting: Posting | None) -> bool:
    return posting is not None and posting.standing in LIVE


def _before(moment: datetime | None, other: datetime) -> bool:
    return moment is None or moment < other
