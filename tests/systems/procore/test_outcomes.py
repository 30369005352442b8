"""Answers that do not plainly tell what became of a write are doubts, never successes and never refusals."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from integrations.errors import OutcomeUnknownError
from integrations.http import Answer
from integrations.project_documents import (
    CommitmentLine,
    CommitmentStatus,
    ContractPayment,
    DirectCost,
    DirectCostLine,
    DirectCostStatus,
)
from integrations.project_writes import DirectCostWrite, LinesWrite, PaymentWrite, ProjectWrite, StatusWrite
from integrations.systems.procore.outcomes import outcomes
from integrations.systems.procore.payloads import prepare

DAY = date(2026, 3, 2)
MOVES: list[ProjectWrite] = [StatusWrite("1", number, CommitmentStatus.APPROVED) for number in ("7", "8")]
LINES = LinesWrite("1", "7", (CommitmentLine("xero:pol:1", "5", "Sand", Decimal("1.00")),))
PAID = PaymentWrite(ContractPayment("1", "7", "9", "xero:pay:1", Decimal("5.00"), DAY))
COST = DirectCostWrite(
    DirectCost(
        "1", "xero:inv:1", "3", "INV-1", DAY, DirectCostStatus.DRAFT,
        (DirectCostLine("5", "Sand", Decimal("1.00")),), Decimal("1.00"),
    )
)  # fmt: skip


def order(number: int, **changes: Any) -> dict[str, Any]:
    told = {"id": number, "status": "Approved", "grand_total": "1.0", "updated_at": "2026-03-02T10:00:00Z"}
    return {**told, **changes}


def told(writes: list[ProjectWrite], body: Any) -> Any:
    prepared = prepare(writes)
    return outcomes(prepared, Answer(200, {}, json.dumps(body).encode(), prepared.template, is_write=True))


def test_rows_are_matched_by_id_whatever_their_order() -> None:
    found = told(MOVES, {"entities": [order(8), order(7)], "errors": []})
    assert [each.target_id for each in found] == ["7", "8"]
    refused = {"id": 7, "status": "Approved", "errors": {"base": ["No."]}}
    found = told(MOVES, {"entities": [order(8)], "errors": [refused]})
    assert [(each.target_id, each.refusals) for each in found] == [("", ("No.",)), ("8", ())]


def test_a_refusal_without_a_word_is_one_all_the_same() -> None:
    (first, _) = told(MOVES, {"entities": [order(8)], "errors": [{"id": 7, "errors": {}}]})
    assert first.refusals == ("Procore refused it without saying why.",)


@pytest.mark.parametrize(
    ("writes", "body"),
    [
        (MOVES, {"entities": [order(7)], "errors": []}),
        (MOVES, {"entities": [order(7), order(7), order(8)], "errors": []}),
        (MOVES, {"entities": [order(7), order(8)], "errors": [{"id": 7, "errors": {"base": ["No."]}}]}),
        (MOVES, {"entities": [order(7), order(8, grand_total="lots")], "errors": []}),
        (MOVES, {"entities": [order(7), order(8, updated_at=None)], "errors": []}),
        (MOVES, {"entities": "none"}),
        (MOVES, []),
        ([LINES], {"entities": [{"id": 5, "origin_id": "xero:pol:2", "amount": "1.0"}], "errors": []}),
        ([LINES], {"entities": [{"id": 5, "origin_id": "xero:pol:1", "amount": None}], "errors": []}),
        ([PAID], {"id": 4, "amount": "5.00", "origin_data": "xero:pay:2"}),
        ([PAID], {"id": 4, "amount": 1e400, "origin_data": "xero:pay:1"}),
        ([PAID], []),
        ([COST], []),
        ([COST], {"id": 4}),
    ],
)
def test_an_answer_that_does_not_tell_is_a_doubt(writes: list[ProjectWrite], body: Any) -> None:
    with pytest.raises(OutcomeUnknownError):
        told(writes, body)


def test_a_direct_costs_vendor_is_read_wherever_it_stands() -> None:
    row = {"id": 4, "status": "draft", "grand_total": "1.00", "origin_data": "xero:inv:1"}
    for vendor in ({"vendor": {"id": 3, "name": "Mau"}}, {"vendor_id": 3, "vendor": "Mau"}):
        (found,) = told([COST], {**row, **vendor})
        assert found.stored.vendor == "3"
