"""Walks of orders beside each other: what the target takes together of one project goes in one call (E32).

That are the headers of new orders, reading them back, and their statuses; everything else is each walk's own. Whatever
befalls one of them ends that walk alone.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from integrations.engine.projects import ending, spending, steps
from integrations.engine.projects.commitments import VENDOR_STEP, Listed, Walk
from integrations.engine.projects.plans import OrderPlan
from integrations.engine.projects.steps import Step
from integrations.engine.slice import Slice
from integrations.errors import CounterfoilError, GoneError, HoldRecordError, NeedsPermissionError
from integrations.pairs.xero_procore.terms import ProjectTerms
from integrations.project_documents import CommitmentStatus
from integrations.project_writes import HeaderWrite, ProjectOutcome, StatusWrite
from integrations.systems import system
from integrations.systems.protocols import ProjectBooks

MOST_ROUNDS = 2000
Due = tuple[Walk, Step]
Found = TypeVar("Found")
OF_ONE = (NeedsPermissionError, GoneError, HoldRecordError)


def carry_out(slice_: Slice, target: ProjectBooks, plans: Sequence[OrderPlan], terms: ProjectTerms) -> None:
    """Bring about what the plans want, as far as it goes now, and leave each record where it then is."""
    listed = Listed()
    walks = [Walk(slice_, target, plan, terms, listed) for plan in plans]
    for walk in walks:
        walk.over = not _alone(walk, walk.begins)
    _read_lists([walk for walk in walks if not walk.over and walk.stored is None])
    for _ in range(MOST_ROUNDS):
        walks = [walk for walk in walks if not walk.over]
        if not walks:
            return
        _round(walks)


def _read_lists(walks: Sequence[Walk]) -> None:
    """The vendors of a project for which several have a new order: one reading of its list tells of all of them."""
    vendors: dict[str, set[str]] = {}
    for walk in walks:
        if walk.plan.wanted is not None and not walk.took_its_vendor:
            vendors.setdefault(walk.project, set()).add(walk.plan.wanted.vendor)
    for project in (project for project, named in vendors.items() if len(named) > 1):
        mine = [walk for walk in walks if walk.project == project]
        try:
            mine[0].listed.read_whole(project, mine[0].target)
        except OF_ONE as error:
            for walk in mine:
                _end_with(walk, error)


def _round(walks: Sequence[Walk]) -> None:
    """One step of each, the oldest first; what goes together after what goes alone."""
    due = [(walk, step) for walk in walks if (step := _next(walk)) is not None]
    asked = {id(walk) for walk, _ in due}
    ready = [walk for walk in walks if id(walk) not in asked and not walk.over]
    _read_back([walk for walk in ready if walk.has_to_be_read_back])
    for walk in ready:
        step = None if walk.over else _alone(walk, walk.approval)
        if step is not None:
            due.append((walk, step))
        elif not walk.over:
            _alone(walk, walk.end)
            walk.over = True
    for batch in _batches(due):
        _take(batch)


def _next(walk: Walk) -> Step | None:
    """Vendors are put on the list at once, so that the headers of a project go in one order."""
    step = _alone(walk, walk.next)
    if step is None or step.name != VENDOR_STEP:
        return step
    _take([(walk, step)])
    return None if walk.over else _alone(walk, walk.next)


def _read_back(walks: Sequence[Walk]) -> None:
    for project in dict.fromkeys(walk.project for walk in walks):
        mine = [walk for walk in walks if walk.project == project]
        ids = [walk.stored.target_id for walk in mine if walk.stored is not None]
        try:
            found = {each.target_id: each for each in mine[0].target.commitments(project, ids)}
        except OF_ONE as error:
            for walk in mine:
                _end_with(walk, error)
            continue
        for walk in mine:
            walk.read_back(found.get(walk.stored.target_id) if walk.stored else None)


def _batches(due: Iterable[Due]) -> list[list[Due]]:
    alone: list[list[Due]] = []
    together: dict[tuple[type, str], list[Due]] = {}
    for walk, step in due:
        if _goes_together(walk, step):
            together.setdefault((type(step.write), step.project), []).append((walk, step))
        else:
            alone.append([(walk, step)])
    return alone + [some for batch in together.values() for some in _portions(batch)]


def _portions(batch: list[Due]) -> Iterable[list[Due]]:
    most = system(batch[0][0].slice_.integration.target.system).commitment_batch
    return (batch[start : start + most] for start in range(0, len(batch), most))


def _goes_together(walk: Walk, step: Step) -> bool:
    """A header that changes what stands, and reopening, are each a matter of its own budget."""
    if isinstance(step.write, HeaderWrite):
        return walk.stored is None
    return isinstance(step.write, StatusWrite) and step.write.status is not CommitmentStatus.DRAFT


def _take(batch: Sequence[Due]) -> None:
    for (walk, step), outcome in zip(batch, _taken(batch), strict=True):
        if outcome is None:
            walk.over = True
        else:
            _alone(walk, lambda walk=walk, step=step, outcome=outcome: walk.after(step, outcome))  # type: ignore[misc]


def _taken(batch: Sequence[Due]) -> list[ProjectOutcome | None]:
    first, step = batch[0]
    if len(batch) == 1:
        return [_alone(first, lambda: first.take(step))]
    try:
        if isinstance(step.write, HeaderWrite):
            return spending.take_together(batch)
        inside = {walk.record.pk: walk.begin for walk, _ in batch}
        return steps.take_together(first.slice_, first.target, [each for _, each in batch], inside=inside)
    except OF_ONE as error:
        for walk, _ in batch:
            _end_with(walk, error)
        return [None] * len(batch)


def _alone(walk: Walk, act: Callable[[], Found]) -> Found | None:
    """Whatever goes wrong with this one ends its walk; what stops a connection goes on."""
    found: Found | None = None
    before, walk.over = walk.over, True
    with ending.alone(walk.slice_, walk.record):
        found = act()
        walk.over = before
    return found


def _end_with(walk: Walk, error: CounterfoilError) -> None:
    walk.over = True
    with ending.alone(walk.slice_, walk.record):
        raise error
