"""Translating what waits: verdict, tables, duplicates, decisions. What cannot go on is held with all it lacks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from integrations.documents import Bill, BillAction
from integrations.engine import approval_rule, approvals, details, evidence, references, threads, vendors
from integrations.engine.approvals import Approved, posting_content, source_content
from integrations.engine.cases import Case, gather
from integrations.engine.companies import Companies
from integrations.engine.duplicates import Duplicates
from integrations.engine.joining import Joining, note_payment
from integrations.engine.plans import Plan
from integrations.engine.saving import Saved, waits_for
from integrations.engine.slice import Slice
from integrations.engine.terms import contact_terms, terms_of
from integrations.errors import HoldRecordError, InvalidSourceError
from integrations.models import Posting, Record, SourceDocument, Standing, Work
from integrations.pairs.flow import BillFlow, Hold, Note, Place, Terms, TotalsRule, Translation, Verdict
from integrations.source_documents import Detailed
from integrations.systems import system
from mappings.models import Scope
from mappings.tables import Tables

__all__ = ["CHUNK", "Plan", "Translator", "waits_for"]

CHUNK, LIVE = 200, threads.LIVE
GOES_AWAY = (Place.WITHDRAWN, Place.NOT_APPROVED)


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
    check: Callable[[Bill], None]
    tried_vendors: set[tuple[str, str]] = field(default_factory=set)
    booked_elsewhere: Mapping[int, Verdict] = field(default_factory=dict)

    @classmethod
    def load(cls, slice_: Slice, flow: BillFlow[Any, Any], check: Callable[[Bill], None]) -> "Translator":
        integration = slice_.integration
        terms = terms_of(integration)
        if flow.orders_of is not None:
            terms = replace(terms, contact_terms=contact_terms(integration))
        orders = threads.BillsOrders(integration, terms)
        return cls(
            slice_,
            flow,
            terms,
            Tables.load(integration.scope),
            system(integration.target.system).load_totals(),
            system(integration.source.system).load_parse(),
            Duplicates(integration.target, whole_numbers=flow.orders_of is not None),
            Companies.beside(integration.scope),
            orders,
            Joining(slice_, orders, terms.target_label),
            check,
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
                saved.hold(record, [Hold(document.reason, f"{document} (field {document.field})")])
            else:
                read.append((record, document))
        self._link_vendors([document for _, document in read])
        plans = [
            replace(plan, people=evidence.people(case.document))
            for case in self._cases(read, approvals.load([record for record, _ in read]))
            if (plan := self._one(case, saved)) is not None
        ]
        saved.commit()
        return plans

    def examine(self, record: Record, decided: Approved) -> tuple[Plan | None, Saved]:
        """What translation would make of this record with these decisions: nothing is saved, linked or logged."""
        saved = Saved(self.slice_)
        document = self._read(record)
        if isinstance(document, InvalidSourceError):
            saved.hold(record, [Hold(document.reason, f"{document} (field {document.field})")])
            return None, saved
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
        self.duplicates.load([document for _, document in read], self.tables)
        self.booked_elsewhere = self.companies.booked(
            self.slice_.integration, [record.document_id for record, _ in read]
        )
        return gather(self.slice_.integration, self.flow, read, decided)

    def _one(self, case: Case, saved: Saved) -> Plan | None:
        record, document = case.record, case.document
        record.content_version = record.document.detail_fingerprint
        source = source_content(document)
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
            return self._away(case, verdict, saved)
        if self._removed(case, saved):
            return None
        if case.stands and case.posting is not None and case.posting.linked:
            saved.still_linked(record, case.posting)
            self._keep_claims(case, verdict, saved)
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
        plan = Plan(record, action, translation.bill, translation, case.reference, content, posting)
        saved.made = plan
        if self.flow.orders_of is not None:
            note_payment(case, saved)
        if case.stands and posting is not None:
            if posting.sent_fingerprint == content:
                self._settle(case, translation, saved)
                return None
            if (locked := self._locked(translation.bill, posting)) is not None:
                saved.hold(record, [locked])
                return None
        permitted = self._permitted(case, plan, saved)
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

    def _permitted(self, case: Case, plan: Plan, saved: Saved) -> Plan | None:
        """The plan, if the target can hold it, it doubles nothing, and people decided what they have to (A92)."""
        record, bill, decided = plan.record, plan.bill, case.decided
        assert bill is not None
        if self.flow.claims is not None and not case.stands:
            saved.read_claims[record.pk] = plan.translation.claims
        flags = plan.translation.flags
        if plan.action is BillAction.CREATE:
            found = self.duplicates.of(bill, record.number)
            stop = self._refusal(bill) or self._doubles(case, plan, found.hold)
            if stop is not None:
                saved.hold(record, [stop])
                return None
            flags = (*flags, *((Note("possible-duplicate", found.flag),) if found.flag else ()))
        if stale := decided.stale(plan.content):
            saved.voided(record, stale)
            return None
        saved.lapsed += decided.unneeded()
        if (question := decided.open_question(plan.content)) is not None:
            saved.decided_against(record, question)
            return None
        why = self._why_approval(plan)
        if why and not decided.approves(plan.content):
            saved.lapsed += decided.void(plan.content) if plan.action is BillAction.CREATE else []
            saved.approval(record, bill, plan.content, why)
            return None
        return replace(plan, translation=replace(plan.translation, flags=flags, gaps=(), holds=()))

    def _doubles(self, case: Case, plan: Plan, duplicate: str) -> Hold | None:
        """What stands already and may be the same spend, unless people decided to post beside it (A11, A40)."""
        if duplicate:
            hold = Hold("possible-duplicate", duplicate)
            if not case.decided.lets_pass(hold):
                return hold
        return self.joining.booked(case, plan) if self.flow.orders_of is not None else None

    def _why_approval(self, plan: Plan) -> str:
        """A draft that only becomes smaller was approved for more; anything else that changes is approved anew."""
        assert plan.bill is not None
        before = plan.posting.source_total if plan.posting and plan.action is BillAction.UPDATE else None
        if before is not None and abs(plan.bill.total) < abs(before):
            return ""
        return approval_rule.why(self.slice_.integration, plan.record, plan.bill, plan.translation.flags)

    def _refusal(self, bill: Bill) -> Hold | None:
        """What this target cannot hold at all, found before the bill joins a batch."""
        try:
            self.check(bill)
        except HoldRecordError as error:
            return Hold(error.reason, str(error))
        return None

    def _locked(self, bill: Bill, posting: Posting) -> Hold | None:
        """What stands in a month that was closed since is not edited (A36); an order's draft moves to an open day."""
        first, stands = self.terms.first_open_day, posting.document_date
        if (
            first is None
            or self.flow.as_ordered is not None
            or (bill.date >= first and not (stands and stands < first))
        ):
            return None
        closed = f"{bill.date:%d %B %Y} lies in a period that is closed in {self.terms.target_label}"
        said = f"The source changed, and {closed}. Nothing was changed there: correct it in an open month."
        return Hold("closed-period", said)

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
        return Plan(
            case.record, BillAction.UPDATE, translation.bill, translation, case.reference, content, case.posting,
            ends=ends,
        )  # fmt: skip

    def _nothing_left(self, case: Case, translation: Translation, saved: Saved) -> Plan | None:
        """Its bills took over all of it: an untouched draft goes, and it counts once, with its bills."""
        record = case.record
        why = "Its bills have taken over all of it."
        if case.draft_stands and case.posting is not None and not case.edited:
            record.covered_by_id = self._bill_of(record)
            return Plan(
                record, BillAction.DELETE, None, translation, case.posting.reference, record.content_version,
                case.posting, why, ends=Work.COVERED,
            )  # fmt: skip
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

    # What is not, or no longer, to be posted

    def _away(self, case: Case, verdict: Verdict, saved: Saved) -> Plan | None:
        """Not, or no longer, to be posted: an untouched draft of it goes, anything else is held (A13, A37)."""
        if verdict.place is Place.COVERED:
            return self._nothing_left(case, self._covered_ledger(case), saved)
        self._keep_claims(case, verdict, saved)
        if not case.stands:
            self._set_aside(case, verdict, saved)
            return None
        posting = case.posting
        assert posting is not None
        received = any(line.received for line in case.document.lines) or any(case.around.billed.values())
        if verdict.place is Place.WITHDRAWN and case.draft_stands and not received:
            return Plan(
                case.record, BillAction.DELETE, None, Translation(None), posting.reference,
                case.record.content_version, posting, verdict.why,
            )  # fmt: skip
        if verdict.reason == "paid-at-source":
            saved.flag(case.record, Note("paid-at-source", "It was paid in procurement: do not pay it again."))
            saved.settled(case.record)
            return None
        if verdict.place is Place.NOT_APPROVED and self.flow.orders_of is not None:
            saved.flag(case.record, Note("back-for-approval", f"{verdict.why} What was posted of it stands."))
            saved.settled(case.record)
            return None
        why = (
            "something was already received or billed" if received else f"its bill is {posting.get_standing_display()}"
        )
        reason = verdict.reason or "withdrawn-after-posting"
        sentence = f"{verdict.why} Nothing was changed in {self.terms.target_label}, because {why}."
        saved.hold(case.record, [Hold(reason, sentence)])
        return None

    def _set_aside(self, case: Case, verdict: Verdict, saved: Saved) -> None:
        if verdict.place is Place.HELD:
            saved.hold(case.record, [Hold(verdict.reason, verdict.why)])
        else:
            saved.place(case.record, verdict)
        if verdict.place is Place.EXCLUDED and self.flow.orders_of is not None and not self._orders_of(case.document):
            saved.flag(case.record, Note("no-order", verdict.why))

    def _keep_claims(self, case: Case, verdict: Verdict, saved: Saved) -> None:
        """A bill that is held still bills its orders at the source; one that is no longer approved bills nothing."""
        if self.flow.claims is None:
            return
        if verdict.place not in GOES_AWAY:
            saved.read_claims[case.record.pk] = self.flow.claims(case.document, self.terms, case.around)
        elif not case.stands:
            saved.unclaimed.add(case.record.pk)

    def _covered_ledger(self, case: Case) -> Translation:
        """The ledger of an order of which its bills left nothing."""
        around = replace(case.around, accepted=frozenset())
        link = references.link(case.reference)
        found = self.flow.translate(case.document, self.tables, self.terms, link, self.totals, around)
        return replace(found, bill=None, flags=())

    def _link_vendors(self, documents: Sequence[Detailed]) -> None:
        """Link what A70 allows, once per vendor and slice; the rest becomes a gap."""
        unlinked = {}
        for document in documents:
            key = (document.summary.vendor.source_id, document.summary.currency)
            if key not in self.tried_vendors and self.tables.vendor(*key) is None:
                unlinked[key] = document.summary.vendor
        self.tried_vendors.update(unlinked)
        if not unlinked:
            return
        linking = vendors.link(self.slice_.integration, unlinked.values())
        self.terms = replace(self.terms, doubtful_vendors={**self.terms.doubtful_vendors, **vendors.doubtful(linking)})
        if linking:
            self.tables = Tables.load(Scope.objects.get(pk=self.slice_.integration.scope_id))
