"""Taking a step that spends: only within the budget, or with an approval that covers what it exceeds (A88)."""

from typing import TYPE_CHECKING

from django.db import transaction

from audit.trail import Event, log_many
from integrations.engine import trail
from integrations.engine.projects import budgets, ending, over_budget, steps
from integrations.engine.projects.steps import Step
from integrations.engine.slice import in_seconds
from integrations.models import Posting, Record, Work
from integrations.pairs.xero_procore import budget
from integrations.pairs.xero_procore.budget import BudgetAnswer, Surroundings
from integrations.pairs.xero_procore.terms import BudgetBy
from integrations.project_documents import Commitment, CommitmentStatus, ProjectOutcome, StatusWrite

if TYPE_CHECKING:
    from integrations.engine.projects.commitments import Walk

# Another worker looks at the same budget for as long as one write takes.
ANOTHER_LOOKS = 2.0


def take(walk: "Walk", wanted: Commitment, step: Step) -> ProjectOutcome | None:
    """Reopening is done under the lease too: the budget stops counting the order while it is a draft."""
    reopens = isinstance(step.write, StatusWrite) and step.write.status is CommitmentStatus.DRAFT
    amounts = budget.needed(wanted, BudgetBy.CODE)
    covered = budgets.covered(walk.record, amounts)
    if isinstance(step.write, StatusWrite) and not reopens:
        return steps.take(walk.slice_, walk.target, step, inside=walk.begin)
    if covered and not reopens:
        return steps.take(walk.slice_, walk.target, step, inside=walk.begin)
    with budgets.purse(walk.slice_.integration.target, wanted.project) as purse:
        if purse is None:
            _wait(walk)
            return None
        if not covered and not _may_be_spent(walk, wanted, purse):
            return None

        def inside(posting: Posting) -> None:
            budgets.take(purse, walk.record, amounts)
            walk.begin(posting)

        return steps.take(walk.slice_, walk.target, step, inside=inside)


def _may_be_spent(walk: "Walk", wanted: Commitment, purse: budgets.Purse) -> bool:
    needs = budget.needed(wanted, walk.terms.budget_by)
    around = budgets.look(walk.target, purse.row, needs, walk.slice_.statuses_read)
    answer = budget.check(wanted, around, walk.terms)
    with transaction.atomic():
        walk.slice_.fence()
        log_many([checked(walk.record, answer, around)])
        if answer.fits:
            return True
        return over_budget.covers(walk, answer) or over_budget.hold(walk, answer, around)


def checked(record: Record, answer: BudgetAnswer, around: Surroundings) -> Event:
    return trail.event("budget.checked", record, figures=over_budget.told(answer, around))


def _wait(walk: "Walk") -> None:
    later = in_seconds(ANOTHER_LOOKS)
    with transaction.atomic():
        walk.slice_.fence()
        said = "Another order of the project is being checked against its budget."
        ending.leave(walk.record, Work.WAITING, "", said, until=later)
    walk.slice_.wake_at(later)
