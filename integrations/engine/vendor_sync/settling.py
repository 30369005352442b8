"""Committing what became of a write of vendors: done, refused, in doubt, never sent; each with its entries."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from audit.trail import Event, log_many
from integrations.documents import Vendor
from integrations.engine import bulk, decisions, intents, trail
from integrations.engine.decision_kinds import VENDOR_CHANGE, VENDOR_CREATE
from integrations.engine.vendor_sync import free, linked, shelf, units
from integrations.engine.vendor_sync.plans import LIST_KIND, Keeping, VendorPlan, name_taken
from integrations.errors import CounterfoilError
from integrations.explanations import sentence
from integrations.models import (
    Decision,
    Outcome,
    Posting,
    Record,
    Request,
    RequestLine,
    Side,
    Standing,
    VendorSides,
    Work,
)
from integrations.pairs.vendor_flow import LABELS, source_values, values_of
from integrations.vendor_documents import VendorOutcome
from mappings import changes, reference
from mappings.models import LinkState, ReferenceEntry, VendorLink

if TYPE_CHECKING:
    from integrations.engine.vendor_sync.writing import VendorIntent

FIELDS = ("work", "hold_reason", "explanation", "not_before", "attempts", "changed_at")


def settle(keeping: Keeping, intent: "VendorIntent", outcomes: Sequence[VendorOutcome]) -> None:
    """Take the answer into the books: one transaction for the whole batch, links and what waited for them included."""
    with changes.together():
        keeping.slice_.fence()
        events: list[Event] = []
        for plan, line, outcome in zip(intent.plans, intent.lines, outcomes, strict=True):
            if outcome.stored is not None:
                events += stand(keeping, plan.sides, plan.side, plan.posting, outcome.stored, _sent_of(plan))
                line.outcome = Outcome.DONE
            else:
                events += _refuse(keeping, plan, outcome)
                line.outcome = Outcome.REFUSED
        bulk.save(intent.lines, ["outcome"])
        done = any(outcome.stored for outcome in outcomes)
        intents.answered(intent.request, Outcome.DONE if done else Outcome.REFUSED)
        log_many(events)


def adopt(keeping: Keeping, found: Sequence[tuple[VendorPlan, Vendor]]) -> None:
    """Vendors of ours that a look-up found before anything was sent (E5)."""
    for plan, stored in found:
        with changes.together():
            keeping.slice_.fence()
            free.lock_tables(keeping)
            if free.still(keeping, [plan]):
                log_many(stand(keeping, plan.sides, plan.side, None, stored, _sent_of(plan), found=True))
                Record.objects.filter(pk=plan.record.pk).update(look_up_first=False)


def stand(
    keeping: Keeping,
    sides: VendorSides,
    side: Side,
    posting: Posting | None,
    stored: Vendor,
    sent: Mapping[str, Mapping[str, str]],
    *,
    found: bool = False,
) -> list[Event]:
    """What a side now holds, as its answer or a look-up told it: document, list, link, both bases. In a transaction."""
    connection, feed = keeping.connection(side), keeping.flow.feed(side)
    told = shelf.keep(connection, feed, [stored])
    units.tell(connection, feed, told, without=keeping.integration.pk)
    reference.merge(connection.books, LIST_KIND[side], [keeping.system(side).vendor_entry(stored)])  # type: ignore[arg-type]
    created = sides.link is None
    if created:
        sides = _or_twin(sides, side, stored)
        _join(keeping, sides, side, stored)
        posting = posting or linked.stand(keeping, sides, side, stored.source_id)
    link = sides.link
    assert link is not None
    _move_bases(link, side, stored, sent)
    sides.sent = {}
    sides.save(update_fields=["sent"])
    if posting is not None:
        _fill(keeping, posting, stored)
    _used(sides, VENDOR_CREATE if created else VENDOR_CHANGE)
    record = sides.record
    record.work, record.hold_reason, record.explanation = Work.WAITING, "", ""
    record.not_before, record.attempts, record.changed_at = None, 0, timezone.now()
    record.save(update_fields=FIELDS)
    keeping.slice_.run.posted += 1
    action = "vendor.found" if found else "vendor.created" if created else "vendor.updated"
    fields = {LABELS[name]: value for name, value in sent["values"].items()}
    return [
        trail.event(
            action,
            record,
            target=connection.label,
            number=stored.name,
            target_id=stored.source_id,
            fields=fields,
            changed=", ".join(fields),
        )
    ]


def _or_twin(sides: VendorSides, side: Side, stored: Vendor) -> VendorSides:
    """The row that goes on: a list may have shown the new vendor, as one of its own, before its answer was known."""
    if side == Side.TARGET:
        return sides
    rows = VendorSides.objects.filter(integration_id=sides.integration_id, source_key=stored.source_id)
    twin = rows.exclude(pk=sides.pk).select_related("record__document", "link__target").first()
    if twin is None:
        return sides
    linked.cover([sides.record_id], twin.record)
    twin.target_key = sides.target_key
    return twin


def _join(keeping: Keeping, sides: VendorSides, side: Side, stored: Vendor) -> None:
    """The link of a vendor with the one just made from it; whatever document waited for it goes on."""
    if side == Side.SOURCE:
        sides.source_key = stored.source_id
    else:
        sides.target_key = stored.source_id
    target = ReferenceEntry.objects.get(
        books=keeping.integration.target.books, kind=LIST_KIND[Side.TARGET], key=sides.target_key
    )
    scope = keeping.integration.scope
    proposed = VendorLink.objects.filter(scope=scope, source_key=sides.source_key, currency="").first()
    link = proposed or VendorLink(scope=scope, source_key=sides.source_key)
    link.target, link.state = target, LinkState.CONFIRMED
    link.evidence = f"created by Counterfoil in {keeping.label(side)}"[:300]
    link.name_source("source_key", stored.name)
    link.base = {"contact": sides.target_key}
    link.save()
    sides.link = link
    sides.created_in, sides.created_at, sides.step = side, timezone.now(), ""
    sides.evidence = sides.link.evidence
    sides.save()
    linked.cover_lone(sides)
    linked.stand(keeping, sides, Side.TARGET, sides.target_key)


def _move_bases(link: VendorLink, side: Side, stored: Vendor, sent: Mapping[str, Mapping[str, str]]) -> None:
    """The written side as it answered, the other side as it was when this was planned."""
    returned = source_values(stored, {}) if side == Side.SOURCE else values_of(stored)
    base = linked.base_of(link)
    ends = {Side.SOURCE.value: dict(base.source), Side.TARGET.value: dict(base.target)}
    other = Side.TARGET if side == Side.SOURCE else Side.SOURCE
    fields = set(sent["values"]) if ends[side.value] else set(returned)
    ends[side.value] |= {name: returned[name] for name in fields}
    ends[other.value] |= sent["origin"]
    link.base = {**link.base, **ends, "contact": link.target.key}
    link.save()


def _fill(keeping: Keeping, posting: Posting, stored: Vendor) -> None:
    posting.target_id, posting.number = stored.source_id, stored.name[:255]
    posting.standing, posting.posted_at = Standing.LEDGER, timezone.now()
    posting.status_word, posting.run = shelf.IN_USE if stored.active else shelf.OUT_OF_USE, keeping.slice_.run
    posting.save()


def _used(sides: VendorSides, kind: str) -> None:
    """An approval is for one change: made, it counts for no later one."""
    taken = Decision.objects.about("vendor", sides.record_id).filter(kind=kind, approved=True, lapsed_at=None)
    for decision in taken:
        decisions.lapse(decision, "It was carried out.")


def _sent_of(plan: VendorPlan) -> dict[str, Mapping[str, str]]:
    return {"values": plan.values, "origin": plan.origin}


def _refuse(keeping: Keeping, plan: VendorPlan, outcome: VendorOutcome) -> list[Event]:
    words = " ".join(outcome.refusals) or "no reason was given"
    label = keeping.label(plan.side)
    held = _hold(keeping, plan.record, "rejected-by-target", f"{label} said: {words}")
    return [trail.event("vendor.refused", plan.record, target=label, explanation=words), held]


def _hold(keeping: Keeping, record: Record, reason: str, explanation: str) -> Event:
    record.work, record.hold_reason, record.explanation = Work.HELD, reason, explanation
    record.not_before, record.changed_at = None, timezone.now()
    record.save(update_fields=["work", "hold_reason", "explanation", "not_before", "changed_at"])
    keeping.slice_.run.held += 1
    return trail.event("record.held", record, reason=reason, explanation=explanation)


def hold_name_taken(keeping: Keeping, plans: Sequence[VendorPlan]) -> None:
    """Somebody added one of that name since the list was read: two of one name are for a person."""
    with transaction.atomic():
        keeping.slice_.fence()
        log_many(
            [
                _hold(
                    keeping,
                    plan.record,
                    "name-taken",
                    name_taken(plan.values["name"], keeping.label(plan.side)),
                )
                for plan in free.still(keeping, plans)
            ]
        )


def leave_to_others(records: Iterable[Record]) -> None:
    """Another integration creates this vendor in the same company (A2)."""
    for record in records:
        record.work, record.hold_reason, record.changed_at = Work.EXCLUDED_RULE, "", timezone.now()
        record.explanation = "Another integration keeps this vendor in step."
        record.save(update_fields=["work", "hold_reason", "explanation", "changed_at"])


def doubt(keeping: Keeping, request: Request, records: Sequence[Record], why: str) -> None:
    """No answer: nobody may write again until the write must have ended and was looked up (E2)."""
    with transaction.atomic():
        keeping.slice_.fence()
        intents.put_records_in_doubt(request, records, why, "vendor.in_doubt", request.connection.label)
    keeping.slice_.wake_at(request.settles_at)


def not_sent(keeping: Keeping, intent: "VendorIntent", error: CounterfoilError, *, tried: bool = True) -> None:
    """It provably did not take effect: the records wait for a new attempt, a counted number of times.

    A call that was never begun was not `tried` and does not count.
    """
    now, tried = timezone.now(), tried and intents.was_begun(error)
    label, why = keeping.label(intent.plans[0].side), sentence(error)
    records = [plan.record for plan in intent.plans]
    with transaction.atomic():
        keeping.slice_.fence()
        intents.answered(intent.request, Outcome.DROPPED, why)
        RequestLine.objects.filter(request=intent.request).update(outcome=Outcome.DROPPED)
        for record in records:
            record.work, record.changed_at = Work.WAITING, now
            record.attempts += tried
            record.not_before = intents.again_at(error, record.attempts)
            if tried and (said := intents.given_up(error, record.attempts, label)):
                record.work, record.hold_reason, record.explanation = Work.HELD, "rejected-by-target", said
        bulk.save(records, FIELDS)
        log_many(trail.event("vendor.not_sent", record, target=label, why=why) for record in records)
