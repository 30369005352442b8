"""Retention erases details that need not be kept; evidence and entries stay (E19, A105)."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from audit import actions, retention, seals
from audit.models import Entry, EntryDetails
from audit.retention import erase_details
from audit.trail import Subject, log
from audit.verification import verify
from tests.audit.conftest import Tamper

ORDER = Subject("record", 7, "Order PF1041", "PF1041")
SPRING = datetime(2026, 3, 1, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _actions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "_actions", dict(actions._actions))
    actions.register({"parcel.opened": "opened {document} from {address}"}, erasable=True)
    actions.register({"parcel.posted": "posted {document}"})


def written(action: str, at: datetime) -> Entry:
    with time_machine.travel(at, tick=False):
        return log(action, ORDER, details={"address": "192.0.2.1"})


def delete_details(entry: Entry) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_entrydetails WHERE entry_id = %s", [entry.pk])


def test_old_details_go_and_the_entry_says_so_instead_of_being_broken() -> None:
    old, young = written("parcel.opened", SPRING - timedelta(days=1)), written("parcel.opened", SPRING)
    seals.seal()
    assert erase_details(SPRING) == 1
    entry = Entry.objects.get(pk=old.pk)
    assert (entry.details, entry.details_erased) == ({}, True)
    assert actions.sentence(entry) == "opened PF1041 from …"
    assert Entry.objects.get(pk=young.pk).details == {"address": "192.0.2.1"}
    result = verify()
    assert result.ok
    assert result.erased == 1
    assert "1 entry with details erased by retention; the entries stand." in result.sentences()


def test_erasing_leaves_an_entry_for_each_action() -> None:
    written("parcel.opened", SPRING - timedelta(days=1))
    erase_details(SPRING)
    told = Entry.objects.latest("id")
    assert actions.sentence(told) == "erased the details of parcel.opened entries from before 2026-03-01 00:00:00"


def test_nothing_to_erase_leaves_no_entry() -> None:
    written("parcel.opened", SPRING)
    assert erase_details(SPRING) == 0
    assert Entry.objects.count() == 1


def test_the_details_of_evidence_are_never_erased() -> None:
    posted = written("parcel.posted", SPRING - timedelta(days=900))
    assert erase_details(SPRING) == 0
    assert Entry.objects.get(pk=posted.pk).details == {"address": "192.0.2.1"}


def test_the_database_refuses_deletion_that_no_entry_announced() -> None:
    old, young = written("parcel.opened", SPRING - timedelta(days=1)), written("parcel.opened", SPRING)
    posted = written("parcel.posted", SPRING - timedelta(days=1))
    for entry in (old, young, posted):
        with pytest.raises(DatabaseError, match="append-only"):
            delete_details(entry)
    erase_details(SPRING)
    for entry in (young, posted):
        with pytest.raises(DatabaseError, match="append-only"):
            delete_details(entry)
    assert EntryDetails.objects.filter(entry__in=[young, posted]).count() == 2


def test_evidence_erased_behind_an_announcement_is_still_a_failure() -> None:
    """Whoever writes the announcement by hand gets past the trigger, not past verification."""
    posted = written("parcel.posted", SPRING)
    seals.seal()
    log("audit.details_erased", Subject("retention", "2026-06-01 00:00:00", "parcel.posted"))
    delete_details(posted)
    assert [(failure.kind, failure.entry) for failure in verify().failures] == [("details missing", posted.pk)]


def test_the_moment_is_exact_to_the_second_on_both_sides() -> None:
    half_past = SPRING + timedelta(microseconds=500_000)
    before, at, after = (
        written("parcel.opened", moment) for moment in (half_past - timedelta(seconds=1), SPRING, half_past)
    )
    assert erase_details(half_past) == 1
    assert not EntryDetails.objects.filter(pk=before.pk).exists()
    assert EntryDetails.objects.filter(pk__in=[at.pk, after.pk]).count() == 2
    assert verify().ok


def test_many_are_erased_in_batches(monkeypatch: pytest.MonkeyPatch, tamper: Tamper) -> None:
    monkeypatch.setattr(retention, "AT_A_TIME", 4)
    for _ in range(10):
        written("parcel.opened", SPRING - timedelta(days=1))
    assert erase_details(SPRING) == 10
    assert verify().erased == 10


@pytest.mark.parametrize("moment", [datetime(2026, 3, 1), timezone.now() + timedelta(days=1)])  # noqa: DTZ001
def test_a_moment_without_zone_or_in_the_future_is_refused(moment: datetime) -> None:
    with pytest.raises(ValueError, match="in the past"):
        erase_details(moment)
