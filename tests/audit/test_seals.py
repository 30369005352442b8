"""Seals sign ranges of entries and hang together as a chain (E20)."""

import hashlib
import hmac
import json
import logging

import pytest
from django.conf import settings
from pytest_django import DjangoCaptureOnCommitCallbacks

from audit import lines, seals
from audit.lines import COLUMNS, Lines
from audit.models import Entry, Seal
from audit.trail import Event, Subject, log, log_many

ORDER = Subject("record", 7, "Order PF1041", "PF1041")
pytestmark = pytest.mark.django_db


def write(count: int) -> None:
    log_many(Event("bill.posted", Subject("record", n, f"Order {n}"), details={"n": n}) for n in range(count))


def test_nothing_new_is_nothing_to_seal() -> None:
    assert seals.seal() is None
    log("record.held", ORDER)
    assert seals.seal() is not None
    assert seals.seal() is None


def test_a_seal_covers_every_entry_since_the_one_before() -> None:
    write(3)
    first = seals.seal()
    write(2)
    second = seals.seal()
    assert first is not None
    assert second is not None
    ids = list(Entry.objects.order_by("id").values_list("id", flat=True))
    assert (first.first_id, first.last_id, first.count, first.previous) == (1, ids[2], 3, "")
    assert (second.first_id, second.last_id, second.count) == (ids[2] + 1, ids[4], 2)
    assert second.previous == first.digest


def test_the_signature_can_be_computed_by_anybody_who_has_the_key() -> None:
    """Written out by hand, so that an auditor's own program can do the same; see the README."""
    entry = log("record.held", ORDER, details={"reason": "missing mapping"})
    sealed = seals.seal()
    assert sealed is not None
    columns = [
        entry.pk, entry.at.isoformat(), "record.held", None, "Counterfoil", "record", "7", "Order PF1041", "PF1041",
        hashlib.sha256(b'{"reason":"missing mapping"}').hexdigest(),
    ]  # fmt: skip
    text = json.dumps(columns, separators=(",", ":")).encode()
    leaves = entry.pk.to_bytes(8, "little") + hashlib.sha256(text).digest()[:16]
    root = hashlib.sha256(leaves).hexdigest()
    said = json.dumps([1, sealed.at.isoformat(), 1, entry.pk, 1, root, "", "now"], separators=(",", ":")).encode()
    assert bytes(Seal.objects.get().leaves) == leaves
    assert sealed.digest == hmac.new(settings.AUDIT_SEAL_KEYS["now"], said, hashlib.sha256).hexdigest()


def test_every_column_of_an_entry_is_sealed() -> None:
    """Whoever adds a column has to give the seals a new format."""
    assert set(COLUMNS) == {field.attname for field in Entry._meta.concrete_fields}


def test_a_long_tail_becomes_several_seals_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seals, "AT_A_TIME", 10)
    monkeypatch.setattr(lines, "AT_A_TIME", 4)
    write(25)
    last = seals.seal()
    assert last is not None
    assert list(Seal.objects.order_by("id").values_list("count", flat=True)) == [10, 10, 5]
    assert last.last_id == Entry.objects.latest("id").pk


def test_entries_are_read_in_pages_whatever_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "AT_A_TIME", 4)
    write(8)
    ids = list(Entry.objects.order_by("id").values_list("id", flat=True))
    reader = Lines()
    assert [line.id for line in reader.up_to(ids[4])] == ids[:5]
    assert [line.id for line in reader.up_to(ids[4])] == []
    assert [line.id for line in reader.up_to(None)] == ids[5:]


def test_the_digest_leaves_the_database_with_the_log(
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    log("record.held", ORDER)
    with caplog.at_level(logging.INFO, "counterfoil.audit"), django_capture_on_commit_callbacks(execute=True):
        sealed = seals.seal()
    assert sealed is not None
    assert sealed.digest in caplog.text


def test_the_first_key_signs() -> None:
    log("record.held", ORDER)
    sealed = seals.seal()
    assert sealed is not None
    assert sealed.key_id == "now"
