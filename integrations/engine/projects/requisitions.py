"""A bill's way into its project: the requisition on its order's commitment, or a direct cost (A85, A86, A89 to A91).

Driven by what stands: whatever became of an earlier step, the walk looks and takes the next one, until nothing is left.
Bills come one at a time, oldest first, since those of one commitment are a chain.
"""

from dataclasses import replace

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from integrations.engine import bulk, decisions
from integrations.engine.approvals import Approved
from integrations.engine.projects import anew, bill_undoing, choices, direct_costs, standing
from integrations.engine.projects.bill_payments import pay
from integrations.engine.projects.bill_postings import BillPostings
from integrations.engine.projects.bill_walk import LOOKED_AT_AGAIN, BillCase, BillWalk, Translated, meant
from integrations.engine.projects.content import content_of
from integrations.engine.projects.steps import Step
from integrations.models import Billing, BillingStage, Integration, Posting, Record, Standing, Work
from integrations.money import figure
from integrations.pairs.flow import Hold, Place
from integrations.pairs.xero_procore import bills
from integrations.pairs.xero_procore.bills import APPROVED, WITHDRAWN, StandsAs
from integrations.pairs.xero_procore.documents import Bill, line_of
from integrations.pairs.xero_procore.linking import LinkableOrder
from integrations.project_documents import DirectCost, Requisition, StoredRequisition
from integrations.project_writes import RequisitionWrite

FLOW = "bills"
ANOTHER = "Another bill of order"


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


def waiting(integration: Integration) -> list[tuple[str, str]]:
    """Number and supplier of every bill that waits."""
    found = Record.objects.filter(integration=integration, flow=FLOW, work=Work.WAITING, document__detail_due=False)
    found = found.exclude(not_before__gt=timezone.now()).exclude(document__detail="")
    return list(found.values_list("number", "vendor_key"))


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
    go_on(walk, case_of(record, bill, decided))


def case_of(record: Record, bill: Bill, decided: Approved) -> BillCase:
    content = content_of(bill)
    return BillCase(record, bill, content, BillPostings.of(record), decided, choices.chosen(decided, content))


def go_on(walk: BillWalk, case: BillCase) -> None:
    if case.postings.stands_as is StandsAs.REQUISITION:
        _stands(walk, case)
    elif case.postings.stands_as is StandsAs.DIRECT_COST:
        if direct_costs.taken_back(walk, case):
            go_on(walk, walk.again(case))
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
    if not walk.has_result(case, answer) or not walk.permitted(case, answer):
        return
    if isinstance(answer.result, DirectCost):
        direct_costs.write(walk, case, answer, answer.result)
    elif answer.result is not None:
        order = next(each for each in around.orders if each.commitment == answer.result.commitment)
        _requisition(walk, case, answer, answer.result, order)


def _removed(walk: BillWalk, case: BillCase) -> Hold | None:
    """What a person took away in the project is never made again without a decision."""
    for posting in (case.postings.requisition, case.postings.direct_cost):
        if posting is None or posting.standing != Standing.REMOVED or posting.removed_by_us:
            continue
        if not anew.approved(posting, case.content, case.decided.decisions):
            said = f"{posting} of this bill was removed in {walk.terms.target_label}"
            return Hold("removed-in-target", f"{said[0].upper()}{said[1:]}; it needs a decision.")
    return None


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
            wanted.project, wanted.total, source=case.bill.lines, coded=answer.coded,
        )  # fmt: skip

        def inside(posting: Posting) -> None:
            meant(posting, case, answer, wanted)
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
        meant(posting, case, answer, wanted)
        _claim(walk, case.record, wanted, order)
        standing.adopt(walk.slice_, posting, stored)
    return True


def _another_is_unsure(record: Record, order: LinkableOrder) -> bool:
    """The chain is not known while a write to it is in doubt."""
    others = Billing.objects.filter(
        order=order.source_id, bill__integration=record.integration_id, bill__work__in=(Work.POSTING, Work.DOUBT)
    )
    return others.exclude(bill=record).exists()


def _claim(walk: BillWalk, record: Record, wanted: Requisition, order: LinkableOrder) -> None:
    """What it takes of each line of the order, by the order's own ids."""
    stored = walk.chains.commitment(wanted.project, wanted.commitment)
    origins = {line.line_id: line.origin for line in (stored.lines or ())} if stored else {}
    rows = [
        (record.pk, order.source_id, line_of(origins.get(item.line, "")) or item.line, item.amount, BillingStage.POSTED)
        for item in wanted.items
    ]
    names = ("bill", "order", "item", "net", "stage")
    bulk.insert_or_save(Billing, names, rows, fields=["net", "stage"], unique=["bill", "order", "item"])
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
    elif case.bill.status not in WITHDRAWN and (hold := _differs(walk, case, stored)):
        walk.hold(case.record, hold)
    elif bill_undoing.reversed_payments(case):
        if bill_undoing.payments(walk, case, stored):
            go_on(walk, walk.again(case))
    elif case.bill.status in WITHDRAWN or bill_undoing.goes_as_well(walk, case, stored):
        if bill_undoing.whole(walk, case, stored):
            go_on(walk, walk.again(case))
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
    goes = bills.nothing_left(answer, case.bill) is not None
    if not goes and not (walk.has_result(case, answer) and walk.permitted(case, answer)):
        return
    if bill_undoing.whole(walk, case, stored):
        go_on(walk, walk.again(case))
