"""What is not, or no longer, to be posted: set aside, its untouched draft taken back, or held (A13, A37)."""

from dataclasses import dataclass
from typing import Any

from integrations.documents import BillAction
from integrations.engine.cases import Case
from integrations.engine.plans import Plan
from integrations.engine.saving import Saved
from integrations.pairs.flow import BillFlow, Hold, Note, Place, Terms, Translation, Verdict

GOES_AWAY = (Place.WITHDRAWN, Place.NOT_APPROVED)


@dataclass(frozen=True)
class SettingAside:
    """By the rules of one flow and its terms."""

    flow: BillFlow[Any, Any]
    terms: Terms

    def away(self, case: Case, verdict: Verdict, saved: Saved) -> Plan | None:
        """Not, or no longer, to be posted: an untouched draft of it goes, anything else is held (A13, A37)."""
        self.keep_claims(case, verdict, saved)
        if not case.stands:
            self._set_aside(case, verdict, saved)
            return None
        posting = case.posting
        assert posting is not None
        received = any(line.received for line in case.document.lines) or any(case.around.billed.values())
        if verdict.place is Place.WITHDRAWN and case.draft_stands and not received:
            return case.plan(BillAction.DELETE, Translation(None), case.record.content_version, verdict.why)
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
        of_orders = self.flow.orders_of
        if verdict.place is Place.EXCLUDED and of_orders is not None and not of_orders(case.document):
            saved.flag(case.record, Note("no-order", verdict.why))

    def keep_claims(self, case: Case, verdict: Verdict, saved: Saved) -> None:
        """A bill that is held still bills its orders at the source; one that is no longer approved bills nothing."""
        if self.flow.claims is None:
            return
        if verdict.place not in GOES_AWAY:
            saved.read_claims[case.record.pk] = self.flow.claims(case.document, self.terms, case.around)
        elif not case.stands:
            saved.unclaimed.add(case.record.pk)
