"""A bill's way into its project: the requisition on its order's commitment, or a direct cost (A85, A86, A89 to A91).

Driven by what stands: whatever became of an earlier step, the walk looks and takes the next one, until nothing is left.
Bills come one at a time, oldest first, since those of one commitment are a chain.
"""

from dataclasses import replace

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from integrations.engine import bulk, decisions
from integrations.engine.approvals import Approved
from integrations.engine.projects import bill_postings, bill_undoing, choices, standing
from integrations.engine.projects.bill_payments import pay
from integrations.engine.projects.bill_postings import BillPostings
from integrations.engine.projects.bill_walk import LOOKED_AT_AGAIN, BillCase, BillWalk
from integrations.engine.projects.content import content_of
from integrations.engine.projects.steps import Step
from integrations.models import Billing, BillingStage, Flag, Integration, Posting, Record, Standing, UsedRow, Work
from integrations.money import figure
from integrations.pairs.flow import Hold, Place
from integrations.pairs.xero_procore import bills
from integrations.pairs.xero_procore.answers import Answer
from integrations.pairs.xero_procore.bills import APPROVED, WITHDRAWN, StandsAs
from integrations.pairs.xero_procore.documents import Bill, line_origin
from integrations.pairs.xero_procore.linking import LinkableOrder
from integrations.project_documents import (
    DirectCost,
    DirectCostWrite,
    Requisition,
    RequisitionWrite,
    StoredDirectCost,
    StoredRequisition,
)

FLOW = "bills"
ANOTHER = "Another bill of order"
Translated = Answer[Requisition | DirectCost]


def next_bill(integration: Integration, seen: Record | None = None) -> Record | None:
    """The oldest bill that is to be looked at and comes after `seen`; those held for the project's sake too."""
    now = timezone.now()
    if seen is None:
        _wake(integration)
    looked_at = Q(work=Work.WAITING) | Q(work=Work.HELD, hold_reason__in=LOOKED_AT_AGAIN, not_before__lte=now)
    found = Record.objects.filter(looked_at, integration=integration, flow=FLOW, document__detail_due=False)
    found = found.exclude(not_before__gt=now).exclude(document__detail="").exclude(document_date=None)
    if seen is not None:
        later = Q(document_date=seen.document_date, pk__gt=seen.pk)
        found = found.filter(later | Q(document_date__gt=seen.document_date))
    return found.select_related("document").order_by("document_date", "pk").first()


def _wake(integration: Integration) -> None:
    """Bills that wait for an order or another bill of it, where something of their supplier was finished since."""
    others = Record.objects.filter(
        integration=integration, vendor_key=OuterRef("vendor_key"), changed_at__gte=OuterRef("changed_at")
    ).exclude(pk=OuterRef("pk"))
    Record.objects.filter(
        Q(explanation__startswith=bills.AWAITS_ORDER) | Q(explanation__startswith=ANOTHER),
        Exists(others.filter(work=Work.DONE)), integration=integration, flow=FLOW, work=Work.WAITING,
        not_before__gt=timezone.now(),
    ).update(not_before=None)  # fmt: skip


def carry_out(walk: BillWalk, record: Record, bill: Bill, decided: Approved | None = None) -> None:
    """Take every step of this bill that can be taken now, and leave its record where it belongs."""
    decided, content = decided or Approved(), content_of(bill)
    for stale in decided.outdated(content):
        decisions.lapse(stale, "What it was about has changed.")
    if (asked := decided.about_source(content)) is not None:
        walk.decided_against(record, asked)
        return
    case = BillCase(record, bill, content, BillPostings.of(record), decided, choices.chosen(decided, content))
    _go_on(walk, case)


def _go_on(walk: BillWalk, case: BillCase) -> None:
    if case.postings.stands_as is StandsAs.REQUISITION:
        _stands(walk, case)
    elif case.postings.stands_as is StandsAs.DIRECT_COST:
        _stands_as_direct_cost(walk, case)
    else:
        _new(walk, case)


# Nothing of it stands


