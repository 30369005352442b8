"""What every write has in common, of bills, vendors and files: request, attempts, answer and doubt (E1, E2)."""

import hashlib
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db.models import Count
from django.utils import timezone

from audit.trail import log_many
from integrations.documents import PreparedWrite
from integrations.engine import trail
from integrations.engine.leases import BusyError
from integrations.engine.slice import Slice, back_off
from integrations.errors import CounterfoilError, NotSentError, OwnPaceError, RetryLaterError
from integrations.explanations import sentence
from integrations.models import Connection, Outcome, Posting, Record, Request, RequestLine, Work
from integrations.systems import system

# A write leaves within so many seconds of its intent, or not at all (E3).
LEAVES_WITHIN = 10.0
WORKER_STOPPED = "the worker stopped before an answer came"
OPEN = (Outcome.INTENDED, Outcome.UNKNOWN)
MOST_ATTEMPTS = 5


def request_for(slice_: Slice, connection: Connection, prepared: PreparedWrite) -> Request:
    """The row of one write that is about to be sent, with when it must have ended. In the intent's transaction."""
    now = timezone.now()
    return Request.objects.create(
        connection=connection,
        run=slice_.run,
        template=prepared.template,
        method=prepared.method,
        body_hash=hashlib.sha256(prepared.body).hexdigest(),
        key=uuid.uuid4().hex,
        intended_at=now,
        settles_at=now + max(system(connection.system).writes_settle_in, timedelta(seconds=LEAVES_WITHIN)),
    )


def attempts(postings: Iterable[Posting]) -> Mapping[tuple[int, str, str], int]:
    """How often each (posting, step, content version) was attempted before; 0 for any other."""
    counts: defaultdict[tuple[int, str, str], int] = defaultdict(int)
    lines = RequestLine.objects.filter(posting__in=[posting.pk for posting in postings])
    rows = lines.values_list("posting", "step", "content_version").annotate(times=Count("id"))
    for posting, step, content, times in rows:
        counts[posting, step, content] = times
    return counts


def was_begun(error: CounterfoilError) -> bool:
    """Whether a call was made: what our own pace, or another worker of ours, kept back is no attempt."""
    return not isinstance(error, OwnPaceError | BusyError)


def out_of_time() -> NotSentError:
    """The slice ended between intent and call: nothing is wrong at the other end, the next slice sends it at once."""
    return NotSentError("the slice's time was up", not_before=timezone.now())


def again_at(error: CounterfoilError, attempt: int) -> datetime | None:
    """When a write that did not take effect may be tried again; None: as soon as its record is looked at."""
    if not isinstance(error, RetryLaterError):
        return None
    return error.not_before or timezone.now() + timedelta(seconds=error.seconds or back_off(attempt))


def given_up(error: CounterfoilError, attempt: int, target: str) -> str:
    """Why it is not tried again by itself, or nothing as long as it is."""
    if not isinstance(error, RetryLaterError) or attempt < MOST_ATTEMPTS:
        return ""
    return f"{attempt} attempts did not reach {target}. {sentence(error)}"


def answered(request: Request, outcome: Outcome, why: str = "") -> None:
    request.outcome, request.answered_at, request.explanation = outcome, timezone.now(), why[:500]
    request.save(update_fields=["outcome", "answered_at", "explanation"])


def put_in_doubt(request: Request, why: str) -> None:
    """No answer came to this write, or to what of it is still open."""
    Request.objects.filter(pk=request.pk, outcome=Outcome.INTENDED).update(
        outcome=Outcome.UNKNOWN, explanation=why[:500]
    )
    RequestLine.objects.filter(request=request, outcome=Outcome.INTENDED).update(outcome=Outcome.UNKNOWN)


def put_records_in_doubt(request: Request, records: Sequence[Record], why: str, action: str, target: str) -> None:
    """The write's records wait until it must have ended, each with the entry `action`."""
    put_in_doubt(request, why)
    Record.objects.filter(pk__in=[record.pk for record in records], work=Work.POSTING).update(
        work=Work.DOUBT,
        not_before=request.settles_at,
        changed_at=timezone.now(),
        explanation="Sent, but no answer came: not sure, checking.",
    )
    log_many(trail.event(action, record, target=target, request=request.pk) for record in records)
