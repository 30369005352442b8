"""The trail in the admin: read, search, export, verify; never change."""

import json

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit import seals
from audit.models import Entry, Seal
from audit.trail import Subject, log
from tests.audit.conftest import Tamper, Visit

ORDER = Subject("record", 7, "Order PF1041", "PF1041")
ENTRIES, SEALS = reverse("admin:audit_entry_changelist"), reverse("admin:audit_seal_changelist")
EXPORT, VERIFY = reverse("admin:audit_entry_export_entries"), reverse("admin:audit_seal_verify_seals")
TODAY = str(timezone.localdate())
pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


def page(browser: Client, address: str, **query: str) -> str:
    answer = browser.get(address, query)
    assert answer.status_code == 200
    return str(answer.content, "utf-8")


def entry_page(entry: Entry) -> str:
    return reverse("admin:audit_entry_change", args=[entry.pk])


def test_the_list_tells_what_happened_in_sentences(visit: Visit, anna: User) -> None:
    log("user.signed_in", Subject("user", anna.pk, "anna"), actor=anna)
    log("parcel.lost", ORDER)
    shown = page(visit("audit.view_entry"), ENTRIES)
    assert "signed in" in shown
    assert "parcel lost: Order PF1041" in shown
    assert "PF1041" in shown


def test_the_search_takes_the_beginning_of_a_number(visit: Visit) -> None:
    log("parcel.lost", ORDER)
    log("parcel.lost", Subject("record", 8, "Order PF2000", "PF2000"))
    shown = page(visit("audit.view_entry"), ENTRIES, q="pf10")
    assert "Order PF1041" in shown
    assert "Order PF2000" not in shown


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ({"family": "user"}, {"Sign-in of Anna"}),
        ({"who": "itself"}, {"Order PF1041"}),
        ({"at_from": "2020-01-01", "at_to": "2020-01-02"}, set()),
        ({"at_from": TODAY, "at_to": TODAY}, {"Sign-in of Anna", "Order PF1041"}),
        ({"at_from": "no day"}, {"Sign-in of Anna", "Order PF1041"}),
        ({}, {"Sign-in of Anna", "Order PF1041"}),
    ],
)
def test_filters_narrow_the_list(visit: Visit, anna: User, query: dict[str, str], left: set[str]) -> None:
    browser = visit("audit.view_entry")
    log("user.signed_in", Subject("user", anna.pk, "Sign-in of Anna"), actor=anna)
    log("parcel.lost", ORDER)
    shown = page(browser, ENTRIES, **query)
    assert {label for label in ("Sign-in of Anna", "Order PF1041") if f">{label}<" in shown.replace("\n", "")} == left


def test_the_list_filters_by_person(visit: Visit, anna: User) -> None:
    log("parcel.lost", ORDER, actor=anna)
    log("parcel.lost", Subject("record", 8, "Order PF2000"))
    shown = page(visit("audit.view_entry"), ENTRIES, who=str(anna.pk))
    assert "Order PF1041" in shown
    assert "Order PF2000" not in shown


def test_an_entry_shows_before_and_after_as_a_table_and_not_as_json(visit: Visit) -> None:
    details = {"before": {"account_code": "400"}, "after": {"account_code": "<410>"}, "reason": "moved"}
    entry = log("parcel.changed", ORDER, details=details)
    seals.seal()
    shown = page(visit("audit.view_entry"), entry_page(entry))
    for expected in ("Account code", "400", "&lt;410&gt;", "Reason", "moved", f"Seal {Seal.objects.get().pk},"):
        assert expected in shown
    assert "&quot;before&quot;" not in shown
    assert '"before"' not in shown


def test_an_entry_whose_details_are_gone_says_so(visit: Visit, tamper: Tamper) -> None:
    entry = log("parcel.changed", ORDER, details={"reason": "moved"})
    tamper("DELETE FROM audit_entrydetails")
    assert "The details were erased by retention." in page(visit("audit.view_entry"), entry_page(entry))


@pytest.mark.parametrize("verb", ["add", "change", "delete"])
def test_even_a_superuser_can_add_change_and_delete_nothing(visit: Visit, verb: str) -> None:
    entry = log("parcel.lost", ORDER)
    seals.seal()
    entries, sealed = Entry.objects.order_by("pk").values(), Seal.objects.order_by("pk").values("digest")
    before = list(entries), list(sealed)
    browser = visit(superuser=True)
    signed_in = Entry.objects.count()
    for model, key in (("entry", entry.pk), ("seal", Seal.objects.get().pk)):
        address = reverse(f"admin:audit_{model}_{verb}", args=[] if verb == "add" else [key])
        assert browser.post(address, {"action": "x", "post": "yes"}).status_code == 403
    assert Entry.objects.count() == signed_in
    assert (list(entries.all()[:1]), list(sealed.all())) == before