def _new(walk: BillWalk, case: BillCase) -> None:
    record, bill = case.record, case.bill
    if case.postings.commitment is not None:
        with walk.fenced():
            Billing.objects.filter(bill=record).delete()
        walk.surroundings.forget(bill.vendor.source_id)
    verdict = bills.place(bill, walk.terms)
    if verdict.place is Place.HELD:
        walk.hold(record, Hold(verdict.reason, verdict.why))
    elif verdict.place is not Place.WAITING:
        walk.place(record, verdict)
    elif hold := _removed(walk, case):
        walk.hold(record, hold)
    else:
        _translate(walk, case)


def _translate(walk: BillWalk, case: BillCase) -> None:
    around = walk.surroundings.of(case.bill, case.postings.stands_as, case.chosen)
    answer = bills.translate(case.bill, walk.tables, walk.terms, around)
    if not _has_result(walk, case, answer):
        return
    if isinstance(answer.result, DirectCost):
        _direct_cost(walk, case, answer, answer.result)
    elif answer.result is not None:
        order = next(each for each in around.orders if each.commitment == answer.result.commitment)
        _requisition(walk, case, answer, answer.result, order)


def _has_result(walk: BillWalk, case: BillCase, answer: Translated) -> bool:
    if (verdict := bills.nothing_left(answer, case.bill)) is not None:
        walk.place(case.record, verdict)
    elif answer.gaps or answer.holds:
        walk.lacks(case.record, answer.gaps, answer.holds)
    elif answer.waits:
        walk.waits(case.record, answer.waits)
    return answer.result is not None


def _removed(walk: BillWalk, case: BillCase) -> Hold | None:
    """What a person took away in the project is never made again without a decision."""
    for posting in (case.postings.requisition, case.postings.direct_cost):
        if posting is None or posting.standing != Standing.REMOVED or posting.removed_by_us:
            continue
        if not _again(case):
            said = f"{posting} of this bill was removed in {walk.terms.target_label}"
            return Hold("removed-in-target", f"{said[0].upper()}{said[1:]}; it needs a decision.")
    return None


def _again(case: BillCase) -> bool:
    return any(each.kind == "removed-in-target" and each.in_force(case.content) for each in case.decided.decisions)


def _requisition(walk: BillWalk, case: BillCase, answer: Translated, wanted: Requisition, order: LinkableOrder) -> None:
    record = case.record
    if _another_is_unsure(record, order):
        walk.waits(record, f"{ANOTHER} {order.number} is being checked; bills of an order come one by one.")
        return
    chain = walk.chains.requisitions(wanted.project, wanted.commitment)
    stored = next((each for each in chain if each.reference == wanted.reference), None)
    if stored is None:
        step = Step(
            record, standing.REQUISITION, wanted.reference, "requisition", RequisitionWrite(wanted), case.content,
            wanted.project, wanted.total,
        )  # fmt: skip

        def inside(posting: Posting) -> None:
            _meant(posting, case, answer, wanted)
            _claim(walk, record, wanted, order)

        outcome = walk.take(step, wanted.commitment, inside=inside)
        if outcome is None or not isinstance(outcome.stored, StoredRequisition):
            return
        walk.slice_.run.posted += 1
        stored = outcome.stored
    elif not _adopt(walk, case, answer, wanted, stored, order):
        return
    case = walk.again(case)
    _stands(walk, case)


def _adopt(
    walk: BillWalk, case: BillCase, answer: Translated, wanted: Requisition, stored: StoredRequisition,
    order: LinkableOrder,
) -> bool:  # fmt: skip
    """Ours, if we meant to write it or lost our memory; another portal's is never adopted (E5, E6)."""
    if case.postings.requisition is None and not case.record.look_up_first:
        said = (
            f"Requisition {stored.number} of order {order.number} bears the mark of this bill, and we did not write it."
        )
        walk.hold(case.record, Hold("possible-duplicate", said))
        return False
    with walk.fenced():
        posting = walk.posting(case.record, standing.REQUISITION, wanted.reference, wanted.project)
        _meant(posting, case, answer, wanted)
        _claim(walk, case.record, wanted, order)
        bill_postings.adopt(walk.slice_, posting, stored)
    return True


