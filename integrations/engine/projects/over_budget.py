"""Orders that are over budget: held with the figures, approved by a supervisor, or let go when the budget has room.

An approval is bound to what will be posted and to the figures that were shown; the budget is read again at that moment,
and once more when the order is written. An excess that grew meanwhile takes the approval back (A88).
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from audit.trail import log_many
from integrations.engine import clients, decisions, trail
from integrations.engine.decision_kinds import APPROVE_OVER_BUDGET, OVER_BUDGET
from integrations.engine.projects import budgets, ending
from integrations.engine.projects.standing import COMMITMENT
from integrations.engine.slice import Slice
from integrations.errors import CounterfoilError, GoneError, HoldRecordError, NeedsPermissionError
from integrations.explanations import sentence
from integrations.models import BudgetCheck, Decision, FourEyesError, Posting, ProjectBudget, Record, Work
from integrations.money import figure
from integrations.pairs.xero_procore import budget
from integrations.pairs.xero_procore.budget import BudgetAnswer, Figure, Reserved, Surroundings
from integrations.pairs.xero_procore.documents import order_origin
from integrations.systems.protocols import ProjectBooks
from mappings.authors import authors_of

if TYPE_CHECKING:
    from integrations.engine.projects.commitments import Walk

STOPPED = (Work.HELD, Work.APPROVAL)
ROOM = "the budget has room for it now"
GREW = "The excess has grown since it was approved, so it needs a new decision."


def covers(walk: "Walk", answer: BudgetAnswer) -> bool:
    """Whether somebody approved exactly this order, and no less than it exceeds now."""
    for decision in Decision.objects.about("record", walk.record.pk).filter(kind=OVER_BUDGET, lapsed_at=None):
        if not decision.approved:
            continue
        if decision.content_hash != walk.plan.content:
            decisions.lapse(decision, "What would be posted has changed.")
        elif budget.lapses(_answer(decision.choice["figures"], answer.currency), answer):
            decisions.lapse(decision, GREW)
        else:
            return True
    return False


def is_covered(record: Record, content: str, answer: BudgetAnswer) -> bool:
    """As `covers` would say; what no longer covers it is left as it is."""
    found = Decision.objects.about("record", record.pk).filter(
        kind=OVER_BUDGET, lapsed_at=None, approved=True, content_hash=content
    )
    return any(not budget.lapses(_answer(each.choice["figures"], answer.currency), answer) for each in found)


def hold(walk: "Walk", answer: BudgetAnswer, around: Surroundings) -> bool:
    """In a fenced transaction; always False, as it may not be spent."""
    record, wanted = walk.record, walk.plan.wanted
    held = budget.hold(answer, around)
    assert wanted is not None
    assert held is not None
    lapsed = Decision.objects.about("record", record.pk).filter(
        kind=OVER_BUDGET, content_hash=walk.plan.content, lapsed_because=GREW
    )
    BudgetCheck.objects.update_or_create(
        record=record,
        defaults={
            "project": wanted.project,
            "content": walk.plan.content,
            "currency": answer.currency,
            "strict": walk.terms.strict_budget,
            "figures": _figures(answer, around),
            "kept_out": sorted(authors_of(walk.plan.used)),
            "checked_at": timezone.now(),
        },
    )
    message = f"{held.message} {GREW}" if lapsed.exists() else held.message
    if (request := _still_asked(record, walk.plan.content, answer)) is not None:
        ending.leave(record, Work.APPROVAL, held.reason, f"{message}\n{asked_in_words(request)}")
    else:
        ending.hold_in(walk.slice_, record, held.reason, message)
    return False


def _still_asked(record: Record, content: str, answer: BudgetAnswer) -> Decision | None:
    """A request counts for the order and for the excess that it was made about."""
    for request in _requests(record):
        if request.content_hash != content:
            decisions.lapse(request, "What would be posted has changed.")
        elif budget.lapses(_answer(request.choice["figures"], answer.currency), answer):
            decisions.lapse(request, "The excess has grown since it was asked for.")
        else:
            return request
    return None


def _requests(record: Record) -> "QuerySet[Decision]":
    """What staff asked for and nobody answered yet."""
    return Decision.objects.pending().about("record", record.pk).filter(kind=OVER_BUDGET)


def asked_in_words(request: Decision) -> str:
    return f"{request.asked_by} asked for an approval: {request.asked_because}"


def no_longer_asked(record: Record, why: str) -> None:
    for request in _requests(record):
        decisions.lapse(request, why)


def approve(record: Record, by: User, reason: str) -> str:
    """Approve this order with what it was shown to exceed. Reads the budget, so not inside a transaction."""
    if not by.has_perm(APPROVE_OVER_BUDGET):
        raise PermissionDenied
    shown = BudgetCheck.objects.filter(record=record).first()
    if record.work not in STOPPED or record.hold_reason != OVER_BUDGET or shown is None:
        return "was already handled by someone else."
    if not reason.strip():
        return "needs a reason."
    request = _requests(record).first()
    if request is not None and (why_not := decisions.why_not(by, request)):
        return f"is not approved. {why_not}"
    try:
        with clients.client(record.integration.target, urgent=True) as opened:
            fresh, around = _looked_at(cast(ProjectBooks, opened), shown)
    except CounterfoilError as error:
        return f"is not approved: its budget could not be read. {sentence(error)}"
    before = _answer(shown.figures, shown.currency)
    with transaction.atomic():
        log_many([trail.event_by("budget.checked", record, by, {"figures": told(fresh, around)})])
        if not _is_held_so(record):
            return "was already handled by someone else."
        if budget.lapses(before, fresh):
            _show_anew(shown, fresh, around)
            return "is not approved: the excess has grown since it was shown. Look at the new figures."
        return _decide(record, shown, by, reason.strip())


def try_again(slice_: Slice, target: ProjectBooks) -> int:
    """Let orders go on that the budget has room for now; one reading per project. How many there were."""
    checks = BudgetCheck.objects.filter(
        record__integration=slice_.integration, record__work__in=STOPPED, record__hold_reason=OVER_BUDGET
    ).select_related("record__document")
    by_project: dict[str, list[BudgetCheck]] = {}
    for check in checks.order_by("record_id"):
        by_project.setdefault(check.project, []).append(check)
    return sum(_try_project(slice_, target, project, checks) for project, checks in by_project.items())


def _try_project(slice_: Slice, target: ProjectBooks, project: str, checks: Iterable[BudgetCheck]) -> int:
    row, _ = ProjectBudget.objects.get_or_create(connection=slice_.integration.target, project=project)
    checks = list(checks)
    try:
        codes = {each["code"] for check in checks for each in check.figures}
        around = budgets.look(target, row, codes, slice_.statuses_read)
    except (GoneError, HoldRecordError, NeedsPermissionError):
        return 0  # a budget that cannot be read has no room; other projects are not kept waiting for it
    going: list[BudgetCheck] = []
    for check in checks:
        origin, needs = _origin(check), _needs(check)
        answer = budget.check_needs(origin, needs, check.currency, around, strict=check.strict)
        if answer.fits:
            going.append(check)
            taken = [Reserved(origin, code, amount) for code, amount in needs.items()]
            around = Surroundings(around.lines, around.orders, [*around.reserved, *taken], around.names)
    with transaction.atomic():
        slice_.fence()
        ids = [check.record.pk for check in going]
        held = Record.objects.select_for_update().filter(pk__in=ids, work__in=STOPPED, hold_reason=OVER_BUDGET)
        still = set(held.order_by("pk").values_list("pk", flat=True))
        going = [check for check in going if check.record.pk in still]
        for check in going:
            ending.waits_again(check.record)
            no_longer_asked(check.record, ROOM)
            log_many([trail.event("record.released", check.record, why=ROOM)])
    return len(going)


def told(answer: BudgetAnswer, around: Surroundings) -> Sequence[str]:
    return [
        f"{around.names.get(each.code, each.code) or 'the project'}: {figure(each.available)} {answer.currency} left, "
        f"{figure(each.needed)} needed"
        for each in answer.figures
    ]


def _looked_at(target: ProjectBooks, shown: BudgetCheck) -> tuple[BudgetAnswer, Surroundings]:
    connection = shown.record.integration.target
    row, _ = ProjectBudget.objects.get_or_create(connection=connection, project=shown.project)
    needs = _needs(shown)
    around = budgets.look(target, row, needs)
    return budget.check_needs(_origin(shown), needs, shown.currency, around, strict=shown.strict), around


def _is_held_so(record: Record) -> bool:
    """Now, locked: while the budget was read somebody may have decided, or a run let it go."""
    rows = Record.objects.select_for_update().filter(pk=record.pk, work__in=STOPPED, hold_reason=OVER_BUDGET)
    return rows.exists()


def _decide(record: Record, shown: BudgetCheck, by: User, reason: str) -> str:
    fresh = Record.objects.select_for_update(of=("self",)).select_related("integration").get(pk=record.pk)
    if fresh.work not in STOPPED or fresh.hold_reason != OVER_BUDGET:
        return "was already handled by someone else."
    try:
        if (said := _taken(fresh, shown, by, reason)) != "approved.":
            return said
    except FourEyesError as error:
        return f"is not approved. {error.messages[0]}"
    log_many([trail.event_by("record.approved", fresh, by, {"reason": reason, "hold": OVER_BUDGET})])
    log_many([trail.event_by("record.released", fresh, by, {"why": f"approved: {reason}"})])
    ending.waits_again(fresh)
    return "approved."


def _taken(record: Record, shown: BudgetCheck, by: User, reason: str) -> str:
    """The request that somebody made, or a decision of its own."""
    request = _requests(record).first()
    figures = {"figures": shown.figures}
    if request is not None and request.content_hash == shown.content:
        Decision.objects.filter(pk=request.pk).update(choice=figures)
        return decisions.take(request, by, True, reason)
    decisions.record(
        OVER_BUDGET, "record", record.pk, shown.content, by, reason, figures, integration=record.integration,
        label=trail.subject(record).label, amount=record.amount, currency=record.currency or shown.currency,
        kept_out=shown.kept_out,
    )  # fmt: skip
    return "approved."


def _show_anew(shown: BudgetCheck, fresh: BudgetAnswer, around: Surroundings) -> None:
    shown.figures, shown.checked_at = _figures(fresh, around), timezone.now()
    shown.save(update_fields=["figures", "checked_at"])
    held = budget.hold(fresh, around)
    no_longer_asked(shown.record, "The excess has grown since it was asked for.")
    if held is not None:
        ending.leave(shown.record, Work.HELD, OVER_BUDGET, held.message)


def _figures(answer: BudgetAnswer, around: Surroundings) -> list[dict[str, Any]]:
    return [
        {
            "code": each.code,
            "name": around.names.get(each.code, each.code),
            "available": str(each.available),
            "needed": str(each.needed),
        }
        for each in answer.figures
    ]


def _answer(figures: Iterable[Mapping[str, str]], currency: str) -> BudgetAnswer:
    return BudgetAnswer(
        tuple(Figure(each["code"], Decimal(each["available"]), Decimal(each["needed"])) for each in figures), currency
    )


def _needs(check: BudgetCheck) -> dict[str, Decimal]:
    return {each["code"]: Decimal(each["needed"]) for each in check.figures}


def _origin(check: BudgetCheck) -> str:
    posting = Posting.objects.filter(record=check.record_id, kind=COMMITMENT).first()
    return posting.reference if posting else order_origin(check.record.document.source_id)
