"""What people or scanners type into the address of a list never is an error of ours."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

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
