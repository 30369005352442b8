"""An order's way to its commitment: vendor, header, lines, read back, status; or the way back (A82, A83, A88).

The walk is driven by what stands: it reads that, takes the next step that is missing, and looks again, until nothing
is missing. So a walk that was cut anywhere goes on where it was, and a step that was lost is found or taken again.
"""

from dataclasses import dataclass, field, replace

from integrations.engine.projects import anew, budgets, closing, finding, open_lines, spending, steps
from integrations.engine.projects.plans import OrderPlan, header_of, lines_of, marked
from integrations.engine.projects.standing import COMMITMENT
from integrations.engine.projects.steps import Step
from integrations.engine.slice import Slice
from integrations.models import Outcome, Posting, RequestLine, Standing
from integrations.pairs.xero_procore.documents import line_origin, order_origin
from integrations.pairs.xero_procore.terms import DeletedOrders, ProjectTerms
from integrations.project_documents import Commitment, CommitmentStatus, StoredCommitment, StoredCommitmentLine
from integrations.project_writes import (
    CommitmentRemoval,
    HeaderWrite,
    LineRemoval,
    LinesWrite,
    ProjectOutcome,
    ProjectVendorWrite,
    ProjectWrite,
    StatusWrite,
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
OURS = line_origin("")


@dataclass
class Listed:
    """Vendors on the lists of projects, as read or put there; `read` are projects whose whole list is known."""

    there: set[tuple[str, str]] = field(default_factory=set)
    read: set[str] = field(default_factory=set)

    def read_whole(self, project: str, target: ProjectBooks) -> None:
        self.there |= {(project, vendor) for vendor in target.vendors_listed(project)}
        self.read.add(project)

    def has(self, write: ProjectVendorWrite, target: ProjectBooks) -> bool:
        if (write.project, write.vendor) not in self.there and write.project not in self.read and target.find(write):
            self.put(write)
        return (write.project, write.vendor) in self.there

    def put(self, write: ProjectVendorWrite) -> None:
        self.there.add((write.project, write.vendor))


class Walk:
    """One order. `stored` is what stands, by the last answer or reading; `unread` that lines were written since.

    `listed` are vendors that are on the lists of projects, known once for walks beside each other; `over` that this is.
    """

    def __init__(
        self,
        slice_: Slice,
        target: ProjectBooks,
        plan: OrderPlan,
        terms: ProjectTerms,
        listed: Listed | None = None,
    ) -> None:
        self.slice_, self.target, self.terms = slice_, target, terms
        self.listed = listed or Listed()
        self.over = False
        self.record = plan.record
        self.posting = Posting.objects.filter(record=plan.record, kind=COMMITMENT).first()
        self.origin = self.posting.reference if self.posting else order_origin(plan.record.document.source_id)
        self.plan = self._marked(plan)
        self.stored: StoredCommitment | None = None
        self.unread = False
        self.taken: set[str] = set()

    def begins(self) -> bool:
        """Look at what stands; whether there are steps to take. Otherwise its record is left where it belongs."""
        if finding.settles_later(self.slice_, self.record):
            return False
        if self.is_as_wanted() and not self.plan.restores and not open_lines.unsettled(self.record):
            closing.done(self, wrote=False)
            return False
        self.stored = finding.standing_now(self)
        finding.settle(self)
        if self.is_gone() and anew.approved(self.posting, self.plan.content):
            anew.begin(self)
        refusal = self.refusal()
        if refusal is not None:
            closing.hold(self, *refusal)
            return False
        if self.is_billed():
            closing.done(self, wrote=False, as_it_is=True)
            return False
        return True

    @property
    def project(self) -> str:
        if self.plan.wanted is not None:
            return self.plan.wanted.project
        return self.posting.project if self.posting is not None else ""

    def is_as_wanted(self) -> bool:
        """Nothing changed since a walk ended: whatever people did there since is not ours to undo."""
        posting, wanted = self.posting, self.plan.wanted
        if wanted is None:
            return posting is None
        stands = posting is not None and posting.standing in (Standing.DRAFT, Standing.LEDGER)
        return stands and posting is not None and posting.sent_fingerprint == self.plan.content

    def refusal(self) -> tuple[str, str] | None:
        """Why what stands is not ours to change any more: (hold reason, sentence)."""
        stored, posting, wanted = self.stored, self.posting, self.plan.wanted
        if self.is_gone():
            return closing.gone(self)
        if stored is None:
            return None
        if wanted is None:
            return closing.not_to_be_withdrawn(self, stored)
        if stored.project != wanted.project:
            return closing.moved(self, stored)
        closed_by_people = stored.status is CommitmentStatus.CLOSED and not (posting and posting.removed_by_us)
        touched = closing.touched(posting, stored) and not self.plan.restores
        if stored.status is None or closed_by_people or touched:
            return closing.changed_there(self, stored)
        return closing.billed(self, stored) if self.is_billed() else None

    def is_gone(self) -> bool:
        """People took away what is still wanted."""
        if self.plan.wanted is None:
            return False
        return self.stored.removed if self.stored else self.posting is not None and bool(self.posting.target_id)

    def remark(self, origin: str) -> None:
        """From now on it is written, and looked for, with this mark."""
        self.origin, self.stored = origin, None
        self.plan = self._marked(self.plan)

    def _marked(self, plan: OrderPlan) -> OrderPlan:
        return plan if plan.wanted is None else replace(plan, wanted=marked(plan.wanted, self.origin))

    def is_billed(self) -> bool:
        """Then what the order itself says has not changed, and its commitment stays as it is (A83)."""
        stored = self.stored
        return self.plan.wanted is not None and stored is not None and bool(stored.invoiced or stored.paid)

    @property
    def took_its_vendor(self) -> bool:
        """Whether the project took a commitment with this vendor before."""
        wanted = self.plan.wanted
        return wanted is not None and RequestLine.objects.filter(
            posting__connection=self.slice_.integration.target, posting__project=wanted.project, step=HEADER,
            contact=wanted.vendor, outcome__in=STANDS,
        ).exists()  # fmt: skip

    # What comes next

    def next(self) -> Step | None:
        """The next step but for the status of what has to be read back first, which is `approval`."""
        wanted, stored = self.plan.wanted, self.stored
        if wanted is None:
            return self._next_back()
        if stored is None or self._header_differs(wanted, stored):
            return self._reopen() or self._vendor(wanted) or self._header(wanted)
        if self._lines_differ(wanted, stored) and LINES not in self.taken:
            write = LinesWrite(wanted.project, stored.target_id, wanted.lines)
            return self._reopen() or self._step(LINES, write, lines_of(wanted))
        orphan = self._orphan(wanted, stored)
        if orphan is not None:
            write_off = LineRemoval(wanted.project, stored.target_id, orphan.line_id)
            return self._reopen() or self._step(LINE_REMOVAL, write_off, orphan.line_id)
        return None

    def _next_back(self) -> Step | None:
        """A withdrawn order: its commitment is closed, or taken away, by setting."""
        stored = self.stored
        if stored is None or stored.removed or stored.status is CommitmentStatus.CLOSED:
            return None
        if self.terms.deleted_orders is DeletedOrders.REMOVE:
            removal = CommitmentRemoval(stored.project, stored.target_id)
            return self._reopen() or self._step(REMOVAL, removal, stored.target_id)
        return self._status(CommitmentStatus.CLOSED)

    @property
    def has_to_be_read_back(self) -> bool:
        """Before it is moved on: only what stands to the cent is."""
        return self.unread and self.stored is not None and self.plan.wanted is not None

    def read_back(self, found: StoredCommitment | None) -> None:
        self.stored, self.unread = found, False

    def approval(self) -> Step | None:
        stored, wanted = self.stored, self.plan.wanted
        if wanted is None or stored is None or stored.status is not CommitmentStatus.DRAFT:
            return None
        if self.terms.commitment_status is CommitmentStatus.DRAFT or closing.differs(wanted, stored):
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
        write = ProjectVendorWrite(wanted.project, wanted.vendor)
        self.taken.add(VENDOR_STEP)
        if (self.took_its_vendor and not refused) or self.listed.has(write, self.target):
            return None
        return self._step(VENDOR_STEP, write, f"{wanted.project}:{wanted.vendor}")

    def _header(self, wanted: Commitment) -> Step:
        step = self._step(HEADER, HeaderWrite(wanted), header_of(wanted))
        return replace(step, total=wanted.total, contact=wanted.vendor)

    def _status(self, status: CommitmentStatus) -> Step:
        assert self.stored is not None
        return self._step(STATUS, StatusWrite(self.stored.project, self.stored.target_id, status), status.value)

    def _step(self, name: str, write: ProjectWrite, content: str) -> Step:
        source, coded = (self.plan.source, self.plan.coded) if name == LINES else ((), ())
        return Step(
            self.record, COMMITMENT, self.origin, name, write, content, self.project, source=source, coded=coded
        )

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

    def take(self, step: Step) -> ProjectOutcome | None:
        wanted = self.plan.wanted
        if wanted is None or step.name == VENDOR_STEP:
            return steps.take(self.slice_, self.target, step, inside=self.begin)
        return spending.take(self, wanted, step)

    def begin(self, posting: Posting) -> None:
        """With the intent: from its first step on, what stands is neither what was left nor what is wanted."""
        posting.stored_fingerprint = posting.sent_fingerprint = ""
        posting.save(update_fields=["stored_fingerprint", "sent_fingerprint"])

    def after(self, step: Step, outcome: ProjectOutcome) -> None:
        if isinstance(step.write, ProjectVendorWrite):
            self.listed.put(step.write)
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
            budgets.counted(self.slice_, self.record, self.stored.status)
        if self.stored is not None:
            self.stored = replace(self.stored, lines=tuple(lines.values()))
        self.unread = self.unread or step.name in (HEADER, LINES, LINE_REMOVAL)

    def end(self) -> None:
        wanted = self.plan.wanted
        if wanted is None:
            closing.withdrawn(self)
        elif self.stored is None or closing.differs(wanted, self.stored):
            closing.hold(self, *closing.not_as_sent(self))
        else:
            closing.done(self, wrote=bool(self.taken))
