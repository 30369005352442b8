"""An order's way to its commitment: vendor, header, lines, read back, status; or the way back (A82, A83, A88).

The walk is driven by what stands: it reads that, takes the next step that is missing, and looks again, until nothing
is missing. So a walk that was cut anywhere goes on where it was, and a step that was lost is found or taken again.
"""

from dataclasses import replace

from integrations.engine.projects import budgets, closing, ending, finding, spending, steps
from integrations.engine.projects.plans import OrderPlan, header_of, lines_of
from integrations.engine.projects.standing import COMMITMENT
from integrations.engine.projects.steps import Step
from integrations.engine.slice import Slice
from integrations.errors import GoneError, HoldRecordError, NeedsPermissionError
from integrations.explanations import sentence
from integrations.models import Outcome, Posting, RequestLine, Standing
from integrations.pairs.xero_procore.documents import line_origin, order_origin
from integrations.pairs.xero_procore.terms import DeletedOrders, ProjectTerms
from integrations.project_documents import (
    Commitment,
    CommitmentRemoval,
    CommitmentStatus,
    HeaderWrite,
    LineRemoval,
    LinesWrite,
    ProjectOutcome,
    ProjectVendorWrite,
    ProjectWrite,
    StatusWrite,
    StoredCommitment,
    StoredCommitmentLine,
)
from integrations.systems.protocols import ProjectBooks

VENDOR_STEP, HEADER, LINES, LINE_REMOVAL, STATUS, REMOVAL = (
    "vendor",
    "header",
    "lines",
    "remove-line",
    "status",
    "remove",
)
STANDS = (Outcome.DONE, Outcome.FOUND)
MOST_STEPS = 2000
OURS = line_origin("")


def carry_out(slice_: Slice, target: ProjectBooks, plan: OrderPlan, terms: ProjectTerms) -> None:
    """Bring about what the plan wants, as far as it goes now, and leave the record where it then is."""
    if finding.settles_later(slice_, plan.record):
        return
    try:
        Walk(slice_, target, plan, terms).go()
    except NeedsPermissionError as error:
        ending.hold(slice_, plan.record, "no-permission", str(error))
    except GoneError as error:
        ending.hold(slice_, plan.record, "rejected-by-target", str(error))
    except HoldRecordError as error:
        ending.hold(slice_, plan.record, error.reason, sentence(error))


