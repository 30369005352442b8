"""What an auditor needs is kept in the trail, whatever becomes of payloads and of erasable details."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from audit import seals
from audit.retention import erase_details
from audit.verification import verify
from integrations.engine import evidence, references
from integrations.models import Posting, Request, SourceDocument
from integrations.reconciliation import auditing
from tests.portal.conftest import person
from tests.portal.consents import text
from tests.world import VENDOR, World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.promise(29)
def test_a105_evidence_survives_the_deletion_of_payloads(world: World) -> None:
    world.order("PF1", freight="35.00")
    world.run()
    SourceDocument.objects.update(detail="", summary="")
    erase_details(timezone.now())
    seals.seal()
    record = world.record("PF1")
    kept = auditing.of(record)
    assert [(line["account"], line["net"]) for line in kept.bill["lines"] if line["account"]] == [
        ("400", "500.00"),
        ("400", "35.00"),
    ]
    assert (kept.bill["number"], Decimal(kept.bill["total"])) == ("PF1", Decimal("560.00"))
    assert "Approved on" in dict(kept.people)
    assert kept.body == Request.objects.get().body_hash
    assert {row.table for row in kept.rows} >= {"account", "tax", "vendor"}
    assert all(told.seal for told in kept.trail)
    assert verify().ok
    desk = Client()
    desk.force_login(person("aude", "Auditor"))
    page = text(desk.get(f"/evidence/{record.pk}/"))
    assert "Nitrile gloves M" in page
    assert kept.body in page
    assert "Department: Production" in page
    assert f"{VENDOR}</a>, version 1" in page


@pytest.mark.promise(29)
def test_a105_the_entry_holds_the_bill_to_the_last_digit(world: World) -> None:
    world.order("PF1", freight="35.00")
    world.run()
    posting = Posting.objects.get()
    entry = evidence.last_written(posting.record_id)
    assert entry is not None
    bill = evidence.bill_of(
        json.loads(json.dumps(dict(entry.details), default=str)), references.link(posting.reference)
    )
    assert bill is not None
    assert evidence.content_of(bill) == posting.sent_fingerprint
    assert evidence.content_of(replace(bill, total=bill.total + Decimal("0.01"))) != posting.sent_fingerprint
