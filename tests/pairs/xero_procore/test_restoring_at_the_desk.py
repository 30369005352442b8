"""From the flag on a supervisor's desk to the commitment as it was, in whole runs over real HTTP (A42)."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from integrations.engine import sweeping
from integrations.models import Flag, Posting, Record, Work
from tests.pairs.xero_procore.northline import Northline
from tests.pairs.xero_procore.test_approving_vendors import read, somebody

pytestmark = pytest.mark.sqlite  # what takes turns in the database is shown in tests/engine/projects/test_watching.py


@pytest.fixture
def susan(transactional_db: None) -> Client:
    return somebody("susan", "Supervisor")


@pytest.fixture
def edited(northline: Northline) -> Record:
    """An order that stands and that nobody billed: people reopened it there, changed a line and approved it again."""
    northline.run()
    billed = set(Posting.objects.filter(kind="requisition").values_list("record__vendor_key", flat=True))
    stands = Posting.objects.filter(kind="commitment", standing="ledger", status_word="Approved")
    posting = stands.exclude(record__vendor_key__in=billed).exclude(record__billings__isnull=False).order_by("pk")[0]
    procore = northline.sandbox.procore
    procore.edit_order(int(posting.target_id), status="Draft")
    shelf, line = f"{procore.company().id}/line_items", procore.order(int(posting.target_id))["line_items"][0]
    row = procore.collections()[shelf][str(line["id"])]
    procore.put(shelf, {**row, "amount": str(Decimal(row["amount"]) - 1)})
    procore.edit_order(int(posting.target_id), status="Approved")
    sweeping.ask(northline.integration)
    northline.run()
    return Record.objects.get(pk=posting.record_id)


def test_a_supervisor_has_it_written_again_and_the_next_run_does(
    northline: Northline, edited: Record, susan: Client
) -> None:
    flag = Flag.objects.get(record=edited, kind="edited-in-target", closed_at=None)
    page = read(susan, reverse("admin:integrations_flag_change", args=[flag.pk]))
    assert "Restore what we wrote" in page
    assert "cannot be restored" not in page
    decide = reverse("admin:integrations_flag_decide", args=[flag.pk, "drift-restore"])
    susan.post(decide, {"reason": "It was a slip", "shown": flag.details["fingerprint"]})
    northline.run()
    posting = Posting.objects.get(record=edited, kind="commitment")
    stands = northline.sandbox.procore.order(int(posting.target_id))
    assert (stands["status"], Decimal(stands["grand_total"])) == ("Approved", posting.source_total)
    flag.refresh_from_db()
    edited.refresh_from_db()
    assert (flag.closed_at is None, edited.work) == (False, Work.DONE)
    story = read(susan, reverse("admin:integrations_record_change", args=[edited.pk]))
    assert "It was a slip" in story


@pytest.fixture
def paid_otherwise(northline: Northline) -> Record:
    """Somebody changed the amount of a payment that we wrote."""
    northline.run()
    posting = Posting.objects.filter(kind="contract-payment").order_by("pk")[0]
    procore = northline.sandbox.procore
    shelf = f"{procore.company().id}/contract_payments"
    row = procore.collections()[shelf][posting.target_id]
    procore.put(shelf, {**row, "amount": str(Decimal(row["amount"]) - 1)})
    sweeping.ask(northline.integration)
    northline.run()
    return Record.objects.get(pk=posting.record_id)


def test_a85_a_payment_gets_its_amount_again_and_the_bill_is_done(
    northline: Northline, paid_otherwise: Record, susan: Client
) -> None:
    flag = Flag.objects.get(record=paid_otherwise, kind="edited-in-target", closed_at=None)
    address = reverse("admin:integrations_flag_change", args=[flag.pk])
    page = read(susan, address)
    assert "Payment of" in page
    decide = reverse("admin:integrations_flag_decide", args=[flag.pk, "drift-restore"])
    susan.post(decide, {"reason": "The books are right", "shown": flag.details["fingerprint"]})
    assert "The next run writes it again as it was." in read(susan, address)
    northline.run()
    flag.refresh_from_db()
    paid_otherwise.refresh_from_db()
    assert (flag.closed_at is None, paid_otherwise.work) == (False, Work.DONE)
    payments = northline.sandbox.procore.collections()[f"{northline.sandbox.procore.company().id}/contract_payments"]
    for posting in Posting.objects.filter(record=paid_otherwise, kind="contract-payment"):
        assert Decimal(payments[posting.target_id]["amount"]) == posting.source_total
    story = read(susan, reverse("admin:integrations_record_change", args=[paid_otherwise.pk]))
    assert "the amount of a payment" in story
    assert northline.written() == []