class Walk:
    """One order. `stored` is what stands, by the last answer or reading; `unread` that lines were written since."""

    def __init__(self, slice_: Slice, target: ProjectBooks, plan: OrderPlan, terms: ProjectTerms) -> None:
        self.slice_, self.target, self.plan, self.terms = slice_, target, plan, terms
        self.record = plan.record
        self.origin = order_origin(plan.record.document.source_id)
        self.posting = Posting.objects.filter(record=plan.record, kind=COMMITMENT).first()
        self.stored: StoredCommitment | None = None
        self.unread = False
        self.taken: set[str] = set()

    def go(self) -> None:
        if self._is_as_wanted() and not steps.unsettled(self.record):
            closing.done(self, wrote=False)
            return
        self.stored = finding.standing_now(self)
        finding.settle(self)
        refusal = self._refusal()
        if refusal is not None:
            closing.hold(self, *refusal)
            return
        if self._is_billed():
            closing.done(self, wrote=False, as_it_is=True)
            return
        for _ in range(MOST_STEPS):
            step = self._next()
            if step is None:
                break
            outcome = self._take(step)
            if outcome is None:
                return
            self._after(step, outcome)
        self._end()

    @property
    def project(self) -> str:
        if self.plan.wanted is not None:
            return self.plan.wanted.project
        return self.posting.project if self.posting is not None else ""

    def _is_as_wanted(self) -> bool:
        """Nothing changed since a walk ended: whatever people did there since is not ours to undo."""
        posting, wanted = self.posting, self.plan.wanted
        if wanted is None:
            return posting is None
        stands = posting is not None and posting.standing in (Standing.DRAFT, Standing.LEDGER)
        return stands and posting is not None and posting.sent_fingerprint == self.plan.content

    def _refusal(self) -> tuple[str, str] | None:
        """Why what stands is not ours to change any more: (hold reason, sentence)."""
        stored, posting, wanted = self.stored, self.posting, self.plan.wanted
        if stored is None:
            return closing.gone(self) if posting is not None and posting.target_id and wanted is not None else None
        if wanted is None:
            return closing.not_to_be_withdrawn(self, stored)
        if stored.removed:
            return closing.gone(self)
        if stored.project != wanted.project:
            return closing.moved(self, stored)
        closed_by_people = stored.status is CommitmentStatus.CLOSED and not (posting and posting.removed_by_us)
        if stored.status is None or closed_by_people or closing.touched(posting, stored):
            return closing.changed_there(self, stored)
        return closing.billed(self, stored) if self._is_billed() else None

    def _is_billed(self) -> bool:
        """Then what the order itself says has not changed, and its commitment stays as it is (A83)."""
        stored = self.stored
        return self.plan.wanted is not None and stored is not None and bool(stored.invoiced or stored.paid)

    # What comes next

    def _next(self) -> Step | None:
        if self.plan.wanted is None:
            return self._next_back()
        wanted, stored = self.plan.wanted, self.stored
        if stored is None or self._header_differs(wanted, stored):
            return self._reopen() or self._vendor(wanted) or self._header(wanted)
        if self._lines_differ(wanted, stored) and LINES not in self.taken:
            write = LinesWrite(wanted.project, stored.target_id, wanted.lines)
            return self._reopen() or self._step(LINES, write, lines_of(wanted))
        orphan = self._orphan(wanted, stored)
        if orphan is not None:
            write_off = LineRemoval(wanted.project, stored.target_id, orphan.line_id)
            return self._reopen() or self._step(LINE_REMOVAL, write_off, orphan.line_id)
        return self._approval(wanted)

    def _next_back(self) -> Step | None:
        """A withdrawn order: its commitment is closed, or taken away, by setting."""
        stored = self.stored
        if stored is None or stored.removed or stored.status is CommitmentStatus.CLOSED:
            return None
        if self.terms.deleted_orders is DeletedOrders.REMOVE:
            removal = CommitmentRemoval(stored.project, stored.target_id)
            return self._reopen() or self._step(REMOVAL, removal, stored.target_id)
        return self._status(CommitmentStatus.CLOSED)

    def _approval(self, wanted: Commitment) -> Step | None:
        """Read back first, and only what stands to the cent is moved on."""
        if self.unread and self.stored is not None:
            found = self.target.commitments(wanted.project, [self.stored.target_id])
            self.stored, self.unread = (found[0] if found else None), False
        stored = self.stored
        if stored is None or stored.status is not CommitmentStatus.DRAFT or closing.differs(wanted, stored):
            return None
        if self.terms.commitment_status is CommitmentStatus.DRAFT:
            return None
        return self._status(self.terms.commitment_status)

    def _reopen(self) -> Step | None:
        """Once approved neither vendor nor lines can change."""
        if self.stored is None or self.stored.status is CommitmentStatus.DRAFT:
            return None
        return self._status(CommitmentStatus.DRAFT)

    def _vendor(self, wanted: Commitment) -> Step | None:
        """A commitment takes no vendor that is not on the project's list. What took it before has it still."""
        if VENDOR_STEP in self.taken:
            return None
        mine = RequestLine.objects.filter(posting__record=self.record, step=HEADER).order_by("-pk").first()
        refused = mine is not None and mine.outcome == Outcome.REFUSED
        there = RequestLine.objects.filter(
            posting__connection=self.slice_.integration.target,
            posting__project=wanted.project,
            step=HEADER,
            contact=wanted.vendor,
            outcome__in=STANDS,
        )
        write = ProjectVendorWrite(wanted.project, wanted.vendor)
        self.taken.add(VENDOR_STEP)
        if (there.exists() and not refused) or self.target.find(write):
            return None
        return self._step(VENDOR_STEP, write, f"{wanted.project}:{wanted.vendor}")

    def _header(self, wanted: Commitment) -> Step:
        step = self._step(HEADER, HeaderWrite(wanted), header_of(wanted))
        return replace(step, total=wanted.total, contact=wanted.vendor)

    def _status(self, status: CommitmentStatus) -> Step:
        assert self.stored is not None
        return self._step(STATUS, StatusWrite(self.stored.project, self.stored.target_id, status), status.value)

    def _step(self, name: str, write: ProjectWrite, content: str) -> Step:
        return Step(self.record, COMMITMENT, self.origin, name, write, content, self.project)

    def _header_differs(self, wanted: Commitment, stored: StoredCommitment) -> bool:
        """Not everything of a header comes back, so what was sent last counts as well."""
        if HEADER in self.taken:
            return False
        if (stored.number, stored.vendor) != (wanted.number, wanted.vendor):
            return True
        last = self._last_content(HEADER)
        return last is not None and last != header_of(wanted)

    def _lines_differ(self, wanted: Commitment, stored: StoredCommitment) -> bool:
        there = {line.origin: (line.code, line.amount) for line in stored.lines or ()}
        if any(there.get(line.origin) != (line.code, line.amount) for line in wanted.lines):
            return True
        last = self._last_content(LINES)
        return last is not None and last != lines_of(wanted)

    def _last_content(self, name: str) -> str | None:
        lines = RequestLine.objects.filter(posting=self.posting, step=name, outcome__in=STANDS)
        return lines.order_by("-pk").values_list("content_version", flat=True).first()

    def _orphan(self, wanted: Commitment, stored: StoredCommitment) -> StoredCommitmentLine | None:
        """A line of ours that is no longer ordered. Other people's lines stay."""
        kept = {line.origin for line in wanted.lines}
        lines = stored.lines or ()
        return next((each for each in lines if each.origin.startswith(OURS) and each.origin not in kept), None)

    # What was done

    def _take(self, step: Step) -> ProjectOutcome | None:
        wanted = self.plan.wanted
        if wanted is None or step.name == VENDOR_STEP:
            return steps.take(self.slice_, self.target, step, inside=self.begin)
        return spending.take(self, wanted, step)

    def begin(self, posting: Posting) -> None:
        """With the intent: from its first step on, what stands is neither what was left nor what is wanted."""
        posting.stored_fingerprint = posting.sent_fingerprint = ""
        posting.save(update_fields=["stored_fingerprint", "sent_fingerprint"])

    def _after(self, step: Step, outcome: ProjectOutcome) -> None:
        self.posting = Posting.objects.get(record=self.record, kind=COMMITMENT)
        self.taken.add(step.name)
        lines = {line.line_id: line for line in (self.stored.lines or () if self.stored else ())}
        match step.write:
            case LineRemoval(_, _, line):
                lines.pop(line, None)
            case LinesWrite():
                lines |= {line.line_id: line for line in outcome.lines}
            case CommitmentRemoval():
                self.stored = None
        if isinstance(outcome.stored, StoredCommitment):
            self.stored = outcome.stored
            budgets.counted(self.record, self.stored.status)
        if self.stored is not None:
            self.stored = replace(self.stored, lines=tuple(lines.values()))
        self.unread = self.unread or step.name in (HEADER, LINES, LINE_REMOVAL)

    def _end(self) -> None:
        wanted = self.plan.wanted
        if wanted is None:
            closing.withdrawn(self)
        elif self.stored is None or closing.differs(wanted, self.stored):
            closing.hold(self, *closing.not_as_sent(self))
        else:
            closing.done(self, wrote=bool(self.taken))
