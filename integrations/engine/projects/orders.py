"""Orders that wait, translated: each becomes a plan, or is saved where it belongs with everything it lacks."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from integrations.documents import Vendor
from integrations.engine import approval_rule, approvals, bulk, vendors
from integrations.engine.approvals import Approved
from integrations.engine.projects import plans, suppliers, written
from integrations.engine.projects.plans import OrderPlan
from integrations.engine.projects.reading import Shelf
from integrations.engine.projects.standing import COMMITMENT
from integrations.engine.projects.terms import terms_of
from integrations.engine.saving import Saved
from integrations.engine.slice import Slice
from integrations.errors import InvalidSourceError
from integrations.models import Posting, Record
from integrations.pairs.flow import Hold, Place, Translation, Verdict
from integrations.pairs.xero_procore import orders
from integrations.pairs.xero_procore.answers import Answer
from integrations.pairs.xero_procore.documents import Order
from integrations.pairs.xero_procore.orders import Around
from integrations.pairs.xero_procore.terms import ProjectTerms
from integrations.project_documents import Commitment
from mappings import told
from mappings.models import Scope
from mappings.tables import Tables


@dataclass
class OrderTranslator:
    """Everything that translating the orders of one integration takes, loaded once per slice.

    `new_suppliers` are orders that lack nothing but a vendor that nobody knows there.
    """

    slice_: Slice
    shelf: Shelf
    terms: ProjectTerms
    tables: Tables
    tried: set[tuple[str, str]] = field(default_factory=set)
    new_suppliers: list[tuple[Record, Vendor]] = field(default_factory=list)

    @classmethod
    def load(cls, slice_: Slice) -> "OrderTranslator":
        integration = slice_.integration
        return cls(slice_, Shelf(integration.source), terms_of(integration), Tables.load(integration.scope))

    def translate(self, records: Sequence[Record]) -> list[OrderPlan]:
        """Plans for what may be written; everything else is saved, and nothing of a record in doubt."""
        self.new_suppliers = []
        saved, read = Saved(self.slice_), []
        for record in records:
            try:
                read.append((record, self.shelf.order(record)))
            except InvalidSourceError as error:
                saved.hold(record, [Hold(error.reason, error.told)])
        self._link_vendors([order for _, order in read])
        saved.tables = self.tables
        decided = approvals.load([record for record, _ in read])
        found = [plan for record, order in read if (plan := self.judge(record, order, decided[record.pk], saved))]
        if not saved.commit():
            return []
        bulk.save([plan.record for plan in found], ["content_version"])
        return found

    def judge(self, record: Record, order: Order, decided: Approved, saved: Saved) -> OrderPlan | None:
        """Its plan; or None, and where it belongs is in `saved`, or among `new_suppliers`."""
        record.content_version = record.document.detail_fingerprint
        content = self.shelf.content(record)
        saved.lapsed += decided.outdated(content)
        if (standing := decided.about_source(content)) is not None:
            saved.decided_against(record, standing)
            return None
        around = written.around(record)
        verdict = orders.place(order, self.terms, around)
        if verdict.place is Place.WAITING:
            plan = self._translated(record, order, around, saved)
            return self._permitted(plan, decided, saved) if plan is not None else None
        return self._away(record, verdict, saved, stands=around.posted is not None)

    def _translated(self, record: Record, order: Order, around: Around, saved: Saved) -> OrderPlan | None:
        answer = orders.translate(order, self.tables, self.terms, around)
        if answer.result is not None:
            return replace(plans.of_order(record, answer), source=order.lines)
        verdict = orders.nothing_left(answer, order, around)
        if verdict is None and self._lacks_only_its_vendor(answer):
            self.new_suppliers.append((record, order.vendor))
            return None
        if verdict is None:
            saved.lacks(record, Translation(None, gaps=answer.gaps), answer.holds)
            return None
        for note in answer.notes:
            saved.flag(record, note)
        return self._away(record, verdict, saved, stands=False)

    def examine(self, record: Record) -> tuple[OrderPlan | None, str]:
        """What would be written of it now, whatever is still to be decided; or why nothing would. Nothing is saved."""
        saved = Saved(self.slice_)
        try:
            order, around = self.shelf.order(record), written.around(record)
        except InvalidSourceError as error:
            return None, str(error)
        verdict = orders.place(order, self.terms, around)
        plan = self._translated(record, order, around, saved) if verdict.place is Place.WAITING else None
        return plan, "" if plan is not None else verdict.why or record.explanation or "its vendor is not linked."

    def _permitted(self, plan: OrderPlan, decided: Approved, saved: Saved) -> OrderPlan | None:
        """The plan, once it was approved where the rule asks for that; of what stands it is a change (A92, A94)."""
        if plan.wanted is None:
            return plan
        record = plan.record
        posting = Posting.objects.filter(record=record, kind=COMMITMENT, standing__in=written.LIVE).first()
        if posting is not None and posting.sent_fingerprint == plan.content:
            return plan
        before = posting.source_total if posting is not None else None
        why = approval_rule.why_document(record, now=plan.wanted.total, before=before)
        if not why or decided.approves(plan.content):
            return plan
        saved.lapsed += decided.void(plan.content) if posting is None else []
        saved.approval(record, record.amount, record.currency, record.content_version, why)
        return None

    def _away(self, record: Record, verdict: Verdict, saved: Saved, *, stands: bool) -> OrderPlan | None:
        """Not, or no longer, to be written. What stands of a withdrawn order is taken back by a walk of its own, and so
        is the money that a worker left reserved which died on that walk."""
        if verdict.place is Place.WITHDRAWN and (stands or record.reservations.exists()):
            return plans.withdrawn(record, verdict.why)
        if verdict.place is Place.HELD:
            saved.hold(record, [Hold(verdict.reason, verdict.why)])
        elif stands:
            said = f"{verdict.why} Its commitment stands, and nothing was changed of it."
            saved.hold(record, [Hold("withdrawn-after-posting", said)])
        else:
            saved.place(record, verdict)
        return None

    def _lacks_only_its_vendor(self, answer: Answer[Commitment]) -> bool:
        """A vendor is made for an order that then goes on, where the integration may make any."""
        creates = self.slice_.may_send and suppliers.may_create(self.slice_.integration)
        return creates and not answer.holds and all(gap.reason == "missing-vendor" for gap in answer.gaps)

    def supplied(self) -> None:
        """Vendors were linked meanwhile."""
        self.tables = Tables.load(Scope.objects.get(pk=self.slice_.integration.scope_id))

    def _link_vendors(self, read: Sequence[Order]) -> None:
        """Link what A70 allows, once per vendor and slice; the rest becomes a gap."""
        unlinked: dict[tuple[str, str], Vendor] = {}
        for order in read:
            key = (order.vendor.source_id, order.currency)
            if key not in self.tried and self.tables.vendor(*key) is None:
                unlinked[key] = order.vendor
        self.tried.update(unlinked)
        if not unlinked:
            return
        integration = self.slice_.integration
        linking = vendors.link(integration, unlinked.values())
        self.terms = replace(self.terms, doubtful_vendors={**self.terms.doubtful_vendors, **vendors.doubtful(linking)})
        if linking or told.times(integration.scope) != self.tables.told:  # proposals are told of as well
            self.tables = Tables.load(Scope.objects.get(pk=integration.scope_id))
