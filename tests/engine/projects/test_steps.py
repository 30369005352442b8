"""One write of a record's way into its project: intent before, answer after, and every doubt settled (E1 to E3)."""

from dataclasses import replace
from typing import Any

import pytest

from audit.models import Entry
from integrations.engine.projects import open_lines, steps
from integrations.engine.projects.steps import Step
from integrations.engine.slice import Slice
from integrations.errors import HoldRecordError, RetryLaterError
from integrations.models import Connection, PaceWindow, Posting, Record, Request, Work
from integrations.project_documents import CommitmentStatus, StoredCommitment
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
from tests.engine.projects.site import Site, outcomes, settle_time, trail

SYNC = "purchase_order_contracts/sync$"


def header(site: Site, record: Record, **changes: Any) -> Step:
    wanted = site.commitment(record, "1000.00", **changes)
    return Step(record, "commitment", wanted.origin, "header", HeaderWrite(wanted), "c1", site.project, wanted.total)


def step(site: Site, record: Record, name: str, write: ProjectWrite) -> Step:
    return Step(record, "commitment", f"xero:po:{record.document.source_id}", name, write, "c1", site.project)


def taken(site: Site, wanted: Step, **more: Any) -> ProjectOutcome | None:
    with site.slice() as slice_, site.books() as books:
        return steps.take(slice_, books, wanted, **more)


def standing(site: Site, record: Record) -> ProjectOutcome:
    """The header is there."""
    found = taken(site, header(site, record))
    assert found is not None
    return found


def test_a_step_is_intended_then_sent_then_in_the_books_e1(site: Site) -> None:
    record = site.order("PO-1")
    seen: list[Any] = []

    def before_sending(posting: Posting) -> None:
        seen.append((posting.reference, site.writes()))

    outcome = taken(site, header(site, record), inside=before_sending)
    assert outcome is not None
    assert isinstance(outcome.stored, StoredCommitment)
    assert seen == [("xero:po:po-1", [])]
    posting = Posting.objects.get()
    assert (posting.target_id, posting.standing, posting.status_word, posting.project) == (
        outcome.target_id, "draft", "Draft", site.project,
    )  # fmt: skip
    record.refresh_from_db()
    assert record.work == Work.WAITING
    assert trail(record) == ["step.intended", "step.done"]
    assert outcomes() == [("header", "done", 1)]
    assert Entry.objects.get(action="step.intended").details["document"]["commitment"]["number"] == "PO-1"


def test_a_step_reaches_one_project_only_through_the_record_it_belongs_to_a2(site: Site) -> None:
    """Another record with the same document is held; nothing is sent for it."""
    first, second = site.order("PO-1"), site.order("PO-2")
    standing(site, first)
    assert taken(site, replace(header(site, first), record=second)) is None
    second.refresh_from_db()
    assert (second.work, second.hold_reason) == (Work.HELD, "possible-duplicate")
    assert len(site.writes()) == 1


DOUBTS: dict[str, tuple[dict[str, Any], bool]] = {
    "lost answer": ({"effect": "lose_answer"}, True),
    "502 after it was done": ({"effect": "status_after_commit", "status": 502}, True),
    "502 before": ({"effect": "status", "status": 502}, False),
    "conflict": ({"effect": "status", "status": 409}, False),
}


@pytest.mark.parametrize(("fault", "there"), DOUBTS.values(), ids=DOUBTS.keys())
def test_without_an_answer_nothing_more_is_sent_until_it_was_looked_up_e2(
    site: Site, fault: dict[str, Any], there: bool
) -> None:
    record = site.order("PO-1")
    site.fails(path=SYNC, **fault)
    assert taken(site, header(site, record)) is None
    record.refresh_from_db()
    assert record.work == Work.DOUBT
    assert record.not_before == open_lines.settles_at(record) == Request.objects.get().settles_at
    assert open_lines.unsettled(record)
    assert taken(site, header(site, record)) is None
    assert len(site.writes()) == 1
    settle_time()
    settled(site, record)
    assert outcomes() == [("header", "found" if there else "absent", 1)]
    standing(site, record)
    assert [each["number"] for each in site.orders()] == ["PO-1"]
    assert outcomes()[-1] == ("header", "done", 2)


def settled(site: Site, record: Record) -> None:
    with site.slice() as slice_, site.books() as books:
        found = bool(books.find(header(site, record).write))  # type: ignore[arg-type]
        open_lines.settle(slice_, record, {line.pk: found for line in open_lines.of_record(record)})
    record.refresh_from_db()
    assert record.work == Work.WAITING
    assert not open_lines.unsettled(record)


class Killed(BaseException):
    """What ends a worker wherever it is."""


