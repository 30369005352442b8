"""What the page of one vendor shows: both sides, what differs, what waits for whom, and its story."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Min
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString

from audit.actions import sentence
from audit.trail import story
from integrations import visibility
from integrations.admin import vendor_candidates
from integrations.engine import decisions
from integrations.engine.vendor_sync import deciding, shelf
from integrations.engine.vendor_sync.deciding import row_label
from integrations.hold_reasons import label_of
from integrations.models import LOOKING, Posting, Record, Side, UsedRow, VendorSides, Work
from integrations.pairs.vendor_flow import FIELDS, LABELS, VendorFlow, Way, values_of
from integrations.visibility import Viewer
from integrations.words import BAD, BUSY, CALM, GOOD, WORK_TONES, pill
from mappings import keys

DECIDE = "integrations.decide_vendorsides"
CONFIRM = "integrations.confirm_vendorsides"
LINK_BY_HAND = "mappings.add_vendorlink"
FEEDS = VendorFlow()


@dataclass(frozen=True, slots=True)
class Row:
    """One field as both systems show it."""

    label: str
    source: str
    target: str
    state: SafeString | str = ""


def state_of(sides: VendorSides) -> SafeString:
    """In one word and one colour what becomes of this vendor."""
    record = sides.record
    if record.work == Work.APPROVAL:
        return pill("waiting for approval", BUSY)
    if record.work == Work.HELD:
        return pill("conflict" if record.hold_reason == "vendor-conflict" else label_of(record.hold_reason), BAD)
    if record.hold_reason == deciding.UNCONFIRMED:
        return pill("proposed", BUSY)
    if record.work == Work.DONE:
        return pill("in step", GOOD)
    return pill(Work(record.work).label, WORK_TONES.get(record.work, CALM))


def context(sides: VendorSides, user: User) -> dict[str, Any]:
    """Everything the template needs."""
    decision = deciding.pending([sides]).get(sides.record_id)
    conflicts = [each for each in sides.differences if each["way"] == Way.CONFLICT]
    record, found = sides.record, vendor_candidates.candidates(sides)
    return {
        "sides": sides,
        "record": record,
        "state": state_of(sides),
        "source_label": sides.integration.source.label,
        "target_label": sides.integration.target.label,
        "rows": rows(sides),
        "decision": decision,
        "why_not": decisions.why_not(user, decision) if decision else "",
        "waiting": [_shown(each) for each in sides.differences if each["way"] == Way.APPROVAL],
        "conflicts": [_shown(each) for each in conflicts] if record.hold_reason == "vendor-conflict" else [],
        "candidates": found,
        "compared": vendor_candidates.compared(sides, found),
        "may_be_another": deciding.may_be_another(sides),
        "other_label": row_label(sides, Side.TARGET if sides.source_key else Side.SOURCE),
        "looking": sides.chosen.get(LOOKING, False),
        "by_hand": vendor_candidates.by_hand(sides) if user.has_perm(LINK_BY_HAND) else "",
        "may_decide": user.has_perm(DECIDE),
        "created_in": _created_in(sides),
        "first_bill": first_bills([sides], user).get(sides.link_id or 0),
        "link_page": _link_page(sides),
        "story": [(entry.at, entry.actor_label, sentence(entry)) for entry in story("record", record.pk)],
    }


def rows(sides: VendorSides) -> list[Row]:
    here, there = _values(sides, Side.SOURCE, sides.source_key), _values(sides, Side.TARGET, sides.target_key)
    settled = sides.record.work == Work.WAITING  # what was chosen passes on the next run, which finds the sides anew
    ways = {each["field"]: pill("waits", BUSY) if settled else _way(each["way"]) for each in sides.differences}
    return [
        Row(LABELS[each.slug], here.get(each.slug, ""), there.get(each.slug, ""), ways.get(each.slug, ""))
        for each in FIELDS
    ]


def first_bills(vendors: Iterable[VendorSides], user: Viewer) -> dict[int, Record]:
    """By link, the first document that was posted with this vendor (A72), of those that this person may see."""
    links = {sides.link_id for sides in vendors if sides.link_id is not None}
    if not links:
        return {}
    used = visibility.belonging(UsedRow.objects.filter(table=keys.VENDOR), "posting__record__integration", user)
    of_documents = used.filter(row__in=links).exclude(posting__record__flow=FEEDS.slug)
    first = {each["first"]: each["row"] for each in of_documents.values("row").annotate(first=Min("posting"))}
    postings = Posting.objects.filter(pk__in=first).select_related("record")
    return {first[posting.pk]: posting.record for posting in postings}


def _values(sides: VendorSides, side: Side, key: str) -> dict[str, str]:
    if not key:
        return {}
    integration = sides.integration
    connection = integration.source if side == Side.SOURCE else integration.target
    vendor = shelf.vendors(connection, FEEDS.feed(side), [key]).get(key)
    return values_of(vendor) if vendor else {}


def _shown(each: dict[str, str]) -> dict[str, str]:
    value = each["source"] if each["to"] == "target" else each["target"]
    return {**each, "label": LABELS[each["field"]], "value": value}


def _way(way: str) -> SafeString:
    tones = {Way.PASSES: BUSY, Way.APPROVAL: BUSY}
    return pill(way, tones.get(Way(way), BAD))


def _created_in(sides: VendorSides) -> str:
    if not sides.created_in:
        return ""
    integration = sides.integration
    return integration.source.label if sides.created_in == Side.SOURCE else integration.target.label


def _link_page(sides: VendorSides) -> str:
    if sides.link_id is None:
        return ""
    try:
        return reverse("admin:mappings_vendorlink_change", args=[sides.link_id])
    except NoReverseMatch:
        return ""
