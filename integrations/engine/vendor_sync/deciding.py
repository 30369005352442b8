"""What people say of vendors: the first list is right, this side of a conflict, these two are one, or two.

Every function takes who asks; the page has asked for the permission. Approvals of new vendors and of changes go
through `engine.decisions`, as all approvals do.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from audit.trail import Subject, log
from integrations.engine import decisions, trail
from integrations.engine.decision_kinds import (
    FIRST_VENDORS,
    VENDOR_APART,
    VENDOR_CHANGE,
    VENDOR_CONFLICT,
    VENDOR_CREATE,
)
from integrations.engine.vendor_sync import shelf, units
from integrations.models import LOOKING, Decision, Integration, Record, Side, VendorSides, VendorStep, Work
from integrations.pairs.vendor_flow import LABELS, VendorFlow
from mappings import changes, telling_apart
from mappings.models import Kind, LinkState, ReferenceEntry, Scope, VendorLink

UNCONFIRMED = "vendor-proposal"
FEEDS = VendorFlow()


@dataclass
class FirstList:
    """What the first sync would do, as a person confirms it: by the hash of exactly this list."""

    create_there: list[VendorSides] = field(default_factory=list)
    create_here: list[VendorSides] = field(default_factory=list)
    linked: list[VendorSides] = field(default_factory=list)
    to_look_at: list[VendorSides] = field(default_factory=list)
    left_out: list[VendorSides] = field(default_factory=list)

    @property
    def seen(self) -> str:
        steps = sorted(f"{each.step}:{each.pk}" for each in (*self.create_there, *self.create_here))
        return hashlib.sha256("\n".join(steps).encode()).hexdigest()


def first_list(integration: Integration) -> FirstList:
    """Every vendor of the integration in the part of the list it belongs to."""
    found = FirstList()
    rows = VendorSides.objects.filter(integration=integration).select_related("record", "link__target")
    for sides in rows.order_by("record__vendor_name", "pk"):
        _part(found, sides).append(sides)
    return found


def _part(found: FirstList, sides: VendorSides) -> list[VendorSides]:
    if sides.record.work == Work.HELD:
        return found.to_look_at
    if sides.link_id is not None:
        return found.linked
    if sides.record.hold_reason == UNCONFIRMED and sides.step == VendorStep.CREATE_IN_TARGET:
        return found.create_there
    if sides.record.hold_reason == UNCONFIRMED and sides.step == VendorStep.CREATE_IN_SOURCE:
        return found.create_here
    return found.left_out


def confirm_list(integration: Integration, by: User, seen: str, reason: str = "") -> str:
    """Let the vendors of exactly the list that was seen be created; returns what became of it."""
    with transaction.atomic():
        locked = Integration.objects.select_for_update(of=("self",)).get(pk=integration.pk)
        if locked.vendors_confirmed_at is not None:
            return "was confirmed already."
        found = first_list(locked)
        if found.seen != seen:
            return "has changed since you looked: look at it again."
        now = timezone.now()
        Integration.objects.filter(pk=locked.pk).update(vendors_confirmed_at=now)
        counts = {"there": len(found.create_there), "here": len(found.create_here)}
        decisions.record(
            FIRST_VENDORS, "integration", locked.pk, seen, by, reason or "looked through", counts,
            integration=locked, label=f"First list of vendors of {locked.name}",
        )  # fmt: skip
        waiting = Record.objects.filter(integration=locked, work=Work.WAITING, hold_reason=UNCONFIRMED)
        units.wake(waiting.values_list("pk", flat=True))
        told = {**counts, "source": locked.source.label, "target": locked.target.label}
        log("vendor.list_confirmed", Subject("integration", locked.pk, locked.name), actor=by, details=told)
    return "is confirmed: the vendors are created on the next run."


def choose(sides: VendorSides, choices: Mapping[str, str], by: User) -> str:
    """Per field of a conflict the side that is right; `choices` by the choice keys that the page showed."""
    with transaction.atomic():
        row = _locked(sides)
        conflicts = {each["choice"]: each for each in row.differences if each["way"] == "conflict"}
        chosen = {key: side for key, side in choices.items() if key in conflicts and side in Side.values}
        if row.record.work != Work.HELD or not conflicts:
            return "has no conflict any more."
        if len(chosen) < len(conflicts):
            return "needs a choice for every field; what was not chosen may have changed since you looked."
        row.chosen = {**row.chosen, "sides": {**row.chosen.get("sides", {}), **chosen}}
        row.save(update_fields=["chosen"])
        said = "; ".join(
            f"{LABELS[conflicts[key]['field']]} as in {row_label(row, side)}: “{conflicts[key][side]}”"
            for key, side in chosen.items()
        )
        content = hashlib.sha256("\n".join(sorted(chosen)).encode()).hexdigest()
        decisions.record(
            VENDOR_CONFLICT, "vendor", row.record_id, content, by, said, chosen,
            integration=row.integration, label=f"Conflict of {row}",
        )  # fmt: skip
        log("vendor.chosen", trail.subject(row.record), actor=by, details={"choices": said})
        units.wake([row.record_id])
    return "is settled: what was chosen reaches the other side on the next run."


def row_label(sides: VendorSides, side: str) -> str:
    connection = sides.integration.source if side == Side.SOURCE else sides.integration.target
    return connection.label


def link(sides: VendorSides, key: str, by: User) -> str:
    """Say that this vendor is that contact, or that this contact is that vendor; `key` is the other side's id."""
    with changes.acting(by), changes.together():
        # As whoever changes a link in its table: the tables first, the records that wait for them after.
        Scope.objects.select_for_update(no_key=True).get(integrations=sides.integration_id)
        row = _locked(sides)
        if row.link_id is not None or row.record.work in (Work.POSTING, Work.DOUBT):
            return "is linked already, or being written right now."
        source_key, target_key = (row.source_key, key) if row.source_key else (key, row.target_key)
        books = row.integration.scope.target_books
        contact = ReferenceEntry.objects.filter(books=books, kind=Kind.CONTACT, key=target_key).first()
        if contact is None or not _is_vendor(row, source_key):
            return "was not linked: that vendor or contact is no longer known."
        found = VendorLink.objects.filter(scope=row.integration.scope, source_key=source_key, currency="").first()
        made = found or VendorLink(scope=row.integration.scope, source_key=source_key)
        made.target, made.state = contact, LinkState.CONFIRMED
        made.evidence = f"chosen by {by.get_username()}"
        made.save()
        units.wake([row.record_id])
    return f"is linked: {contact}."


