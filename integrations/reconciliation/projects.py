"""Orders, bills and payments of the books beside what stands of them in project books, on each project's basis.

Left is what the stored documents say today, right what the target just showed; between them stands each record with
the cause of its difference (A83, A84, A100, A102).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from integrations.desk import project_words
from integrations.engine.projects import standing
from integrations.models import Integration, Posting, Standing
from integrations.project_documents import StoredCommitment, StoredDirectCost
from integrations.reconciliation.causes import TOLD, UNEXPLAINED, month_of, pieces
from integrations.reconciliation.compared import Counted, LineKey, Listed
from integrations.reconciliation.project_matching import Entry, Matching
from integrations.reconciliation.project_reading import Stored, There, amount_of, day_of
from mappings.models import Kind, ReferenceEntry

KINDS = {
    standing.COMMITMENT: "orders as commitments",
    standing.REQUISITION: "bills as requisitions or direct costs",
    standing.PAYMENT: "payments as contract payments",
}
LOOSE = "Carries our mark in the project, but no record here made it."
TWICE = "Stands twice with the same mark."
KEPT_OUT = "Kept out by its accounts, which are no project cost."


@dataclass
class ProjectsCompared:
    """Everything is matched at once, `there` having been read a moment ago."""

    integration: Integration
    as_of: date
    there: There
    entries: list[Entry] = field(init=False)
    matched: set[tuple[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        self.names = project_words.projects(self.integration.target.books_id)
        matching = Matching(self.integration, self.there)
        self.entries, self.matched = list(matching.entries()), matching.matched

    def left(self) -> Iterator[Counted]:
        for each in self.entries:
            if each.sides.amount and _is_counted(each.sides.day, self.as_of):
                key = self._key(each, each.sides.currency, month_of(each.sides.day))
                yield Counted(key, 1, each.sides.amount)

    def right(self) -> Iterator[Counted]:
        for each in self.entries:
            both = each.sides
            if both.place == "ledger" and _is_counted(both.target_day, self.as_of):
                yield Counted(self._key(each, both.target_currency, month_of(both.target_day)), 1, both.target_amount)
        for key, _, stored, _ in self._loose():
            yield Counted(key, 1, amount_of(stored))

    def listed(self) -> Iterator[Listed]:
        for each in self.entries:
            yield from self._listed(each)
        for key, number, stored, words in self._loose():
            yield Listed(key, UNEXPLAINED, -amount_of(stored), number, None, words)

    def _listed(self, entry: Entry) -> Iterator[Listed]:
        record, out = entry.record, entry.kept_out
        if out and _is_counted(entry.sides.day, self.as_of):
            key = self._key(entry, entry.sides.currency, month_of(entry.sides.day))
            yield Listed(key, "excluded", out, record.number, record.pk, KEPT_OUT)
        for piece in pieces(replace(entry.sides, amount=entry.sides.amount - out), self.as_of):
            cause = "withdrawn" if entry.taken_back else piece.cause
            said = record.explanation.partition("\n")[0] if cause in TOLD or record.hold_reason else ""
            key = self._key(entry, piece.currency, piece.month)
            yield Listed(key, cause, piece.amount, record.number, record.pk, (entry.words or said)[:300])

    def _key(self, entry: Entry, currency: str, month: date | None) -> LineKey:
        project = self.names.get(entry.project, "") or entry.project
        return LineKey(entry.record.vendor_name, currency, month, project, entry.kind)

    def _loose(self) -> Iterator[tuple[LineKey, str, Stored, str]]:
        """With our mark and no draft, and no record of any integration here made it; or there twice."""
        for kind, found in self.there.documents.items():
            unknown = {
                reference: stored for reference, stored in found.items() if (kind, reference) not in self.matched
            }
            ours = Posting.objects.filter(connection=self.integration.target, kind=kind, reference__in=unknown)
            held = set(ours.exclude(record__integration=self.integration).values_list("reference", flat=True))
            for reference, stored in unknown.items():
                if reference not in held:
                    yield from self._unless_draft(kind, stored, LOOSE)
        for kind, stored in self.there.twice:
            yield from self._unless_draft(kind, stored, TWICE)

    def _unless_draft(self, kind: str, stored: Stored, words: str) -> Iterator[tuple[LineKey, str, Stored, str]]:
        day = day_of(stored)
        if standing.standing(stored) != Standing.LEDGER or not _is_counted(day, self.as_of):
            return
        currency = (stored.currency if isinstance(stored, StoredCommitment) else "") or self._currency(stored.project)
        vendor = self._vendor(stored.vendor) if isinstance(stored, StoredCommitment | StoredDirectCost) else ""
        project = self.names.get(stored.project, stored.project)
        shown = standing.REQUISITION if kind == standing.DIRECT_COST else kind
        yield LineKey(vendor, currency, month_of(day), project, shown), stored.number, stored, words

    def _vendor(self, key: str) -> str:
        entries = ReferenceEntry.objects.filter(books=self.integration.target.books_id, kind=Kind.CONTACT, key=key)
        return entries.values_list("name", flat=True).first() or ""

    def _currency(self, project: str) -> str:
        """Of a document that does not say: what others of its project, or else any, are in."""
        mine = (each.sides.currency for each in self.entries if each.project == project)
        return next(mine, "") or next((each.sides.currency for each in self.entries), "")


def _is_counted(day: date | None, as_of: date) -> bool:
    return day is None or day <= as_of
