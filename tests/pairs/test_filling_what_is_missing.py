"""From what waits to what goes on: the tables' own page over real records."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from integrations.models import Gap, Work
from integrations.waiting import open_gaps
from mappings.models import AccountRow
from tests.world import World, line

pytestmark = pytest.mark.django_db


@pytest.mark.promise(25)
def test_e9_a_suggestion_accepted_releases_exactly_what_waited_for_it(world: World, client: Client) -> None:
    world.sandbox.procurify.add_account_code("harbormills", "6300", "Office Expenses")
    AccountRow.objects.get(source_code="6200").delete()
    world.order("PO-1", lines=[line(account="6200")])
    world.order("PO-2", lines=[line(account="6200", price="25.00")])
    world.order("PO-3", lines=[line(account="6300")])
    world.run()
    client.force_login(User.objects.create_superuser("root"))
    html = client.get(reverse("admin:mappings_missing")).content.decode()
    assert "3 records wait" in html
    assert "1,575.00 USD" in html
    token = re.search(r'value="(\w+)" aria-label="Accept a suggestion for Account code 6200', html)
    assert token is not None
    entry = re.search(rf'name="entry-{token[1]}" value="(\d+)"', html)
    assert entry is not None
    form = {"accept": token[1], f"entry-{token[1]}": entry[1], "confirmed": "yes"}
    said = client.post(reverse("admin:mappings_missing"), form, follow=True).content.decode()
    assert "1 row was saved. 2 records that waited go on." in said
    world.run()
    assert {bill["InvoiceNumber"] for bill in world.bills} == {"PO-1", "PO-2"}
    assert world.record("PO-3").work == Work.HELD


def test_e14_nobody_is_told_what_waits_in_integrations_they_may_not_see(world: World) -> None:
    world.order("PO-1", lines=[line(account="7777")])
    world.run()
    assert Gap.objects.filter(closed_at=None).count() == 1
    everybody, limited = User.objects.create_user("anna"), User.objects.create_user("leo")
    world.integration.limited_to.add(limited)
    assert len(list(open_gaps([world.integration.scope_id], limited))) == 1
    other = User.objects.create_user("olga")
    world.integration.limited_to.set([limited])
    assert len(list(open_gaps([world.integration.scope_id], everybody))) == 1
    from integrations.models import Integration

    second = Integration.objects.get(pk=world.integration.pk)
    second.pk, second.name = None, "Another"
    second.save()
    second.limited_to.add(other)
    assert list(open_gaps([world.integration.scope_id], other)) == []
