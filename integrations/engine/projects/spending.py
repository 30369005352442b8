"""Taking a step that spends: only within the budget, or with an approval that covers what it exceeds (A88)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from django.db import transaction

from audit.trail import Event, log_many
from integrations.engine import trail
from integrations.engine.projects import budgets, ending, over_budget, steps
from integrations.engine.projects.steps import Inside, Step
from integrations.engine.slice import in_seconds
from integrations.models import Posting, Record, Work
from integrations.pairs.xero_procore import budget
from integrations.pairs.xero_procore.budget import BudgetAnswer, Surroundings
from integrations.pairs.xero_procore.terms import BudgetBy
from integrations.project_documents import Commitment, CommitmentStatus
from integrations.project_writes import ProjectOutcome, StatusWrite

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
    with budgets.purse(walk.slice_, wanted.project) as purse:
        if purse is None:
            _wait(walk)
            return None
        if not covered and not _may_be_spent(walk, wanted, purse):
            return None
        return steps.take(walk.slice_, walk.target, step, inside=_reserving(purse, walk))


def take_together(due: "Sequence[tuple[Walk, Step]]") -> list[ProjectOutcome | None]:
    """Headers of new orders of one project, the oldest first, by one reading of its budget: what one takes is gone for
    those after it.
    """
    first = due[0][0]
    with budgets.purse(first.slice_, first.project) as purse:
        if purse is None:
            for walk, _ in due:
                _wait(walk)
            return [None] * len(due)
        going = _within(due, purse)
        inside = {walk.record.pk: _reserving(purse, walk) for walk, _ in going}
        steps_ = [step for _, step in going]
        taken = steps.take_together(first.slice_, first.target, steps_, inside=inside) if going else []
        outcomes = dict(zip((walk.record.pk for walk, _ in going), taken, strict=True))
        return [outcomes.get(walk.record.pk) for walk, _ in due]


def _within(due: "Sequence[tuple[Walk, Step]]", purse: budgets.Purse) -> "list[tuple[Walk, Step]]":
    """Those that the budget has room for, or that were approved; the others are held."""
    first = due[0][0]
    wanted_codes = (budget.needed(each.plan.wanted, first.terms.budget_by) for each, _ in due if each.plan.wanted)
    codes = {code for needs in wanted_codes for code in needs}
    around = budgets.look(first.target, purse.row, codes, first.slice_.statuses_read)
    going = []
    for walk, step in due:
        wanted = walk.plan.wanted
        assert wanted is not None
        if not _fits(walk, wanted, around):
            continue
        going.append((walk, step))
        taken = budget.taking(around.reserved, wanted.origin, budget.needed(wanted, BudgetBy.CODE))
        around = replace(around, reserved=taken)
    return going


def _reserving(purse: budgets.Purse, walk: "Walk") -> Inside:
    wanted = walk.plan.wanted
    assert wanted is not None
    amounts = budget.needed(wanted, BudgetBy.CODE)

    def inside(posting: Posting) -> None:
        budgets.take(purse, walk.record, amounts)
        walk.begin(posting)

    return inside


def _may_be_spent(walk: "Walk", wanted: Commitment, purse: budgets.Purse) -> bool:
    needs = budget.needed(wanted, walk.terms.budget_by)
    return _fits(walk, wanted, budgets.look(walk.target, purse.row, needs, walk.slice_.statuses_read))


def _fits(walk: "Walk", wanted: Commitment, around: Surroundings) -> bool:
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
        ending.leave(walk.record, Work.WAITING, "", said, until=later, attempts=walk.record.attempts)
    walk.slice_.wake_at(later)
