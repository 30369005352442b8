"""Holding what somebody worked on in the target before we could write to it."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from audit.trail import Event, log_many
from integrations.days import in_full
from integrations.documents import BillAction, StoredBill
from integrations.engine import booking, bulk, trail
from integrations.engine.plans import Plan
from integrations.engine.settling import RECORD_FIELDS, still_waiting
from integrations.engine.slice import Slice
from integrations.models import Work
from integrations.money import figure


def hold(slice_: Slice, touched: Sequence[tuple[Plan, StoredBill | None]]) -> None:
    """Somebody worked on the document in the target: ours to tell, not to overwrite (A11, A12)."""
    if not touched:
        return
    with transaction.atomic():
        slice_.fence()
        events: list[Event] = []
        records = []
        waiting = still_waiting([plan.record for plan, _ in touched])
        for plan, stored in touched:
            if plan.record.pk not in waiting:
                continue  # a person was quicker
            if plan.takes_over is not None or (plan.posting is not None and plan.posting.taken_from_id):
                events += booking.hold_bill(slice_, plan, stored)
            elif _is_order(slice_, plan) and (held := booking.hold_bills(slice_, plan, stored)) is not None:
                events += held
            else:
                _hold_changed(slice_, plan, stored)
                records.append(plan.record)
        bulk.save(records, (*RECORD_FIELDS, "content_version"))
        log_many(
            [
                *events,
                *(
                    trail.event("record.held", record, reason=record.hold_reason, explanation=record.explanation)
                    for record in records
                ),
            ]
        )


def _hold_changed(slice_: Slice, plan: Plan, stored: StoredBill | None) -> None:
    record = plan.record
    record.work, record.changed_at = Work.HELD, timezone.now()
    record.hold_reason = "withdrawn-after-posting" if plan.action is BillAction.DELETE else "changed-after-posting"
    record.explanation = _difference_in_words(plan, stored, slice_.integration.target.label)
    slice_.run.held += 1


def _difference_in_words(plan: Plan, stored: StoredBill | None, target: str) -> str:
    if stored is None:
        return f"Its bill can no longer be read in {target}."
    bill = plan.bill
    said = [f"Its bill {stored.number} in {target} is {stored.status_word.lower()} and no longer as we wrote it."]
    if bill is None:
        return f"{plan.why} {said[0]}"
    pairs = (
        ("contact", bill.contact == stored.contact, "the linked contact", stored.contact_name),
        (
            "total",
            bill.total == stored.total,
            f"{figure(bill.total)} {bill.currency}",
            f"{figure(stored.total)} {stored.currency}",
        ),
        ("net", bill.net == stored.net, figure(bill.net), figure(stored.net)),
        ("date", bill.date == stored.date, in_full(bill.date), in_full(stored.date)),
    )
    said += [
        f"{name}: {ours} at the source now, {theirs} in {target}." for name, same, ours, theirs in pairs if not same
    ]
    return "\n".join(said)


def _is_order(slice_: Slice, plan: Plan) -> bool:
    return slice_.pair.bill_flow(plan.record.flow).as_ordered is not None