@pytest.mark.parametrize("sent", [False, True], ids=["before it was sent", "after it was sent"])
def test_a_worker_that_dies_under_way_leaves_a_doubt_that_is_settled_e2(
    site: Site, sent: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = site.order("PO-1")

    def dies(slice_: Slice, intent: Any, target: ProjectBooks) -> None:
        if sent:
            target.send(intent.prepared, key=intent.request.key, sent_by=intent.sent_by)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(steps, "_send", dies)
        with pytest.raises(Killed):
            taken(site, header(site, record))
    record.refresh_from_db()
    assert record.work == Work.POSTING
    with site.slice() as slice_:
        open_lines.mark_lost(slice_)
    record.refresh_from_db()
    assert record.work == Work.DOUBT
    settle_time()
    settled(site, record)
    assert outcomes() == [("header", "found" if sent else "absent", 1)]
    standing(site, record)
    assert len(site.orders()) == 1


def test_what_is_refused_is_held_with_the_reason_in_words(site: Site) -> None:
    record = site.order("PO-1")
    stranger = str(site.people.add_vendor("Not In The Project")["id"])
    Connection.objects.filter(system="procore").update(lists_read_at=record.changed_at)
    assert taken(site, header(site, record, vendor=stranger)) is None
    record.refresh_from_db()
    assert (record.work, record.hold_reason) == (Work.HELD, "rejected-by-target")
    assert "not in this project's directory" in record.explanation
    assert outcomes() == [("header", "refused", 1)]
    assert Connection.objects.get(system="procore").lists_read_at is None
    assert Posting.objects.get().standing == "nothing"


def test_lines_of_which_one_is_refused_hold_the_record_and_the_others_stand(site: Site) -> None:
    record = site.order("PO-1")
    made = standing(site, record).target_id
    wanted = site.commitment(record, "10.00", "20.00").lines
    site.people.deactivate_code(int(site.project), "05-120.M")
    bad = type(wanted[0])("xero:pol:bad", site.steel, "Rods", wanted[0].amount)
    assert taken(site, step(site, record, "lines", LinesWrite(site.project, made, (*wanted, bad)))) is None
    record.refresh_from_db()
    assert record.hold_reason == "rejected-by-target"
    assert "cost code" in record.explanation
    assert [line["amount"] for line in site.orders()[0]["line_items"]] == ["10.0", "20.0"]


def test_a_project_that_is_not_open_to_us_holds_the_record_and_names_the_tool(site: Site) -> None:
    record = site.order("PO-1")
    site.people.permit_project(int(site.project), permitted=False)
    assert taken(site, header(site, record)) is None
    record.refresh_from_db()
    assert (record.work, record.hold_reason) == (Work.HELD, "no-permission")
    assert "permitted projects" in record.explanation


def test_when_procore_wants_a_pause_the_record_waits_and_is_sent_once(site: Site) -> None:
    record = site.order("PO-1")
    site.fails("status", SYNC, status=429, headers={"Retry-After": "7"})
    with pytest.raises(RetryLaterError):
        taken(site, header(site, record))
    record.refresh_from_db()
    assert record.work == Work.WAITING
    assert record.not_before is not None
    assert outcomes() == [("header", "dropped", 1)]
    assert trail(record)[-1] == "step.not_sent"
    PaceWindow.objects.all().delete()  # the pause is over
    standing(site, record)
    assert len(site.orders()) == 1


def test_what_is_to_be_taken_away_and_is_gone_already_is_as_it_should_be(site: Site) -> None:
    record = site.order("PO-1")
    made = standing(site, record).target_id
    lines = taken(site, step(site, record, "lines", LinesWrite(site.project, made, header_lines(site, record))))
    assert lines is not None
    gone = step(site, record, "remove-line", LineRemoval(site.project, made, lines.lines[0].line_id))
    assert taken(site, gone) is not None
    assert taken(site, gone) is not None
    assert outcomes()[-2:] == [("remove-line", "done", 1), ("remove-line", "done", 2)]
    removal = step(site, record, "remove", CommitmentRemoval(site.project, made))
    assert taken(site, removal) is not None
    posting = Posting.objects.get()
    assert (posting.standing, posting.removed_by_us) == ("nothing", True)


def header_lines(site: Site, record: Record) -> Any:
    return site.commitment(record, "10.00").lines


def test_a_status_and_a_vendor_on_the_list_are_steps_of_the_same_document(site: Site) -> None:
    record = site.order("PO-1")
    other = str(site.people.add_vendor("Cascade Steel")["id"])
    assert taken(site, step(site, record, "vendor", ProjectVendorWrite(site.project, other))) is not None
    assert Posting.objects.get().target_id == ""
    made = standing(site, record).target_id
    write = StatusWrite(site.project, made, CommitmentStatus.APPROVED)
    assert taken(site, step(site, record, "status", write)) is not None
    posting = Posting.objects.get()
    assert (posting.target_id, posting.standing, posting.status_word) == (made, "ledger", "Approved")


def test_what_procore_cannot_hold_is_held_before_anything_is_sent(site: Site) -> None:
    record = site.order("PO-1")
    assert taken(site, header(site, record, number="9" * 300)) is None
    record.refresh_from_db()
    assert (record.work, record.hold_reason) == (Work.HELD, "cannot-represent")
    assert site.writes() == []


def test_what_runs_with_the_intent_can_keep_it_from_being_sent(site: Site) -> None:
    record = site.order("PO-1")

    def too_late(posting: Posting) -> None:
        raise HoldRecordError("The last money went to another order.", reason="over-budget")

    assert taken(site, header(site, record), inside=too_late) is None
    record.refresh_from_db()
    assert (record.work, record.hold_reason) == (Work.HELD, "over-budget")
    assert not Posting.objects.exists()
    assert site.writes() == []


def test_a_record_that_is_not_waiting_is_left_alone(site: Site) -> None:
    record = site.order("PO-1")
    Record.objects.update(work=Work.EXCLUDED_PERSON)
    assert taken(site, header(site, record)) is None
    assert site.writes() == []
