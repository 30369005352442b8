"""One slice of one run: read, recover, refresh, translate, post. Any slice may die at any line or run twice."""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from audit.trail import Subject, log
from integrations import events, installation
from integrations.engine import (
    clients,
    details,
    drift_decisions,
    index,
    leases,
    leaving,
    listed,
    lists,
    posting,
    pull,
    recovery,
    settling,
    sweeping,
    vendors,
)
from integrations.engine.clients import blaming
from integrations.engine.files.attaching import attach
from integrations.engine.pause import is_paused
from integrations.engine.projects import running as projects
from integrations.engine.slice import LEASE_SECONDS, Slice, SliceOverError
from integrations.engine.translation import CHUNK, Plan, Translator
from integrations.engine.vendor_sync import merges
from integrations.engine.vendor_sync.reading import take_in_vendors, vendors_are_old
from integrations.engine.vendor_sync.running import keep_in_step
from integrations.errors import CounterfoilError, RetryLaterError, ThrottledError
from integrations.explanations.troubles import cause_of, sentence
from integrations.models import GapPolicy, Integration, Record, Run, Work
from integrations.pairs.flow import BillFlow, Keeps
from integrations.systems.protocols import Source, TargetBooks

logger = logging.getLogger("counterfoil.engine")
MOST_DEATHS = 3
SHORT_WAIT = 120
# A bill waits for its orders' drafts to shrink, a held order for what its bills left: then all is translated again.
MOST_ROUNDS = 4
# Of a record and its document, what translating and posting look at in no case or in rare ones.
NOT_ASKED = (
    "assignee", "changed_at", "document__summary", "document__read_by", "document__about", "document__modified_at",
    "document__detail_read_at", "document__detail_not_before", "document__detail_failures",
    "document__unreadable_field", "document__unreadable_reason", "document__first_read_at", "document__swept_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SliceResult:
    """What the task does next: `more` means at once, `not_before` at that moment, neither that the run is finished."""

    ran: bool
    more: bool = False
    not_before: datetime | None = None
    failure: str = ""


def run_slice(
    integration_id: int, *, asked_by: int | None = None, stopping: Callable[[], bool] = lambda: False
) -> SliceResult:
    """Do what can be done within a minute. Returns without doing anything while another worker has the lease."""
    token = leases.claim(Integration, integration_id, LEASE_SECONDS)
    if token is None:
        return SliceResult(ran=False)
    try:
        slice_ = _open(integration_id, token, asked_by, stopping)
        failure = _work(slice_)
        return _close(slice_, failure)
    except leases.LostLeaseError:
        logger.warning("integration %s: another worker took over", integration_id)
        return SliceResult(ran=False)
    finally:
        leases.free(Integration, integration_id, token)


def run_until_idle(integration_id: int, *, most_slices: int = 1000) -> SliceResult:
    """Slice after slice until nothing can be done now: for `manage.py sync`, the demo and tests."""
    result = SliceResult(ran=False)
    for _ in range(most_slices):
        result = run_slice(integration_id)
        if not result.more:
            return result
    return result


def _open(integration_id: int, token: str, asked_by: int | None, stopping: Callable[[], bool]) -> Slice:
    installation.current()  # remembered from here on; inside a transaction it would be read each time
    integration = Integration.objects.select_related("source__books", "target__books", "scope").get(pk=integration_id)
    run = Run.objects.filter(integration=integration, finished_at=None).first()
    if run is None:
        with transaction.atomic():
            run = Run.objects.create(integration=integration, started_at=timezone.now(), asked_by_id=asked_by)
    # Counted before the work starts; taken back when the slice ends, however it ends but by death.
    run.deaths, run.slices = run.deaths + 1, run.slices + 1
    run.save(update_fields=["deaths", "slices"])
    return Slice(integration, run, token, stopping=stopping)


def _work(slice_: Slice) -> str:
    """The steps in order. Returns what went wrong with a connection, in plain words, or nothing."""
    work = projects.work if slice_.pair.keeps is Keeps.PROJECTS else _keep_a_ledger
    try:
        work(slice_)
    except SliceOverError:
        slice_.more = True
    except RetryLaterError as error:
        slice_.wake_at(error.not_before or timezone.now() + timedelta(seconds=error.seconds or 60))
        return "" if _is_a_short_wait(error) else _explained(slice_, error)
    except CounterfoilError as error:
        return _explained(slice_, error)
    return ""


def _keep_a_ledger(slice_: Slice) -> None:
    integration = slice_.integration
    recovery.mark_lost(slice_)
    with (
        clients.source_client(integration.source, slice_) as source,
        clients.target_client(integration.target, slice_) as target,
    ):
        keep_in_step(slice_, source, target, blaming, sends=slice_.may_send)
        _work_through(slice_, source, target)
        if slice_.may_send:
            attach(slice_, source, target, blaming)


def _explained(slice_: Slice, error: CounterfoilError) -> str:
    slice_.cause = cause_of(error)
    return sentence(error)


def _is_a_short_wait(error: RetryLaterError) -> bool:
    """A minute's calls used up, or another worker at the same sign-in: the run goes on later, nothing failed."""
    if isinstance(error, leases.BusyError):
        return True
    return isinstance(error, ThrottledError) and (error.seconds or 0) <= SHORT_WAIT and error.window != "day"


def _work_through(slice_: Slice, source: Source, target: TargetBooks) -> None:
    """Read every feed first, so that a bill that came meanwhile is known before its order is drafted (A5)."""
    integration, flows = slice_.integration, slice_.pair.bill_flows
    with blaming(integration.target):
        recovery.recover(slice_, target)
    leaving.look_through(slice_)
    with blaming(integration.source):
        for flow in flows:
            pull.pull(slice_, flow.feed, source)
        if listed.is_waited_for(integration) and vendors_are_old(integration.source):
            take_in_vendors(integration.source, source, slice_.fence)
    if any(_has_work(slice_, flow) for flow in flows) or vendors.may_have_come(integration):
        _read_lists(slice_, source, target)
    with blaming(integration.target):
        index.refresh(slice_, target)
        if any(flow.orders_of is not None and _has_work(slice_, flow) for flow in flows):
            index.refresh_credits(slice_, target)
        sweeping.sweep_target(slice_, target)
        sweeping.sweep_credits(slice_, target)
        if slice_.may_send:
            drift_decisions.restore(slice_, target)
    for _ in range(MOST_ROUNDS):
        slice_.again = False
        for flow in flows:
            if _has_work(slice_, flow):
                _translate_what_is_read(slice_, flow, source, target)
        if not slice_.again:
            return


def _read_lists(slice_: Slice, source: Source, target: TargetBooks) -> None:
    """What translation needs to know of both companies, if it is old (E30)."""
    integration = slice_.integration
    with blaming(integration.source):
        if lists.are_old(integration.source):
            lists.take_in(integration.source, source, vendors_again=False)
    with blaming(integration.target):
        if lists.are_old(integration.target):
            lists.take_in(integration.target, target)
            lists.take_in_contacts(integration.target, target)
            merges.follow(integration, slice_.fence)
            vendors.try_again(integration)


def _translate_what_is_read(slice_: Slice, flow: BillFlow[Any, Any], source: Source, target: TargetBooks) -> None:
    """Holding goes on record by record; pausing looks at everything before it sends the first one (E35)."""
    integration = slice_.integration
    translator = Translator.load(slice_, flow, target.check)
    read_named = _reader(slice_, translator, source)
    pausing = integration.on_gap == GapPolicy.PAUSE
    reading = details.read_details(slice_, flow.feed, source)
    while True:
        with blaming(integration.source):
            read = next(reading, None)
        if read is None:
            break
        if not pausing:
            _translate_and_post(slice_, translator, target, read_named, read)
    if pausing:
        _translate_and_post(slice_, translator, None, read_named)
        if is_paused(integration, flow):
            return
    _translate_and_post(slice_, translator, target, read_named)


def _reader(slice_: Slice, translator: Translator, source: Source) -> Callable[[Sequence[Record]], None]:
    """Reads the lines of the orders that bills name, where nobody has yet."""

    def read_named(records: Sequence[Record]) -> None:
        lacking = translator.lacking(records)
        if lacking:
            with blaming(slice_.integration.source):
                details.read_now(slice_, lacking, source)

    return read_named


def _translate_and_post(
    slice_: Slice,
    translator: Translator,
    target: TargetBooks | None,
    read_named: Callable[[Sequence[Record]], None],
    within: Sequence[int] | None = None,
) -> None:
    """What waits, a chunk at a time, of the documents `within` or of all. Without a target nothing is sent."""
    sends = target is not None and slice_.may_send
    last, left = 0, None if within is None else set(within)
    while True:
        records = _waiting(slice_, translator.flow, last, left)
        if not records:
            return
        last = records[-1].pk
        if left is not None:
            left -= {record.document_id for record in records}
        read_named(records)
        plans = _translate(slice_, translator, records)
        if sends and target is not None:
            with blaming(slice_.integration.target):
                posting.post(slice_, plans, target)
        if not slice_.has_time():
            raise SliceOverError


def _translate(slice_: Slice, translator: Translator, records: Sequence[Record]) -> list[Plan]:
    """A bug in one record must not stop the others: it is found alone and held as internal error."""
    try:
        return translator.translate(records)
    except (CounterfoilError, leases.LostLeaseError):
        raise
    except Exception:
        logger.exception("integration %s: translating %s records", slice_.integration.pk, len(records))
        if len(records) == 1:
            settling.hold_internal(slice_, records[0], "It was being translated; nothing was sent.")
            return []
    return [plan for record in records for plan in _translate(slice_, translator, [record])]


def _waiting(slice_: Slice, flow: BillFlow[Any, Any], after: int, within: Collection[int] | None) -> list[Record]:
    """The next of them; of documents `within` no more than there are, so that the search ends with the last one."""
    if within is not None and not within:
        return []
    now = timezone.now()
    waiting = (
        Record.objects.filter(
            integration=slice_.integration,
            flow=flow.slug,
            work=Work.WAITING,
            pk__gt=after,
            document__detail_due=False,
        )
        .exclude(not_before__gt=now)
        .exclude(document__detail="")
    )
    chunk = 1 if slice_.run.deaths >= MOST_DEATHS else CHUNK
    if within is not None:  # read just now: the slice has their lines
        waiting, chunk = waiting.filter(document__in=within), min(chunk, len(within))
    known = () if within is None else ("document__detail",)
    return list(waiting.select_related("document").defer(*NOT_ASKED, *known).order_by("pk")[:chunk])


def _has_work(slice_: Slice, flow: BillFlow[Any, Any]) -> bool:
    return Record.objects.filter(integration=slice_.integration, flow=flow.slug, work=Work.WAITING).exists()


def _close(slice_: Slice, failure: str) -> SliceResult:
    run, integration = slice_.run, slice_.integration
    run.deaths -= 1
    run.calls += slice_.calls
    run.failure = failure[:500]
    going_on = slice_.more and not failure
    with transaction.atomic():
        if not going_on:
            run.finished_at = timezone.now()
            Integration.objects.filter(pk=integration.pk).update(last_run_at=run.finished_at)
            log(
                "run.failed" if failure else "run.finished",
                Subject("integration", integration.pk, integration.name),
                details={
                    "failure": failure,
                    "read": run.read,
                    "posted": run.posted,
                    "held": run.held,
                    "calls": run.calls,
                    "run": run.pk,
                },
            )
        run.save()
        events.tell(events.run_closed, run=run, cause=slice_.cause)
    return SliceResult(ran=True, more=going_on, not_before=slice_.not_before, failure=failure)
