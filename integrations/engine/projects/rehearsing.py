"""What the desk asks of a document of project books. Walks are driven by what stands, so none is rehearsed."""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from integrations.engine import approvals
from integrations.engine.decision_kinds import APPROVAL
from integrations.engine.projects import approvable, around, choices
from integrations.engine.projects.approvable import Approvable
from integrations.engine.projects.orders import OrderTranslator
from integrations.engine.projects.reading import Shelf
from integrations.engine.slice import Slice
from integrations.models import Integration, Record, Run
from integrations.pairs.xero_procore import ORDERS


@dataclass(frozen=True, slots=True)
class ProjectReader:
    shelf: Shelf
    integration: Integration

    @classmethod
    def of(cls, integration: Integration) -> "ProjectReader":
        return cls(Shelf(integration.source), integration)

    def source_of(self, record: Record) -> str:
        """What decisions about the document are bound to."""
        return self.shelf.content(record)

    def approvable(self, record: Record, kind: str) -> Approvable:
        """What an approval of this kind is bound to: of an order what would be written, of a bill by the approval rule
        where it would go. Everything else about a bill depends on what stands there by then, so on what it says.
        """
        if record.flow == ORDERS.slug:
            return approvable.of_order(*self._translator().examine(record))
        if kind != APPROVAL:
            return Approvable(self.source_of(record))
        bill, translator, decided = self.shelf.bill(record), self._translator(), approvals.load([record])[record.pk]
        orders = around.orders_of(self.integration, record.vendor_key)
        chosen = choices.chosen(decided, self.source_of(record))
        return approvable.of_bill(bill, translator.tables, translator.terms, orders, chosen, decided)

    def _translator(self) -> OrderTranslator:
        now = Run(integration=self.integration, started_at=timezone.now())
        return OrderTranslator.load(Slice(self.integration, now, token=""))

    def posting_date(self, record: Record) -> date | None:
        """Books of projects have no closed months of ours to move out of."""
        return None

    def created_by(self, record: Record) -> str:
        """The books do not say."""
        return ""
