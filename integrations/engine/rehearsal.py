"""What a replay would send, before it does: today's tables, the document as last read, nothing written (promise 48)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils import timezone

from integrations.days import in_full
from integrations.documents import Bill, BillAction
from integrations.engine import approvals
from integrations.engine.approvals import Approved, posting_content
from integrations.engine.projects.rehearsing import ProjectReader
from integrations.engine.slice import Slice
from integrations.engine.translation import Translator
from integrations.models import Decision, Integration, Posting, Record, Run, Standing, TargetBill, Work
from integrations.money import figure
from integrations.pairs import pair
from integrations.pairs.flow import Keeps, Translation
from integrations.systems import system


@dataclass(frozen=True, slots=True)
class Difference:
    """One fact as it stands in the target and as it would be."""

    name: str
    stands: str
    would_be: str


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """`action` is what would be sent, None where nothing would be; then `outcome` says where the record would be.

    `bill` is there as well where only a decision is still missing. `chose` are users who chose something for it.
    """

    record: Record
    action: BillAction | None
    outcome: str
    why: str
    bill: Bill | None = None
    content: str = ""
    translation: Translation | None = None
    differences: tuple[Difference, ...] = ()
    created_by: str = ""
    work: str = ""
    reason: str = ""
    chose: frozenset[int] = frozenset()

    @property
    def changes_nothing(self) -> bool:
        return self.action is None and self.outcome == Work.DONE.label


@dataclass(frozen=True, slots=True)
class Rehearser:
    """The tables of one integration's flow, loaded once for many records."""

    integration: Integration
    flow_slug: str
    translator: Translator | ProjectReader

    @classmethod
    def load(cls, integration: Integration, flow_slug: str) -> "Rehearser":
        if pair(integration.pair).keeps is Keeps.PROJECTS:
            return cls(integration, flow_slug, ProjectReader.of(integration))
        flow = pair(integration.pair).bill_flow(flow_slug)
        slice_ = Slice(integration, Run(integration=integration, started_at=timezone.now()), token="")
        check = system(integration.target.system).load_payloads().check
        return cls(integration, flow_slug, Translator.load(slice_, flow, check))

    def rehearse(self, record: Record, assumed: Sequence[Decision] = ()) -> Rehearsal:
        """`assumed` are decisions that nobody has taken yet, as if they were: unsaved, with their choice."""
        fresh = Record.objects.select_related("document", "integration").get(pk=record.pk)
        if not fresh.document.detail:
            return Rehearsal(
                record,
                None,
                fresh.get_work_display(),
                "Its lines have to be read from the source first.",
                work=fresh.work,
            )
        if isinstance(self.translator, ProjectReader):
            where, why = fresh.get_work_display(), fresh.explanation
            return Rehearsal(record, None, where, why, work=fresh.work, reason=fresh.hold_reason)
        standing = approvals.load([fresh])[fresh.pk].decisions
        decided = Approved([*assumed, *(each for each in standing if each.kind not in approvals.OF_THE_SOURCE)])
        plan, saved = self.translator.examine(fresh, decided)
        outcome, why = ("", plan.why) if plan is not None else (Work(fresh.work).label, fresh.explanation)
        made = plan or saved.made
        if made is None:
            return Rehearsal(record, None, outcome, why, work=fresh.work, reason=fresh.hold_reason)
        return Rehearsal(
            record,
            plan.action if plan is not None else None,
            outcome,
            why,
            made.bill,
            made.content,
            made.translation,
            tuple(_differences(made.posting, made.bill)),
            self.translator.created_by(fresh),
            fresh.work,
            fresh.hold_reason,
        )


def rehearse(record: Record, assumed: Sequence[Decision] = ()) -> Rehearsal:
    """What would become of this record if it were replayed now."""
    return Rehearser.load(record.integration, record.flow).rehearse(record, assumed)


def _differences(posting: Posting | None, bill: Bill | None) -> list[Difference]:
    """Between what stands in the target, as the index last saw it, and what would be written over it."""
    if posting is None or posting.standing == Standing.NOTHING or bill is None:
        return []
    if posting.sent_fingerprint == posting_content(bill):
        return []
    stored = TargetBill.objects.filter(connection=posting.connection_id, target_id=posting.target_id).first()
    facts: list[tuple[str, object, object]] = [
        ("Total", _amount(posting.target_total, posting.currency), _amount(bill.total, bill.currency)),
        ("Number", stored.number if stored else posting.number, bill.number),
        ("Date", _day(stored.date if stored else posting.document_date), _day(bill.date)),
    ]
    if stored is not None and stored.contact != bill.contact:
        facts.append(("Contact", "another contact", "the linked contact"))
    found = [Difference(name, str(there), str(here)) for name, there, here in facts if there != here]
    return found or [Difference("Lines", "as they were sent", "other accounts, taxes or texts")]


def _amount(amount: Decimal | None, currency: str) -> str:
    return f"{figure(amount)} {currency}" if amount is not None else "-"


def _day(day: date | None) -> str:
    return in_full(day)
