"""Whatever somebody with SQL does to the trail, verification names it in plain words (E19, E20)."""

from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from audit import lines, seals, triggers
from audit.findings import LISTED, Verification
from audit.models import Entry, Seal
from audit.trail import Event, Subject, log_many
from audit.verification import verify
from tests.audit.conftest import Tamper

pytestmark = pytest.mark.django_db


@pytest.fixture
def ids(db: None) -> list[int]:
    """Two seals over three entries each, and two entries without a seal."""
    for length in (3, 3, 2):
        log_many(
            Event("bill.posted", Subject("record", n, f"Order PF{n}", f"PF{n}"), details={"total": n} if n else None)
            for n in range(length)
        )
        if length == 3:
            seals.seal()
    return list(Entry.objects.order_by("id").values_list("id", flat=True))


def found(result: Verification) -> list[tuple[str, int | None]]:
    return [(failure.kind, failure.entry) for failure in result.failures]


def test_an_untouched_trail_is_whole(ids: list[int]) -> None:
    result = verify()
    assert result.ok
    assert (result.entries, result.seals, result.unsealed, result.erased) == (6, 2, 2, 0)
    assert result.latest_digest == Seal.objects.latest("id").digest
    assert result.sentences() == [
        "Checked 6 entries under 2 seals: nothing was altered.",
        "2 entries at the end without a seal yet.",
        f"The latest seal's digest is {result.latest_digest}.",
    ]


def test_an_empty_trail_is_whole() -> None:
    assert verify().ok
    assert verify().sentences() == ["Checked 0 entries under 0 seals: nothing was altered."]


FORGED: dict[str, Any] = {
    "at": "2020-02-02 02:02:02",
    "action": "bill.refused",
    "actor_id": None,
    "actor_label": "Somebody else",
    "subject_kind": "vendor",
    "subject_id": "99",
    "subject_label": "Order PF9",
    "document": "PF9",
    "details_digest": "0" * 64,
}


@pytest.mark.parametrize("column", FORGED)
def test_an_altered_column_is_named_with_its_entry(ids: list[int], tamper: Tamper, column: str, anna: Any) -> None:
    value = anna.pk if column == "actor_id" else FORGED[column]
    assert tamper(f"UPDATE audit_entry SET {column} = %s WHERE id = %s", value, ids[1]) == 1
    assert ("entry altered", ids[1]) in found(verify())
    assert all(entry == ids[1] for _, entry in found(verify()))


def test_words_and_remedy_say_which_entry_and_what_to_do(ids: list[int], tamper: Tamper) -> None:
    tamper("UPDATE audit_entry SET document = 'PF9' WHERE id = %s", ids[1])
    (failure,) = verify().failures
    assert failure.words == f"Entry {ids[1]} (bill.posted) was altered after it was sealed."
    assert "backup" in failure.remedy


@pytest.mark.sqlite
@pytest.mark.parametrize("at", ["yesterday", "2026-99-99 00:00:00", "", 5, b"\xff"])
def test_a_time_that_is_no_time_is_an_altered_entry(ids: list[int], tamper: Tamper, at: object) -> None:
    tamper("UPDATE audit_entry SET at = %s WHERE id = %s", at, ids[1])
    assert found(verify()) == [("entry altered", ids[1])]


@pytest.mark.sqlite
@pytest.mark.parametrize("column", ["action", "document", "details_digest"])
def test_bytes_that_are_no_text_are_an_altered_entry(ids: list[int], tamper: Tamper, column: str) -> None:
    tamper(f"UPDATE audit_entry SET {column} = CAST(%s AS text) WHERE id = %s", b"\xff\xfe", ids[1])
    assert ("entry altered", ids[1]) in found(verify())


def test_a_deleted_entry_is_missing(ids: list[int], tamper: Tamper) -> None:
    tamper("DELETE FROM audit_entrydetails WHERE entry_id = %s", ids[4])
    tamper("DELETE FROM audit_entry WHERE id = %s", ids[4])
    (failure,) = verify().failures
    assert (failure.kind, failure.entry) == ("entry missing", ids[4])
    assert "was deleted" in failure.words


def copy_entry(tamper: Tamper, new_id: int) -> None:
    rest = ", ".join(column for column in lines.COLUMNS if column not in ("id", "details_digest"))
    tamper(
        f"INSERT INTO audit_entry (id, {rest}, details_digest) "
        f"SELECT %s, {rest}, '' FROM audit_entry WHERE document = 'PF0' ORDER BY id LIMIT 1",
        new_id,
    )