@pytest.mark.parametrize("address", [ENTRIES, SEALS, EXPORT, VERIFY])
def test_each_page_asks_for_its_own_permission(visit: Visit, address: str) -> None:
    assert visit("auth.view_user").get(address).status_code == 403


def test_reading_the_trail_is_not_exporting_or_verifying_it(visit: Visit) -> None:
    browser = visit("audit.view_entry", "audit.view_seal")
    assert EXPORT not in page(browser, ENTRIES)
    assert VERIFY not in page(browser, SEALS)
    assert browser.post(EXPORT, {"format": "csv"}).status_code == 403
    assert browser.post(VERIFY).status_code == 403


def test_the_export_button_asks_and_streams_and_leaves_an_entry(visit: Visit) -> None:
    log("parcel.lost", Subject("record", 7, "Łódź"))
    browser = visit("audit.view_entry", "audit.export_entries")
    assert EXPORT in page(browser, ENTRIES)
    assert "JSON Lines" in page(browser, EXPORT)
    answer = browser.post(EXPORT, {"format": "csv", "first": "2020-01-01"})
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert 'attachment; filename="audit-trail-' in answer.headers["Content-Disposition"]
    assert "Łódź" in answer.getvalue().decode("utf-8-sig")
    told = Entry.objects.latest("id")
    assert (told.action, told.actor_label) == ("audit.exported", "auditor")
    assert told.details == {"format": "csv", "span": "from 2020-01-01"}


def test_the_export_as_json_lines_holds_its_own_entry(visit: Visit) -> None:
    answer = visit("audit.view_entry", "audit.export_entries").post(EXPORT, {"format": "jsonl"})
    last = json.loads(answer.getvalue().decode().splitlines()[-1])
    assert last["action"] == "audit.exported"


@pytest.mark.parametrize(
    "asked", [{"format": "xlsx"}, {}, {"format": "csv", "first": "2026-02-01", "last": "2026-01-01"}]
)
def test_a_wrong_request_for_an_export_is_explained(visit: Visit, asked: dict[str, str]) -> None:
    answer = visit("audit.view_entry", "audit.export_entries").post(EXPORT, asked)
    assert answer.status_code == 200
    assert "text-red-600" in str(answer.content)
    assert not Entry.objects.filter(action="audit.exported").exists()


def test_the_verify_button_reports_in_words_and_leaves_an_entry(visit: Visit) -> None:
    log("parcel.lost", ORDER)
    seals.seal()
    browser = visit("audit.view_seal", "audit.verify_seals")
    assert VERIFY in page(browser, SEALS)
    assert "The trail is whole" not in page(browser, VERIFY)
    shown = str(browser.post(VERIFY).content, "utf-8")
    assert "The trail is whole" in shown
    assert "Checked 1 entry under 1 seal: nothing was altered." in shown
    assert Entry.objects.latest("id").action == "audit.verified"


def test_the_verify_button_names_what_was_altered(visit: Visit, tamper: Tamper) -> None:
    entry = log("parcel.lost", ORDER)
    seals.seal()
    tamper("UPDATE audit_entry SET document = 'PF9'")
    shown = str(visit("audit.view_seal", "audit.verify_seals").post(VERIFY).content, "utf-8")
    assert "The trail was changed" in shown
    assert f"Entry {entry.pk} (parcel.lost) was altered after it was sealed." in shown


def test_the_verify_page_compares_with_a_digest_from_elsewhere(visit: Visit) -> None:
    log("parcel.lost", ORDER)
    seals.seal()
    shown = visit("audit.view_seal", "audit.verify_seals").post(VERIFY, {"expected": "0" * 64}).content
    assert "No seal has the digest that was expected" in str(shown, "utf-8")


def test_the_list_costs_the_same_queries_however_long(visit: Visit) -> None:
    browser = visit("audit.view_entry")
    counts = []
    for _ in range(2):
        for n in range(10):
            log("parcel.lost", Subject("record", n, "Order"), details={"n": n})
        with CaptureQueriesContext(connection) as queries:
            page(browser, ENTRIES)
        counts.append(len(queries))
        assert not [query for query in queries if "COUNT(*)" in query["sql"] and "LIMIT" not in query["sql"]]
    assert counts[0] == counts[1]
