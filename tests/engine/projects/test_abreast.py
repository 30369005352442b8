"""New orders of one project beside each other: together in few calls, each with an outcome of its own (E1, E2, E32)."""

from decimal import Decimal

import pytest

from integrations.engine.projects import abreast, open_lines
from integrations.engine.projects.plans import OrderPlan, content_of
from integrations.models import Integration, Record, Request, RequestLine, Reservation, Work
from integrations.project_documents import Commitment
from tests.engine.projects.site import Site, settle_time
from tests.engine.projects.test_commitments import TERMS, again
from tests.engine.projects.test_killed_anywhere import POINTS, Killed, killed, strike

SYNC = "purchase_order_contracts/sync$"
Ordered = list[tuple[Record, Commitment]]


@pytest.fixture
def three(site: Site) -> Ordered:
    """Orders of two vendors, one of whom is not on the project's list yet."""
    other = str(site.people.add_vendor("Cascade Steel")["id"])
    records = [site.order(f"PO-{nth}") for nth in (1, 2, 3)]
    return [
        (record, site.commitment(record, f"{nth}0.00", "5.00", vendor=other if nth == 2 else site.vendor))
        for nth, record in enumerate(records, start=1)
    ]


def walk(site: Site, ordered: Ordered) -> None:
    plans = [OrderPlan(record, wanted, content_of(wanted)) for record, wanted in ordered if record.work != Work.HELD]
    with site.slice() as slice_, site.books() as books:
        open_lines.mark_lost(slice_)
        abreast.carry_out(slice_, books, plans, TERMS)
    for record, _ in ordered:
        record.refresh_from_db()


def stand_once(site: Site, ordered: Ordered) -> None:
    stands = sorted((each["number"], each["status"], Decimal(each["grand_total"])) for each in site.orders())
    assert stands == [(wanted.number, "Approved", wanted.total) for _, wanted in ordered]
    assert [record.work for record, _ in ordered] == ["done"] * len(ordered)
    assert sum(row.amount for row in Reservation.objects.all()) == sum(wanted.total for _, wanted in ordered)
    assert not RequestLine.objects.filter(outcome__in=("intended", "unknown")).exists()


def goes_on(site: Site, ordered: Ordered) -> None:
    Integration.objects.update(lease_token="", lease_until=None)
    for _ in range(2):
        with site.slice() as slice_:
            open_lines.mark_lost(slice_)
        settle_time()
        walk(site, ordered)


def test_headers_reading_back_and_statuses_go_together_e32(site: Site, three: Ordered) -> None:
    walk(site, three)
    stand_once(site, three)
    writes = [each.rsplit("/", 2)[-2:] for each in site.writes()]
    assert writes.count(["purchase_order_contracts", "sync"]) == 2
    assert writes.count(["line_items", "sync"]) == 3
    assert writes.count(["actions", "add"]) == 1
    reads = [each["path"] for each in site.sandbox.log("procore") if each["method"] == "GET"]
    assert sum(each.endswith("purchase_order_contracts") for each in reads) == 1
    assert sum("budget_line_items/" in each for each in reads) == 1, "the budget of one code, read once for all three"
    assert sum(each.endswith("/vendors") for each in reads) == 1
    assert Request.objects.count() == 6
    headers = RequestLine.objects.filter(step="header").order_by("pk")
    assert [line.outcome for line in headers] == ["done"] * 3


def test_a_row_that_is_refused_holds_its_order_alone(site: Site, three: Ordered) -> None:
    site.people.add_order(int(site.project), int(site.vendor), [], number="PO-2")
    site.people.turn(numbers_repeat=False)
    walk(site, three)
    (first, _), (second, _), (third, _) = three
    assert (second.work, second.hold_reason) == (Work.HELD, "rejected-by-target")
    assert "number" in second.explanation
    assert (first.work, third.work) == ("done", "done")
    assert [each["number"] for each in site.orders()] == ["PO-1", "PO-3"]


def test_a_request_that_is_refused_as_a_whole_is_sent_one_by_one(site: Site, three: Ordered) -> None:
    site.fails("status", SYNC, status=422, body={"errors": {"base": ["not this way"]}})
    walk(site, three)
    stand_once(site, three)
    headers = RequestLine.objects.filter(step="header").order_by("pk")
    assert [line.outcome for line in headers] == ["dropped"] * 3 + ["done"] * 3


@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize("effect", ["lose_answer", "cut_body", "refuse"])
def test_e2_without_an_answer_each_is_looked_up_and_stands_once(
    site: Site, three: Ordered, effect: str, nth: int
) -> None:
    """The headers are sent first, then the statuses."""
    site.fails(effect, SYNC, skip=nth - 1)
    walk(site, three)
    assert {record.work for record, _ in three} == {"doubt"}
    goes_on(site, three)
    stand_once(site, three)


# The vendor, the headers, three times lines, the statuses.
@pytest.mark.parametrize("nth", range(1, 7))
@pytest.mark.parametrize(("name", "after"), POINTS.values(), ids=POINTS.keys())
def test_e1_wherever_their_worker_is_killed_each_stands_once(
    site: Site, three: Ordered, name: str, after: bool, nth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        strike(patch, name, nth, after=after, blow=killed)
        with pytest.raises(Killed):
            walk(site, three)
    goes_on(site, three)
    stand_once(site, three)


def test_a88_the_oldest_of_them_gets_the_last_money(site: Site) -> None:
    records = [site.order(f"PO-{nth}") for nth in (1, 2, 3)]
    amounts = ("12000.00", "9000.00", "8000.00")
    ordered = [(record, site.commitment(record, amount)) for record, amount in zip(records, amounts, strict=True)]
    walk(site, ordered)
    assert [(record.work, record.hold_reason) for record in records] == [
        ("done", ""), ("held", "over-budget"), ("done", ""),
    ]  # fmt: skip
    assert "has 8,000.00 USD left, the order needs 9,000.00" in records[1].explanation
    assert site.people.budget(int(site.project), "03-300.M")["committed_costs"] == "20000.00"


def test_an_order_that_changed_goes_its_own_way_beside_new_ones(site: Site, three: Ordered) -> None:
    walk(site, three[:1])
    record, wanted = three[0]
    again(record)
    record.refresh_from_db()
    changed = site.commitment(record, "15.00", "5.00")
    ordered = [(record, changed), *three[1:]]
    walk(site, ordered)
    stand_once(site, ordered)
    assert wanted.total != changed.total
