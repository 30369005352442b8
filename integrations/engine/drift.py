"""Drift: somebody changed in the target what we wrote there (E34, A42).

Watched are vendor, currency, net and total, and by setting accounts and tracking; status, number, due date, notes and
attachments are people's normal work. What differs is kept field by field on a flag, and a person accepts it or has
ours restored (`drift_decisions`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.utils import timezone

from audit.trail import Event, story
from integrations.documents import Bill, StoredBill
from integrations.engine import decisions, evidence, references, trail
from integrations.engine.decision_kinds import DRIFT_ACCEPT
from integrations.engine.untouched import content_fingerprint
from integrations.engine.vendor_sync import merges
from integrations.flag_words import EDITED, sentence
from integrations.models import Flag, Integration, Posting, Record
from integrations.money import figure
from mappings.models import ReferenceEntry

STOOD = ("bill.created", "bill.updated", "bill.found")
Difference = tuple[str, str, str]


def follow(seen: Sequence[tuple[Posting, StoredBill, str]]) -> list[Event]:
    """Flag what differs from what we wrote, let go of flags that no longer hold; returns the entries.

    Each of our documents as it stands now, with the fingerprint of its contents. In a transaction that has locked
    their records.
    """
    flags = _open_flags([posting.record_id for posting, _, _ in seen])
    open_flags = {flag.record_id: flag for flag in flags}
    events: list[Event] = []
    for posting, bill, fingerprint in seen:
        flag = open_flags.get(posting.record_id)
        untouched = not posting.stored_fingerprint or fingerprint == posting.stored_fingerprint
        if not untouched and (moved := _moved_by_merge(posting, bill)) is not None:
            untouched = True
            events.append(moved)
        if untouched and flag is None:
            continue
        found = [] if untouched else differences(posting, bill)
        if not found or _is_accepted(posting, fingerprint):
            events += _let_go(posting.record, flag)
        else:
            details = {"total": str(bill.total)}
            events += _flag(posting.record, found, fingerprint, flag, details)
    return events


def keep(record: Record, found: Sequence[Difference], content: str) -> list[Event]:
    """The flag of one record as it is to be now: what differs, and the content that an acceptance is bound to.

    In a transaction that has locked the record.
    """
    flag = next(iter(_open_flags([record.pk])), None)
    accepted = decisions.in_force(DRIFT_ACCEPT, "record", record.pk, content) is not None
    return _flag(record, found, content, flag, {}) if found and not accepted else _let_go(record, flag)


def _open_flags(records: Sequence[int]) -> list[Flag]:
    """Locked after their records: a flag that a person closes or answers keeps what they said."""
    flags = Flag.objects.select_for_update().filter(record__in=records, kind=EDITED, closed_at=None)
    return list(flags.order_by("record"))


def differences(posting: Posting, bill: StoredBill) -> list[Difference]:
    """What is watched and differs: (field, as we wrote it, as it stands), in words."""
    integration = posting.record.integration
    written = evidence.last_written(posting.record_id)
    ours = evidence.bill_of(written.details, references.link(posting.reference)) if written else None
    stood = _stood(posting)
    pairs = [
        ("vendor", _vendor(integration, ours.contact), bill.contact_name or _vendor(integration, bill.contact))
        if ours and ours.contact != bill.contact
        else None,
        ("currency", stood["currency"], bill.currency) if stood.get("currency") != bill.currency else None,
        _amount("net", stood.get("net"), bill.net, stood.get("currency") or bill.currency, bill.currency),
        _amount("total", stood.get("total"), bill.total, stood.get("currency") or bill.currency, bill.currency),
    ]
    found = [pair for pair in pairs if pair is not None]
    if ours and integration.watch_accounts:
        found += _coding(integration, ours, bill)
    return [(field, str(before), str(now)) for field, before, now in found]


def _moved_by_merge(posting: Posting, bill: StoredBill) -> Event | None:
    """Nobody edited it: accounting moved it along when its contact was merged into another (A73)."""
    written = evidence.last_written(posting.record_id)
    ours = evidence.bill_of(written.details, references.link(posting.reference)) if written else None
    if ours is None or ours.contact == bill.contact:
        return None
    if content_fingerprint(replace(bill, contact=ours.contact)) != posting.stored_fingerprint:
        return None
    if not merges.took_over(posting.connection, ours.contact, bill.contact):
        return None
    posting.stored_fingerprint = content_fingerprint(bill)
    posting.save(update_fields=["stored_fingerprint"])
    names = {"before": _vendor(posting.record.integration, ours.contact), "after": bill.contact_name}
    return trail.event("bill.moved_by_merge", posting.record, **names)


def _stood(posting: Posting) -> Mapping[str, Any]:
    """Figures and currency as they stood right after our last write; without an entry, as the posting has them."""
    entries = story("record", posting.record_id).filter(action__in=STOOD).reverse()
    newest = entries.first()
    if newest is not None and newest.details.get("total") is not None:
        return newest.details
    return {"currency": posting.currency, "total": posting.source_total}


def _amount(field: str, before: Any, now: Decimal, was_in: str, is_in: str) -> Difference | None:
    if before is None or Decimal(str(before)) == now:
        return None
    return field, f"{figure(Decimal(str(before)))} {was_in}", f"{figure(now)} {is_in}"


def _vendor(integration: Integration, contact: str) -> str:
    entry = _entries(integration).filter(kind="contact", key=contact).first()
    return entry.name if entry else contact


def _coding(integration: Integration, ours: Bill, bill: StoredBill) -> list[Difference]:
    """Accounts with their amounts, and tracking, line by line in any order."""
    chosen = [line for line in ours.lines if not line.is_text]
    options = {one.option for line in chosen for one in line.tracking}
    names = dict(_entries(integration).filter(kind="tracking_option", key__in=options).values_list("key", "name"))
    stands = [line for line in bill.lines if line.account]
    accounts = (
        sorted(f"{line.account}: {figure(line.net)}" for line in chosen),
        sorted(f"{line.account}: {figure(line.amount)}" for line in stands),
    )
    tracking = (
        sorted(names.get(one.option, one.option) for line in chosen for one in line.tracking),
        sorted(one.option for line in stands for one in line.tracking),
    )
    pairs = (("accounts", *accounts), ("tracking", *tracking))
    return [(field, ", ".join(a) or "none", ", ".join(b) or "none") for field, a, b in pairs if a != b]


def _entries(integration: Integration) -> Any:
    return ReferenceEntry.objects.filter(books=integration.target.books_id)


def _is_accepted(posting: Posting, fingerprint: str) -> bool:
    return decisions.in_force(DRIFT_ACCEPT, "record", posting.record_id, fingerprint) is not None


def _flag(
    record: Record, found: Sequence[Difference], fingerprint: str, flag: Flag | None, more: Mapping[str, Any]
) -> list[Event]:
    words = sentence(found)
    details = {"fields": [list(each) for each in found], "fingerprint": fingerprint, **more}
    if flag is not None and flag.details.get("fingerprint") == fingerprint:
        return []
    if flag is None:
        flag = Flag(record=record, kind=EDITED, opened_at=timezone.now())
    flag.explanation, flag.details = words[:500], details
    flag.save()
    told = {"kind": EDITED, "explanation": words, "fields": details["fields"], "stands": fingerprint}
    return [trail.event("record.flagged", record, **told)]


def _let_go(record: Record, flag: Flag | None) -> list[Event]:
    if flag is None:
        return []
    flag.closed_at = timezone.now()
    flag.save(update_fields=["closed_at"])
    return [trail.event("drift.gone", record, explanation=flag.explanation)]
