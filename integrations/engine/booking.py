"""When an order's draft turns out to be touched just as its bill takes over: the bill waits for a person (A11)."""

from django.utils import timezone

from audit.trail import Event
from integrations.documents import StoredBill
from integrations.engine import bulk, taking_over, threads, trail
from integrations.engine.plans import Plan
from integrations.engine.slice import Slice
from integrations.models import Billing, BillingStage, Flag, Record, Work
from integrations.money import figure
from integrations.pairs.flow import Claim

FIELDS = ("work", "hold_reason", "explanation", "not_before", "changed_at")
CHOICES = "Choose: that document is this bill, post the bill beside it, or exclude it."


def hold_bill(slice_: Slice, plan: Plan, stored: StoredBill | None) -> list[Event]:
    """The bill was about to become what somebody had touched. The order has its draft back."""
    order = plan.takes_over.record if plan.takes_over is not None else None
    if plan.posting is not None and plan.posting.taken_from is not None:
        order = plan.posting.taken_from
        taking_over.hand_back([plan.posting])
        slice_.again = True
    events = _hold(slice_, plan.record, order, stored)
    threads.write({plan.record.pk: plan.translation.claims}, BillingStage.READ)
    threads.recount(slice_.integration, {claim.order for claim in plan.translation.claims})
    return events + (_flag(order, stored) if order is not None else [])


def hold_bills(slice_: Slice, plan: Plan, stored: StoredBill | None) -> list[Event] | None:
    """An order's draft was to be reduced for bills that wait: they are held, and the order stays as it is.

    Who was taken out meanwhile stays out, but takes nothing of the draft any more. None where no bill waits for it.
    """
    order = plan.record
    rows = Billing.objects.filter(
        bill__integration=slice_.integration, order=order.document.source_id, stage=BillingStage.TAKING
    )
    taking = Record.objects.select_for_update(of=("self",)).filter(pk__in=rows.values("bill"))
    bills = list(taking.select_related("document").order_by("pk"))
    if not bills:
        return None
    held = [bill for bill in bills if bill.work == Work.WAITING]
    events = [event for bill in held for event in _hold(slice_, bill, order, stored)]
    waiting: dict[int, list[Claim]] = {bill.pk: [] for bill in bills}
    for row in Billing.objects.filter(bill__in=waiting).order_by("pk"):
        waiting[row.bill_id].append(Claim(row.order, row.item, row.net))
    others = threads.write(waiting, BillingStage.READ) - {order.document.source_id}
    threads.wake(slice_.integration, others)
    Record.objects.filter(pk=order.pk).update(work=Work.WAITING, changed_at=timezone.now())
    slice_.again = True
    return events + _flag(order, stored)


def _hold(slice_: Slice, bill: Record, order: Record | None, stored: StoredBill | None) -> list[Event]:
    target = slice_.integration.target.label
    name = order.number if order is not None else ""
    if stored is None:
        said = f"The draft of order {name} can no longer be read in {target}."
    else:
        said = (
            f"The draft {stored.number} of order {name} is {stored.status_word.lower()} in {target} and no longer as "
            f"we wrote it: {figure(stored.total)} {stored.currency}."
        )
    bill.work, bill.hold_reason, bill.explanation = Work.HELD, "order-booked", f"{said} {CHOICES}"
    bill.not_before, bill.changed_at = None, timezone.now()
    bulk.save([bill], FIELDS)
    slice_.run.held += 1
    return [trail.event("record.held", bill, reason=bill.hold_reason, explanation=bill.explanation)]


def _flag(order: Record, stored: StoredBill | None) -> list[Event]:
    """The order's record says so as well, as when the sweep had found it."""
    now_ = f"it is {figure(stored.total)} {stored.currency}" if stored is not None else "it cannot be read"
    said = f"Edited in the target: it was {figure(order.amount)} {order.currency}, {now_}."
    known = Flag.objects.filter(record=order, kind="edited-in-target", closed_at=None).exists()
    if known:
        return []
    Flag.objects.create(record=order, kind="edited-in-target", explanation=said, opened_at=timezone.now())
    return [trail.event("record.flagged", order, kind="edited-in-target", explanation=said)]