def _another_is_unsure(record: Record, order: LinkableOrder) -> bool:
    """The chain is not known while a write to it is in doubt."""
    others = Billing.objects.filter(
        order=order.source_id, bill__integration=record.integration_id, bill__work__in=(Work.POSTING, Work.DOUBT)
    )
    return others.exclude(bill=record).exists()


def _meant(posting: Posting, case: BillCase, answer: Translated, wanted: Requisition | DirectCost) -> None:
    """In the intent's transaction: what it was written for, with which rows, and what people should know."""
    posting.sent_fingerprint, posting.source_total = case.content, wanted.total
    posting.currency, posting.removed_by_us = case.bill.currency, False
    posting.save(update_fields=["sent_fingerprint", "source_total", "currency", "removed_by_us"])
    bulk.insert_or_save(
        [UsedRow(posting=posting, table=table, row=row, version=version) for table, row, version in answer.used],
        fields=["version"],
        unique=["posting", "table", "row"],
    )
    now = timezone.now()
    bulk.insert_unless_there(
        [
            Flag(record=case.record, kind=each.kind, explanation=each.message[:500], opened_at=now)
            for each in answer.notes
        ]
    )


def _claim(walk: BillWalk, record: Record, wanted: Requisition, order: LinkableOrder) -> None:
    """What it takes of each line of the order, by the order's own ids."""
    stored = walk.chains.commitment(wanted.project, wanted.commitment)
    origins = {line.line_id: line.origin for line in (stored.lines or ())} if stored else {}
    prefix = len(line_origin(""))
    rows = [
        Billing(
            bill=record,
            order=order.source_id,
            item=origins.get(item.line, "")[prefix:] or item.line,
            net=item.amount,
            stage=BillingStage.POSTED,
        )
        for item in wanted.items
    ]
    bulk.insert_or_save(rows, fields=["net", "stage"], unique=["bill", "order", "item"])
    walk.surroundings.forget(order.contact)


# Its requisition stands


def _stands(walk: BillWalk, case: BillCase) -> None:
    posting, commitment = case.postings.requisition, case.postings.commitment
    assert posting is not None
    assert commitment is not None
    case = replace(case, bill=bill_undoing.with_reversed(case))
    stored = walk.chains.requisition(posting.project, commitment.target_id, posting.target_id)
    if stored is None:
        _was_removed(walk, case, posting)
    elif case.bill.status in WITHDRAWN:
        if bill_undoing.whole(walk, case, stored):
            _go_on(walk, walk.again(case))
    elif hold := _differs(walk, case, stored):
        walk.hold(case.record, hold)
    elif bill_undoing.reversed_payments(case):
        if bill_undoing.payments(walk, case, stored):
            _go_on(walk, walk.again(case))
    elif posting.sent_fingerprint != case.content:
        _changed(walk, case, stored)
    else:
        pay(walk, case, stored)


def _was_removed(walk: BillWalk, case: BillCase, posting: Posting) -> None:
    """Not by us: what stood of it is gone, and so is what was paid of it."""
    gone = [posting, *case.postings.standing_payments.values()]
    for each in gone:
        each.standing = Standing.REMOVED
    with walk.fenced():
        bulk.save(gone, ["standing"])
    _new(walk, walk.again(case))


def _differs(walk: BillWalk, case: BillCase, stored: StoredRequisition) -> Hold | None:
    """To the cent, or nothing is paid of it."""
    posting = case.postings.requisition
    meant = posting.source_total if posting else None
    if meant is not None and stored.total != meant:
        said = f"Requisition {stored.number} was written as {figure(meant)} {case.bill.currency}, and stands as"
        return Hold("differs-in-project", f"{said} {figure(stored.total)}. Correct it in {walk.terms.target_label}.")
    if stored.retained:
        said = f"{figure(stored.retained)} {case.bill.currency} of requisition {stored.number} is retained"
        return Hold("retention", f"{said} in {walk.terms.target_label}. Its payments are entered by hand.")
    return None


