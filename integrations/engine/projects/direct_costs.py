"""A bill without an order: its direct cost, written once, and taken back when the bill says otherwise (A89, A91)."""

from datetime import date

from integrations.engine.projects import bill_postings, locking
from integrations.engine.projects.bill_doubts import PAYMENT_DATE
from integrations.engine.projects.bill_walk import BillCase, BillWalk, Translated, meant
from integrations.engine.projects.standing import DIRECT_COST, adopt, fingerprint
from integrations.engine.projects.steps import Step
from integrations.models import Posting
from integrations.money import figure
from integrations.pairs.flow import Hold
from integrations.pairs.xero_procore import bills
from integrations.pairs.xero_procore.bills import APPROVED, WITHDRAWN
from integrations.pairs.xero_procore.terms import Trigger
from integrations.project_documents import DirectCost, StoredDirectCost
from integrations.project_writes import DirectCostChange, DirectCostRemoval, DirectCostWrite

REMOVAL = "direct-cost-removal"


def write(walk: BillWalk, case: BillCase, answer: Translated, wanted: DirectCost) -> None:
    """Once; what we may have written already is looked for first."""
    intent = DirectCostWrite(wanted)
    if case.postings.direct_cost is not None or case.record.look_up_first:
        found = [each for each in walk.target.find(intent) if isinstance(each, StoredDirectCost)]
        if found:
            _adopt(walk, case, answer, wanted, found[0])
            return
    walk.mark_vendor(case.record, wanted.vendor)
    step = Step(
        case.record, DIRECT_COST, wanted.reference, "direct-cost", intent, case.content, wanted.project, wanted.total,
        source=case.bill.lines, coded=answer.coded,
    )  # fmt: skip
    outcome = walk.take(step, "", inside=lambda posting: meant(posting, case, answer, wanted))
    if outcome is not None and isinstance(outcome.stored, StoredDirectCost):
        walk.slice_.run.posted += 1
        _finish(walk, case, wanted, outcome.stored)


def taken_back(walk: BillWalk, case: BillCase) -> bool:
    """Whether what stands was taken away, so that the bill goes on without it; otherwise its record is left.

    What stands for what the bill says costs no call, but for the day on which it was paid since.
    """
    posting = case.postings.direct_cost
    assert posting is not None
    if _is_as_it_should_be(walk, case, posting):
        if _says_when_paid(walk, case, posting) and locking.of_direct_cost(walk, case, posting):
            walk.done(case.record)
        return False
    stored = bill_postings.stored_direct_cost(walk.target, posting)
    if stored is None:
        walk.let_go(posting)  # because we asked for it
        return True
    if not _may_go(walk, case):
        return False
    if refused := _refusal(walk, case, posting, stored):
        walk.hold(case.record, refused)
        return False
    removal = DirectCostRemoval(stored.project, stored.target_id)
    step = Step(case.record, DIRECT_COST, posting.reference, REMOVAL, removal, stored.target_id, stored.project)
    return walk.take(step, "") is not None


def _is_as_it_should_be(walk: BillWalk, case: BillCase, posting: Posting) -> bool:
    """What it says, and whether it is paid where payments bring bills along or its day of payment stands there."""
    bill = case.bill
    if bill.status not in APPROVED or posting.sent_fingerprint != case.content:
        return False
    reversed_ = any(each.deleted for each in bill.payments) and not bill.standing_payments
    if walk.terms.trigger is Trigger.PAID and reversed_:
        return False
    return posting.paid_on is None or bills.settled_on(bill) is not None


def _says_when_paid(walk: BillWalk, case: BillCase, posting: Posting) -> bool:
    """Whether nothing is left to be written of it: the day of the last payment, once the bill is paid in full.

    What is locked there, and a day that people wrote, stays.
    """
    day = bills.settled_on(case.bill)
    if day is None or day == posting.paid_on:
        return True
    stored = bill_postings.stored_direct_cost(walk.target, posting)
    if stored is None or stored.payment_date == day:
        _remember(walk, posting, day if stored is not None else None)
        return True
    if stored.locked or stored.payment_date not in (None, posting.paid_on):
        return True
    change = DirectCostChange(stored.project, stored.target_id, day)
    step = Step(
        case.record, DIRECT_COST, posting.reference, PAYMENT_DATE, change, f"{case.content[:50]} {day}", stored.project
    )
    if walk.take(step, "") is None:
        return False
    _remember(walk, posting, day)
    return True


def _remember(walk: BillWalk, posting: Posting, day: date | None) -> None:
    with walk.fenced():
        Posting.objects.filter(pk=posting.pk).update(paid_on=day)


def _may_go(walk: BillWalk, case: BillCase) -> bool:
    """What stands stays until it is known that what comes instead can be written."""
    if case.bill.status in WITHDRAWN:
        return True
    if case.bill.status not in APPROVED:
        said = f"The bill is {case.bill.status} in {walk.terms.source_label} again, and its direct cost stands."
        walk.hold(case.record, Hold("withdrawn-after-posting", said))
        return False
    around = walk.surroundings.of(case.bill, case.postings.stands_as, case.chosen)
    answer = bills.translate(case.bill, walk.tables, walk.terms, around)
    if answer.gaps or answer.holds:
        walk.lacks(case.record, answer.gaps, answer.holds)
    elif answer.result is not None and not walk.permitted(case, answer):
        return False
    elif answer.waits and answer.waits != bills.UNPAID:
        walk.waits(case.record, answer.waits)
    else:
        return True
    return False


def _refusal(walk: BillWalk, case: BillCase, posting: Posting, stored: StoredDirectCost) -> Hold | None:
    """Why it is not ours to take away any more."""
    if stored.locked:
        why = f"is locked in {walk.terms.target_label}. Unlock it there"
    elif posting.stored_fingerprint != fingerprint(stored):
        why = f"was changed in {walk.terms.target_label} since we wrote it: {_changes(posting, stored)}. Compare them"
    else:
        return None
    if case.bill.status in WITHDRAWN:
        said = f"The bill was {case.bill.status} in {walk.terms.source_label}, and its direct cost {why}"
        return Hold("withdrawn-after-posting", f"{said}, or remove it by hand.")
    return Hold("changed-after-posting", f"The bill changed, and its direct cost {why}, or correct it by hand.")


def _changes(posting: Posting, stored: StoredDirectCost) -> str:
    facts = {
        "number": (posting.number, stored.number),
        "date": (posting.document_date, stored.date),
        "status": (posting.status_word, stored.status_word),
        "total": (figure(posting.target_total), figure(stored.total)),
    }
    found = [f"{name} {there} instead of {left}" for name, (left, there) in facts.items() if left != there]
    return ", ".join(found) or "another vendor"


def _adopt(walk: BillWalk, case: BillCase, answer: Translated, wanted: DirectCost, stored: StoredDirectCost) -> None:
    with walk.fenced():
        posting = walk.posting(case.record, DIRECT_COST, wanted.reference, wanted.project)
        meant(posting, case, answer, wanted)
        adopt(walk.slice_, posting, stored)
    _finish(walk, case, wanted, stored)


def _finish(walk: BillWalk, case: BillCase, wanted: DirectCost, stored: StoredDirectCost) -> None:
    if stored.total == wanted.total:
        posting = walk.again(case).postings.direct_cost
        if posting is None or locking.of_direct_cost(walk, case, posting):
            walk.done(case.record)
        return
    said = f"Its direct cost was written as {figure(wanted.total)} {case.bill.currency}, and stands as"
    hold = Hold("differs-in-project", f"{said} {figure(stored.total)}. Correct it in {walk.terms.target_label}.")
    walk.hold(case.record, hold)
