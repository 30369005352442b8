"""What stands for an order, read live, and what became of steps that nobody answered (E2)."""

from typing import TYPE_CHECKING

from django.utils import timezone

from integrations.engine.projects import budgets, open_lines, standing
from integrations.engine.projects.plans import header_of, lines_of
from integrations.engine.slice import Slice
from integrations.models import Posting, Record, RequestLine
from integrations.project_documents import Commitment, CommitmentStatus, StoredCommitment
from integrations.project_writes import HeaderWrite, ProjectVendorWrite

if TYPE_CHECKING:
    from integrations.engine.projects.commitments import Walk


def settles_later(slice_: Slice, record: Record) -> bool:
    """Whether a write of this record may still take effect: then the slice comes back when it cannot any more."""
    moment = open_lines.settles_at(record)
    if moment is None or moment <= timezone.now():
        return False
    slice_.wake_at(moment)
    return True


def standing_now(walk: "Walk") -> StoredCommitment | None:
    """By its id where we know it, else by our mark where it may stand; no call for an order that is new to us."""
    posting, wanted = walk.posting, walk.plan.wanted
    if posting is not None and posting.target_id:
        found = walk.target.commitments(posting.project, [posting.target_id])
        return found[0] if found else None
    if posting is None and not walk.record.look_up_first:
        return None
    sought = wanted or (_stub(walk, posting) if posting is not None else None)
    if sought is None:
        return None
    by_mark = [each for each in walk.target.find(HeaderWrite(sought)) if isinstance(each, StoredCommitment)]
    Record.objects.filter(pk=walk.record.pk).update(look_up_first=False)
    return min(by_mark, key=lambda each: (each.removed, each.modified_at), default=None)


def settle(walk: "Walk") -> None:
    """Adopt what stands, and close the open steps by it."""
    stored, lines = walk.stored, open_lines.of_record(walk.record)
    posting = walk.posting
    if stored is not None and (posting is None or not posting.target_id):
        posting = walk.posting = _adopt(walk, stored)
    if lines:
        open_lines.settle(walk.slice_, walk.record, {line.pk: _happened(walk, line) for line in lines})
    if stored is not None and posting is not None and not lines:
        standing.adopt(walk.slice_, posting, stored)
    if stored is not None:
        budgets.counted(walk.slice_, walk.record, None if stored.removed else stored.status)


def _adopt(walk: "Walk", stored: StoredCommitment) -> Posting:
    posting, _ = Posting.objects.get_or_create(
        connection=walk.slice_.integration.target,
        kind=standing.COMMITMENT,
        reference=walk.origin,
        defaults={"record": walk.record, "project": stored.project},
    )
    standing.adopt(walk.slice_, posting, stored)
    return posting


def _happened(walk: "Walk", line: RequestLine) -> bool:
    """In doubt it did not: every step can be taken again."""
    stored, wanted, content = walk.stored, walk.plan.wanted, line.content_version
    if line.posting.kind == standing.VENDOR:
        return _bears_our_mark(walk, line.posting)
    if line.step == "vendor":
        project, _, vendor = content.partition(":")
        return bool(walk.target.find(ProjectVendorWrite(project, vendor)))
    if line.step == "remove":
        return stored is None or stored.removed
    if stored is None or stored.removed:
        return False
    if line.step == "status":
        return stored.status is CommitmentStatus(content)
    if line.step == "remove-line":
        return content not in {each.line_id for each in stored.lines or ()}
    if wanted is None:
        return False
    if line.step == "lines":
        there = {each.origin: (each.code, each.amount) for each in stored.lines or ()}
        return content == lines_of(wanted) and all(
            there.get(each.origin) == (each.code, each.amount) for each in wanted.lines
        )
    return content == header_of(wanted) and _is_new(line)


def _bears_our_mark(walk: "Walk", posting: Posting) -> bool:
    found = walk.target.vendors_marked([posting.reference])[posting.reference]
    if found:
        standing.adopt(walk.slice_, posting, found[0])
    return bool(found)


def _is_new(line: RequestLine) -> bool:
    """A header that was only changed does not come back whole, so such a change is written again."""
    earlier = RequestLine.objects.filter(posting=line.posting, step=line.step, pk__lt=line.pk)
    return not earlier.filter(outcome__in=("done", "found")).exists()


def _stub(walk: "Walk", posting: Posting) -> Commitment:
    """Enough to look for it by."""
    day = walk.record.document_date or timezone.now().date()
    return Commitment(posting.project, walk.origin, "", "", "", "", day, None, (), 0 * walk.record.amount)
