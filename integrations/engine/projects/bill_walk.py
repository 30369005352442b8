"""What every step of a bill shares: what it is about, how a step is taken, and where the record is left."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from integrations.engine import approval_rule, bulk, evidence
from integrations.engine.approvals import Approved
from integrations.engine.projects import approvable, bill_postings, steps, vendor_marks
from integrations.engine.projects.around import Chosen, Surroundings
from integrations.engine.projects.bill_postings import BillPostings
from integrations.engine.projects.chains import Chains
from integrations.engine.projects.steps import Inside, Step
from integrations.engine.saving import Saved
from integrations.engine.slice import Slice
from integrations.errors import ConfigurationError
from integrations.models import Decision, Flag, Posting, Record, Work
from integrations.pairs.flow import FoundGap, Hold, Translation, Verdict
from integrations.pairs.xero_procore import bills
from integrations.pairs.xero_procore.answers import Answer
from integrations.pairs.xero_procore.documents import Bill
from integrations.pairs.xero_procore.terms import ProjectTerms
from integrations.project_documents import DirectCost, Requisition, StoredContractPayment, StoredRequisition
from integrations.project_writes import ProjectOutcome
from integrations.systems.protocols import ProjectBooks
from mappings.tables import Tables

# Held for what people mend in the project, where nobody tells us: looked at again now and then.
LOOKED_AT_AGAIN = frozenset({"no-open-period", "commitment-not-approved", "already-direct-cost"})
AGAIN_AFTER = timedelta(hours=1)
Translated = Answer[Requisition | DirectCost]


@dataclass(frozen=True, slots=True)
class BillCase:
    """One bill as it was read, what of it stands, and what people decided; `content` is what it says."""

    record: Record
    bill: Bill
    content: str
    postings: BillPostings
    decided: Approved
    chosen: Chosen


@dataclass
class BillWalk:
    """For one slice. Without `sends` everything is judged and nothing is written (E35)."""

    slice_: Slice
    target: ProjectBooks
    terms: ProjectTerms
    tables: Tables
    sends: bool = True
    chains: Chains = field(init=False)
    surroundings: Surroundings = field(init=False)

    def __post_init__(self) -> None:
        self.chains = Chains(self.target)
        self.surroundings = Surroundings(self.slice_.integration, self.chains, self.terms)

    def take(self, step: Step, commitment: str, *, inside: Inside | None = None) -> ProjectOutcome | None:
        """As `steps.take`, and what is known of the commitment is kept up with it."""
        if not self.sends:
            return None
        self._let_wait(step.record)
        outcome = steps.take(self.slice_, self.target, step, inside=inside)
        stored = outcome.stored if outcome else None
        if isinstance(stored, (StoredRequisition, StoredContractPayment)):
            self.chains.wrote(stored)
        else:
            self.chains.forget(step.project, commitment)
        return outcome

    def hold(self, record: Record, *holds: Hold) -> None:
        self.lacks(record, (), holds)

    def lacks(self, record: Record, gaps: Sequence[FoundGap], holds: Sequence[Hold]) -> None:
        """Held with all that is missing or wrong. What was said already is not told again."""
        before = (record.work, record.hold_reason, record.explanation)
        saved = Saved(self.slice_, self.tables)
        saved.lacks(record, Translation(None, gaps=tuple(gaps)), holds)
        if before == (record.work, record.hold_reason, record.explanation):
            saved.events.clear()
        if record.hold_reason in LOOKED_AT_AGAIN:
            record.not_before = timezone.now() + AGAIN_AFTER
        self.keep(saved)

    def has_result(self, case: BillCase, answer: Translated) -> bool:
        """Whether something is to be written; otherwise the record is left where its answer says."""
        if (verdict := bills.nothing_left(answer, case.bill)) is not None:
            self.place(case.record, verdict)
        elif answer.gaps or answer.holds:
            self.lacks(case.record, answer.gaps, answer.holds)
        elif answer.waits:
            self.waits(case.record, answer.waits)
        return answer.result is not None

    def permitted(self, case: BillCase, answer: Translated) -> bool:
        """Whether it may be written: where the approval rule asks for it, once exactly this was approved (A92, A94)."""
        assert answer.result is not None
        before = case.postings.standing_total
        why = approval_rule.why_document(case.record, now=answer.result.total, before=before)
        if not why:
            return True
        orders = self.surroundings.orders_of(case.bill.vendor.source_id)
        found = approvable.of_bill(case.bill, self.tables, self.terms, orders, case.chosen, case.decided)
        if case.decided.approves(found.content):
            return True
        record, saved = case.record, Saved(self.slice_)
        saved.lapsed += case.decided.void(found.content) if before is None else []
        saved.approval(record, record.amount, record.currency, record.content_version, why)
        self.keep(saved)
        return False

    def place(self, record: Record, verdict: Verdict) -> None:
        saved = Saved(self.slice_)
        saved.place(record, verdict)
        self.keep(saved)

    def waits(self, record: Record, why: str) -> None:
        """Not looked at in every run: what it waits for wakes it, or else the time does."""
        saved = Saved(self.slice_)
        saved.waits(record, why)
        record.not_before = timezone.now() + AGAIN_AFTER
        self.keep(saved)

    def decided_against(self, record: Record, decision: Decision) -> None:
        saved = Saved(self.slice_)
        saved.decided_against(record, decision)
        self.keep(saved)

    def done(self, record: Record) -> None:
        saved = Saved(self.slice_)
        saved.settled(record)
        self.keep(saved)
        if record.look_up_first:
            Record.objects.filter(pk=record.pk).update(look_up_first=False)

    def keep(self, saved: Saved) -> None:
        """Where the record was left."""
        saved.commit()

    @contextmanager
    def fenced(self) -> Iterator[None]:
        """A transaction that only whoever has the integration may commit."""
        with transaction.atomic():
            self.slice_.fence()
            yield

    def posting(self, record: Record, kind: str, reference: str, project: str) -> Posting:
        """For what was found before anything of it was meant; another record's is not ours to take."""
        found, _ = Posting.objects.get_or_create(
            connection=self.slice_.integration.target,
            kind=kind,
            reference=reference,
            defaults={"record": record, "project": project},
        )
        if found.record_id != record.pk:
            raise ConfigurationError(f"Another integration posts {record} to {self.slice_.integration.target.label}.")
        return found

    def mark_vendor(self, record: Record, vendor: str) -> None:
        """Before the first document is written with it."""
        if self.sends:
            vendor_marks.give(self.slice_, self.target, [(record, vendor)])

    def let_go(self, posting: Posting) -> None:
        """It is not there any more, as we wanted."""
        bill_postings.take_away(self.slice_, posting)

    def again(self, case: BillCase) -> BillCase:
        """The same bill after something of it was taken back."""
        return replace(case, postings=BillPostings.of(case.record))

    def _let_wait(self, record: Record) -> None:
        """One that was held and is looked at again: only what waits is written."""
        if record.work != Work.WAITING:
            Record.objects.filter(pk=record.pk, work=Work.HELD).update(
                work=Work.WAITING, hold_reason="", explanation="", not_before=None, changed_at=timezone.now()
            )
            record.work, record.hold_reason, record.explanation = Work.WAITING, "", ""


def meant(posting: Posting, case: BillCase, answer: Translated, wanted: Requisition | DirectCost) -> None:
    """In the intent's transaction: what it was written for, with which rows, and what people should know."""
    posting.sent_fingerprint, posting.source_total = case.content, wanted.total
    posting.currency, posting.removed_by_us, posting.paid_on = case.bill.currency, False, wanted.payment_date
    posting.save(update_fields=["sent_fingerprint", "source_total", "currency", "removed_by_us", "paid_on"])
    evidence.keep_rows([(posting, answer.used)])
    now = timezone.now()
    bulk.insert_unless_there(
        [
            Flag(record=case.record, kind=each.kind, explanation=each.message[:500], opened_at=now)
            for each in answer.notes
        ]
    )
