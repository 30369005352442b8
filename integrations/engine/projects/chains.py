"""What stands of commitments and of the bills against them: read live at most once in a slice, then kept up with what
we write ourselves. One worker has the integration, so nobody else of ours writes meanwhile."""

from dataclasses import dataclass, field

from integrations.project_documents import (
    BillingPeriod,
    StoredCommitment,
    StoredContractPayment,
    StoredRequisition,
)
from integrations.systems.protocols import ProjectBooks

Key = tuple[str, str]


@dataclass
class Chains:
    """Per commitment its schedule of values, its chain of requisitions and its payments; per project its periods.

    `expected` are commitments by project that will be asked for: they are read together with the first of them.
    """

    target: ProjectBooks
    expected: dict[str, set[str]] = field(default_factory=dict)
    _commitments: dict[Key, StoredCommitment | None] = field(default_factory=dict)
    _requisitions: dict[Key, list[StoredRequisition]] = field(default_factory=dict)
    _payments: dict[Key, list[StoredContractPayment]] = field(default_factory=dict)
    _periods: dict[str, list[BillingPeriod]] = field(default_factory=dict)

    def commitment(self, project: str, target_id: str) -> StoredCommitment | None:
        """With its lines; None where it is no longer shown, or was removed."""
        key = (project, target_id)
        if key not in self._commitments:
            ids = {target_id, *self.expected.pop(project, ())}
            there = {each.target_id: each for each in self.target.commitments(project, sorted(ids)) if not each.removed}
            for each in ids:
                self._commitments.setdefault((project, each), there.get(each))
        return self._commitments[key]

    def requisitions(self, project: str, commitment: str) -> list[StoredRequisition]:
        """The whole chain, oldest first."""
        key = (project, commitment)
        if key not in self._requisitions:
            self._requisitions[key] = self.target.requisitions(project, commitment)
        return self._requisitions[key]

    def requisition(self, project: str, commitment: str, target_id: str) -> StoredRequisition | None:
        """One that is known to us; that it is gone is believed only when it was just read."""
        for _ in range(2):
            for each in self.requisitions(project, commitment):
                if each.target_id == target_id:
                    return each
            self.forget(project, commitment)
        return None

    def payments(self, project: str, commitment: str) -> list[StoredContractPayment]:
        key = (project, commitment)
        if key not in self._payments:
            self._payments[key] = self.target.payments(project, commitment)
        return self._payments[key]

    def periods(self, project: str) -> list[BillingPeriod]:
        if project not in self._periods:
            self._periods[project] = self.target.billing_periods(project)
        return self._periods[project]

    def wrote(self, stored: StoredRequisition | StoredContractPayment) -> None:
        """As the target answered: new, or in place of what stood under its id."""
        key = (stored.project, stored.commitment)
        if isinstance(stored, StoredRequisition) and key in self._requisitions:
            others = [each for each in self._requisitions[key] if each.target_id != stored.target_id]
            self._requisitions[key] = sorted([*others, stored], key=lambda each: each.sequence)
        elif isinstance(stored, StoredContractPayment) and key in self._payments:
            kept = [each for each in self._payments[key] if each.target_id != stored.target_id]
            self._payments[key] = [*kept, stored]

    def without_payment(self, project: str, commitment: str, payment: str) -> None:
        """As if it had been taken away, where nothing is written."""
        key = (project, commitment)
        self._payments[key] = [each for each in self.payments(project, commitment) if each.target_id != payment]

    def forget(self, project: str, commitment: str) -> None:
        """Something was taken away, refused, or nobody knows: it is read again."""
        key = (project, commitment)
        for known in (self._commitments, self._requisitions, self._payments):
            known.pop(key, None)
