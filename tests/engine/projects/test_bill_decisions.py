"""People choose the order, a line of it, or leave a bill out; bound to what the bill says (A86, A92, A96)."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from integrations.engine import decisions
from integrations.engine.projects import bill_decisions
from integrations.models import Decision, Integration, Record
from integrations.pairs.xero_procore.documents import Order, OrderStatus, TaxMode
from tests.engine.projects.billing import DAY, MIXERS, Billed, line
from tests.engine.projects.site import trail

D = Decimal


@pytest.fixture(autouse=True)
def _as_read(billed: Billed, monkeypatch: pytest.MonkeyPatch) -> None:
    """These documents were made by hand, and are as the test says they read."""

    def order_of(record: Record) -> Order:
        number = record.number
        lines = (line("1000.00", line_id=f"{number}-1"), line("500.00", line_id=f"{number}-2", description="Steel"))
        return Order(
            number.lower(), number, OrderStatus.AUTHORISED, MIXERS, DAY, "USD", TaxMode.EXCLUSIVE, lines, D(1500), D(0),
            D(1500),
        )  # fmt: skip

    monkeypatch.setattr(bill_decisions, "bill_of", lambda record: billed.bills[record.pk])
    monkeypatch.setattr(bill_decisions, "order_of", order_of)


@pytest.fixture
def two(db: None) -> tuple[User, User]:
    return User.objects.create_superuser("ann"), User.objects.create_superuser("bob")


def above_everything(billed: Billed) -> None:
    Integration.objects.update(approval_rule="always")


def test_a86_a_person_chooses_the_order_and_the_bill_goes_on(billed: Billed, two: tuple[User, User]) -> None:
    billed.order("PO-1", "1000.00", "500.00")
    billed.order("PO-2", "80.00")
    record = billed.bill("INV-7")
    billed.run()
    offered = bill_decisions.orders(record)
    assert [(each.order.number, each.order.unbilled, each.named) for each in offered] == [
        ("PO-1", D("1500.00"), False), ("PO-2", D("80.00"), False),
    ]  # fmt: skip
    [(_, said)] = bill_decisions.link_order([record], two[0], "The driver's note says so.", "po-1")
    assert said == "goes on with that on the next run."
    record.document.detail_due = False
    record.document.save()
    billed.run()
    assert billed.work(record) == "done"
    assert [each["invoice_number"] for each in billed.requisitions()] == ["INV-7"]
    assert "record.entered_against" in trail(record)


def test_a96_above_the_threshold_a_second_person_decides(billed: Billed, two: tuple[User, User]) -> None:
    above_everything(billed)
    billed.order("PO-1", "1000.00")
    record = billed.bill("INV-7")
    billed.run()
    record.refresh_from_db()
    bill_decisions.link_order([Record.objects.get(pk=record.pk)], two[0], "Phone call.", "po-1")
    assert billed.work(record) == "second-person"
    decision = Decision.objects.get()
    assert decisions.why_not(two[0], decision) == "A second person must decide: you asked for this yourself."
    assert decisions.decide(decision, two[1], True, "I heard it, too.") == "approved."
    record.document.refresh_from_db()
    record.document.detail_due = False
    record.document.save()
    billed.run()
    assert billed.work(record) == "awaiting-approval", "where it goes is decided, that it goes is not"


def test_an_order_with_nothing_left_is_offered_to_the_bill_that_names_it_alone(
    billed: Billed, two: tuple[User, User], client: Client
) -> None:
    billed.order("PO-1", "400.00")
    billed.bill("PO-1 INV-1")
    billed.run()
    other = billed.bill("INV-2")
    named = billed.bill("PO-1 INV-3")
    billed.run()
    assert [each.order.number for each in bill_decisions.orders(other)] == []
    assert billed.work(other) == "needs-link"
    assert "Mau Mixers has none with anything left to bill." in other.explanation
    assert [(each.order.number, each.named) for each in bill_decisions.orders(named)] == [("PO-1", True)]
    client.force_login(two[0])
    page: Any = client.get(reverse("admin:integrations_record_act", args=[named.pk, "link-order"]))
    assert "nothing left: billed in full" in page.content.decode()


def test_a92_a_choice_lapses_when_the_bill_says_something_else(billed: Billed, two: tuple[User, User]) -> None:
    billed.order("PO-1", "1000.00")
    record = billed.bill("INV-7")
    billed.run()
    bill_decisions.link_order([record], two[0], "Phone call.", "po-1")
    record.document.detail_due = False
    record.document.save()
    billed.changes(record, lines=(line("450.00"),), net=D("450.00"), total=D("450.00"))
    billed.run()
    assert billed.work(record) == "needs-link"


def test_a86_a_person_chooses_lines_one_by_one(billed: Billed, two: tuple[User, User]) -> None:
    billed.order("PO-1", "1000.00", "500.00")
    record = billed.bill(
        "PO-1", line("90.00", "320", line_id="b1", description="Hooks"),
        line("70.00", "320", line_id="b2", description="Bars"),
    )  # fmt: skip
    billed.run()
    assert billed.work(record) == "needs-link"
    offered = bill_decisions.lines(record)
    assert [each.value for each in offered] == ["b1 PO-1-1", "b1 PO-1-2", "b2 PO-1-1", "b2 PO-1-2"]
    for value in ("b1 PO-1-2", "b2 PO-1-1"):
        bill_decisions.choose_line([Record.objects.get(pk=record.pk)], two[0], "As agreed.", value)
        record.document.refresh_from_db()
        record.document.detail_due = False
        record.document.save()
        billed.run()
    assert billed.work(record) == "done"
    taken = record.billings.order_by("item").values_list("item", "net")
    assert list(taken) == [("PO-1-1", D("70.00")), ("PO-1-2", D("90.00"))]


def test_a96_a_bill_that_is_no_project_cost_is_listed_until_reviewed(billed: Billed, two: tuple[User, User]) -> None:
    record = billed.bill("INV-7")
    billed.run()
    bill_decisions.leave_out([record], two[0], "Office rent.")
    assert billed.work(record) == "excluded-person"
    assert record.explanation == "Left out by ann as no project cost: Office rent."
    assert [each.kind for each in Decision.objects.unreviewed()] == ["not-project-cost"]
    billed.run()
    assert billed.site.writes() == []


def test_what_is_gone_or_somebody_elses_is_not_chosen(billed: Billed, two: tuple[User, User]) -> None:
    record = billed.bill("INV-7")
    billed.run()
    [(_, said)] = bill_decisions.link_order([record], two[0], "Guess.", "po-9")
    assert said.startswith("cannot be entered there")
    assert bill_decisions.link_order([record], two[0], " ", "po-9") == [(record, "needs a reason.")]


@pytest.mark.parametrize(("slug", "sees"), [("link-order", "PO-1"), ("not-project-cost", "Leave this bill out")])
def test_the_record_page_offers_it(
    billed: Billed, two: tuple[User, User], slug: str, sees: str, client: Client
) -> None:
    billed.order("PO-1", "1000.00")
    record = billed.bill("INV-7")
    billed.run()
    client.force_login(two[0])
    answer: Any = client.get(reverse("admin:integrations_record_act", args=[record.pk, slug]))
    assert answer.status_code == 200
    assert sees in answer.content.decode()
    said: Any = client.post(
        reverse("admin:integrations_record_act", args=[record.pk, slug]),
        {"confirmed": "yes", "reason": "As agreed.", "choice": "po-1"},
    )
    assert said.status_code == 302
    assert billed.work(record) == ("waiting" if slug == "link-order" else "excluded-person")
