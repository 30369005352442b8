"""Whose document it is, where several companies share one source (A80, A81)."""

from collections.abc import Iterable
from dataclasses import dataclass

from integrations.engine.threads import LIVE
from integrations.models import Integration, Posting
from integrations.pairs.flow import GOES_ON, Place, Verdict
from integrations.source_documents import Detailed
from mappings.models import Scope, ScopePart
from mappings.tables import Tables

BOOKED = (
    "It stands in {} already, from before the sets of tables were changed. Remove it there and release it here, or "
    "exclude it here."
)


@dataclass(frozen=True, slots=True)
class Companies:
    """The locations and departments that belong to the other companies of the same source."""

    elsewhere: frozenset[tuple[str, str]]

    @classmethod
    def beside(cls, scope: Scope) -> "Companies":
        others = Scope.objects.filter(source_books=scope.source_books_id).exclude(pk=scope.pk)
        return cls(frozenset(ScopePart.objects.filter(scope__in=others).values_list("kind", "key")))

    def booked(self, integration: Integration, documents: Iterable[int]) -> dict[int, Verdict]:
        """By document: those that stand in another company's books, from before the sets of tables were changed."""
        if not self.elsewhere:
            return {}
        source, mine = integration.scope.source_books_id, integration.scope_id
        rows = Posting.objects.filter(
            record__document__in=list(documents), standing__in=LIVE, record__integration__scope__source_books=source
        ).exclude(record__integration__scope=mine)
        return {
            document: Verdict(Place.HELD, BOOKED.format(label), "spans-companies")
            for document, label in rows.values_list("record__document", "connection__label")
        }

    def judge(self, document: Detailed, tables: Tables) -> Verdict:
        """All of it ours goes on, all of it another company's is excluded by rule, anything between is held."""
        if tables.takes_everything:
            return GOES_ON
        places = {(part.department, part.location) for line in document.lines for part in line.allocations}
        ours = [tables.covers(*place) for place in places]
        if all(ours):
            return GOES_ON
        if not any(ours) and all(self._is_elsewhere(*place) for place in places):
            return Verdict(Place.EXCLUDED, "It belongs to another company that shares this source.", "spans-companies")
        return Verdict(
            Place.HELD,
            "Its lines belong to more than one company, or to none that is set up here. Split it at the source.",
            "spans-companies",
        )

    def _is_elsewhere(self, department: str, location: str) -> bool:
        return ("location", location) in self.elsewhere or ("department", department) in self.elsewhere
