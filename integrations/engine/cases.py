"""One record with everything that bears on it, and what people decided on it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from integrations.documents import BillAction
from integrations.engine import evidence, references, threads
from integrations.engine.approvals import Approved
from integrations.engine.decision_kinds import REDATE, kind_of
from integrations.engine.plans import Plan
from integrations.models import Flag, Integration, Posting, Record, Standing, Work
from integrations.pairs.flow import Around, BillFlow, Translation
from integrations.source_documents import Detailed


@dataclass(frozen=True, slots=True)
class Case:
    """`shrinks` says of an order that bills wait for its draft, `edited` that somebody worked on it."""

    record: Record
    document: Any
    posting: Posting | None
    decided: Approved
    around: Around
    reference: str
    shrinks: bool = False
    edited: bool = False

    @property
    def stands(self) -> bool:
        return self.posting is not None and self.posting.standing in threads.LIVE

    @property
    def draft_stands(self) -> bool:
        return self.posting is not None and self.posting.standing == Standing.DRAFT

    def plan(
        self, action: BillAction, made: Translation, content: str, why: str = "", *, ends: Work | None = None
    ) -> Plan:
        """The one step it needs, with those who stand behind it at the source."""
        people = evidence.people(self.document)
        return Plan(self.record, action, made.bill, made, self.reference, content, self.posting, why, people, ends=ends)


def gather(
    integration: Integration,
    flow: BillFlow[Any, Any],
    read: Sequence[tuple[Record, Detailed]],
    decided: Mapping[int, Approved],
) -> list[Case]:
    """Everything around these documents, in a handful of statements whatever their number."""
    records = [record.pk for record, _ in read]
    # By record alone: asked for the kind as well, SQLite goes through every posting of that kind.
    known = Posting.objects.filter(record__in=records)
    postings = {posting.record_id: posting for posting in known if posting.kind == flow.kind}
    billed = _billed(integration, flow, read, postings)
    edited = _edited(flow, postings)
    cases = []
    for record, document in read:
        posting = postings.get(record.pk)
        items, shrinks = billed.get(record.document.source_id, ({}, False))
        reference = references.reference(integration, flow, record)
        around = _around(posting, decided[record.pk], items)
        mine = decided[record.pk]
        cases.append(Case(record, document, posting, mine, around, reference, shrinks, record.pk in edited))
    return cases


def _around(posting: Posting | None, decided: Approved, billed: threads.Items) -> Around:
    """An order's draft that is on its way to become a bill does not stand as that bill yet."""
    stands = posting is not None and posting.standing in threads.LIVE and posting.taken_from_id is None
    return Around(
        billed=billed,
        accepted=accepted_by(decided),
        chosen_day=chosen_day(decided),
        stands=stands,
        said_paid=posting is not None and posting.paid_at_source,
        paid_on=posting.paid_on if posting is not None else None,
    )


def _billed(
    integration: Integration,
    flow: BillFlow[Any, Any],
    read: Sequence[tuple[Record, Detailed]],
    postings: Mapping[int, Posting],
) -> dict[str, tuple[threads.Items, bool]]:
    """Of orders, what their bills took; under the option that posts orders alone, nothing (A4)."""
    if flow.as_ordered is None or integration.bills_from == "orders":
        return {}
    standing = {pk for pk, posting in postings.items() if posting.standing in threads.LIVE}
    return threads.billed_of(integration, {record.document.source_id: record.pk in standing for record, _ in read})


def _edited(flow: BillFlow[Any, Any], records: Collection[int]) -> set[int]:
    if flow.as_ordered is None:
        return set()
    flags = Flag.objects.filter(record__in=list(records), kind="edited-in-target", closed_at=None)
    return set(flags.values_list("record_id", flat=True))


def accepted_by(decided: Approved) -> frozenset[str]:
    """The hold reasons that people let pass, if what comes out is what they decided on (A92)."""
    taken = (each for each in decided.decisions if each.approved is not False)
    return frozenset(reason for each in taken for reason in kind_of(each.kind).lets_pass)


def chosen_day(decided: Approved) -> date | None:
    """The day a supervisor chose for a document in a closed period (A63)."""
    chosen = (decided.choice(REDATE) or {}).get("date")
    return date.fromisoformat(chosen) if chosen else None
