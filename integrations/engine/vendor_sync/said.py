"""What people already said of the vendors at hand, and what they are asked next (E11, A71, A72)."""

from collections.abc import Mapping, Sequence

from integrations.engine import decisions
from integrations.engine.decision_kinds import VENDOR_APART, VENDOR_CHANGE, VENDOR_CREATE
from integrations.models import Decision, Integration, VendorSides
from integrations.pairs.vendor_flow import Judged


class Said:
    """The decisions about some vendors, read once."""

    def __init__(self, integration: Integration, units: Sequence[VendorSides]) -> None:
        self._integration = integration
        self._taken: dict[str, list[Decision]] = {}
        ids = [str(sides.record_id) for sides in units]
        rows = Decision.objects.filter(subject_kind="vendor", subject_id__in=ids, lapsed_at=None)
        for decision in rows.order_by("pk"):
            self._taken.setdefault(decision.subject_id, []).append(decision)

    def judged(self, sides: VendorSides) -> Judged:
        """What was chosen of conflicts, and which changes were approved or refused."""
        keys: dict[bool, set[str]] = {True: set(), False: set()}
        for decision in self._of(sides, VENDOR_CHANGE):
            if decision.approved is not None:
                keys[decision.approved] |= set(decision.choice.get("keys", ()))
        return Judged(
            chosen=sides.chosen.get("sides", {}),
            approved=keys[True],
            rejected=keys[False],
            guard=self._integration.vendor_changes_need_approval,
        )

    def approved(self, sides: VendorSides, content: str) -> bool:
        return any(each.in_force(content) for each in self._of(sides, VENDOR_CREATE))

    def refused(self, sides: VendorSides, content: str) -> bool:
        taken = self._of(sides, VENDOR_CREATE)
        return any(each.approved is False and each.content_hash == content for each in taken)

    def ask(
        self, kind: str, sides: VendorSides, content: str, why: str, title: str, choice: Mapping[str, object]
    ) -> None:
        """Nobody approves what they chose of a conflict, nor a new vendor that they told from those there (A95)."""
        passed = {VENDOR_CHANGE} if kind == VENDOR_CREATE else {VENDOR_CHANGE, VENDOR_APART}
        every = self._taken.get(str(sides.record_id), [])
        chose = {each.decided_by_id for each in every if each.decided_by_id is not None and each.kind not in passed}
        decisions.ask(
            kind, "vendor", sides.record_id, content, None, why, choice,
            integration=self._integration, label=title, kept_out=chose,
        )  # fmt: skip

    def lapse(self, sides: VendorSides) -> None:
        """Nothing waits any more for what is still open."""
        for decision in self._of(sides, VENDOR_CHANGE):
            if decision.approved is None:
                decisions.lapse(decision, "What it was asked for has changed.")

    def _of(self, sides: VendorSides, kind: str) -> list[Decision]:
        return [each for each in self._taken.get(str(sides.record_id), []) if each.kind == kind]