def test_an_entry_slipped_in_later_is_found(ids: list[int], tamper: Tamper) -> None:
    tamper("DELETE FROM audit_entrydetails WHERE entry_id = %s", ids[4])
    tamper("DELETE FROM audit_entry WHERE id = %s", ids[4])
    copy_entry(tamper, ids[4])
    assert found(verify()) == [("entry altered", ids[4])]
    copy_entry(tamper, -3)
    assert not verify().ok


def test_an_entry_in_a_gap_of_the_ids_is_found(tamper: Tamper) -> None:
    write = Event("bill.posted", Subject("record", 1, "Order", "PF0"))
    log_many([write])
    first = Entry.objects.get().pk
    tamper("UPDATE audit_entry SET id = %s WHERE id = %s", first + 10, first)
    seals.seal()
    copy_entry(tamper, first + 5)
    assert found(verify()) == [("entry inserted", first + 5)]


def test_altered_details_are_found_whether_sealed_or_not(ids: list[int], tamper: Tamper) -> None:
    for entry in (ids[1], ids[7]):
        tamper("UPDATE audit_entrydetails SET details = %s WHERE entry_id = %s", '{"total":1000}', entry)
    assert found(verify()) == [("details altered", ids[1]), ("details altered", ids[7])]


def test_details_given_to_an_entry_that_had_none_are_found(ids: list[int], tamper: Tamper) -> None:
    tamper("INSERT INTO audit_entrydetails (entry_id, details) VALUES (%s, '{}')", ids[0])
    assert found(verify()) == [("details altered", ids[0])]


def test_details_deleted_without_retention_are_missing(ids: list[int], tamper: Tamper) -> None:
    tamper("DELETE FROM audit_entrydetails WHERE entry_id = %s", ids[1])
    assert found(verify()) == [("details missing", ids[1])]


SEAL_COLUMNS: dict[str, Any] = {
    "at": "2020-02-02 02:02:02",
    "format": 2,
    "count": 4,
    "leaves": b"x" * 72,
    "root": "0" * 64,
    "key_id": "before",
    "digest": "0" * 64,
}


@pytest.mark.parametrize("column", SEAL_COLUMNS)
def test_an_altered_seal_is_broken(ids: list[int], tamper: Tamper, column: str) -> None:
    seal = Seal.objects.earliest("id")
    tamper(f"UPDATE audit_seal SET {column} = %s WHERE id = %s", SEAL_COLUMNS[column], seal.pk)
    broken = [failure for failure in verify().failures if failure.seal == seal.pk]
    assert [failure.kind for failure in broken] == ["seal broken"]
    assert f"nothing vouches for entries 1 to {ids[2]}" in broken[0].words


@pytest.mark.parametrize("column", ["first_id", "last_id", "previous"])
def test_a_seal_bent_out_of_the_chain_is_broken(ids: list[int], tamper: Tamper, column: str) -> None:
    seal = Seal.objects.latest("id")
    value = "0" * 64 if column == "previous" else ids[4]
    tamper(f"UPDATE audit_seal SET {column} = %s WHERE id = %s", value, seal.pk)
    assert ("seal broken", seal.pk) in [(failure.kind, failure.seal) for failure in verify().failures]


def test_a_seal_taken_out_of_the_chain_is_missing(ids: list[int], tamper: Tamper) -> None:
    first, last = Seal.objects.order_by("id")
    tamper("DELETE FROM audit_seal WHERE id = %s", first.pk)
    (failure,) = verify().failures
    assert (failure.kind, failure.seal) == ("seal missing", last.pk)


def test_entries_and_seal_rewritten_together_lack_the_key(ids: list[int], tamper: Tamper, settings: Settings) -> None:
    """Whoever owns the database but not the keys file cannot sign what they forged."""
    seal = Seal.objects.latest("id")
    tamper("DELETE FROM audit_seal WHERE id = %s", seal.pk)
    tamper("UPDATE audit_entry SET document = 'PF9' WHERE id = %s", ids[5])
    settings.AUDIT_SEAL_KEYS = {"now": b"a key that the forger made up"}
    seals.seal()
    settings.AUDIT_SEAL_KEYS = {"now": b"a key of this year"}
    assert [failure.kind for failure in verify().failures] == ["seal broken"]


def test_after_a_key_change_old_seals_still_verify(ids: list[int], settings: Settings) -> None:
    settings.AUDIT_SEAL_KEYS = {"next": b"a key of next year", **settings.AUDIT_SEAL_KEYS}
    seals.seal()
    assert Seal.objects.latest("id").key_id == "next"
    assert verify().ok


