"""Orders that wait, translated: each becomes a plan, or is saved where it belongs with everything it lacks."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from integrations.documents import Vendor
from integrations.engine import approvals, bulk, vendors
from integrations.engine.approvals import Approved
from integrations.engine.projects import plans, suppliers, written
from integrations.engine.projects.plans import OrderPlan
from integrations.engine.projects.reading import Shelf
from integrations.engine.projects.terms import terms_of
from integrations.engine.saving import Saved
from integrations.engine.slice import Slice
from integrations.errors import InvalidSourceError
from integrations.models import Record
from integrations.pairs.flow import Hold, Place, Translation, Verdict
from integrations.pairs.xero_procore import orders
from integrations.pairs.xero_procore.answers import Answer
from integrations.pairs.xero_procore.documents import Order
from integrations.pairs.xero_procore.orders import Around
from integrations.pairs.xero_procore.terms import ProjectTerms
from integrations.project_documents import Commitment
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
                saved.hold(record, [Hold(error.reason, f"{error} (field {error.field})")])
        self._link_vendors([order for _, order in read])
        decided = approvals.load([record for record, _ in read])
        found = [plan for record, order in read if (plan := self._one(record, order, decided[record.pk], saved))]
        saved.commit()
        bulk.save([plan.record for plan in found], ["content_version"])
        return found

    def _one(self, record: Record, order: Order, decided: Approved, saved: Saved) -> OrderPlan | None:
        record.content_version = record.document.detail_fingerprint
        content = self.shelf.content(record)
        saved.lapsed += decided.outdated(content)
        if (standing := decided.about_source(content)) is not None:
            saved.decided_against(record, standing)
            return None
        around = written.around(record)
        verdict = orders.place(order, self.terms, around)
        if verdict.place is Place.WAITING:
            return self._translated(record, order, around, saved)
        return self._away(record, verdict, saved, stands=around.posted is not None)

    def _translated(self, record: Record, order: Order, around: Around, saved: Saved) -> OrderPlan | None:
        answer = orders.translate(order, self.tables, self.terms, around)
        if answer.result is not None:
            return plans.of_order(record, answer)
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

    def _away(self, record: Record, verdict: Verdict, saved: Saved, *, stands: bool) -> OrderPlan | None:
        """Not, or no longer, to be written. What stands of a withdrawn order is taken back by a walk of its own."""
        if stands and verdict.place is Place.WITHDRAWN:
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
        if linking:
            self.tables = Tables.load(Scope.objects.get(pk=integration.scope_id))
