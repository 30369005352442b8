"""Approving a vendor before it is made, where the integration asks for that (A72).

What is approved is the vendor as it would be written, with its address. The orders that need it wait meanwhile, go on
by themselves once it is approved or linked, and are held when it is refused. Nobody approves a vendor whose link they
wrote or took away (A95).
"""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from audit.trail import log, log_many
from integrations import events
from integrations.documents import Vendor
from integrations.engine import decisions, release, trail
from integrations.engine.decision_kinds import VENDOR_CREATE
from integrations.engine.projects import ending
from integrations.engine.slice import Slice
from integrations.hold_reasons import VENDOR_APPROVAL
from integrations.models import Decision, Gap, Integration, Record, Work
from integrations.pairs.vendor_flow import LABELS
from integrations.vendor_documents import VendorWrite
from mappings import keys
from mappings.authors import who_linked

SUPPLIER = "supplier"
UNNEEDED = "No order waits for it any more."
NO_LONGER = "new vendors need no approval any more"


def may_be_made(slice_: Slice, record: Record, full: Vendor, write: VendorWrite, content: str) -> bool:
    """Otherwise the order waits for somebody's approval, or is held because it was refused."""
    integration = slice_.integration
    if not integration.new_vendors_need_approval:
        return True
    taken = Decision.objects.about(SUPPLIER, _subject(integration, full.source_id)).filter(
        kind=VENDOR_CREATE, content_hash=content, lapsed_at=None
    )
    decision = taken.order_by("-pk").first()
    if decision is not None and decision.in_force(content):
        return True
    with transaction.atomic():
        slice_.fence()
        _needs_a_link(record, full)
        if decision is not None and decision.approved is False:
            ending.hold_in(slice_, record, "missing-vendor", _refused(decision))
        else:
            _ask(integration, record, full, write, content)
    return False


def is_awaited(integration: Integration, contact: str) -> bool:
    """Whether a vendor for this contact would have to be approved first, as far as that is known without reading it."""
    if not integration.new_vendors_need_approval:
        return False
    taken = Decision.objects.about(SUPPLIER, _subject(integration, contact)).filter(kind=VENDOR_CREATE)
    return not taken.filter(approved=True, lapsed_at=None).exists()


def lapse_unneeded(slice_: Slice) -> None:
    """What was linked, excluded or withdrawn meanwhile needs nobody's answer, and none where the setting is off."""
    for decision in _asked(slice_.integration):
        with transaction.atomic():
            slice_.fence()
            if not slice_.integration.new_vendors_need_approval:
                release.let_go(list(_waiting(decision).select_related("document")), NO_LONGER)
                decisions.lapse(decision, f"{NO_LONGER[0].upper()}{NO_LONGER[1:]}.")
            elif not _waiting(decision).exists():
                decisions.lapse(decision, UNNEEDED)


def register() -> None:
    decisions.register(VENDOR_CREATE, SUPPLIER, approved=_go_on, refused=_hold, hands=_linked_it)


def _ask(integration: Integration, record: Record, full: Vendor, write: VendorWrite, content: str) -> None:
    label = integration.target.label
    why = f"A new vendor in {label} needs an approval before it is made; orders wait for it."
    asked = Decision.objects.pending().about(SUPPLIER, _subject(integration, full.source_id)).exists()
    choice = {LABELS[name]: value for name, value in write.values.items()} | {"contact": full.source_id}
    decision = decisions.ask(
        VENDOR_CREATE, SUPPLIER, _subject(integration, full.source_id), content, None, why, choice,
        integration=integration, label=f"Create {full.name} in {label}",
    )  # fmt: skip
    said = waits_for(full.name, label)
    ending.leave(record, Work.APPROVAL, VENDOR_APPROVAL, said)
    log_many([trail.event("record.awaiting_approval", record, explanation=said)])
    if not asked:
        events.tell(events.approval_asked, decision=decision, people=list(decisions.others_who_could(decision)))


def waits_for(name: str, label: str) -> str:
    return f"Vendor {name} is new in {label} and waits for an approval."


def _needs_a_link(record: Record, full: Vendor) -> None:
    """Whoever links the supplier to a vendor that stands there lets the order go on as well (E9)."""
    key = keys.vendor_key(full.source_id, record.currency)
    if not Gap.objects.filter(record=record, table=key.table, key=key.text, closed_at=None).exists():
        label = f"Vendor {full.name} is not linked"
        Gap.objects.create(record=record, table=key.table, key=key.text, label=label, opened_at=timezone.now())


def _linked_it(decision: Decision) -> set[int]:
    """Who linked the supplier before, or took its link away: without that nothing would be made."""
    integration = decision.integration
    return who_linked(integration.scope_id, _contact(decision)) if integration is not None else set()


def _go_on(decision: Decision) -> None:
    release.let_go(list(_waiting(decision).select_related("document")), "its new vendor was approved")


def _hold(decision: Decision) -> None:
    for record in _waiting(decision).select_for_update():
        said = _refused(decision)
        ending.leave(record, Work.HELD, "missing-vendor", said)
        log("record.held", trail.subject(record), details={"reason": "missing-vendor", "explanation": said})


def _refused(decision: Decision) -> str:
    name, _, label = decision.label.removeprefix("Create ").rpartition(" in ")
    why = f"{name} was refused as a new vendor in {label}: {decision.reason or 'taken back'}."
    return f"{why} Link the supplier to another vendor, or exclude the order."


def _waiting(decision: Decision) -> QuerySet[Record]:
    return Record.objects.filter(
        integration=decision.integration, vendor_key=_contact(decision), work=Work.APPROVAL,
        hold_reason=VENDOR_APPROVAL,
    )  # fmt: skip


def _asked(integration: Integration) -> QuerySet[Decision]:
    return Decision.objects.pending().filter(kind=VENDOR_CREATE, subject_kind=SUPPLIER, integration=integration)


def _subject(integration: Integration, contact: str) -> str:
    """A contact's id has 36 signs, and two integrations may need it in two companies."""
    return f"{integration.pk}:{contact.replace('-', '')}"


def _contact(decision: Decision) -> str:
    return str(decision.choice["contact"])
