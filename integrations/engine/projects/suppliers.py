"""Suppliers that an order names and that nobody linked: found live by our mark or their name, else created (A70).

The mark is the contact's own id, as the origin id of the vendor. Lists of contacts are thin, so the whole contact is
read before a vendor is made of it. Two orders of one new supplier share one posting, and so make one vendor; two
integrations that share a company do as well (`making.py`).
"""

import hashlib

from django.db import transaction
from django.utils import timezone

from audit.trail import log_many
from integrations.documents import Vendor
from integrations.engine import trail, vendors
from integrations.engine.clients import blaming
from integrations.engine.projects import ending, finding, making, new_vendors, open_lines, steps
from integrations.engine.projects.standing import VENDOR
from integrations.engine.projects.steps import Step
from integrations.engine.slice import Slice
from integrations.models import Integration, Posting, Record, VendorPolicy, Work
from integrations.pairs.vendor_flow import values_of
from integrations.systems.protocols import KeepsVendors, ProjectBooks
from integrations.vendor_documents import VendorAction, VendorWrite
from mappings import reference
from mappings.models import Kind

SENT = (
    "name", "email", "phone", "street", "street_two", "city", "state_province", "postal_code", "country",
)  # fmt: skip


def may_create(integration: Integration) -> bool:
    """If need be once somebody approved it."""
    return integration.vendors == VendorPolicy.BOTH


def provide(slice_: Slice, source: KeepsVendors, target: ProjectBooks, record: Record, named: Vendor) -> bool:
    """Whether the supplier is linked now. Otherwise the record is held, or waits."""
    if finding.settles_later(slice_, record):
        return False
    try:
        return _found_or_made(slice_, source, target, record, named)
    except making.AnotherMakesItError as another:
        _wait(slice_, record, another)
        return False


def _found_or_made(slice_: Slice, source: KeepsVendors, target: ProjectBooks, record: Record, named: Vendor) -> bool:
    look = making.begin(slice_, record, named.source_id, named.name)
    marked = target.vendors_marked([named.source_id])[named.source_id]
    _settle(slice_, record, there=bool(marked))
    with blaming(slice_.integration.source):
        full = next((each for each in source.vendors_by_ids([named.source_id]) if each.active), None)
    if full is None:
        said = f"Vendor {named.name} is not linked, and its contact is not in use in {slice_.integration.source.label}."
        ending.hold(slice_, record, "missing-vendor", said)
        return False
    found = marked or target.vendors_named(full.name)
    if not found:
        if not new_vendors.may_be_made(slice_, record, full, _write(full), _content(full)):
            return False
        step = Step(record, VENDOR, full.source_id, making.CREATE, _write(full), _content(full), "")
        outcome = steps.take(slice_, target, step, inside=look.unless_made(full.name))
        found = [outcome.stored] if outcome is not None and isinstance(outcome.stored, Vendor) else []
        return bool(found) and _link(slice_, target, record, full, found)
    return _link(slice_, target, record, full, found)


def _wait(slice_: Slice, record: Record, another: making.AnotherMakesItError) -> None:
    with transaction.atomic():
        slice_.fence()
        ending.leave(record, Work.WAITING, "", str(another), until=another.until, attempts=record.attempts)
    slice_.wake_at(another.until)


def _settle(slice_: Slice, record: Record, *, there: bool) -> None:
    lines = [line for line in open_lines.of_record(record) if line.posting.kind == VENDOR]
    if lines:
        open_lines.settle(slice_, record, {line.pk: there for line in lines})


def _link(slice_: Slice, target: ProjectBooks, record: Record, full: Vendor, found: list[Vendor]) -> bool:
    """Take the vendors in, and let the rules of linking say whether it is one of them."""
    integration = slice_.integration
    assert integration.target.books is not None
    with transaction.atomic():
        slice_.fence()
        reference.merge(integration.target.books, Kind.CONTACT, [target.vendor_entry(each) for each in found])
        linking = vendors.link(integration, [full])
        outcome = linking.outcomes[full.source_id]
        doubtful = vendors.doubtful(linking).get(full.source_id)
        if doubtful is not None or outcome.outcome != "linked":
            reason = doubtful.reason if doubtful is not None else "ambiguous-vendor"
            ending.hold_in(slice_, record, reason, f"Vendor {full.name} is not linked: {outcome.why}.")
            return False
        Posting.objects.filter(connection=integration.target, kind=VENDOR, reference=full.source_id).update(
            target_id=outcome.key, number=full.name[:255], posted_at=timezone.now()
        )
        details = {"contact": outcome.contact, "evidence": outcome.why, "target": integration.target.label}
        log_many([trail.event("vendor.linked", record, **details)])
    return True


def _write(full: Vendor) -> VendorWrite:
    values = values_of(full)
    return VendorWrite(VendorAction.CREATE, {name: values[name] for name in SENT if values[name]}, full.source_id)


def _content(full: Vendor) -> str:
    return hashlib.sha256(repr(sorted(_write(full).values.items())).encode()).hexdigest()
