"""Deciding, vendor by vendor, what has to be written where, and what waits for a person; nothing is sent here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from django.db import transaction

from integrations.documents import Vendor
from integrations.engine import vendors
from integrations.engine.decision_kinds import VENDOR_CHANGE, VENDOR_CREATE
from integrations.engine.vendor_sync import linked, merges, shelf
from integrations.engine.vendor_sync.ending import Endings
from integrations.engine.vendor_sync.fitting import Fitting
from integrations.engine.vendor_sync.plans import Keeping, VendorPlan, key_of, name_taken
from integrations.engine.vendor_sync.said import Said
from integrations.models import LOOKING, Record, Side, VendorSides, VendorStep, Work
from integrations.pairs.vendor_flow import (
    LABELS,
    Comparison,
    Difference,
    Way,
    change_key,
    choice_key,
    compare,
    content_of,
    is_eligible,
    new_values,
    refused,
    source_values,
    values_of,
)
from integrations.vendor_documents import VendorAction
from mappings import telling_apart
from mappings.models import LinkState, VendorLink
from mappings.vendor_linking import VendorOutcome
from mappings.vendor_lists import vendor_facts
from mappings.vendor_matching import Contacts, MatchKind, is_retired, match

CHUNK = 500
# From here on two are near enough for a person to look before a second one is made (A70).
NEAR = 90
UNCONFIRMED = "vendor-proposal"
WAITS_FOR_LIST = "Waits until the first list of vendors is confirmed."
KEEPS_LOOKING = "It is none of those that are like it, and waits for its own or until somebody has it created."


class Planner:
    """The vendors of one integration that changed, compared in chunks."""

    def __init__(self, keeping: Keeping) -> None:
        self.keeping, self.integration = keeping, keeping.integration
        self.scope = keeping.integration.scope
        self.confirmed = keeping.integration.vendors_confirmed_at is not None
        self._fitting = Fitting(keeping)

    def plan(self, records: Sequence[Record]) -> list[VendorPlan]:
        """Plans for what may be written; everything else is saved where it belongs, with its reasons."""
        for side in Side:
            self.keeping.system(side).read_ahead()
        self._ends = Endings(self.keeping)
        self._covered: set[int] = set()
        found = VendorSides.objects.filter(record__in=records).select_related("link__target", "record__document")
        every = {sides.record_id: sides for sides in found}
        units = [every[record.pk] for record in records if record.pk in every]
        plans: list[VendorPlan] = []
        with transaction.atomic():
            self.keeping.slice_.fence()
            self._attach_known(units)
            self._read(units)
            outcomes = self._link_new([sides for sides in units if sides.link is None and sides.source_key])
            lone = [sides.target_key for sides in units if not sides.source_key]
            self._apart = telling_apart.vendors_apart(self.scope, lone)
            self._said = Said(self.integration, units)
            for sides in units:
                if sides.record_id in self._covered:
                    continue
                plan = self._one(sides, outcomes)
                if plan is not None:
                    plans.append(plan)
            self._ends.save(self.read)
        return plans

    # Bringing together what belongs together

    def _attach_known(self, units: Iterable[VendorSides]) -> None:
        """Links that people or documents made, and links that now lead to another contact."""
        keys = [sides.source_key for sides in units if sides.source_key]
        rows = VendorLink.objects.filter(scope=self.scope, state=LinkState.CONFIRMED, source_key__in=keys)
        links = {link.source_key: link for link in rows.select_related("target")}
        for sides in units:
            link = links.get(sides.source_key) if sides.source_key else None
            if link is not None and (sides.link_id != link.pk or sides.target_key != link.target.key):
                self._covered |= linked.attach(self.keeping, sides, link)
            elif link is None and sides.link_id is not None:
                sides.link = None

    def _read(self, units: Sequence[VendorSides]) -> None:
        flow, keys = self.keeping.flow, {side: [key_of(each, side) for each in units] for side in Side}
        self.read: dict[str, dict[str, Vendor]] = {
            side: shelf.vendors(self.keeping.connection(side), flow.feed(side), [key for key in keys[side] if key])
            for side in Side
        }

    def _link_new(self, units: Sequence[VendorSides]) -> Mapping[str, VendorOutcome]:
        """A70 over every vendor that has no link and might get one."""
        named = [
            vendor
            for sides in units
            if (vendor := self.read[Side.SOURCE].get(sides.source_key)) is not None
            and not self._never(vendor)
            and not (sides.target_key and sides.link_id is None)
        ]
        if not named:
            return {}
        outcomes = vendors.link(self.integration, named).outcomes
        self._attach_known([sides for sides in units if sides.link_id is None])
        self._read_targets(units)
        return outcomes

    def _read_targets(self, units: Sequence[VendorSides]) -> None:
        fresh = [sides.target_key for sides in units if sides.target_key not in self.read[Side.TARGET]]
        target = self.keeping.connection(Side.TARGET)
        self.read[Side.TARGET] |= shelf.vendors(target, self.keeping.flow.target_feed, [key for key in fresh if key])

    # One vendor

    def _one(self, sides: VendorSides, outcomes: Mapping[str, VendorOutcome]) -> VendorPlan | None:
        sides.differences, sides.step = [], ""
        if sides.link is not None:
            return self._compare(sides, sides.link)
        if sides.source_key:
            vendor = self.read[Side.SOURCE].get(sides.source_key)
            return self._unlinked(sides, vendor, outcomes.get(sides.source_key)) if vendor else None
        contact = self.read[Side.TARGET].get(sides.target_key)
        return self._lone(sides, contact) if contact else None

    def _never(self, vendor: Vendor) -> str:
        """Why this vendor never gets a contact of ours (A72); "" for the others."""
        if shelf.GONE in vendor.fields:
            return "Procurement no longer shows this vendor."
        if vendor.kind not in self.keeping.flow.created:
            return f"It is a vendor of the kind “{vendor.kind}”, for which no contact is ever made."
        if not vendor.active:
            return "It is not in use in procurement."
        return "Its name says that it is not to be used." if is_retired(vendor.name) else ""

    def _unlinked(self, sides: VendorSides, vendor: Vendor, outcome: VendorOutcome | None) -> VendorPlan | None:
        if sides.target_key:
            self._ends.hold(
                sides, "missing-vendor", "Its link was removed. Link it again, to the same contact or another."
            )
            return None
        if never := self._never(vendor):
            self._ends.place(sides, Work.EXCLUDED_RULE, never)
            return None
        if outcome is None:
            return None
        if outcome.outcome in vendors.REASONS:
            self._near(sides, outcome.key, outcome.contact, outcome.why, vendors.REASONS[outcome.outcome])
            return None
        if outcome.score >= NEAR:
            self._near(sides, outcome.key, outcome.contact, outcome.why, "needs-link")
            return None
        sides.evidence = f"{outcome.contact}: {outcome.why}" if outcome.contact else outcome.why
        return self._new(sides, Side.TARGET, vendor)

    def _lone(self, sides: VendorSides, contact: Vendor) -> VendorPlan | None:
        if not is_eligible(contact, self.integration.vendor_group):
            why = "It was merged into another contact." if contact.merged_to else "It is no supplier in use."
            self._ends.place(sides, Work.EXCLUDED_RULE, why)
            return None
        if contact.source_id in self._linked:
            who = "It is linked to a card provider, an employee or another vendor that nobody buys from."
            self._ends.place(sides, Work.EXCLUDED_RULE, who)
            return None
        if is_retired(contact.name):
            self._ends.place(sides, Work.EXCLUDED_RULE, "Its name says that it is not to be used.")
            return None
        found = match(vendor_facts(contact), self._vendors, self._apart.get(contact.source_id, frozenset()))
        best = found.candidates[0] if found.candidates else None
        doubtful = found.kind in (MatchKind.AUTOMATIC, MatchKind.AMBIGUOUS) or (best and best.score >= NEAR)
        if best and doubtful:
            self._near(sides, best.contact.key, best.contact.name, best.evidence, "needs-link")
            return None
        return self._new(sides, Side.SOURCE, contact)

    @cached_property
    def _vendors(self) -> Contacts:
        """Every vendor of the source, those out of use included, as a list that a contact is matched against."""
        return Contacts(
            replace(vendor_facts(vendor), external_ref=vendor.external_ref)
            for vendor in shelf.every(self.keeping.connection(Side.SOURCE), self.keeping.flow.source_feed)
        )

    @cached_property
    def _linked(self) -> set[str]:
        """Contacts that a person or a document linked: never made once more in procurement."""
        rows = VendorLink.objects.filter(scope=self.scope, state=LinkState.CONFIRMED)
        return set(rows.values_list("target__key", flat=True))

    def _near(self, sides: VendorSides, key: str, name: str, why: str, reason: str) -> None:
        sides.step, sides.near_key, sides.near_name, sides.evidence = VendorStep.LINK, key, name[:255], why[:300]
        which = "Choose which one it is, or say that it is none."
        either = which if reason == "ambiguous-vendor" else "Link the two, or say that they are two."
        self._ends.hold(sides, reason, f"It may be {name}: {why}. {either}")

    def _new(self, sides: VendorSides, side: Side, vendor: Vendor) -> VendorPlan | None:
        """Nobody there is like it any more; who said so may still want to find its own."""
        if not sides.chosen.get(LOOKING):
            return self._create(sides, side, vendor)
        sides.step, sides.near_key, sides.near_name = VendorStep.LINK, "", ""
        self._ends.hold(sides, "missing-vendor", KEEPS_LOOKING)
        return None

    def _create(self, sides: VendorSides, side: Side, vendor: Vendor) -> VendorPlan | None:
        values = new_values(vendor)
        sides.step = VendorStep.CREATE_IN_TARGET if side == Side.TARGET else VendorStep.CREATE_IN_SOURCE
        system, label = self.keeping.system(side), self.keeping.label(side)
        if self._fitting.name_taken(side, values["name"]):
            self._ends.hold(sides, "name-taken", name_taken(values["name"], label))
            return None
        if (currency := values.get("currency")) and not self._fitting.uses(side, currency):
            why = f"{label} does not use {currency}. Add the currency there, or change the vendor's."
            self._ends.hold(sides, "currency-not-enabled", why)
            return None
        if unfit := system.unfit(values):
            said = "\n".join(f"{LABELS[name]} “{values[name]}”: {why}" for name, why in unfit.items())
            self._ends.hold(sides, "cannot-represent", f"{label} cannot take it as it is.\n{said}")
            return None
        content = content_of(side, VendorAction.CREATE, values)
        if self.confirmed and self.integration.new_vendors_need_approval and not self._said.approved(sides, content):
            self._ask_to_create(sides, side, content)
            return None
        origin = source_values(vendor, {}) if side == Side.TARGET else values_of(vendor)
        return self._ready(VendorPlan(sides.record, sides, side, VendorAction.CREATE, values, origin, content))

    # A vendor that stands on both sides

    def _compare(self, sides: VendorSides, link: VendorLink) -> VendorPlan | None:
        source, target = self.read[Side.SOURCE].get(sides.source_key), self.read[Side.TARGET].get(sides.target_key)
        if source is None or target is None:
            side = Side.SOURCE if source is None else Side.TARGET
            self._ends.hold(
                sides, "needs-link", f"{self.keeping.label(side)} shows no such vendor. Link it to another."
            )
            return None
        if shelf.GONE in source.fields:
            label = self.keeping.label(Side.SOURCE)
            why = f"{label} no longer shows this vendor: it may have been deleted, or our user may see less."
            self._ends.hold(sides, "invalid-source", why)
            return None
        if target.merged_to and (chain := merges.chain(self.keeping.connection(Side.TARGET), target)):
            if why := linked.follow_merge(self.keeping, sides, link, target, chain[-1].source_id):
                self._ends.hold(sides, "ambiguous-vendor", why)
                return None
            target = self.read[Side.TARGET][sides.target_key] = chain[-1]
        if not linked.has_base(link):
            linked.take_base(link, source, target)
        base = linked.base_of(link)
        here, there = source_values(source, base.source), values_of(target)
        found = compare(base, here, there, self._said.judged(sides))
        found = refused(found, {side: self._fitting.unfit(side, found.writes(side)) for side in Side})
        linked.move_base(link, dict(found.settled))
        sides.differences = [_told(each) for each in found.differences]
        for side, origin in ((Side.TARGET, here), (Side.SOURCE, there)):
            if values := found.writes(side):
                content = content_of(side, VendorAction.UPDATE, values)
                plan = VendorPlan(
                    sides.record, sides, side, VendorAction.UPDATE, values,
                    {name: origin[name] for name in values}, content, link,
                )  # fmt: skip
                return self._ready(plan)
        self._stopped(sides, found, there["active"])
        return None

    def _stopped(self, sides: VendorSides, found: Comparison, target_active: str) -> None:
        """Nothing goes on by itself: who has to look, and at what."""
        ways = (
            (Way.CONFLICT, "vendor-conflict", "was changed on both sides"),
            (Way.UNFIT, "cannot-represent", "cannot be taken as it is"),
            (Way.INACTIVE, "inactive-vendor", "waits for a vendor that is not in use"),
        )
        waiting = found.of(Way.APPROVAL)
        if waiting:
            self._ask_to_change(sides, waiting)
        else:
            self._said.lapse(sides)
        for way, reason, said in ways:
            if differing := found.of(way):
                self._ends.hold(sides, reason, "\n".join(_sentence(each, said) for each in differing))
                return
        if waiting:
            return
        both_out = target_active == "no"
        self._ends.place(sides, Work.DONE, "Not in use in accounting." if both_out else "")

    # Asking, and what people said

    def _ask_to_create(self, sides: VendorSides, side: Side, content: str) -> None:
        label = self.keeping.label(side)
        if self._said.refused(sides, content):
            self._ends.hold(
                sides, "missing-vendor", f"It was refused as a new vendor in {label}. Link it, or exclude it."
            )
            return
        why = f"A new vendor in {label} needs an approval."
        self._ends.leave(sides, Work.APPROVAL, "vendor-approval", why)
        self._said.ask(VENDOR_CREATE, sides, content, why, f"Create {sides.record.vendor_name} in {label}", {})

    def _ask_to_change(self, sides: VendorSides, waiting: Sequence[Difference]) -> None:
        said = "\n".join(f"{each.label.capitalize()}: “{each.target}” would become “{each.value}”" for each in waiting)
        self._ends.leave(sides, Work.APPROVAL, "vendor-approval", said)
        keys = sorted(change_key(each.field, each, each.to) for each in waiting)
        content = content_of(Side.TARGET, "change", dict.fromkeys(keys, ""))
        choice = {"keys": keys, "fields": [each.field for each in waiting]}
        title = f"Change {sides.record.vendor_name} in {self.keeping.label(Side.TARGET)}"
        self._said.ask(VENDOR_CHANGE, sides, content, said, title, choice)

    # Where it ends

    def _ready(self, plan: VendorPlan) -> VendorPlan | None:
        """Before the first list is confirmed nothing is written at all (E10)."""
        if self.confirmed:
            return plan
        self._ends.leave(plan.sides, Work.WAITING, UNCONFIRMED, WAITS_FOR_LIST)
        return None


def _sentence(each: Difference, said: str) -> str:
    why = f" {each.why}" if each.why else ""
    return f"{each.label.capitalize()} {said}: “{each.source}” in procurement, “{each.target}” in accounting.{why}"


def _told(each: Difference) -> dict[str, str]:
    """A difference as the pages show it; the keys bind what a person says of it."""
    return {
        "field": each.field,
        "base_source": each.base_source,
        "base_target": each.base_target,
        "source": each.source,
        "target": each.target,
        "to": each.to,
        "way": each.way.value,
        "why": each.why,
        "choice": choice_key(each),
    }
