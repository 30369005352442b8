"""What Xero's documentation leaves open is asked both ways of the stand-in, and refusals in its own words."""

import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from integrations.documents import BillAction, BillStatus, BillWrite, StoredBill
from integrations.errors import (
    NeedsPermissionError,
    OutcomeUnknownError,
    ReconnectError,
    RetryLaterError,
    ThrottledError,
)
from integrations.sandbox import Sandbox
from integrations.systems.xero import incremental
from tests.contract.xero import Bench


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Sandbox(systems=["xero"], limits=False) as sandbox:
        yield Bench(sandbox)


def seen(bench: Bench) -> set[str]:
    pages = bench.walk(bench.open())
    return {row.target_id for page in pages for row in page.rows if isinstance(row, StoredBill)}


@pytest.mark.parametrize("inclusive", [True, False])
def test_a_sweep_misses_nothing_whichever_way_the_moment_counts(
    bench: Bench, inclusive: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.sandbox.xero.turn(modified_since_inclusive=inclusive)
    made = bench.fill(35)
    bench.sandbox.clock.forward(seconds=5)
    made |= {bench.write(bench.open(), "PF77")}
    monkeypatch.setattr(incremental, "XERO", replace(bench.facts, page_size=10))
    assert seen(bench) == made


@pytest.mark.parametrize("listed", [True, False])
def test_a_deleted_draft_is_never_mistaken_for_a_standing_one(bench: Bench, listed: bool) -> None:
    bench.sandbox.xero.turn(deleted_in_lists=listed)
    client = bench.open()
    target = bench.write(client, "PF7")
    bench.sandbox.xero.delete_bill(target)
    link = bench.sought("PF7").link
    found = [*client.bills([target]), *client.find([bench.sought("PF7")])[link]]
    assert {bill.status for bill in found} <= {BillStatus.REMOVED}


@pytest.mark.parametrize("status", [401, 403])
def test_a_missing_scope_needs_permission_and_no_new_token(bench: Bench, status: int) -> None:
    bench.sandbox.xero.turn(missing_scope_status=status)
    bench.wires.fetch = lambda: bench.sandbox.xero.issue_tokens(scopes="offline_access accounting.contacts")[
        "access_token"
    ]
    with pytest.raises(NeedsPermissionError):
        bench.write(bench.open(), "PF7")
    assert bench.wires.refusals == 0


def test_an_organisation_that_left_must_be_connected_again(bench: Bench) -> None:
    client = bench.open()
    client.probe()
    bench.sandbox.xero.disconnect(bench.tenant)
    with pytest.raises(ReconnectError):
        client.probe()


def test_an_organisation_that_is_offline_comes_back(bench: Bench) -> None:
    bench.wires.access_token()
    bench.sandbox.faults.add("xero", "suspend")
    with pytest.raises(RetryLaterError):
        bench.open().probe()
    bench.sandbox.faults.clear()
    assert bench.open().probe().name == "Harbor Mills Ltd"


def test_a_used_up_day_says_which_window_it_was() -> None:
    with Sandbox(systems=["xero"], limits=True) as sandbox:
        bench = Bench(sandbox)
        sandbox.xero.turn(day_limit=2)
        client = bench.open()
        client.probe()
        client.probe()
        with pytest.raises(ThrottledError) as raised:
            client.probe()
    assert raised.value.window == "day"
    assert raised.value.seconds


def test_a_key_used_for_other_bytes_is_a_doubt_and_never_a_second_bill(bench: Bench) -> None:
    client = bench.open()
    first, second = (client.prepare([BillWrite(BillAction.CREATE, bench.bill(name))]) for name in ("PF7", "PF8"))
    client.send(first, key="k", sent_by=time.monotonic() + 10)
    with pytest.raises(OutcomeUnknownError):
        client.send(second, key="k", sent_by=time.monotonic() + 10)
    assert (bench.written("PF7"), bench.written("PF8")) == (1, 0)


def test_the_same_key_and_bytes_bring_the_same_answer_back(bench: Bench) -> None:
    client = bench.open()
    prepared = client.prepare([BillWrite(BillAction.CREATE, bench.bill("PF7"))])
    first, again = (client.send(prepared, key="k", sent_by=time.monotonic() + 10) for _ in range(2))
    assert first == again
    assert bench.written("PF7") == 1


def test_one_refused_bill_of_a_batch_holds_no_other(bench: Bench) -> None:
    client = bench.open()
    bad = replace(bench.bill("PF8"), currency="KWD")
    prepared = client.prepare(
        [BillWrite(BillAction.CREATE, bill) for bill in (bench.bill("PF7"), bad, bench.bill("PF9"))]
    )
    outcomes = client.send(prepared, key="k", sent_by=time.monotonic() + 10)
    assert [outcome.stored is not None for outcome in outcomes] == [True, False, True]
    assert "KWD" in " ".join(outcomes[1].refusals)
    assert [bench.written(name) for name in ("PF7", "PF8", "PF9")] == [1, 0, 1]


def test_what_stands_is_what_was_expected_a28(bench: Bench) -> None:
    client = bench.open()
    rates = {entry.key: entry for kind, entries in client.reference_lists() if kind == "tax_rate" for entry in entries}
    percent = {key: Decimal(entry.attributes["rate"]) for key, entry in rates.items()}
    bill = bench.bill("PF7")
    (outcome,) = client.send(
        client.prepare([BillWrite(BillAction.CREATE, bill)]), key="k", sent_by=time.monotonic() + 10
    )
    assert outcome.stored is not None
    assert client.expected_totals(bill, percent) == (outcome.stored.net, outcome.stored.tax, outcome.stored.total)
    assert (outcome.stored.net, outcome.stored.tax) == (bill.net, bill.tax)
