"""Orders in Procore's books: header, lines and status, each once, whatever becomes of the answers."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from integrations.errors import GoneError, HoldRecordError, OutcomeUnknownError, ProgrammingError, RejectedError
from integrations.project_documents import CommitmentLine, CommitmentStatus, StoredCommitment
from integrations.project_writes import (
    CommitmentRemoval,
    HeaderWrite,
    LineRemoval,
    LinesWrite,
    ProjectWrite,
    StatusWrite,
)
from tests.systems.procore.office import APPROVED, Office

SYNC = "^/rest/v1.0/purchase_order_contracts/sync$"
LINES = "line_items/sync$"


def standing(office: Office, name: str = "PO-1") -> list[StoredCommitment]:
    found = office.books().find(HeaderWrite(office.commitment(name, "1000.00")))
    return [each for each in found if isinstance(each, StoredCommitment)]


def test_an_order_becomes_a_draft_then_gets_its_lines_then_counts_in_the_budget(office: Office) -> None:
    wanted = office.commitment("PO-1", "1000.00", "0.10", "250.55")
    header = office.send(HeaderWrite(wanted)).stored
    assert isinstance(header, StoredCommitment)
    assert (header.status, header.total, header.number, header.origin) == (
        CommitmentStatus.DRAFT, Decimal(0), "PO-1", "xero:po:PO-1",
    )  # fmt: skip
    lines = office.send(LinesWrite(office.project, header.target_id, wanted.lines)).lines
    assert [(each.origin, each.amount, each.code) for each in lines] == [
        (line.origin, line.amount, office.concrete) for line in wanted.lines
    ]
    assert office.people.budget(int(office.project), "03-300.M")["committed_costs"] == "0.00"
    office.send(StatusWrite(office.project, header.target_id, APPROVED))
    (stored,) = office.books().commitments(office.project, [header.target_id])
    assert (stored.status, stored.total, stored.vendor, stored.currency) == (
        APPROVED, wanted.total, office.vendor, "USD",
    )  # fmt: skip
    assert office.people.budget(int(office.project), "03-300.M")["committed_costs"] == "1250.65"


def test_several_orders_of_a_project_go_in_one_request_and_one_refused_holds_only_itself(office: Office) -> None:
    stranger = str(office.people.add_vendor("Not In The Project")["id"])
    orders = [office.commitment(f"PO-{number}", "10.00") for number in range(1, 5)]
    orders[2] = replace(orders[2], vendor=stranger)
    before = len(office.paths("PATCH"))
    outcomes = office.outcomes(*(HeaderWrite(order) for order in orders))
    assert len(office.paths("PATCH")) == before + 1
    assert [bool(each.stored) for each in outcomes] == [True, True, False, True]
    assert outcomes[2].refusals == ("vendor: must be in the project directory",)


def test_a_line_that_is_refused_is_named_and_the_others_stand(office: Office) -> None:
    order = office.order(status=None)
    foreign = str(office.people.add_code(int(office.other), "09-900.M", "Paint")["id"])
    good = CommitmentLine("xero:pol:good", office.steel, "Rods", Decimal("5.00"))
    bad = CommitmentLine("xero:pol:bad", foreign, "Paint", Decimal("7.00"))
    (outcome,) = office.outcomes(LinesWrite(office.project, order.target_id, (bad, good)))
    assert [each.origin for each in outcome.lines] == ["xero:pol:good"]
    assert outcome.by_line == {"xero:pol:bad": ("wbs code id: is not a code of this project",)}
    assert outcome.refusals == ("wbs code id: is not a code of this project",)


DOUBTS: dict[str, tuple[dict[str, Any], int]] = {
    "lost answer": ({"effect": "lose_answer"}, 1),
    "502 after commit": ({"effect": "status_after_commit", "status": 502}, 1),
    "502 before": ({"effect": "status", "status": 502}, 0),
    "408": ({"effect": "status", "status": 408}, 0),
    "409": ({"effect": "status", "status": 409}, 0),
    "web page": ({"effect": "html"}, 0),
}


@pytest.mark.parametrize(("fault", "stands"), DOUBTS.values(), ids=DOUBTS.keys())
def test_a_header_whose_answer_is_lost_is_looked_up_and_stands_once_e2(
    office: Office, fault: dict[str, Any], stands: int
) -> None:
    office.fails(path=SYNC, method="PATCH", **fault)
    with pytest.raises(OutcomeUnknownError):
        office.outcomes(HeaderWrite(office.commitment("PO-1", "1000.00")))
    assert len(standing(office)) == stands
    office.send(HeaderWrite(office.commitment("PO-1", "1000.00")))
    assert len(standing(office)) == 1


def test_lines_whose_answer_is_lost_are_found_on_the_order_and_stand_once(office: Office) -> None:
    order = office.order(status=None)
    lines = office.commitment("PO-1", "1000.00", "50.00").lines
    write = LinesWrite(office.project, order.target_id, lines)
    office.fails("lose_answer", LINES, "PATCH")
    with pytest.raises(OutcomeUnknownError):
        office.outcomes(write)
    (found,) = office.books().find(write)
    assert isinstance(found, StoredCommitment)
    assert found.lines is not None
    assert {each.origin for each in found.lines} == {each.origin for each in lines}
    office.send(write)
    (again,) = office.books().commitments(office.project, [order.target_id])
    assert (len(again.lines or ()), again.total) == (2, Decimal("1050.00"))


def test_a_line_of_ours_that_is_no_longer_ordered_is_taken_away(office: Office) -> None:
    order = office.order("PO-1", "10.00", "20.00", status=None)
    assert order.lines
    gone = LineRemoval(office.project, order.target_id, order.lines[0].line_id)
    office.send(gone)
    (found,) = office.books().find(gone)
    assert isinstance(found, StoredCommitment)
    assert [each.amount for each in found.lines or ()] == [Decimal("20.00")]
    with pytest.raises(GoneError):
        office.send(gone)


def test_an_approved_order_keeps_its_lines_until_it_is_a_draft_again(office: Office) -> None:
    order = office.order()
    more = (CommitmentLine("xero:pol:late", office.concrete, "Late", Decimal("1.00")),)
    (refused,) = office.outcomes(LinesWrite(office.project, order.target_id, more))
    assert "cannot be edited" in refused.refusals[0]
    with pytest.raises(RejectedError, match="approved contract"):
        office.send(CommitmentRemoval(office.project, order.target_id))
    office.send(StatusWrite(office.project, order.target_id, CommitmentStatus.DRAFT))
    office.send(LinesWrite(office.project, order.target_id, more))
    office.send(StatusWrite(office.project, order.target_id, APPROVED))


def test_a_removed_order_is_found_as_removed_and_keeps_its_mark(office: Office) -> None:
    order = office.order(status=None)
    removal = CommitmentRemoval(office.project, order.target_id)
    assert len(office.books().find(removal)) == 1
    office.send(removal)
    assert office.books().find(removal) == []
    (found,) = standing(office)
    assert found.removed


def test_a_mark_that_another_project_has_is_refused_by_its_own_row(office: Office) -> None:
    office.order(status=None)
    office.people.add_vendor_to_project(int(office.vendor), int(office.other))
    (outcome,) = office.outcomes(HeaderWrite(replace(office.commitment("PO-1", "1.00"), project=office.other)))
    assert outcome.refusals == ("origin id: has already been taken",)


@pytest.mark.parametrize(
    "changes",
    [
        {"total": Decimal("999.99")},
        {"number": "N" * 256},
        {"number": "PO\x001"},
    ],
)
def test_what_procore_would_cut_or_misread_is_held_before_it_is_sent(office: Office, changes: dict[str, Any]) -> None:
    with pytest.raises(HoldRecordError):
        office.books().prepare([HeaderWrite(replace(office.commitment("PO-1", "1000.00"), **changes))])
    assert office.paths("PATCH") == []


@pytest.mark.parametrize("amount", ["0.005", "1E15", "NaN", "Infinity"])
def test_an_amount_that_is_no_money_is_held(office: Office, amount: str) -> None:
    line = CommitmentLine("xero:pol:1", office.concrete, "Odd", Decimal(amount))
    with pytest.raises(HoldRecordError):
        office.books().prepare([LinesWrite(office.project, "5", (line,))])


def test_one_request_holds_documents_of_one_kind_and_one_project(office: Office) -> None:
    header = HeaderWrite(office.commitment("PO-1", "1.00"))
    elsewhere = HeaderWrite(replace(header.commitment, project=office.other))
    move = StatusWrite(office.project, "7", APPROVED)
    refused: list[list[ProjectWrite]] = [[header, move], [header, elsewhere], [header] * 101, []]
    for mixed in refused:
        with pytest.raises(ProgrammingError):
            office.books().prepare(mixed)
    with pytest.raises(ProgrammingError):
        office.books().prepare([StatusWrite(office.project, "seven", APPROVED)])


def test_the_same_order_gives_the_same_bytes(office: Office) -> None:
    write = HeaderWrite(office.commitment("PO-1", "1000.00"))
    assert office.books().prepare([write]) == office.books().prepare([write])


def test_people_change_an_order_and_its_version_tells(office: Office) -> None:
    order = office.order()
    office.sandbox.clock.forward(minutes=1)
    office.people.edit_order(int(order.target_id), title="Renamed by a person")
    (found,) = office.books().commitments(office.project, [order.target_id])
    assert found.title == "Renamed by a person"
    assert found.version != order.version
    office.people.enable_ssov(int(order.target_id))
    (found,) = office.books().commitments(office.project, [order.target_id])
    assert found.bills_own_schedule
