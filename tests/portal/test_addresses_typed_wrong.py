"""What people or scanners type into the address of a list, or send in a form, never is an error of ours."""

from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User
from django.test import Client

from integrations.models import Note
from tests.engine.rows import an_integration
from tests.portal.desks import a_held_record

# PostgreSQL ends the transaction that a number was too large for.
pytestmark = pytest.mark.django_db(transaction=True)
BEYOND_EVERY_ID = "9" * 30
FILTERS = (
    "/audit/entry/?who=",
    "/integrations/record/?integration=",
    "/integrations/heldrecord/?assignee=",
    "/mappings/accountrow/?scope=",
    "/mappings/referenceentry/?company=",
)


def test_a_list_is_shown_without_a_filter_that_no_column_can_hold(client: Client) -> None:
    client.force_login(User.objects.create_superuser("root"), backend="django.contrib.auth.backends.ModelBackend")
    shown = [client.get(f"{address}{BEYOND_EVERY_ID}", follow=True) for address in FILTERS]
    assert [page.status_code for page in shown] == [200] * len(FILTERS)


@pytest.mark.parametrize("body", ["urlencoded", "multipart"])
def test_a_form_with_a_nul_is_refused_and_changes_nothing(client: Client, body: str) -> None:
    client.force_login(User.objects.create_superuser("root"), backend="django.contrib.auth.backends.ModelBackend")
    address = f"/integrations/record/{a_held_record(an_integration(), 'PF41').pk}/note/"
    form = {"text": "paid by \x00 card"}
    if body == "multipart":
        answer = client.post(address, form)
    else:
        answer = client.post(address, urlencode(form), content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400
    assert not Note.objects.exists()
