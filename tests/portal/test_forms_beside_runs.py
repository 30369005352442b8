"""A form saves what it shows; what runs and other pages keep in the same row stays as it is by then."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from integrations import connecting
from integrations.models import Connection, Integration
from integrations.systems.tokens import App
from tests.engine.rows import a_connection, an_integration
from tests.mappings.test_races import one_inside_the_other, threads
from tests.portal.test_admin_integrations import change_page, settings_of

__all__ = ["threads"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_who_saves_an_integration_neither_starts_posting_nor_ends_a_run(threads: ThreadPoolExecutor) -> None:
    """A worker has just taken the run, and somebody has just stopped posting."""
    integration = an_integration(trial=False)
    desk = Client()
    desk.force_login(User.objects.create_superuser("ivan"))
    form = settings_of(integration, name="Harbor Mills at large")

    def runs_and_stops() -> None:
        taken = {"lease_token": "worker", "lease_until": timezone.now() + timedelta(minutes=3)}
        Integration.objects.filter(pk=integration.pk).update(trial=True, **taken)

    assert one_inside_the_other(threads, runs_and_stops, lambda: desk.post(change_page(integration), form)) is None
    integration.refresh_from_db()
    assert (integration.name, integration.trial, integration.lease_token) == ("Harbor Mills at large", True, "worker")


@pytest.mark.django_db
def test_who_types_credentials_anew_leaves_what_a_run_has_read_meanwhile() -> None:
    shown = a_connection("xero", "harbor-mills")
    closed = date(2026, 10, 31)
    Connection.objects.filter(pk=shown.pk).update(locked_until=closed, lists_read_at=timezone.now())
    shown.label = "Xero of Harbor Mills"
    connecting.keep_app(shown, App("another id", "another secret"))
    now = Connection.objects.get(pk=shown.pk)
    assert (now.label, now.client_id, now.locked_until) == ("Xero of Harbor Mills", "another id", closed)
    assert now.lists_read_at is not None
