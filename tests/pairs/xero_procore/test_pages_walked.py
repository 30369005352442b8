"""Every page of the portal for a company whose documents go into project books: none of them fails."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from integrations.admin.record_actions import permitted
from integrations.desk import previewing
from integrations.models import Preview, Record
from tests.pairs.xero_procore.northline import Northline
from tests.portal import permission_walk

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite]


def one_of_each() -> Iterator[Record]:
    """A record for every flow, place and reason that there is."""
    seen = set()
    for record in Record.objects.select_related("document", "integration__source", "integration__target"):
        key = (record.flow, record.work, record.hold_reason)
        if key not in seen:
            seen.add(key)
            yield record


def pages_of(record: Record, user: User) -> Iterator[str]:
    for name in ("change", "target"):
        yield reverse(f"admin:integrations_record_{name}", args=[record.pk])
    yield reverse("record_evidence", args=[record.pk])
    for action in permitted(user, record):
        yield reverse("admin:integrations_record_act", args=[record.pk, action.slug])


def test_no_page_fails_for_any_record_of_the_contractor(northline: Northline) -> None:
    northline.run()
    root = User.objects.create_superuser("root")
    preview = previewing.ask(northline.integration, root)
    previewing.make(preview.pk)
    assert Preview.objects.get().failure == ""
    client = Client(raise_request_exception=False)
    client.force_login(root)
    addresses = [page for record in one_of_each() for page in pages_of(record, root)]
    addresses += [address for _, address in permission_walk.addresses() if "/logout" not in address]
    assert len(addresses) > 200
    failed = {address: status for address in addresses if (status := client.get(address).status_code) >= 500}
    assert failed == {}
