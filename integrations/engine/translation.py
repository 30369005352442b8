"""Translating what waits: verdict, tables, duplicates, decisions. What cannot go on is held with all it lacks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.db import transaction

from integrations.documents import Bill, BillAction, Vendor
from integrations.engine import approvals, bulk, details, references, threads, vendors
from integrations.engine.approvals import Approved, posting_content, source_content
from integrations.engine.cases import Case, gather
from integrations.engine.companies import Companies
from integrations.engine.duplicates import Duplicates
from integrations.engine.joining import Joining, note_payment
from integrations.engine.permitting import Permitting
from integrations.engine.plans import Plan
from integrations.engine.saving import Saved, waits_for
from integrations.engine.setting_aside import SettingAside
from integrations.engine.slice import Slice
from integrations.engine.terms import contact_terms, terms_of
from integrations.engine.vendor_sync import merges
from integrations.errors import InvalidSourceError
from integrations.models import Record, SourceDocument, Standing, Work
from integrations.pairs.flow import BillFlow, Hold, Place, Terms, TotalsRule, Translation, Verdict
from integrations.source_documents import Detailed
from integrations.systems import system
from mappings import told
from mappings.models import Scope
from mappings.tables import Tables

__all__ = ["CHUNK", "Plan", "Translator", "waits_for"]

CHUNK, LIVE = 200, threads.LIVE


@dataclass
class Translator:
    """Everything translation needs of one integration, loaded once per slice."""

    slice_: Slice
    flow: BillFlow[Any, Any]
    terms: Terms
    tables: Tables
    totals: TotalsRule
    parse: Any
    duplicates: Duplicates
    companies: Companies
    orders: threads.BillsOrders
    joining: Joining
    permitting: Permitting
    aside: SettingAside
    tried_vendors: set[tuple[str, str]] = field(default_factory=set)
    booked_elsewhere: Mapping[int, Verdict] = field(default_factory=dict)

    @classmethod
    def load(cls, slice_: Slice, flow: BillFlow[Any, Any], check: Callable[[Bill], None]) -> "Translator":
        integration = slice_.integration
        terms = terms_of(integration)
        if flow.orders_of is not None:
            terms = replace(terms, contact_terms=contact_terms(integration))
        orders = threads.BillsOrders(integration, terms)
        duplicates = Duplicates(integration.target, whole_numbers=flow.orders_of is not None)
        joining = Joining(slice_, orders, terms.target_label)
        return cls(
            slice_,
            flow,
            terms,
            Tables.load(integration.scope),
            system(integration.target.system).load_totals(),
            system(integration.source.system).load_parse(),
            duplicates,
            Companies.beside(integration.scope),
            orders,
            joining,
            Permitting(integration, flow, terms, duplicates, joining, check),
            SettingAside(flow, terms),
        )

    def lacking(self, records: Sequence[Record]) -> list[SourceDocument]:
        """Orders that these bills name and whose lines have to be read first, or once more since the order changed."""
        orders = self.slice_.pair.orders
        if self.flow.orders_of is None or orders is None:
            return []
        read = [self._read(record) for record in records]
        named = {order for each in read if not isinstance(each, InvalidSourceError) for order in self._orders_of(each)}
        return details.lacking(self.slice_, orders.feed, named)

    def translate(self, records: Sequence[Record]) -> list[Plan]:
        """Plans for what may be written; everything else is saved where it belongs, with its reasons."""
        saved = Saved(self.slice_)
        read: list[tuple[Record, Detailed]] = []
        for record in records:
            document = self._read(record)
            if isinstance(document, InvalidSourceError):
                saved.hold(record, [Hold(document.reason, document.told)])
            else:
                read.append((record, document))
        self._owe(read)
        saved.tables = self.tables
        cases = self._cases(read, approvals.load([record for record, _ in read]))
        plans = [plan for case in cases if (plan := self._one(case, saved)) is not None]
        return plans if saved.commit() else []

    def examine(self, record: Record, decided: Approved) -> tuple[Plan | None, Saved]:
        """What translation would make of this record with these decisions: nothing is saved, linked or logged."""
        saved = Saved(self.slice_)
        document = self._read(record)
        if isinstance(document, InvalidSourceError):
            saved.hold(record, [Hold(document.reason, document.told)])
            return None, saved
        self._names(record, self._owed_to(document))
        [case] = self._cases([(record, document)], {record.pk: decided})
        return self._one(case, saved), saved

    def source_of(self, record: Record) -> str:
        document = self._read(record)
        if isinstance(document, InvalidSourceError):
            return record.document.detail_fingerprint or record.document.summary_fingerprint
        return source_content(document)

    def posting_date(self, record: Record) -> date | None:
        return getattr(self._read(record), "posting_date", None)

    def created_by(self, record: Record) -> str:
        return getattr(self._read(record), "created_by", "")

    def _read(self, record: Record) -> Detailed | InvalidSourceError:
        try:
            raw = self.slice_.lines_of(record.document, self.parse.loads)
            document: Detailed = self.parse.document(self.flow.feed, raw)
        except InvalidSourceError as error:
            return error
        return document

    def _orders_of(self, document: Detailed) -> Sequence[str]:
        return self.flow.orders_of(document) if self.flow.orders_of is not None else ()

    def _cases(self, read: Sequence[tuple[Record, Detailed]], decided: Mapping[int, Approved]) -> list[Case]:
        self.orders.load(read, {record.pk: self._orders_of(document) for record, document in read})
        self.duplicates.load([(document, self._owed_to(document)) for _, document in read], self.tables)
        self.booked_elsewhere = self.companies.booked(
            self.slice_.integration, [record.document_id for record, _ in read]
        )
        return gather(self.slice_.integration, self.flow, read, decided)

    def _one(self, case: Case, saved: Saved) -> Plan | None:
        record, document = case.record, case.document
        record.content_version = record.document.detail_fingerprint
        source = source_content(document) if case.decided.decisions else ""
        saved.lapsed += case.decided.outdated(source)
        if (standing := case.decided.about_source(source)) is not None:
            saved.decided_against(record, standing)
            return None
        if self.flow.orders_of is not None:
            around = replace(case.around, orders=self.orders.around(record, self._orders_of(document)))
            case = replace(case, around=around)
        verdict = self.flow.place(document.summary, self.terms)
        if verdict.place is Place.WAITING:
            verdict = self.flow.judge(document, self.terms, case.around)
        if verdict.place is Place.WAITING:
            verdict = self.companies.judge(document, self.tables)
        if verdict.place is Place.WAITING and not case.stands:
            verdict = self.booked_elsewhere.get(record.document_id, verdict)
        goes_on = verdict.place is Place.WAITING or case.decided.lets_pass(Hold(verdict.reason, verdict.why))
        if case.shrinks and case.draft_stands and not case.edited:
            shrunk = self._shrink(case, goes_on, saved)
            if shrunk is not None or record.work == Work.HELD:
                return shrunk
        if not goes_on:
            if verdict.place is Place.COVERED:
                return self._nothing_left(case, self._covered_ledger(case), saved)
            return self.aside.away(case, verdict, saved)
        if self._removed(case, saved):
            return None
        if case.stands and case.posting is not None and case.posting.linked:
            saved.still_linked(record, case.posting)
            self.aside.keep_claims(case, verdict, saved)
            return None
        return self._go_on(case, saved)

    def _go_on(self, case: Case, saved: Saved) -> Plan | None:
        record, posting = case.record, case.posting
        translation, holds = self._translated(case)
        if translation.bill is None:
            if not translation.gaps and not translation.holds and translation.ledger:
                return self._nothing_left(case, translation, saved)
            saved.lacks(record, translation, holds)
            saved.read_claims[record.pk] = translation.claims
            return None
        for hold in translation.passed:
            case.decided.lets_pass(hold)
        content = posting_content(translation.bill)
        action = BillAction.UPDATE if case.stands else BillAction.CREATE
        plan = case.plan(action, translation, content)
        saved.made = plan
        if self.flow.orders_of is not None:
            note_payment(case, saved)
        if case.stands and posting is not None:
            if posting.sent_fingerprint == content:
                self._settle(case, translation, saved)
                return None
            if (locked := self.permitting.locked(translation.bill, posting)) is not None:
                saved.hold(record, [locked])
                return None
        if self.flow.claims is not None and not case.stands:
            saved.read_claims[record.pk] = plan.translation.claims
        permitted = self.permitting.permitted(case, plan, saved)
        if permitted is None or self.flow.orders_of is None:
            return permitted
        return self.joining.step(case, permitted, saved)

    def _translated(self, case: Case) -> tuple[Translation, list[Hold]]:
        link = references.link(case.reference)
        translation = self.flow.translate(case.document, self.tables, self.terms, link, self.totals, case.around)
        return translation, [hold for hold in translation.holds if not case.decided.lets_pass(hold)]

    def _settle(self, case: Case, translation: Translation, saved: Saved) -> None:
        saved.settled(case.record)
        saved.keep_ledger(case.record, translation.ledger)
        if self.flow.orders_of is not None:
            saved.posted[case.record.pk] = translation.claims

    def _removed(self, case: Case, saved: Saved) -> bool:
        """A draft of ours that a person removed is never made again without a decision (A14)."""
        posting = case.posting
        if posting is None or posting.standing != Standing.REMOVED or posting.removed_by_us:
            return False
        sentence = f"Its bill {posting.number} was removed in {self.terms.target_label}; it needs a decision."
        hold = Hold("removed-in-target", sentence)
        if case.decided.lets_pass(hold):
            return False
        saved.hold(case.record, [hold])
        return True

    # Orders whose bills take over

    def _shrink(self, case: Case, goes_on: bool, saved: Saved) -> Plan | None:
        """The draft gives up what waiting bills take, whatever else is to be said of the order (A10)."""
        translation, holds = self._translated(case)
        if translation.bill is None and (translation.gaps or translation.holds):
            saved.lacks(case.record, translation, holds)
            return None
        if translation.bill is None:
            return self._nothing_left(case, translation, saved)
        content = posting_content(translation.bill)
        if case.posting is None or case.posting.sent_fingerprint == content:
            return None
        ends = None if goes_on else Work.WAITING
        self.slice_.again = self.slice_.again or not goes_on
        return case.plan(BillAction.UPDATE, translation, content, ends=ends)

    def _nothing_left(self, case: Case, translation: Translation, saved: Saved) -> Plan | None:
        """Its bills took over all of it: an untouched draft goes, and it counts once, with its bills."""
        record = case.record
        why = "Its bills have taken over all of it."
        if case.draft_stands and case.posting is not None and not case.edited:
            record.covered_by_id = self._bill_of(record)
            return case.plan(BillAction.DELETE, translation, record.content_version, why, ends=Work.COVERED)
        if case.stands:
            saved.settled(record)
        else:
            saved.keep_ledger(record, translation.ledger)
            saved.place(record, Verdict(Place.COVERED, why))
            record.covered_by_id = self._bill_of(record)
        return None

    def _bill_of(self, record: Record) -> int | None:
        source_id = record.document.source_id
        return threads.last_bill_of(self.slice_.integration, [source_id]).get(source_id)

    def _covered_ledger(self, case: Case) -> Translation:
        """The ledger of an order of which its bills left nothing."""
        around = replace(case.around, accepted=frozenset())
        link = references.link(case.reference)
        found = self.flow.translate(case.document, self.tables, self.terms, link, self.totals, around)
        return replace(found, bill=None, flags=())

    def _owed_to(self, document: Detailed) -> Vendor:
        found: Vendor = self.flow.owed_to(document, self.terms)
        return found

    def _owe(self, read: Sequence[tuple[Record, Detailed]]) -> None:
        """Records stand under whom they are owed to, in lists and in the reconciliation (A32, A102)."""
        moved = [record for record, document in read if self._names(record, self._owed_to(document))]
        if moved:
            with transaction.atomic():
                self.slice_.fence()
                bulk.save(moved, ["vendor_name", "vendor_key"])
        self._link_vendors([document for _, document in read])

    def _names(self, record: Record, owed: Vendor) -> bool:
        """Whether the record stood under another name so far."""
        if not owed.source_id or record.vendor_key == owed.source_id:
            return False
        record.vendor_name, record.vendor_key = owed.name[:255], owed.source_id
        return True

    def _link_vendors(self, documents: Sequence[Detailed]) -> None:
        """Link what A70 allows, once per vendor and slice; the rest becomes a gap."""
        unlinked: dict[tuple[str, str], Vendor] = {}
        archived: dict[tuple[str, str], Vendor] = {}
        for document in documents:
            owed = self._owed_to(document)
            key = (owed.source_id, document.summary.currency)
            row = self.tables.vendor(*key)
            if key not in self.tried_vendors and (row is None or not row.active):
                (unlinked if row is None else archived)[key] = owed
        self.tried_vendors.update(unlinked, archived)
        if archived:
            stuck = merges.unfollowed(self.slice_.integration, {vendor for vendor, _ in archived})
            self.terms = replace(self.terms, doubtful_vendors={**self.terms.doubtful_vendors, **stuck})
        if not unlinked:
            return
        linking = vendors.link(self.slice_.integration, unlinked.values())
        self.terms = replace(self.terms, doubtful_vendors={**self.terms.doubtful_vendors, **vendors.doubtful(linking)})
        scope = self.slice_.integration.scope
        if linking or told.times(scope) != self.tables.told:  # proposals are told of as well
            self.tables = Tables.load(Scope.objects.get(pk=scope.pk))