def _changed(walk: BillWalk, case: BillCase, stored: StoredRequisition) -> None:
    """Taken back as a whole and written anew, once it is known that it can be; until then what stands stays."""
    if case.bill.status not in APPROVED:
        said = f"The bill is {case.bill.status} in {walk.terms.source_label} again"
        walk.hold(case.record, Hold("withdrawn-after-posting", f"{said}, and its requisition stands."))
        return
    around = walk.surroundings.of(case.bill, case.postings.stands_as, case.chosen)
    answer = bills.translate(case.bill, walk.tables, walk.terms, around)
    can_be_written = bills.nothing_left(answer, case.bill) is not None or _has_result(walk, case, answer)
    if can_be_written and bill_undoing.whole(walk, case, stored):
        _go_on(walk, walk.again(case))


# Direct costs


def _direct_cost(walk: BillWalk, case: BillCase, answer: Translated, wanted: DirectCost) -> None:
    write = DirectCostWrite(wanted)
    if case.postings.direct_cost is not None or case.record.look_up_first:
        found = [each for each in walk.target.find(write) if isinstance(each, StoredDirectCost)]
        if found:
            _adopt_direct_cost(walk, case, answer, wanted, found[0])
            return
    step = Step(
        case.record, standing.DIRECT_COST, wanted.reference, "direct-cost", write, case.content, wanted.project,
        wanted.total,
    )  # fmt: skip
    outcome = walk.take(step, "", inside=lambda posting: _meant(posting, case, answer, wanted))
    if outcome is not None and isinstance(outcome.stored, StoredDirectCost):
        walk.slice_.run.posted += 1
        _finish_direct_cost(walk, case, wanted, outcome.stored)


def _adopt_direct_cost(
    walk: BillWalk, case: BillCase, answer: Translated, wanted: DirectCost, stored: StoredDirectCost
) -> None:
    with walk.fenced():
        posting = walk.posting(case.record, standing.DIRECT_COST, wanted.reference, wanted.project)
        _meant(posting, case, answer, wanted)
        bill_postings.adopt(walk.slice_, posting, stored)
    _finish_direct_cost(walk, case, wanted, stored)


def _finish_direct_cost(walk: BillWalk, case: BillCase, wanted: DirectCost, stored: StoredDirectCost) -> None:
    if stored.total == wanted.total:
        walk.done(case.record)
        return
    said = f"Its direct cost was written as {figure(wanted.total)} {case.bill.currency}, and stands as"
    hold = Hold("differs-in-project", f"{said} {figure(stored.total)}. Correct it in {walk.terms.target_label}.")
    walk.hold(case.record, hold)


def _stands_as_direct_cost(walk: BillWalk, case: BillCase) -> None:
    """Nothing changes or removes one from here: payments are no part of it, and the rest is for a person."""
    posting, bill = case.postings.direct_cost, case.bill
    assert posting is not None
    if bill.status in APPROVED and posting.sent_fingerprint == case.content:
        walk.done(case.record)
        return
    if _is_gone(walk, case, posting):
        posting.standing, posting.removed_by_us = Standing.NOTHING, True  # because we asked for it
        with walk.fenced():
            posting.save(update_fields=["standing", "removed_by_us"])
        _go_on(walk, walk.again(case))
        return
    where = walk.terms.target_label
    if bill.status not in APPROVED:
        said = f"The bill is {bill.status} in {walk.terms.source_label}, and its direct cost stands in {where}."
        walk.hold(case.record, Hold("withdrawn-after-posting", f"{said} Remove it there."))
        return
    around = walk.surroundings.of(bill, case.postings.stands_as, case.chosen)
    answer = bills.translate(bill, walk.tables, walk.terms, around)
    if _has_result(walk, case, answer):
        said = f"The bill changed after it became a direct cost in {where}. Correct it there by hand."
        walk.hold(case.record, Hold("changed-after-posting", said))


def _is_gone(walk: BillWalk, case: BillCase, posting: Posting) -> bool:
    return bill_postings.stored_direct_cost(walk.target, posting) is None
