"""Writing again what people removed in the project, once somebody decided so; each removal needs a decision (A42)."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max

from audit.trail import log_many
from integrations.engine import trail
from integrations.models import Decision, Posting, RequestLine, Standing
from integrations.pairs.xero_procore.documents import next_mark

if TYPE_CHECKING:
    from integrations.engine.projects.commitments import Walk

KIND = "removed-in-target"
CLEARED = ("target_id", "target_version", "status_word", "sent_fingerprint", "stored_fingerprint")


def approved(posting: Posting | None, content: str, taken: Iterable[Decision] | None = None) -> bool:
    """Whether somebody approved exactly this since it was written last: one decision is for one removal."""
    if posting is None:
        return False
    if taken is None:
        taken = Decision.objects.about("record", posting.record_id).filter(kind=KIND, lapsed_at=None)
    written = RequestLine.objects.filter(posting=posting).aggregate(at=Max("request__intended_at"))["at"]
    return any(
        each.kind == KIND and each.in_force(content) and (written is None or (each.decided_at or written) > written)
        for each in taken
    )


def begin(walk: "Walk") -> None:
    """What was removed keeps its mark, which is taken for good in the whole company: the new one bears the next."""
    posting = walk.posting
    assert posting is not None
    with transaction.atomic():
        walk.slice_.fence()
        posting.reference, posting.standing, posting.target_total = next_mark(posting.reference), Standing.NOTHING, None
        for name in CLEARED:
            setattr(posting, name, "")
        posting.save()
        target = walk.slice_.integration.target.label
        log_many([trail.event("commitment.anew", walk.record, target=target, number=posting.number)])
    walk.remark(posting.reference)
