"""Whoever approves, approves what stood on their page: what changed since is shown to them first (A92)."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.models import Decision, Flag, Integration, Record, Work
from tests.pairs.conftest import sandbox, world
from tests.portal.consents import text
from tests.world import DOMAIN, World, line

__all__ = ["sandbox", "world"]
CHANGED = "changed since you looked: look at it again."


@pytest.fixture
def susan(transactional_db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("susan"))
    return client


def awaiting(world: World) -> Record:
    """An order of 525.00 that needs an approval."""
    Integration.objects.update(approval_rule="always")
    world.order("PO-1")
    world.run()
    record = world.record("PO-1")
    assert record.work == Work.APPROVAL
    return record


def becomes_dearer(world: World) -> None:
    world.sandbox.procurify.change_order(DOMAIN, "PO-1", lines=[line(price="1250.00")])
    world.run()
    assert world.record("PO-1").work == Work.APPROVAL


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found, page
    return found[1]


def test_a92_from_its_own_page(world: World, susan: Client) -> None:
    record = awaiting(world)
    page = reverse("admin:integrations_record_act", args=[record.pk, "approve"])
    name = f"shown-{record.pk}"
    seen = hidden(susan.get(page).content.decode(), name)
    becomes_dearer(world)
    answer = {"confirmed": "yes", "reason": "As agreed."}
    assert CHANGED in text(susan.post(page, {**answer, name: seen}, follow=True))
    assert not Decision.objects.exists()
    seen = hidden(susan.get(page).content.decode(), name)
    assert CHANGED not in text(susan.post(page, {**answer, name: seen}, follow=True))
    world.run()
    assert world.bill("PO-1")["Total"] == 52500.0


@pytest.mark.parametrize("answer", ["yes", "no"])
def test_a92_from_the_list_of_what_waits(world: World, susan: Client, answer: str) -> None:
    record = awaiting(world)
    page = reverse("admin:integrations_decision_waiting")
    form = {"answer": answer, "reason": "As agreed."}
    (key,) = re.findall(rf"record-{record.pk}-[0-9a-f]+", susan.get(page).content.decode())
    becomes_dearer(world)
    assert CHANGED in text(susan.post(page, {**form, "chosen": [key]}))
    assert not Decision.objects.exists()
    (key,) = re.findall(rf"record-{record.pk}-[0-9a-f]+", susan.get(page).content.decode())
    assert CHANGED not in text(susan.post(page, {**form, "chosen": [key]}))
    assert Decision.objects.about("record", record.pk).exists()


def test_a42_an_edit_in_the_target_that_was_edited_again(world: World, susan: Client) -> None:
    world.order("PO-1")
    world.run()
    flag = Flag.objects.create(
        record=world.record("PO-1"), kind="edited-in-target", explanation="Edited.", opened_at=timezone.now(),
        details={"fields": [["total", "525.00", "600.00"]], "fingerprint": "first"},
    )  # fmt: skip
    seen = hidden(susan.get(reverse("admin:integrations_flag_change", args=[flag.pk])).content.decode(), "shown")
    Flag.objects.filter(pk=flag.pk).update(details={**flag.details, "fingerprint": "second"})
    decide = reverse("admin:integrations_flag_decide", args=[flag.pk, "drift-accept"])
    assert CHANGED in text(susan.post(decide, {"reason": "It is right.", "shown": seen}, follow=True))
    flag.refresh_from_db()
    assert flag.closed_at is None