def test_a_key_that_was_thrown_away_is_named(ids: list[int], settings: Settings) -> None:
    settings.AUDIT_SEAL_KEYS = {"next": b"a key of next year"}
    failures = verify().failures
    assert [failure.kind for failure in failures] == ["key missing", "key missing"]
    assert "'now'" in failures[0].words


def cut_off(tamper: Tamper, after: int) -> None:
    tamper("DELETE FROM audit_seal WHERE last_id > %s", after)
    tamper("DELETE FROM audit_entrydetails WHERE entry_id > %s", after)
    tamper("DELETE FROM audit_entry WHERE id > %s", after)


def test_a_cut_tail_shows_only_against_a_digest_that_left_the_machine(ids: list[int], tamper: Tamper) -> None:
    first, last = Seal.objects.order_by("id")
    assert verify(last.digest).ok
    cut_off(tamper, ids[2])
    assert verify().ok
    assert found(verify(last.digest)) == [("tail cut", None)]
    assert verify(f" {first.digest.upper()} ").ok


def test_the_newest_part_can_be_checked_alone(ids: list[int], tamper: Tamper) -> None:
    tamper("UPDATE audit_entry SET document = 'forged' WHERE id IN (%s, %s)", ids[1], ids[4])
    result = verify(newest=4)
    assert found(result) == [("entry altered", ids[4])]
    assert (result.entries, result.seals, result.unsealed, result.skipped) == (3, 1, 2, ids[2])
    assert f"Entries up to {ids[2]} were not checked now; audit_verify checks them all." in result.sentences()
    assert found(verify(newest=8)) == [("entry altered", ids[1]), ("entry altered", ids[4])]


def test_the_seal_taken_on_trust_is_still_bound_to_the_next(ids: list[int], tamper: Tamper) -> None:
    first, last = Seal.objects.order_by("id")
    tamper("UPDATE audit_seal SET digest = %s WHERE id = %s", "0" * 64, first.pk)
    assert [(failure.kind, failure.seal) for failure in verify(newest=4).failures] == [("seal missing", last.pk)]


def test_missing_triggers_are_a_failure_of_their_own(ids: list[int]) -> None:
    with triggers.lifted(connection):
        assert [failure.kind for failure in verify().failures] == ["triggers missing"]
    assert verify().ok


def test_a_flood_of_failures_is_counted_and_the_first_are_listed(tamper: Tamper) -> None:
    log_many(Event("bill.posted", Subject("record", n, "Order")) for n in range(LISTED + 20))
    seals.seal()
    tamper("UPDATE audit_entry SET document = 'forged'")
    result = verify()
    assert (result.failure_count, len(result.failures)) == (LISTED + 20, LISTED)
    assert "120 failures found" in result.sentences()[0]


def test_pages_and_seals_need_not_meet(ids: list[int], tamper: Tamper, monkeypatch: pytest.MonkeyPatch) -> None:
    tamper("UPDATE audit_entry SET document = 'forged' WHERE id = %s", ids[5])
    for size in (1, 2, 3, 4, 6, 7):
        monkeypatch.setattr(lines, "AT_A_TIME", size)
        monkeypatch.setattr(seals, "ROWS_AT_A_TIME", 1)
        assert found(verify()) == [("entry altered", ids[5])]


text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=50)
forgeries = st.one_of(
    *(
        st.tuples(st.just(column), text)
        for column in ("action", "actor_label", "subject_kind", "subject_id", "subject_label", "document")
    ),
    st.tuples(st.just("at"), st.datetimes().map(str)),
    st.tuples(st.just("details_digest"), st.text("0123456789abcdef", max_size=64)),
    st.tuples(st.just("details"), st.dictionaries(text, text | st.integers(), max_size=2).map(str)),
)


@given(row=st.integers(0, 5), forgery=forgeries)
@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_single_altered_column_of_any_sealed_entry_is_detected(
    ids: list[int], row: int, forgery: tuple[str, str]
) -> None:
    column, value = forgery
    table, key = ("audit_entrydetails", "entry_id") if column == "details" else ("audit_entry", "id")
    with triggers.lifted(connection), connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} WHERE {key} = %s", [ids[row]])
        original = cursor.fetchone()
        assume(original is not None and str(original[0]) != value)
        cursor.execute(f"UPDATE {table} SET {column} = %s WHERE {key} = %s", [value, ids[row]])
    assert {entry for _, entry in found(verify())} == {ids[row]}
    with triggers.lifted(connection), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = %s WHERE {key} = %s", [original[0], ids[row]])
    assert verify().ok
