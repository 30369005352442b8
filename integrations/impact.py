"""What a change of the tables would do to the documents we know: each is translated with the tables as they are and
as they would be, and what comes out is compared (A39). Nothing is written.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from integrations.documents import Bill, BillLine
from integrations.engine import references
from integrations.engine.terms import terms_of
from integrations.errors import InvalidSourceError
from integrations.models import Flag, Integration, Posting, Record, Standing, UsedRow, Work
from integrations.money import ZERO
from integrations.pairs import pair
from integrations.pairs.flow import ALONE, BillFlow, Keeps, Place, Terms, TotalsRule
from integrations.source_documents import Detailed
from integrations.systems import system
from integrations.visibility import Viewer
from mappings import impact
from mappings.amounts import Documents
from mappings.impact import HELD, Impact, Moved
from mappings.models import ReferenceEntry, Scope
from mappings.tables import Tables

logger = logging.getLogger(__name__)
MOST_TRIED = 300
WAITS = (Work.WAITING, Work.HELD, Work.APPROVAL)
TOUCHED_FLAGS = ("edited-in-target",)
TAX = "tax"
# Where the places of each kind stand in the target's lists.
LISTS = {
    "account": ("account", "code"),
    "tax code": ("tax_rate", "code"),
    "tracking option": ("tracking_option", "key"),
    "vendor": ("contact", "key"),
}


@dataclass(frozen=True)
class Translated:
    """What one record comes to with two sets of tables; None where it is held."""

    record: Record
    before: Bill | None
    after: Bill | None

    @property
    def differs(self) -> bool:
        return self.before != self.after


@dataclass
class Rehearsal:
    """Everything that translating an integration's documents takes, loaded once."""

    integration: Integration
    terms: Terms
    totals: TotalsRule
    parse: Any

    @classmethod
    def load(cls, integration: Integration) -> "Rehearsal":
        source, target = system(integration.source.system), system(integration.target.system)
        return cls(integration, terms_of(integration), target.load_totals(), source.load_parse())

    def both(self, records: Iterable[Record], before: Tables, after: Tables) -> Iterator[Translated]:
        """Each record that would be posted at all, translated with either set of tables.

        One that our own bug stumbles over is left out: it must not keep a person from mending a table.
        """
        for record in records:
            try:
                found = self._one(record, before, after)
            except Exception:
                logger.exception("Record %s could not be translated for a comparison.", record.pk)
                continue
            if found is not None:
                yield found

    def _one(self, record: Record, before: Tables, after: Tables) -> Translated | None:
        flow = pair(self.integration.pair).bill_flow(record.flow)
        order = self._document(record, flow)
        if order is None or not self._goes_on(order, flow):
            return None
        link = references.link(references.reference(self.integration, flow, record))
        return Translated(record, self._bill(flow, order, before, link), self._bill(flow, order, after, link))

    def _document(self, record: Record, flow: BillFlow[Any, Any]) -> Detailed | None:
        try:
            found: Detailed = self.parse.document(flow.feed, self.parse.loads(record.document.detail))
        except (InvalidSourceError, ValueError):
            return None
        return found

    def _goes_on(self, order: Detailed, flow: BillFlow[Any, Any]) -> bool:
        verdict = flow.place(order.summary, self.terms)
        verdict = flow.judge(order, self.terms, ALONE) if verdict.place is Place.WAITING else verdict
        return verdict.place is Place.WAITING

    def _bill(self, flow: BillFlow[Any, Any], order: Detailed, tables: Tables, link: str) -> Bill | None:
        return flow.translate(order, tables, self.terms, link, self.totals, ALONE).bill


def of_change(scope: Scope, before: Tables, after: Tables, user: Viewer) -> Impact:
    """The rule of `mappings.impact`."""
    found = Impact(scope.name)
    moves = _Moves()
    unseen = unseen_drafts = 0
    for integration in ledgers(Integration.objects.visible_to(user).filter(scope=scope)):
        rehearsal = Rehearsal.load(integration)
        waiting = _waiting(integration)
        unseen += max(0, waiting.count() - MOST_TRIED)
        for each in rehearsal.both(waiting[:MOST_TRIED], before, after):
            moves.add(each)
            _count(found.released, each.record, when=each.before is None and each.after is not None)
            _count(found.held, each.record, when=each.before is not None and each.after is None)
        drafts = records_using(impact.near(before, after), Standing.DRAFT).filter(integration=integration)
        unseen_drafts += max(0, drafts.count() - MOST_TRIED)
        for each in rehearsal.both(drafts.order_by("-pk")[:MOST_TRIED], before, after):
            _count(found.drafts, each.record, when=each.differs)
        ledger = records_using(impact.touched(before, after), Standing.LEDGER).filter(integration=integration)
        for pk, currency, amount in ledger.values_list("pk", "currency", "amount"):
            found.ledger.add(pk, currency, amount)
    return replace(found, moved=moves.named(scope), unseen=unseen, unseen_drafts=unseen_drafts)


def ledgers(integrations: "QuerySet[Integration]") -> list[Integration]:
    """Those whose documents come out as bills; what a table changes in project books shows when it is written."""
    every = integrations.select_related("source", "target")
    return [each for each in every if pair(each.pair).keeps is Keeps.LEDGER]


