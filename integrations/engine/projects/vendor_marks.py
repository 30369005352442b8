"""Our mark on vendors that were linked by their name: from then on they are found by it (Procore's page, 4.2).

The mark is the contact's id, as on vendors that we made. It is written once, only where the vendor bears none by a
reading of just now, and an order or a bill goes on whatever becomes of it.
"""

from collections.abc import Iterable, Sequence

from django.db import transaction

from integrations.documents import Vendor
from integrations.engine import intents
from integrations.engine.projects import making, steps
from integrations.engine.projects.standing import VENDOR
from integrations.engine.projects.steps import Step
from integrations.engine.slice import Slice
from integrations.errors import NeedsPermissionError
from integrations.models import Integration, Outcome, Posting, Record, RequestLine, VendorPolicy, Work
from integrations.systems.protocols import ProjectBooks
from integrations.vendor_documents import VendorAction, VendorWrite
from mappings import reference
from mappings.models import Kind, ReferenceEntry

MARK = "vendor-mark"
AT_ONCE = 50
ANSWERED = (Outcome.DONE, Outcome.FOUND, Outcome.REFUSED)
Named = tuple[Record, str]


def give(slice_: Slice, target: ProjectBooks, named: Iterable[Named]) -> None:
    """`named` are records that wait, each with the vendor it is about to be written with."""
    if slice_.integration.vendors != VendorPolicy.BOTH:
        return
    due = _due(slice_.integration, named)
    for start in range(0, len(due), AT_ONCE):
        _mark(slice_, target, due[start : start + AT_ONCE])


def _due(integration: Integration, named: Iterable[Named]) -> list[Named]:
    """One record for each vendor that bears no mark as far as we know, and was not asked to bear ours before."""
    first: dict[str, Record] = {}
    for record, vendor in named:
        if record.vendor_key and record.work == Work.WAITING:
            first.setdefault(vendor, record)
    entries = ReferenceEntry.objects.filter(books=integration.target.books, kind=Kind.CONTACT, key__in=list(first))
    unmarked = [entry.key for entry in entries if entry.active and not entry.attribute("external_ref")]
    lines = RequestLine.objects.filter(posting__connection=integration.target, posting__kind=VENDOR, step=MARK)
    lines = lines.filter(content_version__in=unmarked, outcome__in=(*ANSWERED, *intents.OPEN))
    asked = set(lines.values_list("content_version", flat=True))
    return [(first[vendor], vendor) for vendor in sorted(unmarked) if vendor not in asked]


def _mark(slice_: Slice, target: ProjectBooks, due: Sequence[Named]) -> None:
    try:
        there = {each.source_id: each for each in target.vendors_by_ids([vendor for _, vendor in due])}
    except NeedsPermissionError:
        return  # the test of the connection names the tool
    _remember(slice_, target, there.values())
    bare = [(record, there[vendor]) for record, vendor in due if vendor in there]
    wanted = [_step(record, vendor) for record, vendor in bare if vendor.active and not vendor.external_ref]
    mine = [step for step in wanted if _take_over(slice_, step)]
    if not mine:
        return
    outcomes = steps.take_together(slice_, target, mine, inside={})
    marked = [outcome.stored for outcome in outcomes if outcome is not None]
    _remember(slice_, target, [each for each in marked if isinstance(each, Vendor)])


def _step(record: Record, vendor: Vendor) -> Step:
    write = VendorWrite(VendorAction.UPDATE, {}, record.vendor_key, before=vendor)
    return Step(record, VENDOR, record.vendor_key, MARK, write, vendor.source_id, "", may_be_left_out=True)


def _take_over(slice_: Slice, step: Step) -> bool:
    """The vendor's posting goes with whichever record writes it next, unless a write of it is open."""
    postings = Posting.objects.filter(connection=slice_.integration.target, kind=VENDOR, reference=step.reference)
    with transaction.atomic():
        slice_.fence()
        making.lock(slice_.integration.target)
        if RequestLine.objects.filter(posting__in=postings, outcome__in=intents.OPEN).exists():
            return False
        postings.update(record=step.record)
    return True


def _remember(slice_: Slice, target: ProjectBooks, vendors: Iterable[Vendor]) -> None:
    """As the list of vendors will show them, so that nobody asks again."""
    books = slice_.integration.target.books
    assert books is not None
    with transaction.atomic():
        slice_.fence()
        reference.merge(books, Kind.CONTACT, [target.vendor_entry(each) for each in vendors])