def _is_vendor(sides: VendorSides, key: str) -> bool:
    books = sides.integration.scope.source_books
    return ReferenceEntry.objects.filter(books=books, kind=Kind.VENDOR, key=key).exists()


def may_be_another(sides: VendorSides) -> bool:
    """Whether somebody has to say that it is one of those like it, or none."""
    return sides.record.work == Work.HELD and sides.link_id is None and sides.step == VendorStep.LINK


def separate(sides: VendorSides, others: Collection[str], by: User, reason: str, *, looking: bool = False) -> str:
    """Say that it is none of the others that were shown: it is created on the other side, or waits for its own.

    Whoever is like it and was not among them is asked about in the next run.
    """
    if not reason.strip():
        return "needs a reason."
    with changes.together():
        # As whoever links: the tables first, the records that wait for them after.
        Scope.objects.select_for_update(no_key=True).get(integrations=sides.integration_id)
        row = _locked(sides)
        if not may_be_another(row):
            return "is not compared with another one any more."
        if row.near_key and row.near_key not in others:
            return "has changed since you looked: look at it again."
        _tell_apart(row, others, by, reason.strip(), looking=looking)
        units.wake([row.record_id])
    return "waits for its own." if looking else "goes on as a vendor of its own on the next run."


def _tell_apart(row: VendorSides, others: Collection[str], by: User, reason: str, *, looking: bool) -> None:
    integration, side = row.integration, Side.TARGET if row.source_key else Side.SOURCE
    connection = integration.target if side == Side.TARGET else integration.source
    known = {key: each.number for key, each in shelf.documents(connection, FEEDS.feed(side), others).items()}
    pairs = [(row.source_key or key, row.target_key or key) for key in known]
    telling_apart.tell_apart(integration.scope, pairs, by, reason)
    row.chosen = {**row.chosen, LOOKING: looking}
    row.save(update_fields=["chosen"])
    content = hashlib.sha256("\n".join(sorted(known)).encode()).hexdigest()
    decisions.record(
        VENDOR_APART, "vendor", row.record_id, content, by, reason, {"others": sorted(known.values())},
        integration=integration, label=f"{row}: none of those like it",
    )  # fmt: skip
    details = {"near": ", ".join(sorted(known.values())) or "anybody there", "reason": reason}
    log("vendor.looking" if looking else "vendor.separate", trail.subject(row.record), actor=by, details=details)


def pending(sides: Iterable[VendorSides]) -> dict[int, Decision]:
    """What waits for a person's approval, by record."""
    ids = [str(each.record_id) for each in sides]
    rows = Decision.objects.pending().filter(
        subject_kind="vendor", subject_id__in=ids, kind__in=[VENDOR_CHANGE, VENDOR_CREATE]
    )
    return {int(each.subject_id): each for each in rows}


def connect() -> None:
    """What follows from an approval or a refusal: the vendor is compared once more, with it."""
    for kind in (VENDOR_CHANGE, VENDOR_CREATE):
        decisions.register(kind, approved=_compare_again, refused=_compare_again)


def _compare_again(decision: Decision) -> None:
    units.wake([int(decision.subject_id)])


def _locked(sides: VendorSides) -> VendorSides:
    """With its record, so that nothing is written of it while a person decides."""
    rows = VendorSides.objects.select_for_update(of=("self", "record"))
    return rows.select_related("record", "integration__source", "integration__target", "integration__scope").get(
        pk=sides.pk
    )
