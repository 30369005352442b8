"""A record that may be written: the one step it needs and the content it is bound to."""

from dataclasses import dataclass, replace

from integrations.documents import Bill, BillAction
from integrations.engine import evidence
from integrations.models import Posting, Record, Work
from integrations.pairs.flow import Note, Translation


@dataclass(frozen=True, slots=True)
class Plan:
    """`takes_over` is the order's posting whose draft becomes this bill (A9); `ends` where the record goes then."""

    record: Record
    action: BillAction
    bill: Bill | None
    translation: Translation
    reference: str
    content: str
    posting: Posting | None = None
    why: str = ""
    people: evidence.People = ()
    stood_before: str = ""
    takes_over: Posting | None = None
    ends: Work | None = None

    @property
    def stands_on(self) -> Posting | None:
        """The posting whose document is changed: its own, or the order's that it takes over."""
        return self.takes_over or self.posting

    def flagged(self, note: Note) -> "Plan":
        return replace(self, translation=replace(self.translation, flags=(*self.translation.flags, note)))