def moves_of(scope: Scope, translated: Iterable[Translated]) -> tuple[Moved, ...]:
    """The money that changes its place in these documents."""
    moves = _Moves()
    for each in translated:
        moves.add(each)
    return moves.named(scope)


def records_using(rows: Iterable[tuple[str, int]], standing: Standing) -> "QuerySet[Record]":
    """The records whose document of ours stands so and was posted with one of these rows, untouched ones only."""
    by_table: dict[str, list[int]] = defaultdict(list)
    for table, pk in rows:
        by_table[table].append(pk)
    postings = Posting.objects.none()
    for table, pks in by_table.items():
        used = UsedRow.objects.filter(table=table, row__in=pks).values("posting")
        postings = postings | Posting.objects.filter(pk__in=used, standing=standing)
    touched = Flag.objects.filter(kind__in=TOUCHED_FLAGS, closed_at=None).values("record")
    found = Record.objects.filter(pk__in=postings.values("record")).select_related("document", "integration")
    return found.exclude(pk__in=touched) if standing == Standing.DRAFT else found


def _waiting(integration: Integration) -> "QuerySet[Record]":
    """What is on its way and has its lines, the newest first; nothing of it stands in the target."""
    records = Record.objects.filter(integration=integration, work__in=WAITS).exclude(document__detail="")
    standing = Posting.objects.filter(standing__in=[Standing.DRAFT, Standing.LEDGER]).values("record")
    return records.exclude(pk__in=standing).select_related("document").order_by("-pk")


def _count(documents: Documents, record: Record, *, when: bool) -> None:
    if when:
        documents.add(record.pk, record.currency, record.amount)


@dataclass
class _Moves:
    """Money that changes its place, summed per kind, place before, place after and currency."""

    sums: dict[tuple[str, str, str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    records: dict[tuple[str, str, str, str], set[int]] = field(default_factory=lambda: defaultdict(set))

    def add(self, each: Translated) -> None:
        whole = each.before is not None and each.after is not None
        for kind in LISTS if whole else ("account",):
            for left, reached, amount in _pairs(each, kind):
                key = (kind, left, reached, each.record.currency)
                self.sums[key] += amount
                self.records[key].add(each.record.pk)

    def named(self, scope: Scope) -> tuple[Moved, ...]:
        """The largest first, with names instead of codes and ids."""
        names = _names(scope, self.sums)
        found = [
            Moved(kind, names(kind, left), names(kind, reached), currency, amount, len(self.records[key]))
            for key, amount in self.sums.items()
            for kind, left, reached, currency in [key]
        ]
        return tuple(sorted(found, key=lambda moved: (moved.currency, -moved.amount, moved.before, moved.after)))


def _by_place(bill: Bill | None, kind: str) -> dict[str, Decimal]:
    """Net amounts of a bill per account, tax code, tracking option or vendor; nothing for a held one."""
    if bill is None:
        return {}
    found: dict[str, Decimal] = defaultdict(Decimal)
    for line in bill.lines:
        if not line.is_text:
            for place in _places(line, kind, bill):
                found[place] += line.net
    return found


def _places(line: BillLine, kind: str, bill: Bill) -> list[str]:
    if kind == "tracking option":
        return [tracked.option for tracked in line.tracking]
    return [{"account": line.account, "tax code": line.tax_code, "vendor": bill.contact}[kind]]


def _pairs(each: Translated, kind: str) -> Iterator[tuple[str, str, Decimal]]:
    """What left where and arrived where: what is missing in one place is met with what is more in another.

    A rest has become tax, or was tax: the total stays the same.
    """
    before, after = _by_place(each.before, kind), _by_place(each.after, kind)
    change = {place: after.get(place, ZERO) - before.get(place, ZERO) for place in sorted({*before, *after})}
    gone = {place: -amount for place, amount in change.items() if amount < 0}
    come = {place: amount for place, amount in change.items() if amount > 0}
    rest = sum(come.values(), ZERO) - sum(gone.values(), ZERO)
    if rest > 0:
        gone[HELD if each.before is None else TAX] = rest
    elif rest < 0:
        come[HELD if each.after is None else TAX] = -rest
    for left in gone:
        for reached in come:
            amount = min(gone[left], come[reached])
            if amount:
                yield left, reached, amount
                gone[left], come[reached] = gone[left] - amount, come[reached] - amount


def _names(scope: Scope, keys: Iterable[tuple[str, str, str, str]]) -> Callable[[str, str], str]:
    """How people call a place: by its entry in the target's lists."""
    wanted = {(kind, place) for kind, left, reached, _ in keys for place in (left, reached)}
    names: dict[tuple[str, str], str] = {}
    for kind, (listed, by) in LISTS.items():
        places = [place for each, place in wanted if each == kind]
        entries = ReferenceEntry.objects.filter(books=scope.target_books_id, kind=listed, **{f"{by}__in": places})
        names |= {(kind, str(getattr(entry, by))): str(entry) for entry in entries}
    return lambda kind, place: names.get((kind, place), place)
