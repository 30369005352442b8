"""Every sign-in, sign-out and refused sign-in leaves an entry, without a password."""

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.db import connection
from django.test import Client, RequestFactory

from audit.actions import sentence
from audit.models import Entry

pytestmark = pytest.mark.django_db


def everything_stored() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM audit_entry")
        entries = cursor.fetchall()
        cursor.execute("SELECT * FROM audit_entrydetails")
        return repr(entries + cursor.fetchall())


def test_signing_in_and_out_are_entries_of_that_person(anna: User) -> None:
    browser = Client(REMOTE_ADDR="192.0.2.1")
    browser.force_login(anna, backend="django.contrib.auth.backends.ModelBackend")
    browser.logout()
    entry = Entry.objects.get(action="user.signed_in")
    assert (entry.actor, entry.subject_kind, entry.subject_id) == (anna, "user", str(anna.pk))
    assert sentence(entry) == "signed in"
    assert Entry.objects.filter(action="user.signed_out", actor=anna).exists()


def test_a_refused_sign_in_names_the_account_and_keeps_no_password(anna: User) -> None:
    anna.set_password("the right one")
    anna.save()
    request = RequestFactory().post("/login/", REMOTE_ADDR="192.0.2.7")
    assert authenticate(request, username="anna", password="the wrong one") is None
    entry = Entry.objects.get()
    assert (entry.action, entry.actor, entry.subject_id) == ("user.sign_in_failed", None, str(anna.pk))
    assert sentence(entry) == "refused a sign-in as anna from 192.0.2.7"
    assert "the wrong one" not in everything_stored()


def test_a_name_nobody_has_lies_where_retention_can_erase_it() -> None:
    """It may be a password typed into the wrong field."""
    request = RequestFactory().post("/login/", REMOTE_ADDR="192.0.2.7")
    assert authenticate(request, username="hunter2", password="x") is None
    entry = Entry.objects.get()
    assert entry.subject_label == "a name nobody has"
    assert entry.details == {"name": "hunter2", "address": "192.0.2.7"}


def test_a_refused_sign_in_without_request_or_name_is_still_an_entry() -> None:
    user_login_failed.send(sender=__name__, credentials={})
    assert Entry.objects.get().details == {"name": ""}


def test_the_end_of_a_session_that_was_over_is_no_entry() -> None:
    user_logged_out.send(sender=User, request=RequestFactory().post("/logout/"), user=None)
    assert not Entry.objects.exists()
